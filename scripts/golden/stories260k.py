#!/usr/bin/env python3
"""A model in the layout of llama2.c as a model folder: a Llama of transformers with its tokenizer.

    python scripts/golden/stories260k.py stories260K.bin tok512.bin FOLDER

Needs nothing beside Python. The weights are those of the file (its first layout: seven numbers and then float32), but that rotary pairs
stand half a head apart in transformers, where they are neighbors in the file; the tokenizer is written as the SentencePiece model that it
came from. Stories follow each other behind `<s>` alone, as that program has it, so that `<s>` is what ends one. Tensors that the file keeps for its own program (tables of waves) are left out.
"""
import array
import json
import math
import pathlib
import struct
import sys

NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6

def shapes(width, hidden, layers, heads, pairs, vocabulary, own_head):
    """The tensors in the order of the file, by their names at transformers; `{}` stands for the layer."""
    narrow = width // heads * pairs
    layer = "model.layers.{}."
    return [("model.embed_tokens.weight", 1, [vocabulary, width]), (layer + "input_layernorm.weight", layers, [width]),
            (layer + "self_attn.q_proj.weight", layers, [width, width]), (layer + "self_attn.k_proj.weight", layers, [narrow, width]),
            (layer + "self_attn.v_proj.weight", layers, [narrow, width]), (layer + "self_attn.o_proj.weight", layers, [width, width]),
            (layer + "post_attention_layernorm.weight", layers, [width]), (layer + "mlp.gate_proj.weight", layers, [hidden, width]),
            (layer + "mlp.down_proj.weight", layers, [width, hidden]), (layer + "mlp.up_proj.weight", layers, [hidden, width]),
            ("model.norm.weight", 1, [width])], [("lm_head.weight", 1, [vocabulary, width])] if own_head else []

def apart(values, shape, channels):
    """Rows of each head, first those of even places, then those of odd ones."""
    rows, width = shape
    order = [head + place for head in range(0, rows, channels) for first in (0, 1) for place in range(first, channels, 2)]
    return array.array("f", b"".join(values[row * width:(row + 1) * width].tobytes() for row in order))

def read(path):
    data = path.read_bytes()
    width, hidden, layers, heads, pairs, vocabulary, context = struct.unpack("<7i", data[:28])
    numbers, place, tensors = array.array("f", data[28:]), 0, {}
    inner, head = shapes(width, hidden, layers, heads, pairs, abs(vocabulary), vocabulary < 0)
    for listed in (inner, head):
        for name, count, shape in listed:
            for layer in range(count):
                values = numbers[place:place + math.prod(shape)]
                place += math.prod(shape)
                turned = any(part in name for part in ("q_proj", "k_proj"))
                tensors[name.format(layer)] = shape, apart(values, shape, width // heads) if turned else values
        place += context * (width // heads)  # two tables of waves
    said = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": width, "intermediate_size": hidden,
            "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": pairs, "vocab_size": abs(vocabulary),
            "max_position_embeddings": context, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
            "tie_word_embeddings": vocabulary > 0, "bos_token_id": 1, "eos_token_id": 1, "torch_dtype": "float32"}
    return said, tensors

def safetensors(tensors):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, (shape, values) in tensors.items():
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * len(values)]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data

def varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])

def field(number, value):
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)

def pieces(path):
    """The tokenizer as a SentencePiece model: its pieces, and how it was trained and normalizes."""
    data, place, out, count = path.read_bytes(), 4, b"", 0
    while place < len(data):
        score, length = struct.unpack_from("<fi", data, place)
        text, place = data[place + 8:place + 8 + length].decode(), place + 8 + length
        kind = UNKNOWN if count == 0 else CONTROL if count < 3 else BYTE if text.startswith("<0x") else NORMAL
        text = ["<unk>", "<s>", "</s>"][count] if count < 3 else text.replace(" ", "▁")
        out += field(1, field(1, text.encode()) + field(2, score) + field(3, kind))
        count += 1
    trained = field(3, 2) + field(4, count) + field(35, 1) + field(40, 0) + field(41, 1) + field(42, 2)
    normal = field(1, b"identity") + field(3, 1) + field(4, 0) + field(5, 1)
    return out + field(2, trained) + field(3, normal)

def main():
    weights, tokenizer, folder = map(pathlib.Path, sys.argv[1:])
    said, tensors = read(weights)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(said, indent=2) + "\n")
    (folder / "model.safetensors").write_bytes(safetensors(tensors))
    (folder / "tokenizer_config.json").write_text(json.dumps({"bos_token": "<s>", "eos_token": "<s>"}) + "\n")
    (folder / "tokenizer.model").write_bytes(pieces(tokenizer))

if __name__ == "__main__":
    main()
