#!/usr/bin/env python3
"""Golden files of the bert crate: what transformers computes for tiny BERT models, one for each head.

    pip install torch transformers safetensors
    nice python scripts/golden/bert.py            # writes crates/bert/tests/golden/*.{safetensors,json}
    nice python scripts/golden/bert.py --check    # regenerates in memory and compares, writes nothing

Beside what golden.py names, each safetensors file holds

    input, lengths   [batch, query] ids, padded on the right with 0, and how many of each row are not padding
    token_types      [batch, query], 0 for a row's first part and its padding, 1 for its second part
    target           what is asked: [batch, query] the id that was masked or the tag, [batch] the class or the number
    logits, loss     the forward pass; the loss is the mean over the targets that ask for something (all tokens of all
                     rows at once), of cross-entropy, or of squared differences where the target is a number
    hidden           [batch, query, width], the last layer's; what it holds at padding is of no use to anyone

The head of `bert-masked` shares its matrix with the embedding and adds `cls.predictions.bias`. Untied it has both from
`cls.predictions.decoder`, and `cls.predictions.bias`, which is in the checkpoint too, takes no part and has no gradient.
"""
import golden
import torch
from transformers import (
    BertConfig, BertForMaskedLM, BertForSequenceClassification, BertForTokenClassification)

LENGTHS, QUERY, MASKED, TAGS, CLASSES = torch.tensor([11, 7, 9]), 11, 36, 5, 3
SEED, SPREAD = 59, 0.3
ASKED = 0.4  # the share of tokens that something is asked of

def config(layers=1, **changes):
    return BertConfig(
        num_hidden_layers=layers, num_attention_heads=3, hidden_size=18, intermediate_size=26, vocab_size=37,
        max_position_embeddings=13, type_vocab_size=2, hidden_act="gelu", layer_norm_eps=1e-12, pad_token_id=0,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="eager", **changes)

def padded():
    return golden.attention_mask(LENGTHS, QUERY) == 0

def draw_tokens():
    tokens = torch.randint(1, MASKED, (len(LENGTHS), QUERY)).masked_fill(padded(), 0)
    second = torch.arange(QUERY) >= (LENGTHS // 2)[:, None]
    return {"input": tokens, "lengths": LENGTHS, "token_types": (second & ~padded()).long()}

def draw_unasked():
    return (torch.rand(len(LENGTHS), QUERY) >= ASKED) | padded()

def draw_masked():
    inputs, unasked = draw_tokens(), draw_unasked()
    return inputs | {
        "target": inputs["input"].masked_fill(unasked, -1), "input": inputs["input"].masked_fill(~unasked, MASKED)}

def draw_tags():
    return draw_tokens() | {"target": torch.randint(0, TAGS, (len(LENGTHS), QUERY)).masked_fill(draw_unasked(), -1)}

def draw_classes():
    return draw_tokens() | {"target": torch.tensor([2, 0, 1])}

def draw_numbers():
    return draw_tokens() | {"target": torch.tensor([-1.5, 0.5, 2.5])}

MODELS = {
    "bert-masked": (lambda: BertForMaskedLM(config(layers=2)), draw_masked),
    "bert-masked-untied": (lambda: BertForMaskedLM(config(tie_word_embeddings=False)), draw_masked),
    "bert-classify": (lambda: BertForSequenceClassification(config(num_labels=CLASSES)), draw_classes),
    "bert-regress": (
        lambda: BertForSequenceClassification(config(num_labels=1, problem_type="regression")), draw_numbers),
    "bert-tags": (lambda: BertForTokenClassification(config(num_labels=TAGS)), draw_tags)}

def forward(model, inputs):
    target = inputs["target"]
    labels = target.to(model.dtype) if target.is_floating_point() else golden.labels(target)
    found = model(
        input_ids=inputs["input"], attention_mask=golden.attention_mask(inputs["lengths"], QUERY),
        token_type_ids=inputs["token_types"], labels=labels, output_hidden_states=True)
    return {"logits": found.logits, "loss": found.loss, "hidden": found.hidden_states[-1]}

def make(name):
    torch.manual_seed(SEED)
    build, draw = MODELS[name]
    model = build().float().eval()
    golden.randomize(model, SPREAD)
    return golden.record("bert", model, draw(), forward, seed=SEED, spread=SPREAD)

if __name__ == "__main__":
    golden.main(__doc__, "bert", MODELS, make)
