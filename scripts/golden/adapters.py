#!/usr/bin/env python3
"""Low-rank adapters through the program and PEFT: both must make the same model of them.

    pip install torch transformers tokenizers safetensors peft
    python scripts/golden/adapters.py target/release/attentive [NAME...]

A small model of random weights (see folders.py) is trained with `[adapter]`, and exported twice: whole, and as an adapter. transformers opens the one, PEFT
adds the other to the first model, and their outputs are compared; so are those of the model that `initialize.adapter` makes.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import folders
import golden
import torch
from peft import PeftModel

TEXTS = '[data]\nfiles = ["texts.txt"]\n[sample]\ntokens = 0\n'
ROWS = '[data]\nfiles = ["rows.tsv"]\nformat = "tsv"\ncolumns = { text = "text", label = "label" }\n'
MODELS = {
    "gpt2": (TEXTS, ["query", "value", "output"]),
    "llama": (TEXTS, ["query", "value", "feed_forward.down"]),
    "bert-classes": (ROWS, ["query", "value", "feed_forward.down"])}
DROPOUT = 0.1
SHORT = "[evaluation]\nbatches = 1\n[training]\nbatch = 4\n"

def said(program, *arguments):
    found = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert found.returncode == 0, (arguments, found.stderr)

def tried(program, name):
    torch.manual_seed(59)
    data, targets = MODELS[name]
    first = folders.MODELS[name]().float().eval()
    golden.randomize(first, 0.3)
    first.save_pretrained("model")
    folders.tokenizer(name, "model")
    place, begin = pathlib.Path(), '[initialize]\nfrom = "model"\n'
    (place / "tune.toml").write_text(f"{begin}{data}[adapter]\nrank = 2\ndropout = {DROPOUT}\ntargets = {targets}\n{SHORT}steps = 20\nlearning_rate = 0.05\n")
    (place / "again.toml").write_text(f'{begin}adapter = "adapter"\n{data}{SHORT}steps = 1\nlearning_rate = 1e-12\n')
    said(program, "train", "tune.toml", "--run", "run")
    said(program, "export", "run", "--to", "merged")
    said(program, "export", "run", "--to", "adapter", "--adapter")
    said(program, "train", "again.toml", "--run", "again")
    said(program, "export", "again", "--to", "back")
    opened = {folder: type(first).from_pretrained(folder).eval() for folder in ("model", "merged", "back")}
    outputs = {folder: folders.outputs(model, name) for folder, model in opened.items()}
    adapted = PeftModel.from_pretrained(opened["model"], "adapter").eval()
    assert adapted.peft_config["default"].lora_dropout == DROPOUT
    peft = folders.outputs(adapted, name)
    distances = [(outputs["merged"] - other).abs().max().item() for other in (peft, outputs["back"], outputs["model"])]
    print(f"{name:14} PEFT {distances[0]:.1e} off, loaded again {distances[1]:.1e} off, before training {distances[2]:.1f} off", flush=True)
    return distances[0] < 1e-4 and distances[1] < 1e-4

def main():
    program, *names = sys.argv[1:]
    program, good = pathlib.Path(program).absolute(), True
    for name in names or MODELS:
        with tempfile.TemporaryDirectory() as place:
            os.chdir(place)
            pathlib.Path("texts.txt").write_text("\n".join("ba de gi ko be ga"[row % 4 * 3:] for row in range(400)))
            rows = (f"ba de {folders.WORDS[5 + row % 20]}\t{row % 3}\n" for row in range(60))
            pathlib.Path("rows.tsv").write_text("text\tlabel\n" + "".join(rows))
            good &= tried(program, name)
            os.chdir("/")
    sys.exit(not good)

if __name__ == "__main__":
    main()
