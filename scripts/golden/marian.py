#!/usr/bin/env python3
"""Golden files of Marian's tokenizers: tiny folders, and what transformers makes of odd strings with them.

    pip install sentencepiece transformers
    nice python scripts/golden/marian.py   # writes crates/data/tests/golden/marian/*

A folder has a SentencePiece model for sources and one for targets, and `vocab.json`, which says the ids of the pieces of
both. As in published ones, ids are in no order of the models, a few pieces have none, and there are codes of languages.
`encoded.json` holds, for every string, its ids as a source, as a target, and what the former decode to without special
tokens. Models are trained as `sentencepiece.py` tells, on words of other alphabets.
"""
import importlib.util, json, random, sys, warnings
from pathlib import Path
HERE = Path(__file__).resolve().parent
sys.path.remove(str(HERE))  # or scripts here would be imported in place of the libraries that they are named after
warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses.")
import sentencepiece, transformers

FOLDER = HERE.parents[1] / "crates/data/tests/golden/marian"
SOURCES = """the a cat dog sat on mat and or under over red green house tree runs jumped sleeping loves Anna Peter London
it's don't we'll 12 345 1999 3.14 Straße Grüße Café naïve élève"""
TARGETS = """кошка собака дом бежит Москва и в на под красный зелёный спит любит Анна Пётр Лондон 12 345 cat . , !"""

def helper():
    spec = importlib.util.spec_from_file_location("models", HERE / "sentencepiece.py")
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before  # it takes its own folder off the path
    return module

def trained(models, words, rule):
    models.WORDS = words
    options = dict(model_type="unigram", normalization_rule_name=rule, vocab_size=120, pad_id=-1, bos_id=1, eos_id=2, unk_id=0)
    return models.trained(options)

def pieces(model):
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    return [processor.id_to_piece(id) for id in range(len(processor)) if not processor.is_control(id)]

def vocabulary(models):
    """Both models' pieces but for every ninth, in an order of their own."""
    names = sorted({piece for model in models for piece in pieces(model)} - {"<unk>"})
    names = [name for place, name in enumerate(names) if place % 9 != 4]
    random.Random(5).shuffle(names)
    names = ["</s>", "<unk>", *names, ">>ru<<", ">>uk<<", "<pad>"]
    return {name: id for id, name in enumerate(names)}

CODED = [">>ru<< the cat", ">>ru<<the cat", " >>ru<< the", ">>xx<< dog", ">>ru", ">>ru<<", "a </s> b", "cat<unk>dog", "<pad>",
    "</s></s>кот", "кот", "к", "кошка cat", "<s>", "the<s>cat"]

def main():
    models = helper()
    found = {"source": trained(models, SOURCES, "nmt_nfkc"), "target": trained(models, TARGETS, "identity")}
    FOLDER.mkdir(parents=True, exist_ok=True)
    for side, model in found.items():
        (FOLDER / f"{side}.spm").write_bytes(model)
    write = lambda name, content: (FOLDER / name).write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n")
    write("vocab.json", vocabulary(found.values()))
    write("tokenizer_config.json", {"source_lang": "en", "target_lang": "ru", "tokenizer_class": "MarianTokenizer"})
    tokenizer = transformers.MarianTokenizer.from_pretrained(FOLDER)
    encoded = []
    for text in CODED + models.STRINGS:
        source, target = tokenizer(text)["input_ids"], tokenizer(text_target=text)["input_ids"]
        encoded.append([text, source, target, tokenizer.decode(source, skip_special_tokens=True)])
    write("encoded.json", {"command": "python scripts/golden/marian.py", "encoded": encoded,
        "versions": {"sentencepiece": sentencepiece.__version__, "transformers": transformers.__version__}})
    print(len(encoded), "strings")

if __name__ == "__main__":
    main()
