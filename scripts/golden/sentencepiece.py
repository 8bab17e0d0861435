#!/usr/bin/env python3
"""Golden files of SentencePiece: tiny models, and what sentencepiece itself makes of odd strings.

    pip install sentencepiece
    nice python scripts/golden/sentencepiece.py   # writes crates/data/tests/golden/sentencepiece/*.{model,json}

Each model is trained on generated sentences (words of several languages in random order), one for each kind that is
published: T5's (unigram, the table `nmt_nfkc`), Llama's (byte pairs, bytes for what is unknown, no table, spaces kept),
and what lies between. Each json holds, for every string, the pieces' ids and what those decode to. Training draws
nothing at random, so that one version of sentencepiece writes the same files again.

Left out on purpose are strings that hold the text of a special token: sentencepiece cuts those like any text, and every
tokenizer.json finds the token.
"""
import sys
sys.path.pop(0)  # or this file would be imported in place of the library that it is named after
import io, json, random
from pathlib import Path
import sentencepiece

FOLDER = Path(__file__).resolve().parents[2] / "crates/data/tests/golden/sentencepiece"

WORDS = """the a cat dog sat on mat and or under over red green house tree runs jumped sleeping loves Anna Peter London
it's don't we'll 12 345 1999 3.14 Straße Grüße Café naïve élève Zürich Ærø señor Île où çà кошка собака дом бежит
Москва 猫 犬 東京 日本語 中文 한국어 고양이 ελληνικά γάτα عربى קטנה ไทย ﬁne office ½ ² ™ … “quoted” — end"""

ODD = ["", " ", "  ", "a", " a", "a ", "  a  b  ", "\n", "a\nb", "a\n\n\nb", "\t\ttabs\t", "line\r\nends\r", "▁", "a▁b",
    "Hello world", "Hello, y'all! How are you 😁 ?", "don't won't I'm you've they'll we'd it's", "The CAPITALS of Rome",
    "naïve café Zürich — “quotes” … élève", "日本語のテキストと中文和한국어", "1234567890 3.14159 1e-10 0xFF $1,000.00",
    "def f(x):\n    return x**2  # comment", "https://example.com/a?b=c&d=e", "ＦＵＬＬ ｗｉｄｔｈ", "👩‍👩‍👧‍👦 🇩🇪 ✌🏽",
    "ÀÉÎÕÜ àéîõü ß ﬁ ﬂ", "unaffable uncharacteristically antidisestablishmentarianism", "non-breaking\u00a0space",
    "zero\u200bwidth\u200d\ufeff", "soft\u00adhyphen", "e\u0301 a\u0308 n\u0303", "a\u0323\u0307", "ǅ Ǆ ǆ", "Ⅷ ⅷ ① ㎏ ㍿",
    "½ ¼ ² ³ ™ © ®", "ｶﾞｷﾞ", "한국어", "각", "ﷺ", "שלום עולם", "مرحبا بالعالم", "สวัสดี", "ελληνικά Ω Ω",
    "\u2028line\u2029separators", "\u3000ideographic\u3000space", "em\u2003quad en\u2002", "a\u0000b", "\u0001\u0002\u007f",
    "\ud7ff\ue000\uffff\U0010ffff", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "x" * 300, "ab " * 100, "猫" * 120, "!?" * 60, "        deep", "end   ",
    "a  b   c    d", "\u0300leading mark", "’‘‚‛“”„‟", "<0x41> <0x0A>", "-" * 77, "don’t", "...", "Ünï çødé", "İstanbul ı",
    "ß SS ẞ", "mixed12three45", "12 34 56", "3,14 2.7", "A.B.C. U.S.A.", "C++ C# F#", "snake_case camelCase", "a/b\\c",
    "(parens) [brackets] {braces}", "@user #tag &amp;", "100%", "€5 £6 ¥7", "→←↑↓", "♥♦♣♠", "~tilde^caret`tick"]

