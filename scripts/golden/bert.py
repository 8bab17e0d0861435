#!/usr/bin/env python3
"""Golden files of the bert crate: what transformers computes for tiny encoders, one for each head of BERT, RoBERTa and
DistilBERT, and for the bare models.

    pip install torch transformers safetensors
    nice python scripts/golden/bert.py            # writes crates/bert/tests/golden/*.{safetensors,json}
    nice python scripts/golden/bert.py --check    # regenerates in memory and compares, writes nothing

Beside what golden.py names, each safetensors file holds

    input, lengths   [batch, query] ids, padded on the right, and how many of each row are not padding
    token_types      [batch, query], 0 for a row's first part and its padding, 1 for its second part; in files of models
                     that have two types of tokens
    target           what is asked: [batch, query] the id that was masked or the tag, [batch] the class or the number,
                     [batch, width] of bare models
    logits, loss     the forward pass; the loss is the mean over the targets that ask for something (all tokens of all
                     rows at once), of cross-entropy, or of squared differences where the target is a number
    hidden           [batch, query, width], the last layer's; what it holds at padding is of no use to anyone

A bare model's `logits` are the means of each row's `hidden`, [batch, width], and its loss their product with `target`. It has
a pooler that this loss does not reach.

The head of `bert-masked` shares its matrix with the embedding and adds `cls.predictions.bias`. Untied it has both from
`cls.predictions.decoder`, and `cls.predictions.bias`, which is in the checkpoint too, takes no part and has no gradient. The
same holds of RoBERTa's `lm_head`.

Names that end in `six` and `ten` have heads of so many channels, as those without such an end have heads of six. Positions of
`roberta-*-ten` begin at 5, and fill their table to its end.
"""
import golden
import torch
import transformers
from transformers import BertConfig, DistilBertConfig, RobertaConfig, XLMRobertaConfig

LENGTHS, QUERY, TAGS, CLASSES = torch.tensor([11, 7, 9]), 11, 5, 3
SEED, SPREAD = 59, 0.3
ASKED = 0.4  # the share of tokens that something is asked of

NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
SIX = {"num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 12, "intermediate_size": 20, "vocab_size": 29}
TEN = {
    "num_hidden_layers": 2, "num_attention_heads": 1, "hidden_size": 10, "intermediate_size": 14, "vocab_size": 23,
    "tie_word_embeddings": False}

def short(sizes):
    """What DistilBERT calls the same sizes."""
    names = {
        "num_hidden_layers": "n_layers", "num_attention_heads": "n_heads", "hidden_size": "dim",
        "intermediate_size": "hidden_dim"}
    return {names.get(name, name): size for name, size in sizes.items()}

def bert(layers=1, **changes):
    return BertConfig(**{
        "num_hidden_layers": layers, "num_attention_heads": 3, "hidden_size": 18, "intermediate_size": 26, "vocab_size": 37,
        "max_position_embeddings": 13, "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12,
        "pad_token_id": 0, "attn_implementation": "eager", **NO_DROPOUT, **changes})

def bert_six(**changes):
    return bert(**SIX | changes)

def bert_ten(**changes):
    return bert(**TEN | {"type_vocab_size": 3, "hidden_act": "gelu_new", "layer_norm_eps": 1e-3} | changes)

def roberta_six(build=RobertaConfig, **changes):
    return build(**SIX | NO_DROPOUT | {
        "max_position_embeddings": 15, "type_vocab_size": 1, "layer_norm_eps": 1e-5, "attn_implementation": "eager"} | changes)

def roberta_ten(**changes):
    return roberta_six(**TEN | {
        "max_position_embeddings": QUERY + 5, "pad_token_id": 4, "type_vocab_size": 2, "hidden_act": "relu"} | changes)

def xlm_six(**changes):
    return roberta_six(build=XLMRobertaConfig, **changes)

def distilbert_six(**changes):
    return DistilBertConfig(**short(SIX) | {
        "max_position_embeddings": 13, "dropout": 0.0, "attention_dropout": 0.0, "seq_classif_dropout": 0.0,
        "attn_implementation": "eager"} | changes)

def distilbert_ten(**changes):
    return distilbert_six(**short(TEN) | {"max_position_embeddings": QUERY, "activation": "relu"} | changes)

def padded():
    return golden.attention_mask(LENGTHS, QUERY) == 0

def masked_id(config):
    return config.vocab_size - 1

def draw_tokens(config):
    padding = config.pad_token_id
    tokens = torch.randint(padding + 1, masked_id(config), (len(LENGTHS), QUERY)).masked_fill(padded(), padding)
    second = torch.arange(QUERY) >= (LENGTHS // 2)[:, None]
    types = {"token_types": (second & ~padded()).long()} if getattr(config, "type_vocab_size", 0) > 1 else {}
    return {"input": tokens, "lengths": LENGTHS} | types

def draw_unasked():
    return (torch.rand(len(LENGTHS), QUERY) >= ASKED) | padded()

def draw_masked(config):
    inputs, unasked = draw_tokens(config), draw_unasked()
    return inputs | {
        "target": inputs["input"].masked_fill(unasked, -1),
        "input": inputs["input"].masked_fill(~unasked, masked_id(config))}

def draw_tags(config):
    inputs = draw_tokens(config)
    return inputs | {"target": torch.randint(0, TAGS, (len(LENGTHS), QUERY)).masked_fill(draw_unasked(), -1)}

def draw_classes(config):
    return draw_tokens(config) | {"target": torch.tensor([2, 0, 1])}

def draw_numbers(config):
    return draw_tokens(config) | {"target": torch.tensor([-1.5, 0.5, 2.5])}

def draw_bare(config):
    return draw_tokens(config) | {"target": torch.randn(len(LENGTHS), config.hidden_size)}

HEADS = {
    "masked": ("ForMaskedLM", draw_masked, {}), "classify": ("ForSequenceClassification", draw_classes, {"num_labels": CLASSES}),
    "regress": ("ForSequenceClassification", draw_numbers, {"num_labels": 1, "problem_type": "regression"}),
    "tags": ("ForTokenClassification", draw_tags, {"num_labels": TAGS}), "bare": ("Model", draw_bare, {})}

def model(config, head, **changes):
    """How to build a model with this head, and what draws its batch."""
    task, draw, keys = HEADS[head]
    def build():
        settings = config(**keys | changes)
        return getattr(transformers, type(settings).__name__.removesuffix("Config") + task)(settings)
    return build, draw

MODELS = {
    "bert-masked": model(bert, "masked", layers=2),
    "bert-masked-untied": model(bert, "masked", tie_word_embeddings=False),
    **{f"bert-{head}": model(bert, head) for head in ("classify", "regress", "tags")}, "bert-bare-six": model(bert_six, "bare"),
    **{f"bert-{head}-ten": model(bert_ten, head) for head in HEADS},
    **{f"roberta-{head}-six": model(roberta_six, head) for head in HEADS},
    **{f"roberta-{head}-ten": model(roberta_ten, head) for head in HEADS},
    "xlm-roberta-classify-six": model(xlm_six, "classify"),
    **{f"distilbert-{head}-six": model(distilbert_six, head) for head in HEADS},
    **{f"distilbert-{head}-ten": model(distilbert_ten, head) for head in HEADS}}

def arguments(inputs):
    types = {"token_type_ids": inputs["token_types"]} if "token_types" in inputs else {}
    mask = golden.attention_mask(inputs["lengths"], QUERY)
    return {"input_ids": inputs["input"], "attention_mask": mask, "output_hidden_states": True} | types

def forward(model, inputs):
    target = inputs["target"]
    labels = target.to(model.dtype) if target.is_floating_point() else golden.labels(target)
    if type(model).__name__.endswith("Model"):
        return forward_bare(model, inputs, labels)
    found = model(labels=labels, **arguments(inputs))
    return {"logits": found.logits, "loss": found.loss, "hidden": found.hidden_states[-1]}

def forward_bare(model, inputs, target):
    hidden = model(**arguments(inputs)).last_hidden_state
    mask = golden.attention_mask(inputs["lengths"], QUERY)[:, :, None]
    means = (hidden * mask).sum(1) / inputs["lengths"][:, None]
    return {"logits": means, "loss": (means * target).sum(), "hidden": hidden}

def make(name):
    torch.manual_seed(SEED)
    build, draw = MODELS[name]
    model = build().float().eval()
    golden.randomize(model, SPREAD)
    return golden.record("bert", model, draw(model.config), forward, seed=SEED, spread=SPREAD)

if __name__ == "__main__":
    golden.main(__doc__, "bert", MODELS, make)
