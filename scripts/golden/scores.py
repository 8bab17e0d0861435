#!/usr/bin/env python3
"""Golden values of the metrics crate: what scikit-learn, scipy, numpy and lm-evaluation-harness compute.

    pip install scikit-learn scipy numpy lm-eval
    nice python scripts/golden/scores.py            # writes crates/metrics/tests/golden/scores.json
    nice python scripts/golden/scores.py --check    # regenerates in memory and compares, writes nothing

What no package computes is written here from its definition: expected calibration error (Guo et al. 2017), exact match and
F1 of SQuAD 1.1 and 2.0, the Arabic rule of MLQA's own script (lm-evaluation-harness has another), and retrieval
with several right candidates. Where ../shared/datasets or $ATTENTIVE_MIRROR has XQuAD, its answers are damaged by rule
(`damaged`, the same in crates/metrics/tests/golden.rs) and scored; the file holds those scores alone. A number that does
not exist, NaN in an input included, is null.
"""
import argparse, collections, gzip, json, math, os, re, string, sys, types, warnings
from importlib.metadata import version
from pathlib import Path
import numpy as np
from lm_eval.api import metrics as harness
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks.mlqa import utils as mlqa
from scipy import stats
from sklearn import metrics

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "crates/metrics/tests/golden/scores.json"
PACKAGES = ("scikit-learn", "scipy", "numpy", "lm_eval")
SEED, BINS, NEAR = 59, 15, 1e-12
draw = np.random.default_rng(SEED)

def number(value):
    return float(value) if value is not None and math.isfinite(value) else None

def single(values, digits=3):
    """Short numbers that float32 holds as the test reads them."""
    return np.asarray(np.round(values, digits), dtype=np.float32)

# Classification

def labels(items, classes, right):
    reference = draw.integers(classes, size=items)
    wrong = draw.integers(classes, size=items)
    return reference, np.where(draw.random(items) < right, reference, wrong)

def class_cases():
    yield "binary", *labels(60, 2, 0.5)
    yield "three classes", *labels(80, 3, 0.6)
    yield "eleven classes, some absent", *labels(20, 11, 0.4)
    yield "rare", (draw.random(100) < 0.05).astype(int), (draw.random(100) < 0.05).astype(int)
    yield "all wrong", np.array([0, 1, 0, 1, 1]), np.array([1, 0, 1, 0, 0])
    yield "all right", *[np.array([0, 2, 1, 2, 2])] * 2
    yield "one class", np.ones(7, int), np.ones(7, int)
    yield "one class, none positive", np.zeros(7, int), np.zeros(7, int)
    yield "no positive reference", np.zeros(6, int), np.array([0, 1, 0, 0, 1, 0])
    yield "no positive prediction", np.array([0, 1, 0, 0, 1, 0]), np.zeros(6, int)
    yield "one prediction for all", labels(30, 5, 0.0)[0], np.full(30, 3)
    yield "predictions elsewhere", np.array([0, 1, 1, 0]), np.array([7, 9, 1, 7])
    yield "single right", np.array([4]), np.array([4])
    yield "single wrong", np.array([4]), np.array([2])

def averages(reference, predicted):
    present = set(reference) | set(predicted)
    kinds = ["micro", "macro", "weighted"] + (["binary"] if present <= {0, 1} else [])
    def of(kind):
        options = dict(average=kind, zero_division=0) | (dict(pos_label=1) if kind == "binary" else {})
        return metrics.precision_recall_fscore_support(reference, predicted, **options)[:3]
    return {kind: [float(score) for score in of(kind)] for kind in kinds}

def classification():
    for name, reference, predicted in class_cases():
        classes = sorted({int(label) for label in [*reference, *predicted]})
        yield dict(
            name=name, reference=reference.tolist(), predicted=predicted.tolist(), classes=classes,
            accuracy=metrics.accuracy_score(reference, predicted),
            matrix=metrics.confusion_matrix(reference, predicted, labels=classes).tolist(),
            matthews=float(metrics.matthews_corrcoef(reference, predicted)), **averages(reference, predicted))

