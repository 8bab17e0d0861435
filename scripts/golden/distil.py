#!/usr/bin/env python3
"""Golden files of students and their teachers: what PyTorch makes of one batch of distillation.

    pip install torch transformers safetensors
    nice python scripts/golden/distil.py            # writes crates/{gpt,bert}/tests/golden/distilled.{safetensors,json}
    nice python scripts/golden/distil.py --check    # regenerates in memory and compares, writes nothing

Beside what golden.py names (`weight/lens.*` is the student's map to the teacher's width),

    teacher/<name>   the weights of the teacher, whose config the json has
    input, target    [batch, query] ids; [batch, query] what each must predict and -1 asks for nothing, or [batch] classes
    lengths          [batch] how many of each row are no padding (of the encoder)
    task             the mean cross-entropy of the targets
    logits           T² times the mean divergence of softened distributions (Hinton et al. 2015)
    states           the mean square between the teacher's last states and the lens of the student's (Jiao et al. 2020)
    attention        the mean divergence of the last block's attention, over heads and places (Wang et al. 2020)
    loss             (1 - weight) * task + weight * (logits + states + attention)

Language models compare at the places of their targets; encoders average states and attention over the tokens of each row.
"""
import golden
import copy, sys
import torch, torch.nn as nn, torch.nn.functional as F
from transformers import BertConfig, BertForSequenceClassification, GPT2Config, GPT2LMHeadModel

SEED, SPREAD, TEMPERATURE, WEIGHT, LEAST = 59, 0.3, 3.0, 0.7, 1e-30
BATCH, QUERY, LENGTHS = 3, 7, torch.tensor([7, 4, 5])
COMMON = dict(attn_implementation="eager")

def gpt2(layers, width):
    return GPT2LMHeadModel(GPT2Config(
        n_layer=layers, n_head=3, n_embd=width, n_positions=11, vocab_size=29, resid_pdrop=0.0, embd_pdrop=0.0,
        attn_pdrop=0.0, bos_token_id=None, eos_token_id=None, **COMMON))

def bert(layers, width):
    return BertForSequenceClassification(BertConfig(
        num_hidden_layers=layers, num_attention_heads=3, hidden_size=width, intermediate_size=13, vocab_size=23,
        max_position_embeddings=11, num_labels=5, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, **COMMON))

def tokens(count):
    return torch.randint(1, count, (BATCH, QUERY))

def gpt_inputs():
    target = tokens(29)
    target[:, 0], target[1, 4:] = -1, -1
    return {"input": tokens(29), "target": target}

def bert_inputs():
    ids = tokens(23) * golden.attention_mask(LENGTHS, QUERY)
    return {"input": ids, "target": torch.tensor([2, 0, 4]), "lengths": LENGTHS}

def seen(model, inputs):
    """Logits, last states as the head reads them, and the attention of the last block."""
    mask = golden.attention_mask(inputs["lengths"], QUERY) if "lengths" in inputs else None
    base = model.base_model(inputs["input"], attention_mask=mask, output_attentions=True)
    states = base.last_hidden_state
    logits = model.lm_head(states) if hasattr(model, "lm_head") else model.classifier(base.pooler_output)
    return logits, states, base.attentions[-1]

def divergence(own, told):
    return F.kl_div(own, told, reduction="none").sum(-1)

def forward(teacher):
    def compute(model, inputs):
        with torch.no_grad():
            told = seen(copy.deepcopy(teacher).to(model.dtype), inputs)
        own, target = seen(model, inputs), inputs["target"]
        asked = target != -1
        if "lengths" in inputs:
            places = golden.attention_mask(inputs["lengths"], QUERY) / inputs["lengths"][:, None]
        else:
            places = asked
        mean = lambda each, shares: (each * shares).sum() / asked.sum()
        soft = [F.softmax(side[0] / TEMPERATURE, -1) for side in (own, told)]
        parts = {
            "task": F.cross_entropy(own[0].flatten(0, -2), golden.labels(target).flatten()),
            "logits": TEMPERATURE**2 * mean(divergence(soft[0].log(), soft[1]), asked),
            "states": mean((model.lens(own[1]) - told[1]).square().mean(-1), places),
            "attention": mean(divergence(own[2].clamp_min(LEAST).log(), told[2]).mean(1), places)}
        teaching = parts["logits"] + parts["states"] + parts["attention"]
        return parts | {"loss": (1 - WEIGHT) * parts["task"] + WEIGHT * teaching}
    return compute

FILES = {"gpt": (gpt2, gpt_inputs), "bert": (bert, bert_inputs)}

def make(crate):
    torch.manual_seed(SEED)
    build, draw = FILES[crate]
    student, teacher = build(2, 12).eval(), build(3, 18).eval()
    student.lens = nn.Linear(12, 18)
    for model in (student, teacher):
        golden.randomize(model, SPREAD)
    inputs = draw() | golden.prefixed("teacher", golden.published(teacher))
    return golden.record("distil", student, inputs, forward(teacher), seed=SEED, temperature=TEMPERATURE, weight=WEIGHT,
        teacher_config=teacher.config.to_diff_dict())

def main():
    checks, good = golden.asks_to_check(__doc__), True
    for crate in FILES:
        path, (tensors, notes) = golden.folder(crate) / "distilled.safetensors", make(crate)
        good &= golden.check(path, tensors) if checks else golden.write(path, tensors, notes) is None
    sys.exit(not good)

if __name__ == "__main__":
    main()
