#!/usr/bin/env python3
"""nanoGPT's CPU recipe for character-level Shakespeare in plain PyTorch, as the peer to be measured against.

    pip install torch numpy
    python scripts/peers/shakespeare_char.py --seed 1 --threads 2 --random-batches 20

Trains on the first nine tenths of the characters and prints one JSON line. `validation_loss` is the mean over the whole
rest, in windows that do not overlap, so that each target counts once; `random_validation_loss` is nanoGPT's own
estimate, the mean over a few random batches. Pre-norm blocks, exact GELU, no bias anywhere, learned positions, tied
head, no dropout; AdamW, warm-up then cosine, global clip.
"""
import argparse, json, math, os, platform, time
from pathlib import Path
import torch, torch.nn as nn, torch.nn.functional as F

LAYERS, HEADS, WIDTH, CONTEXT, BATCH = 4, 4, 128, 64, 12
RATE, LEAST_RATE, WARMUP, BETAS, EPSILON, DECAY, CLIP = 1e-3, 1e-4, 100, (0.9, 0.99), 1e-8, 0.1, 1.0

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(WIDTH, bias=False), nn.LayerNorm(WIDTH, bias=False)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH, bias=False), nn.Linear(WIDTH, WIDTH, bias=False)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH, bias=False), nn.Linear(4 * WIDTH, WIDTH, bias=False)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (z.view(b, t, HEADS, -1).transpose(1, 2) for z in self.qkv(self.n1(x)).split(d, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, d)
        x = x + self.out(y)
        return x + self.down(F.gelu(self.up(self.n2(x))))

class Gpt(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH, bias=False)
        for name, parameter in self.named_parameters():
            if parameter.dim() > 1:
                residual = name.endswith(("out.weight", "down.weight"))
                nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * LAYERS) if residual else 0.02)

    def forward(self, x, y, reduction="mean"):
        h = self.tokens(x) + self.positions.weight[: x.shape[1]]
        for block in self.blocks:
            h = block(h)
        logits = F.linear(self.norm(h), self.tokens.weight)
        return F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction=reduction)

def rate_at(step, steps):
    if step < WARMUP:
        return RATE * (step + 1) / (WARMUP + 1)
    progress = (step - WARMUP) / (steps - WARMUP)
    return LEAST_RATE + 0.5 * (1 + math.cos(math.pi * progress)) * (RATE - LEAST_RATE)

def read_splits(path):
    text = Path(path).read_text()
    ids = {character: id for id, character in enumerate(sorted(set(text)))}
    tokens = torch.tensor([ids[character] for character in text])
    train = int(0.9 * len(tokens))
    return tokens[:train], tokens[train:], len(ids)

def random_batch(tokens, draws):
    starts = torch.randint(len(tokens) - CONTEXT, (BATCH,), generator=draws)
    windows = torch.stack([tokens[start : start + CONTEXT + 1] for start in starts])
    return windows[:, :-1], windows[:, 1:]

def build_optimizer(model, decay_embeddings):
    embeddings = [] if decay_embeddings else [model.tokens.weight, model.positions.weight]
    decays = lambda p: p.dim() >= 2 and all(p is not e for e in embeddings)
    groups = [{"params": [p for p in model.parameters() if decays(p)], "weight_decay": DECAY},
              {"params": [p for p in model.parameters() if not decays(p)], "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=RATE, betas=BETAS, eps=EPSILON, fused=True)

def train(model, optimizer, tokens, steps, draws):
    """Seconds of each step, drawing the batch included."""
    times = []
    for step in range(steps):
        start = time.perf_counter()
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, steps)
        optimizer.zero_grad(set_to_none=True)
        model(*random_batch(tokens, draws)).backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        times.append(time.perf_counter() - start)
    return times

@torch.no_grad()
def whole_loss(model, tokens):
    """The mean over every target of the split; the last window is shorter."""
    targets = len(tokens) - 1
    even = targets // CONTEXT * CONTEXT
    x, y = tokens[:even].view(-1, CONTEXT).split(128), tokens[1 : even + 1].view(-1, CONTEXT).split(128)
    total = sum(model(a, b, "sum").item() for a, b in zip(x, y))
    if even < targets:
        total += model(tokens[even:-1][None], tokens[even + 1 :][None], "sum").item()
    return total / targets, targets

@torch.no_grad()
def random_loss(model, tokens, batches, draws):
    return sum(model(*random_batch(tokens, draws)).item() for _ in range(batches)) / batches

def read_arguments():
    a = argparse.ArgumentParser()
    a.add_argument("--data", default="../shared/datasets/tinyshakespeare/input.txt")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--steps", type=int, default=2000)
    a.add_argument("--threads", type=int, default=torch.get_num_threads())
    a.add_argument("--decay-embeddings", choices=["yes", "no"], default="yes")
    a.add_argument("--random-batches", type=int, help="also estimate from so many random batches")
    return a.parse_args()

def main():
    o = read_arguments()
    torch.set_num_threads(o.threads)
    torch.manual_seed(o.seed)
    draws = torch.Generator().manual_seed(o.seed)
    train_tokens, validation_tokens, vocabulary = read_splits(o.data)
    model = Gpt(vocabulary)
    optimizer = build_optimizer(model, o.decay_embeddings == "yes")
    load = os.getloadavg()[0]
    times = train(model, optimizer, train_tokens, o.steps, draws)
    loss, targets = whole_loss(model, validation_tokens)
    line = {"peer": f"torch {torch.__version__}", "python": platform.python_version(), "seed": o.seed, "steps": o.steps,
        "threads": o.threads, "decay_embeddings": o.decay_embeddings,
        "parameters": sum(p.numel() for p in model.parameters()), "validation_loss": round(loss, 5),
        "validation_targets": targets, "train_seconds": round(sum(times), 2),
        "median_step_seconds": round(sorted(times)[len(times) // 2], 5),
        "tokens_per_second": round(BATCH * CONTEXT * o.steps / sum(times)), "load_before": round(load, 2)}
    if o.random_batches:
        line["random_batches"] = o.random_batches
        line["random_validation_loss"] = round(random_loss(model, validation_tokens, o.random_batches, draws), 5)
    print(json.dumps(line))

main()