def top():
    scored = [("distinct", single(draw.normal(size=(40, 7)))), ("ties", single(draw.normal(size=(60, 5)), 0)),
              ("constant", np.zeros((6, 4), np.float32)), ("huge", single(draw.normal(size=(9, 3)), 2) * np.float32(2.0 ** 125))]
    for name, scores in scored:
        items, classes = scores.shape
        right = draw.integers(classes, size=items)
        of = lambda k: metrics.top_k_accuracy_score(right, scores, k=k, labels=range(classes))
        yield dict(name=name, scores=scores.tolist(), right=right.tolist(), accuracy=[of(k) for k in range(1, classes + 1)])

def calibration_error(confidence, correct):
    edges = [bin / BINS for bin in range(BINS + 1)]
    error = 0.0
    for low, high in zip(edges, edges[1:]):
        inside = (confidence > low) & (confidence <= high) | ((confidence == 0) & (low == 0))
        if inside.any():
            error += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    return error

def calibration():
    confidences = [("random", draw.random(200).round(4)), ("sure", draw.beta(8, 1, 150).round(4)),
                   ("edges", np.array([bin / BINS for bin in range(BINS + 1)] * 3)), ("certain", np.ones(5)),
                   ("impossible", np.zeros(5)), ("single", np.array([0.7]))]
    for name, confidence in confidences:
        correct = draw.random(len(confidence)) < confidence ** 2
        yield dict(name=name, confidence=confidence.tolist(), correct=correct.tolist(),
                   error=calibration_error(confidence, correct))

# Correlation

def pair_cases():
    left = draw.normal(size=40).round(4)
    yield "random", left, draw.normal(size=40).round(4)
    yield "strong", left, (left + draw.normal(size=40) / 5).round(4)
    yield "falling", left, -left ** 3
    yield "ties", draw.integers(5, size=50), draw.integers(6, size=50)
    yield "halves", draw.integers(11, size=60) / 2, draw.random(60).round(1) * 5
    yield "offset", 1e6 + left, draw.normal(size=40).round(4)
    yield "huge", left * 1e200, draw.normal(size=40).round(4) * 1e150
    yield "tiny", left * 1e-200, draw.normal(size=40).round(4) * 1e-180
    yield "two", np.array([1.0, 2.0]), np.array([5.0, 4.0])
    yield "constant", np.full(6, 0.1), draw.normal(size=6).round(4)
    yield "both constant", np.full(6, 0.1), np.full(6, 0.7)
    yield "not a number", np.array([1.0, np.nan, 3.0]), np.array([2.0, 1.0, 5.0])
    yield "negative zero", np.array([0.0, -0.0, 1.0, 2.0]), np.array([3.0, 1.0, -0.0, 0.0])

def correlation():
    for name, left, right in pair_cases():
        yield dict(name=name, pairs=[[number(value) for value in pair] for pair in zip(left, right)],
                   pearson=number(stats.pearsonr(left, right)[0]), spearman=number(stats.spearmanr(left, right)[0]),
                   kendall=number(stats.kendalltau(left, right)[0]))

# Reading

ANSWERS = [
    ("in 1998", ["1998", "in the year 1998"]), ("The old bridge.", ["old bridge", "a bridge"]), ("", ["something"]),
    ("something", []), ("", []), ("the", ["a"]), ("!?", ["..."]), ("seven of seven", ["seven", "seven seven of of"]),
    ("U.S.-led", ["US led", "usled"]), ("10,000.50", ["1000050", "10 000.50"]), ("naïve café", ["NAÏVE CAFÉ", "naive cafe"]),
    ("a\u0301 cara", ["\u0301 cara", "á cara"]), ("İstanbul ΟΔΟΣ", ["i̇stanbul οδος"]), ("the_end a1 1a", ["end", "the_end"]),
    ("tab\tand\x1cseparator\u00a0and\u3000wide", ["tab and separator and wide"]), ("“quoted” — dash…", ["quoted dash", "quoted"]),
    ("die Brücke über den Fluss", ["Brücke über Fluss", "Eine Brücke"]), ("DER Straße «Groß»", ["strasse gross", "Straße Groß"]),
    ("el río y las casas", ["río casas", "un río"]), ("những cái cây của tôi", ["cây tôi", "la cay"]),
    ("北京市，2008年", ["北京 2008 年", "北京"]), ("الكتاب والقلم", ["كتاب", "ال قلم"]), ("नई दिल्ली।", ["नई दिल्ली", "दिल्ली"]),
    ("😀 the 👩‍👩‍👧", ["😀👩‍👩‍👧", "😀 👩‍👩‍👧"]), ("½ ² Ⅷ ٣", ["½ ²", "Ⅷ ٣ the"]), ("an an an apple", ["apple", "apple an apple"]),
    ("  spaces   inside  ", ["spaces inside"]), ("dogs cats birds", ["birds dogs cats", "fish", "dogs and cats and birds"]),
]
LANGUAGES = ["ar", "de", "en", "es", "hi", "vi", "zh"]

