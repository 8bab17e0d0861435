#!/usr/bin/env python3
"""Golden files of the vit crate: what transformers computes for tiny ViT and DeiT classifiers.

    pip install torch transformers safetensors
    nice python scripts/golden/vit.py            # writes crates/vit/tests/golden/*.{safetensors,json}
    nice python scripts/golden/vit.py --check    # regenerates in memory and compares, writes nothing

Beside what golden.py names, each safetensors file holds

    pixels, target   [batch, color, height, width] and the class of each picture
    logits, loss     the forward pass on `pixels`, and the mean cross-entropy
    hidden           [batch, 1 + patch, width], what the classifier's first row is read from (DeiT has 2 + patch)
    pixels_larger, logits_larger
                     pictures of another size, taller than wide: the learned positions are resized to its grid of patches
                     (bicubic, align_corners=False, no antialiasing), all but that of the class token (and DeiT's other)

DeiT's distillation token is there, but the class token alone is classified. Where there is a teacher (deit-taught), both
are, each by a head of its own, and `logits` is the mean of the two, of which transformers takes no loss: it is taken here.
The odd ones have other sizes, one color, other activations, and classes with names. The weights' names are those of
published checkpoints; the running models of transformers 5 have others.
"""
import golden
import torch
from torch.nn.functional import cross_entropy
from transformers import (DeiTConfig, DeiTForImageClassification, DeiTForImageClassificationWithTeacher, ViTConfig,
    ViTForImageClassification)

BATCH, SEED, SPREAD = 2, 59, 0.3
SIZES = dict(image_size=12, patch_size=4, num_channels=3, num_hidden_layers=2, num_attention_heads=3, hidden_size=18,
    intermediate_size=26, num_labels=5, hidden_act="gelu", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    attn_implementation="eager")
ONE = SIZES | dict(num_hidden_layers=1)
ODD = dict(image_size=[9, 9], patch_size=3, num_channels=1, num_hidden_layers=1, num_attention_heads=2, hidden_size=20,
    intermediate_size=14, id2label={0: "cat", 1: "dog", 2: "owl"}, hidden_act="gelu_new", layer_norm_eps=1e-6,
    hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="eager")
LARGER = {4: (20, 16), 3: (15, 12)}  # by patch size
TARGETS = {5: [3, 1], 3: [2, 1]}  # by number of labels
MODELS = {
    "vit": lambda: ViTForImageClassification(ViTConfig(**SIZES)),
    "vit-odd": lambda: ViTForImageClassification(ViTConfig(**ODD)),
    "deit": lambda: DeiTForImageClassification(DeiTConfig(**ONE)),
    "deit-odd": lambda: DeiTForImageClassification(DeiTConfig(**ODD | {"num_hidden_layers": 2, "hidden_act": "relu"})),
    "deit-taught": lambda: DeiTForImageClassificationWithTeacher(DeiTConfig(**ONE)),
    "deit-taught-odd": lambda: DeiTForImageClassificationWithTeacher(DeiTConfig(**ODD | {"hidden_act": "quick_gelu"}))}

def draw(config):
    side = config.image_size[0] if isinstance(config.image_size, (list, tuple)) else config.image_size
    draw_pixels = lambda height, width: torch.randn(BATCH, config.num_channels, height, width)
    return {"pixels": draw_pixels(side, side), "pixels_larger": draw_pixels(*LARGER[config.patch_size]),
        "target": torch.tensor(TARGETS[config.num_labels])}

def forward(model, inputs):
    found = model(inputs["pixels"].to(model.dtype), output_hidden_states=True)
    larger = model(inputs["pixels_larger"].to(model.dtype), interpolate_pos_encoding=True)
    base = getattr(model, model.base_model_prefix)
    return {"logits": found.logits, "loss": loss(model, found.logits, inputs["target"]),
        "hidden": base.layernorm(found.hidden_states[-1]), "logits_larger": larger.logits}

def loss(model, logits, target):
    taught = isinstance(model, DeiTForImageClassificationWithTeacher)
    return cross_entropy(logits, target) if taught else model.loss_function(target, logits, model.config)

def make(name):
    torch.manual_seed(SEED)
    model = MODELS[name]().float().eval()
    golden.randomize(model, SPREAD)
    return golden.record("vit", model, draw(model.config), forward, seed=SEED, spread=SPREAD)

if __name__ == "__main__":
    golden.main(__doc__, "vit", MODELS, make)