def random_strings(count):
    draw = random.Random(7)
    marks = ["", " ", "  ", "\n", ".", ", ", "!", "-", "\u0301", "😀", "\u00a0", "▁"]
    one = lambda: draw.choice(WORDS.split()) if draw.random() < 0.7 else chr(draw.choice([
        draw.randrange(0x20, 0x7f), draw.randrange(0xa0, 0x250), draw.randrange(0x370, 0x530), draw.randrange(0x4e00, 0x4f00)]))
    return ["".join(one() + draw.choice(marks) for _ in range(draw.randrange(1, 12))) for _ in range(count)]

STRINGS = ODD + random_strings(170)

def sentences(count):
    draw = random.Random(11)
    return [" ".join(draw.choice(WORDS.split()) for _ in range(draw.randrange(3, 12))) for _ in range(count)]

SHARED = dict(vocab_size=420, hard_vocab_limit=False, character_coverage=1.0, num_threads=1, minloglevel=2)
T5 = dict(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
LLAMA = dict(normalization_rule_name="identity", remove_extra_whitespaces=False, byte_fallback=True,
    allow_whitespace_only_pieces=True, split_digits=True)
MODELS = {
    "t5": dict(model_type="unigram", normalization_rule_name="nmt_nfkc", **T5),
    "llama": dict(model_type="bpe", **LLAMA),
    "pairs": dict(model_type="bpe", normalization_rule_name="nmt_nfkc"),
    "bytes": dict(model_type="unigram", normalization_rule_name="nfkc_cf", byte_fallback=True),
    "bare": dict(model_type="unigram", normalization_rule_name="identity", add_dummy_prefix=False),
    "defined": dict(model_type="unigram", normalization_rule_name="identity", user_defined_symbols=["<sep>", "[X]"]),
}

def trained(options):
    model = io.BytesIO()
    options = SHARED | options
    # A table of characters takes a quarter of a megabyte; of the tables' rules only those are kept that a text here needs.
    rule = options.pop("normalization_rule_name")
    if rule != "identity":
        options["normalization_rule_tsv"] = str(rules(rule))
    else:
        options["normalization_rule_name"] = rule
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(sentences(1500)), model_writer=model, **options)
    return model.getvalue()

def rules(name):
    """The rules of the named table as it would normalize every character of the strings, and pairs of them."""
    normalizer = sentencepiece.SentencePieceNormalizer(rule_name=name, add_dummy_prefix=False, escape_whitespaces=False,
        remove_extra_whitespaces=False)
    text = STRINGS + sentences(200)
    singles = {c for s in text for c in s if c != "\0"}
    marks = {c for c in singles if 0x300 <= ord(c) < 0x370}
    pairs = {a + b for s in text for a, b in zip(s, s[1:]) if b in marks and a not in marks and a != "\0"}
    lines = []
    for source in sorted(singles | pairs):
        target = normalizer.normalize(source)
        parts = "".join(normalizer.normalize(c) for c in source)
        if target != source and (len(source) == 1 or target != parts):
            point = lambda s: " ".join(f"{ord(c):X}" for c in s)
            lines.append(f"{point(source)}\t{point(target)}\n")
    path = Path("/tmp") / f"{name}.tsv"
    path.write_text("".join(lines))
    return path

def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, options in MODELS.items():
        model = trained(options)
        (FOLDER / f"{name}.model").write_bytes(model)
        pieces = sentencepiece.SentencePieceProcessor(model_proto=model)
        encoded = [[s, pieces.encode(s)] for s in STRINGS]
        encoded = [[s, ids, pieces.decode(ids)] for s, ids in encoded]
        about = {"command": "python scripts/golden/sentencepiece.py", "version": sentencepiece.__version__,
            "options": options, "encoded": encoded}
        (FOLDER / f"{name}.json").write_text(json.dumps(about, ensure_ascii=False, separators=(",", ":"), default=str) + "\n")
        print(name, len(model), "bytes,", len(pieces), "pieces")

if __name__ == "__main__":
    main()
