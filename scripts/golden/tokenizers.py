#!/usr/bin/env python3
"""Golden ids of real tokenizers: what transformers, and for T5 sentencepiece, makes of odd strings.

    pip install transformers tokenizers sentencepiece
    nice python scripts/golden/tokenizers.py DATASETS   # writes crates/data/tests/golden/tokenizers.json

DATASETS is a folder that holds `tokenizers/` with GPT-2's encoder.json and vocab.bpe, BERT's two vocab.txt, CLIP's list of
merges and T5's spiece.model, as `datasets/tokenizers/SOURCE.txt` there says. Only ids are written, no vocabulary.
"""
import sys
folder = sys.path.pop(0)  # or this file would be imported in place of the library that it is named after
import gzip, importlib.util, json
from pathlib import Path
import sentencepiece, tokenizers, transformers
from transformers import BertTokenizer, CLIPTokenizer, GPT2Tokenizer

spec = importlib.util.spec_from_file_location("strings", Path(folder) / "sentencepiece.py")
strings = importlib.util.module_from_spec(spec)
sys.path.insert(0, "")
spec.loader.exec_module(strings)

FILE = Path(__file__).resolve().parents[2] / "crates/data/tests/golden/tokenizers.json"
PAIRS = [("Hello world", "How are you?"), ("a b c d e f g h", "x"), ("x", "a b c d e f g h"), ("", "only the second"),
    ("one two three four five six", "seven eight nine ten eleven")]

def packed(path):
    return gzip.decompress(path.read_bytes()).decode()

def gpt2(folder):
    merges = [tuple(line.split(" ")) for line in packed(folder / "vocab.bpe.gz").splitlines()[1:] if line]
    return GPT2Tokenizer(vocab=json.loads(packed(folder / "encoder.json.gz")), merges=merges)

def bert(path, lower):
    vocabulary = {token.rstrip("\n"): index for index, token in enumerate(packed(path).split("\n")[:-1])}
    return BertTokenizer(vocab=vocabulary, do_lower_case=lower)

def clip(folder):
    """As in clip/simple_tokenizer.py of openai/CLIP: the bytes, the bytes at a word's end, then the merges' results."""
    merges = packed(folder / "bpe_simple_vocab_16e6.txt.gz").split("\n")[1 : 49152 - 256 - 2 + 1]
    merges = [tuple(line.split()) for line in merges]
    letters = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(b) for b in letters] + [chr(256 + n) for n in range(256 - len(letters))]
    tokens = letters + [c + "</w>" for c in letters] + ["".join(m) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={token: index for index, token in enumerate(tokens)}, merges=merges)

def main():
    folder = Path(sys.argv[1]) / "tokenizers"
    models = {"gpt2": gpt2(folder / "gpt2"), "bert-uncased": bert(folder / "bert/bert-base-uncased-vocab.txt.gz", True),
        "bert-cased": bert(folder / "bert/bert-base-cased-vocab.txt.gz", False), "clip": clip(folder / "clip")}
    ids = {name: [model.encode(s, add_special_tokens=False) for s in strings.STRINGS] for name, model in models.items()}
    t5 = sentencepiece.SentencePieceProcessor(model_file=str(folder / "t5/spiece.model"))
    ids["t5"] = [t5.encode(s) for s in strings.STRINGS]
    pairs = {}
    for name in ("bert-uncased", "clip"):
        cut = lambda a, b, most: models[name](a, b, max_length=most, truncation="longest_first", return_token_type_ids=True)
        cuts = [(a, b, most, cut(a, b, most)) for a, b in PAIRS for most in (6, 8, 13)]
        pairs[name] = [[a, b, most, c["input_ids"], c["token_type_ids"]] for a, b, most, c in cuts]
    versions = {m.__name__: m.__version__ for m in (sentencepiece, tokenizers, transformers)}
    about = {"command": "python scripts/golden/tokenizers.py DATASETS", "versions": versions, "strings": strings.STRINGS,
        "ids": ids, "pairs": pairs}
    FILE.write_text(json.dumps(about, ensure_ascii=False, separators=(",", ":")) + "\n")

if __name__ == "__main__":
    main()
