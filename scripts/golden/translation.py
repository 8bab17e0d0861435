#!/usr/bin/env python3
"""Golden files of translation scores: what sacreBLEU computes for damaged and odd translations.

    pip install sacrebleu
    nice python scripts/golden/translation.py    # writes crates/metrics/tests/golden/translation{,-multi30k}.json

`translation.json` holds segments made by rule from the sentences below, each a translation and one to four references,
and for every setting of BLEU, chrF and TER the signature, the scores of the whole corpus and the score of each segment:
over all references (`every`), and over the first one alone (`first`).

`translation-multi30k.json` holds no text, only the scores of the first lines of Multi30k's training files, which must lie
beside the checkout (`../shared/datasets/multi30k`) or in $ATTENTIVE_MIRROR. `damage` makes the translations; the
test of the crate does the same.
"""
import functools, gzip, json, logging, os, platform, unicodedata
from pathlib import Path
import regex, sacrebleu, sacrebleu.metrics.ter
from sacrebleu.metrics import BLEU, CHRF, TER

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "crates/metrics/tests/golden"
LINES, LANGUAGES = 3000, ("en", "de", "fr")
DIGITS = 12
logging.getLogger("sacrebleu").setLevel(logging.ERROR)  # it advises on every sentence

def remember(function):
    """The same by a table: most settings ask for the same edits again, and the long segments take seconds each."""
    table = functools.cache(lambda hypothesis, reference: function(list(hypothesis), list(reference)))
    return lambda hypothesis, reference: table(tuple(hypothesis), tuple(reference))

sacrebleu.metrics.ter.translation_edit_rate = remember(sacrebleu.metrics.ter.translation_edit_rate)

SENTENCES = [
    "The old ferry leaves the harbor at seven, long before the fog has lifted.",
    "She said: \"We counted 1,000.5 tons - no more, no less!\"",
    "In 1998-2004 the town's three bakeries (all on Mill Road) were sold for $2.5 million.",
    "Der Fährmann grüßt die Möwen, die über den Fluß ziehen; niemand grüßt zurück.",
    "« Où est passée l'échelle ? », demanda l’élève à 8 h 30.",
    "我们昨天在北京买了3本书，花了100.50元。",
    "彼はカタカナとひらがなで「東京タワー」と書いた。",
    "Η ΘΑΛΑΣΣΑ ΚΑΙ Ο ΟΥΡΑΝΟΣ, 25% ΠΙΟ ΜΠΛΕ.",
    "İstanbul'da 3 IŞIK yandı… ve söndü.",
    "Send it to a.b@example.org/x?y=1&z=2 #today, don't wait.",
]
ODD = [
    ("", ["A reference without a translation."]),
    ("A translation without a reference.", [""]),
    ("", [""]),
    ("   ", [" \t "]),
    ("", ["", "The second one is not empty."]),
    ("no", ["no"]), ("no", ["yes"]), ("yes no", ["no yes"]), ("one two three", ["one two three"]),
    ("...!?", ["...!?"]), (". , ; : !", [".,;:!"]), ("(((", [")))"]), ("\"'\"", ["''"]),
    ("the the the the the the the", ["The cat is on the mat.", "There is a cat on the mat."]),
    ("&quot;Q &amp; A&quot; &lt;b&gt; &amp;lt; it's!", ["\"Q & A\" <b> &lt; it's !", "Q and A, it's."]),
    ("<skipped>The over-\nnight train\nleft.", ["The overnight train left.", "The over\n-night train left."]),
    ("no\u00a0break\u2009thin\u3000wide\u0085next\u001cseparator", ["no break thin wide next separator"]),
    ("zero\u200bwidth and \ufeffmark", ["zero width and mark"]),
    ("cafe\u0301 e\u0301t\u00e9 n\u0303", ["caf\u00e9 \u00e9t\u00e9 \u00f1", "cafe ete n"]),
    ("\U0001f600\U0001f44d\U0001f3fd ok \u2764\ufe0f", ["\U0001f600 \U0001f44d\U0001f3fd ok\u2764\ufe0f", "ok"]),
    ("\u2018single\u2019 \u201cdouble\u201d \u2013 dash\u2014dash \u2192 x\u00b2 \u221e", ["'single' \"double\" - dash-dash -> x2"]),
    ("\U00020000\U00020001 \u4e2d\u6587\u3002\uff01\uff0ca\u3001b\u30fb", ["\U00020000 \U00020001\u4e2d \u6587!,a b"]),
    ("ひらがな", ["ひらがな"]), ("カタカナ", ["かたかな カタカナ"]), ("\u31f0\u31f1 \u3220\u33a1\u31c0", ["\u31f0 \u31f1\u3220 \u33a1 \u31c0"]),
    ("٣٫٥ ½ Ⅷ 5.0€ 1.2.3. 4,5,6, 7-8-9 -1 a-1 1-a", ["٣٫٥ ½ Ⅷ 5.0 € 1.2.3. 4, 5, 6, 7 - 8 - 9 - 1 a - 1 1 - a"]),
    ("ends with 2020.", ["ends with 2020 .", "ends in 2020."]), ("ends with 2020.\n", ["ends with 2020. "]),
    (". , starts with stops", [".,starts with stops"]),
    ("ΟΔΥΣΣΕΥΣ ΣΑΣ Σ İI ẞ ǅ ŉ", ["οδυσσευς σας σ i̇i ß ǆ ʼn"]),
    ("l'été ’s 's s's the dogs' 'so' it's, it's.", ["l' été 's ’s s 's the dogs 'so' it 's, it 's ."]),
    ("a b c d e f", ["a b c d e f", "f e d c b a", "d e f a b c", "a c e b d f"]),
    ("x a b", ["a b x c", "a b", "x", "x a"]), ("five words are in here", ["only four are here", "there are six words in here", "seven words are what is found here"]),
]

