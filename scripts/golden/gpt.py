#!/usr/bin/env python3
"""Golden files of the gpt crate: what transformers computes for tiny GPT-2, Llama, Mistral and Qwen2 models.

    pip install torch transformers numpy safetensors
    nice python scripts/golden/gpt.py            # writes crates/gpt/tests/golden/*.{safetensors,json}
    nice python scripts/golden/gpt.py --check    # regenerates in memory and compares, writes nothing

The safetensors files of the models that are trained hold (golden.py says how weights are drawn)

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

The other files are small and hold what a folder may say: heads of other widths, biases of some parts, scaled rotary
frequencies, windows, activations. Beside what golden.py names,

    input, target    as above
    logits, loss     as above
    greedy           [batch, step] how `generate` goes on from the first tokens of each row: the end where it came, then -1
    beam/pP/E        [batch, answer, step] the same by beam search, best first; P is the length penalty, E is `early` where
                     the search stops early and `late` where not (beam.py tells the rules)
    beam_scores/pP/E [batch, answer]

The embedding of the end token is longer than others, that some answers end.
"""
import golden
import copy
import torch, torch.nn.functional as F
from transformers import (
    GenerationConfig, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM,
    Qwen2Config, Qwen2ForCausalLM)

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

TRAINED = {"gpt2": lambda: gpt2(True), "gpt2-untied": lambda: gpt2(False), "llama": llama}

END, BEAMS, ANSWERS, END_FACTOR, READ_SPREAD = 2, 3, 2, 1.5, 0.3
SEARCHES = {"p0.6/early": dict(length_penalty=0.6, early_stopping=True),
    "p1.0/late": dict(length_penalty=1.0, early_stopping=False)}
COMMON = dict(attn_implementation="eager", bos_token_id=None, eos_token_id=None)
ABSENT = dict(resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)
# One pair of each regime, where heads have 6 channels.
# Of heads with 6 channels, one pair turns as ever, one slower and one between.
LLAMA3 = {"rope_type": "llama3", "rope_theta": 500.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 60}
LINEAR = {"rope_type": "linear", "rope_theta": 100.0, "factor": 2.5}

def sizes(width, heads, groups, hidden, vocabulary, tied, context=23):
    return dict(COMMON, hidden_size=width, num_attention_heads=heads, num_key_value_heads=groups, vocab_size=vocabulary,
        intermediate_size=hidden, num_hidden_layers=2, max_position_embeddings=context, tie_word_embeddings=tied)

# Each architecture at two shapes, with heads of 6 and of 10 channels, tied and not. The seeds before them were chosen so
# that continuations hold many ids, and some end.
READ = {
    "gpt2-gelu": (156, lambda: GPT2LMHeadModel(GPT2Config(
        n_layer=2, n_head=3, n_embd=18, n_inner=23, n_positions=17, vocab_size=29, activation_function="gelu",
        layer_norm_epsilon=1e-3, tie_word_embeddings=True, **ABSENT, **COMMON))),
    "gpt2-relu": (23, lambda: GPT2LMHeadModel(GPT2Config(
        n_layer=2, n_head=2, n_embd=20, n_inner=11, n_positions=19, vocab_size=31, activation_function="relu",
        tie_word_embeddings=False, **ABSENT, **COMMON))),
    "llama-biased": (54, lambda: LlamaForCausalLM(LlamaConfig(
        head_dim=6, attention_bias=True, mlp_bias=True, rope_parameters=LLAMA3,
        **sizes(20, 4, 2, 13, 29, True, context=67)))),
    "llama-linear": (11, lambda: LlamaForCausalLM(LlamaConfig(
        head_dim=10, hidden_act="gelu_pytorch_tanh", rope_parameters=LINEAR, **sizes(18, 3, 1, 11, 31, False)))),
    "mistral": (2, lambda: MistralForCausalLM(MistralConfig(
        head_dim=6, sliding_window=4, **sizes(20, 3, 3, 13, 29, False)))),
    "mistral-open": (26, lambda: MistralForCausalLM(MistralConfig(
        head_dim=10, sliding_window=None, **sizes(18, 4, 2, 11, 31, True)))),
    "qwen2": (16, lambda: Qwen2ForCausalLM(Qwen2Config(**sizes(24, 4, 2, 9, 29, True)))),
    "qwen2-windowed": (13, lambda: Qwen2ForCausalLM(Qwen2Config(
        head_dim=10, use_sliding_window=True, sliding_window=3, max_window_layers=0,
        **sizes(19, 3, 1, 11, 31, False)))),
}

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

@torch.no_grad()
def answers(model, prompts, **settings):
    """How `generate` goes on, and scores where the search tells any."""
    found = model.generate(prompts, attention_mask=torch.ones_like(prompts), generation_config=GenerationConfig(
        max_new_tokens=CONTINUATION, do_sample=False, pad_token_id=0, eos_token_id=END, return_dict_in_generate=True,
        output_scores=True, **settings))
    ids = torch.full((len(found.sequences), CONTINUATION), -1)
    for row, tokens in zip(ids, found.sequences[:, PROMPT:].tolist()):
        tokens = tokens[: tokens.index(END) + 1] if END in tokens else tokens
        row[: len(tokens)] = torch.tensor(tokens)
    return ids, found.get("sequences_scores")

def continued(model, tokens):
    found = {"greedy": answers(model, tokens[:, :PROMPT], num_beams=1)[0]}
    for name, settings in SEARCHES.items():
        ids, scores = answers(model, tokens[:, :PROMPT], num_beams=BEAMS, num_return_sequences=ANSWERS, **settings)
        found |= {f"beam/{name}": ids.view(BATCH, ANSWERS, -1), f"beam_scores/{name}": scores.view(BATCH, ANSWERS)}
    return found

def run(model, inputs):
    logits = forward(model, inputs["input"])
    return {"logits": logits, "loss": loss_of(logits, inputs["target"]), **continued(model, inputs["input"])}

def make_read(name):
    seed, make_model = READ[name]
    torch.manual_seed(seed)
    model = make_model().float().eval()
    golden.randomize(model, READ_SPREAD)
    with torch.no_grad():
        model.get_output_embeddings().weight[END] *= END_FACTOR
    tokens, target = draw_batch(model.config.vocab_size)
    tensors, about = golden.record("gpt", model, {"input": tokens, "target": target}, run, seed=seed, spread=READ_SPREAD,
        search={"beams": BEAMS, "answers": ANSWERS, "max_new_tokens": CONTINUATION, "end": END})
    return tensors, about | {"ended": int((tensors["beam/p1.0/late"] == END).any(-1).sum())}

def make(name):
    return make_trained(name) if name in TRAINED else make_read(name)

def make_trained(name):
    torch.manual_seed(SEED)
    model = TRAINED[name]().float().eval()
    golden.randomize(model, SPREAD)
    tokens, target = draw_batch(model.config.vocab_size)
    exact, _ = compute(copy.deepcopy(model).double(), tokens, target)
    tensors, notes = compute(model, tokens, target)
    training = {"optimizer": "AdamW", "rate": RATE, "decay": DECAY, "clip": CLIP, "steps": STEPS, **ADAM}
    return tensors, golden.about(
        "gpt", model, apart(tensors), apart(exact), seed=SEED, spread=SPREAD, training=training, **notes)

if __name__ == "__main__":
    golden.main(__doc__, "gpt", [*TRAINED, *READ], make)