def squad_words(text):
    text = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return re.sub(r"\b(?:the|an|a)\b", " ", text).split()

def arabic_words(text):
    return "".join(letter for letter in text.lower() if letter not in mlqa.PUNCT).replace("ال", " ").split()

def words_of(rules):
    if rules == "squad":
        return squad_words
    return arabic_words if rules == "ar" else lambda text: mlqa.normalize_answer(text, rules).split()

def overlap(predicted, right):
    same = sum((collections.Counter(predicted) & collections.Counter(right)).values())
    precision, recall = same / max(len(predicted), 1), same / max(len(right), 1)
    return 2 * precision * recall / (precision + recall) if same else 0.0

def read(predicted, answers, words):
    """[exact match, F1], each of the best answer."""
    if not answers:
        return None
    predicted, answers = words(predicted), [words(answer) for answer in answers]
    return [float(max(predicted == answer for answer in answers)), max(overlap(predicted, answer) for answer in answers)]

def read_or_abstain(predicted, answers):
    answers = [answer for answer in answers if squad_words(answer)]
    return read(predicted, answers, squad_words) or [float(not squad_words(predicted))] * 2

def reading():
    for predicted, answers in ANSWERS:
        for rules in set(LANGUAGES) - {"ar"}:
            if answers:  # the package's own functions agree with this file's
                best = lambda score: mlqa.metric_max_over_ground_truths(score, predicted, answers, rules)
                ours = read(predicted, answers, words_of(rules))
                assert np.allclose(ours, [best(mlqa.exact_match_score), best(mlqa.f1_score)], atol=NEAR)
        rules = {rules: read(predicted, answers, words_of(rules)) for rules in ["squad", *LANGUAGES]}
        yield dict(predicted=predicted, answers=answers, squad2=read_or_abstain(predicted, answers), **rules)

def damaged(index, answer, before):
    words = answer.split()
    return [answer, " ".join(words[1:]), f"The die {answer.upper()}!", before, f"{' '.join(words[::-1])} {before}"][index % 5]

def xquad(language):
    folders = [os.environ.get("ATTENTIVE_MIRROR"), ROOT.parent / "shared/datasets", "/work/shared/datasets"]
    path = next(path for path in (Path(folder or "-") / f"xquad/xquad.{language}.json.gz" for folder in folders) if path.is_file())
    articles = json.loads(gzip.decompress(path.read_bytes()))["data"]
    questions = [question for article in articles for part in article["paragraphs"] for question in part["qas"]]
    answers = [[answer["text"] for answer in question["answers"]] for question in questions]
    predicted = [damaged(index, right[0], answers[index - 1][0]) for index, right in enumerate(answers)]
    of = lambda rules: np.mean([read(*pair, words_of(rules)) for pair in zip(predicted, answers)], axis=0).tolist()
    return dict(questions=len(questions), squad=of("squad"), mlqa=of(language))

# Retrieval

def first_right(scores, right):
    best = max(scores[sorted(right)])
    return 1 + sum(score >= best for candidate, score in enumerate(scores) if candidate not in right)