def words(numbers):
    return " ".join(f"w{number}" for number in numbers)

# Of the first four, each comes out otherwise without one of sacreBLEU's limits: the longest shift, the farthest, the number
# of shifts tried, the beam. The others lie far apart in length, the second pair too far for the beam, or repeat a word.
LONG = [
    (words([*range(12, 24), *range(12)]), [words(range(24))]),
    (words([*range(60, 63), *range(60)]), [words(range(63))]),
    (words((index + 13) * 13 % 40 % 12 for index in range(40)), [words(index % 12 for index in range(40))]),
    (words([*range(40), *range(90, 100)]), [words(range(100))]),
    (words([70, 180]), [words(range(240))]),
    (words([7, 220]), [words(range(240))]),
    (words(range(200)), [words([150, 20])]),
    (words([0] * 40), [words([0] * 15 + [1] * 20 + [0] * 25)]),
]

def damage(words, rule, following):
    half = len(words) // 2
    match rule % 8:
        case 0: return words
        case 1: return [word for index, word in enumerate(words) if index % 3 != 2]
        case 2: return [words[index ^ 1] if index ^ 1 < len(words) else words[index] for index in range(len(words))]
        case 3: return words[::-1]
        case 4: return [word.upper() for word in words]
        case 5: return [word for index, word in enumerate(words) for _ in range(2 if index % 4 == 3 else 1)]
        case 6: return words[half:] + words[:half]
        case 7: return following[:len(following) // 2] + words[half:]

def damaged(lines, index, rule):
    words, following = lines[index].split(" "), lines[(index + 1) % len(lines)].split(" ")
    return " ".join(damage(words, rule, following))

def made():
    """Each sentence with each damage; the first few sentences against several references."""
    for index in range(len(SENTENCES)):
        for rule in range(8):
            others = [damaged(SENTENCES, index, rule + 1 + other) for other in range((index + rule) % 4)]
            yield damaged(SENTENCES, index, rule), [SENTENCES[index], *others]

def lined(lines):
    """The first lines of a file, each with its damage; every third has a second reference."""
    for index in range(LINES):
        others = [damaged(lines, index, index // 8)] if index % 3 == 0 else []
        yield damaged(lines, index, index), [lines[index], *others]

def bleu(options):
    named = dict(options)
    smoothing = named.pop("smoothing", "exp")
    method, value = (smoothing, None) if isinstance(smoothing, str) else next(iter(smoothing.items()))
    return BLEU(tokenize=named.pop("tokenize", None), smooth_method=method, smooth_value=value, force=True,
                lowercase=named.pop("case", "mixed") == "lower", max_ngram_order=named.pop("order", 4), **named)

def chrf(options):
    named = dict(options)
    return CHRF(char_order=named.pop("characters", 6), word_order=named.pop("words", 0),
                lowercase=named.pop("case", "mixed") == "lower", eps_smoothing=named.pop("epsilon", False), **named)

def ter(options):
    named = dict(options)
    return TER(no_punct=not named.pop("punctuation", True), asian_support=named.pop("asian", False),
               case_sensitive=named.pop("case", "lower") == "mixed", **named)

METRICS = {"bleu": bleu, "chrf": chrf, "ter": ter}
SETTINGS = {
    "bleu": [
        {}, {"effective_order": True}, {"case": "lower"}, *({"order": order} for order in (1, 2, 3, 6)),
        *({"tokenize": name} for name in ("intl", "zh", "char", "none")),
        {"tokenize": "intl", "case": "lower", "effective_order": True}, {"tokenize": "zh", "effective_order": True},
        {"smoothing": "none"}, {"smoothing": {"floor": 0.1}}, {"smoothing": {"floor": 0.015}, "effective_order": True},
        {"smoothing": {"add-k": 1.0}}, {"smoothing": {"add-k": 0.25}, "effective_order": True}],
    "chrf": [
        {}, {"words": 2}, {"words": 1, "case": "lower"}, {"whitespace": True}, {"epsilon": True}, {"beta": 1},
        {"beta": 3, "words": 2, "epsilon": True}, {"characters": 2}, {"characters": 10, "whitespace": True},
        {"characters": 0, "words": 3, "case": "lower"}],
    "ter": [
        {}, {"case": "mixed"}, {"normalized": True}, {"punctuation": False}, {"normalized": True, "punctuation": False},
        {"asian": True}, {"normalized": True, "asian": True}, {"punctuation": False, "asian": True},
        {"normalized": True, "punctuation": False, "asian": True, "case": "mixed"}],
}
OF_LINES = {
    "bleu": [{}, {"tokenize": "intl", "case": "lower"}],
    "chrf": [{}, {"words": 2}],
    "ter": [{}, {"normalized": True, "punctuation": False}],
}

def corpus(metric, segments, count):
    """The score over so many references of each segment."""
    hypotheses, references = zip(*segments)
    most = max(len(some[:count]) for some in references)
    streams = [[some[index] if index < len(some) else None for some in references] for index in range(most)]
    score = metric.corpus_score(hypotheses, streams)
    parts = {name: getattr(score, name) for name in
             ("precisions", "bp", "sys_len", "ref_len", "num_edits", "ref_length") if hasattr(score, name)}
    return {"signature": str(metric.get_signature()), "line": str(score), "score": score.score, **parts}

def sentences(metric, segments):
    return [round(metric.sentence_score(hypothesis, references).score, DIGITS) for hypothesis, references in segments]

def versions():
    return {"sacrebleu": sacrebleu.__version__, "python": platform.python_version(), "regex": regex.__version__,
            "unicode": unicodedata.unidata_version}

def of_segments():
    segments = [*made(), *ODD, *LONG]
    cases = [{"metric": name, "options": options,
              "every": corpus(METRICS[name](options), segments, 4),
              "first": corpus(METRICS[name](options), segments, 1),
              "sentences": sentences(METRICS[name](options), segments)}
             for name, settings in SETTINGS.items() for options in settings]
    texts = [{"hypothesis": hypothesis, "references": references} for hypothesis, references in segments]
    return {"versions": versions(), "segments": texts, "cases": cases}

def of_lines():
    beside = ROOT.parent / "shared/datasets"
    folder = Path(os.environ.get("ATTENTIVE_MIRROR", beside)) / "multi30k"
    cases = []
    for language in LANGUAGES:
        lines = gzip.open(folder / f"train.{language}.gz").read().decode().split("\n")[:LINES]
        segments = list(lined(lines))
        cases += [{"language": language, "metric": name, "options": options,
                   "every": corpus(METRICS[name](options), segments, 2)}
                  for name, settings in OF_LINES.items() for options in settings]
    return {"versions": versions(), "lines": LINES, "cases": cases}

def write(name, golden):
    head = {key: value for key, value in golden.items() if not isinstance(value, list)}
    lists = {key: value for key, value in golden.items() if isinstance(value, list)}
    lines = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
    for key, items in lists.items():
        rows = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
        lines.append(f"{json.dumps(key)}: [\n{rows}\n]")
    (FOLDER / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")

def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    write("translation", of_segments())
    write("translation-multi30k", of_lines())

if __name__ == "__main__":
    main()
