#!/usr/bin/env python3
"""Golden files of the multimodal crate: what transformers computes for tiny CLIP and SigLIP models.

    pip install torch transformers safetensors
    nice python scripts/golden/multimodal.py            # writes crates/multimodal/tests/golden/*.{safetensors,json}
    nice python scripts/golden/multimodal.py --check    # regenerates in memory and compares, writes nothing

Beside what golden.py names, each safetensors file holds

    input, lengths   [batch, query] ids, and how many of each row come before its padding; CLIP's last of those is the end
                     token, which no other is. No mask hides the padding: CLIP's text is causal and read at the end token,
                     SigLIP's text sees all and is read at the last position, padding or not
    pixels           [batch, color, height, width], the picture that belongs to each row
    text_embeds, image_embeds
                     [batch, projection], each divided by its norm
    logits           [image, text]: the cosines times exp(`logit_scale`), to which SigLIP adds `logit_bias`
    loss             CLIP: the mean of two cross-entropies, which text an image has and which image a text has.
                     SigLIP: minus the sum of the log-sigmoids of all logits, each negated where picture and text do not
                     belong together, over the size of the batch

SigLIP's picture is read by attention with one learned query (`vision_model.head`), a torch MultiheadAttention with query,
key and value matrices one above the other; it has no class token, and its patches' convolution has a bias.
"""
import golden
import torch
from transformers import CLIPConfig, CLIPModel, SiglipConfig, SiglipModel

LENGTHS, QUERY, VOCABULARY = torch.tensor([9, 5, 7, 3]), 9, 37
END, PADDING = VOCABULARY - 1, 0
SEED, SPREAD = 59, 0.3
TEXT = dict(num_hidden_layers=2, num_attention_heads=3, hidden_size=18, intermediate_size=26, vocab_size=VOCABULARY,
    max_position_embeddings=QUERY, pad_token_id=PADDING, bos_token_id=None, eos_token_id=END, attention_dropout=0.0)
TEXT_ODD = TEXT | dict(num_hidden_layers=1, num_attention_heads=2, hidden_size=20, intermediate_size=14, eos_token_id=2,
    layer_norm_eps=1e-6)
IMAGE = dict(num_hidden_layers=2, num_attention_heads=2, hidden_size=14, intermediate_size=22, image_size=12,
    patch_size=4, num_channels=3, attention_dropout=0.0)
IMAGE_ODD = dict(num_hidden_layers=1, num_attention_heads=2, hidden_size=12, intermediate_size=10, image_size=9,
    patch_size=3, num_channels=1, attention_dropout=0.0, layer_norm_eps=1e-4)

def clip():
    activation = dict(hidden_act="quick_gelu")
    return CLIPModel(CLIPConfig(
        text_config=TEXT | activation, vision_config=IMAGE | activation, projection_dim=10, attn_implementation="eager"))

def clip_odd():
    """Of other sizes and one color, and with the `eos_token_id` of old files, by which the highest id is meant."""
    activation = dict(hidden_act="gelu")
    return CLIPModel(CLIPConfig(text_config=TEXT_ODD | activation, vision_config=IMAGE_ODD | activation, projection_dim=7,
        attn_implementation="eager"))

def siglip():
    """One layer each: only what surrounds them differs from CLIP. Its text is projected to the image's width."""
    changes = dict(num_hidden_layers=1, hidden_act="gelu_pytorch_tanh")
    return SiglipModel(SiglipConfig(
        text_config=TEXT | changes | {"projection_size": IMAGE["hidden_size"]}, vision_config=IMAGE | changes,
        attn_implementation="eager"))

MODELS = {"clip": clip, "clip-odd": clip_odd, "siglip": siglip}

def draw(image):
    tokens = torch.randint(1, END, (len(LENGTHS), QUERY))
    tokens[torch.arange(len(LENGTHS)), LENGTHS - 1] = END
    tokens = tokens.masked_fill(golden.attention_mask(LENGTHS, QUERY) == 0, PADDING)
    return {"input": tokens, "lengths": LENGTHS,
        "pixels": torch.randn(len(LENGTHS), image.num_channels, image.image_size, image.image_size)}

def forward(model, inputs):
    found = model(input_ids=inputs["input"], pixel_values=inputs["pixels"].to(model.dtype), return_loss=True)
    return {"logits": found.logits_per_image, "loss": found.loss, "text_embeds": found.text_embeds,
        "image_embeds": found.image_embeds}

def make(name):
    torch.manual_seed(SEED)
    model = MODELS[name]().float().eval()
    golden.randomize(model, SPREAD)
    return golden.record("multimodal", model, draw(model.config.vision_config), forward, seed=SEED, spread=SPREAD)

if __name__ == "__main__":
    golden.main(__doc__, "multimodal", MODELS, make)
