#!/usr/bin/env python3
"""Golden files of the gpt crate: what transformers computes for tiny GPT-2 and Llama models.

    pip install torch transformers numpy safetensors
    nice python scripts/golden/gpt.py            # writes crates/gpt/tests/golden/*.{safetensors,json}
    nice python scripts/golden/gpt.py --check    # regenerates in memory and compares, writes nothing

Each safetensors file holds (golden.py says how weights are drawn)

    weight/<name>    the initial weights under their transformers names; a tied head appears once, as the embedding
    input, target    [batch, query]; target[i] is what position i must predict, and -1 asks for nothing
    logits, loss     the forward pass on `input`, and the mean cross-entropy over the targets that ask for something
    gradient/<name>  of `loss`, before any clipping, for every parameter
    generation       the greedy continuation of the first tokens of row 0, by the initial weights
    losses           of AdamW steps on this one batch, each taken before its step
    final/<name>     the weights after those steps

The json beside it holds also the gradient norm before each clipping. Transformers keeps Llama's norms and angles in
float32 even where the rest is float64. Adam divides a gradient by its own size, so a parameter whose true gradient is
zero moves by rounding noise alone. GPT-2 has such a parameter, the key part of `c_attn.bias` (the softmax ignores a
shift), so its final value is not reproducible and is named apart.
"""
import golden
import copy
import torch, torch.nn.functional as F
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

BATCH, QUERY, PROMPT, CONTINUATION, STEPS = 3, 11, 3, 8, 10
SEED, SPREAD = 59, 0.2  # chosen so that no greedy continuation is one id over and over, nor a close call
RATE, DECAY, CLIP, ADAM = 1e-2, 0.1, 1.0, dict(betas=(0.9, 0.95), eps=1e-8)
EMBEDDINGS = ("wte.weight", "wpe.weight", "embed_tokens.weight")
HEAD_WIDTH = 10

def gpt2(tied):
    return GPT2LMHeadModel(GPT2Config(
        n_layer=2, n_head=3, n_embd=3 * HEAD_WIDTH, n_positions=13, vocab_size=37, activation_function="gelu_new",
        layer_norm_epsilon=1e-5, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, tie_word_embeddings=tied,
        bos_token_id=None, eos_token_id=None, attn_implementation="eager"))

def llama():
    # The feed-forward is narrow to keep the file small; its size is shared with no other axis.
    return LlamaForCausalLM(LlamaConfig(
        num_hidden_layers=2, num_attention_heads=6, num_key_value_heads=2, head_dim=HEAD_WIDTH,
        hidden_size=6 * HEAD_WIDTH, intermediate_size=19, vocab_size=41, max_position_embeddings=17, rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, tie_word_embeddings=False,
        attention_dropout=0.0, bos_token_id=None, eos_token_id=None, attn_implementation="eager"))

MODELS = {"gpt2": lambda: gpt2(True), "gpt2-untied": lambda: gpt2(False), "llama": llama}

def draw_batch(vocabulary):
    tokens = torch.randint(0, vocabulary, (BATCH, QUERY + 1))
    target = tokens[:, 1:].clone()
    target[0, 0] = target[1, 4] = target[2, -3:] = -1  # rows keep different numbers of targets
    return tokens[:, :-1].contiguous(), target

def forward(model, tokens):
    return model(input_ids=tokens, use_cache=False).logits

def loss_of(logits, target):
    return F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=-1)

@torch.no_grad()
def generate(model, prompt):
    """Greedy ids, and the smallest lead of a chosen id over the runner-up."""
    ids, leads = prompt, []
    for _ in range(CONTINUATION):
        best = forward(model, ids[None])[0, -1].topk(2)
        ids, leads = torch.cat([ids, best.indices[:1]]), leads + [(best.values[0] - best.values[1]).item()]
    return ids[len(prompt):], min(leads)

def train(model, tokens, target):
    """Losses and gradient norms of the steps, each taken before it; the model is trained in place."""
    decays = lambda name, parameter: parameter.dim() >= 2 and not name.endswith(EMBEDDINGS)
    named = list(model.named_parameters())
    optimizer = torch.optim.AdamW([
        {"params": [p for n, p in named if decays(n, p)], "weight_decay": DECAY},
        {"params": [p for n, p in named if not decays(n, p)], "weight_decay": 0.0}], lr=RATE, foreach=False, **ADAM)
    losses, norms = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(forward(model, tokens), target)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP).item())
        optimizer.step()
        losses.append(loss.item())
    return losses, norms

def compute(model, tokens, target):
    """Every tensor of one golden file in the model's own precision, and what else is worth noting."""
    snapshot = lambda prefix: {f"{prefix}/{n}": p.detach().clone() for n, p in model.named_parameters()}
    tensors = {"input": tokens, "target": target} | snapshot("weight")
    logits = forward(model, tokens)
    loss = loss_of(logits, target)
    loss.backward()
    tensors |= {"logits": logits.detach(), "loss": loss.detach()}
    tensors |= {f"gradient/{n}": p.grad.clone() for n, p in model.named_parameters()}
    tensors["generation"], lead = generate(model, tokens[0, :PROMPT])
    losses, norms = train(model, tokens, target)
    tensors |= {"losses": torch.tensor(losses, dtype=logits.dtype)} | snapshot("final")
    return tensors, {"gradient_norms": norms, "smallest_generation_lead": lead}

def apart(tensors):
    """The same, with the final key biases, which are noise, under a name of their own."""
    parted = dict(tensors)
    for name in [name for name in tensors if name.startswith("final/") and name.endswith("c_attn.bias")]:
        query, key, value = tensors[name].chunk(3)
        parted |= {name: torch.cat([query, value]), f"final, key bias/{name}": key}
    return parted

def make(name):
    torch.manual_seed(SEED)
    model = MODELS[name]().float().eval()
    golden.randomize(model, SPREAD)
    tokens, target = draw_batch(model.config.vocab_size)
    exact, _ = compute(copy.deepcopy(model).double(), tokens, target)
    tensors, notes = compute(model, tokens, target)
    training = {"optimizer": "AdamW", "rate": RATE, "decay": DECAY, "clip": CLIP, "steps": STEPS, **ADAM}
    return tensors, golden.about(
        "gpt", model, apart(tensors), apart(exact), seed=SEED, spread=SPREAD, training=training, **notes)

if __name__ == "__main__":
    golden.main(__doc__, "gpt", MODELS, make)
