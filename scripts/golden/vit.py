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

DeiT has one layer here, as only its embedding differs, and its class is the one that is trained: the distillation token
is there, but the class token alone is classified. The weights' names are those of published checkpoints; the running
models of transformers 5 have others.
"""
import golden
import torch
from transformers import DeiTConfig, DeiTForImageClassification, ViTConfig, ViTForImageClassification

BATCH, SEED, SPREAD = 2, 59, 0.3
LARGER = (20, 16)
SIZES = dict(image_size=12, patch_size=4, num_channels=3, num_hidden_layers=2, num_attention_heads=3, hidden_size=18,
    intermediate_size=26, num_labels=5, hidden_act="gelu", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    attn_implementation="eager")
MODELS = {
    "vit": lambda: ViTForImageClassification(ViTConfig(**SIZES)),
    "deit": lambda: DeiTForImageClassification(DeiTConfig(**SIZES | {"num_hidden_layers": 1}))}

def draw():
    size = SIZES["image_size"]
    draw_pixels = lambda height, width: torch.randn(BATCH, SIZES["num_channels"], height, width)
    return {"pixels": draw_pixels(size, size), "pixels_larger": draw_pixels(*LARGER), "target": torch.tensor([3, 1])}

def forward(model, inputs):
    found = model(inputs["pixels"].to(model.dtype), labels=inputs["target"], output_hidden_states=True)
    larger = model(inputs["pixels_larger"].to(model.dtype), interpolate_pos_encoding=True)
    base = getattr(model, model.base_model_prefix)
    return {"logits": found.logits, "loss": found.loss, "hidden": base.layernorm(found.hidden_states[-1]),
        "logits_larger": larger.logits}

def make(name):
    torch.manual_seed(SEED)
    model = MODELS[name]().float().eval()
    golden.randomize(model, SPREAD)
    return golden.record("vit", model, draw(), forward, seed=SEED, spread=SPREAD)

if __name__ == "__main__":
    golden.main(__doc__, "vit", MODELS, make)