def retrieval_cases():
    diagonal = [{query} for query in range(12)]
    yield "distinct", single(draw.normal(size=(12, 12)) + np.eye(12)), diagonal
    yield "ties", single(draw.normal(size=(12, 12)) + np.eye(12), 0), diagonal
    yield "constant", np.ones((5, 5), np.float32), diagonal[:5]
    yield "captions", single(draw.normal(size=(7, 35)), 1), [set(range(5 * query, 5 * query + 5)) for query in range(7)]
    yield "some of many", single(draw.normal(size=(9, 11))), [set(draw.choice(11, 1 + query % 3, False).tolist()) for query in range(9)]
    yield "single", np.zeros((1, 1), np.float32), [{0}]

def ranked(scores, right):
    ranks = [first_right(row, set(candidates)) for row, candidates in zip(scores, right) if candidates]
    if all(len(candidates) == 1 for candidates in right) and scores.shape[1] > 1:
        true = np.zeros(scores.shape, int)
        true[np.arange(len(right)), [min(candidates) for candidates in right]] = 1
        assert abs(metrics.label_ranking_average_precision_score(true, scores) - np.mean(1 / np.array(ranks))) < NEAR
        assert abs(metrics.coverage_error(true, scores) - np.mean(ranks)) < NEAR
    return dict(ranks=ranks, recall={str(k): np.mean(np.array(ranks) <= k) for k in (1, 5, 10)},
                median=float(np.median(ranks)), reciprocal=float(np.mean(1 / np.array(ranks))))

def retrieval():
    for name, scores, right in retrieval_cases():
        back = [{query for query, candidates in enumerate(right) if candidate in candidates} for candidate in range(scores.shape[1])]
        yield dict(name=name, candidates=scores.shape[1], scores=scores.flatten().tolist(), right=[sorted(one) for one in right],
                   forward=ranked(scores, right), backward=ranked(scores.T, back))

# Likelihood

def question(choices, likelihoods, gold):
    """What the harness itself makes of a question's log-likelihoods."""
    names = dict.fromkeys(["acc", "acc_norm", "acc_bytes"])
    task = types.SimpleNamespace(
        config=types.SimpleNamespace(process_results=None), _metric_fn_list=names, OUTPUT_TYPE="multiple_choice",
        multiple_input=False, multiple_target=False, doc_to_choice=lambda _: choices, doc_to_target=lambda _: gold)
    return ConfigurableTask.process_results(task, {}, [(likelihood, False) for likelihood in likelihoods])

WORDS = ["yes", "no", "schön", "日本語です", "a rather long ending of many words", "😀😀", "e\u0301te", "to be, or not"]

def choice():
    for index in range(40):
        choices = [WORDS[place] for place in draw.choice(len(WORDS), 2 + index % 4, index % 5 == 4)]
        likelihoods = [round(float(-draw.gamma(2.0) * len(text) / 2), 2) for text in choices]
        likelihoods = likelihoods if index % 7 else [-3.0] * len(choices)
        gold = int(draw.integers(len(choices)))
        yield dict(choices=choices, likelihoods=likelihoods, right=gold, **question(choices, likelihoods, gold))

def last_words():
    likelihoods = (-draw.gamma(1.5, size=50) * 2).round(4).tolist()
    greedy = [likelihood > -1.5 for likelihood in likelihoods]
    return dict(likelihoods=likelihoods, greedy=greedy, perplexity=harness.perplexity(likelihoods),
                accuracy=harness.mean(greedy), error=harness.mean_stderr([float(hit) for hit in greedy]))

def build():
    versions = {package: version(package) for package in PACKAGES} | {"python": sys.version.split()[0]}
    return dict(
        made_by="scripts/golden/scores.py", versions=versions, seed=SEED, classification=list(classification()), top=list(top()),
        calibration=list(calibration()), correlation=list(correlation()), reading=list(reading()),
        xquad={language: xquad(language) for language in ("de", "en")}, retrieval=list(retrieval()),
        choice=list(choice()), last_words=last_words())

def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--check", action="store_true")
    warnings.simplefilter("ignore")  # of numbers that do not exist
    text = json.dumps(build(), ensure_ascii=False, allow_nan=False, default=np.generic.item).replace("}, {", "},\n{") + "\n"
    if arguments.parse_args().check:
        sys.exit(0 if FILE.read_text() == text else f"{FILE} is not what this script writes")
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text)

if __name__ == "__main__":
    main()
