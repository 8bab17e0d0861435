//! Scores equal those of the reference implementations that scripts/golden/scores.py asks.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::PathBuf;

use attentive_metrics::calibration::{Belief, calibration_error};
use attentive_metrics::choice::{self, By, Ending, LastWord, Question};
use attentive_metrics::classification::{Average, Confusion, Judgment, Scored, top_accuracy};
use attentive_metrics::correlation::{kendall, pearson, spearman};
use attentive_metrics::reading::{AnswerLanguage, Normalization, Reading, answered, answered_or_abstained};
use attentive_metrics::retrieval::{Retrieval, mean_reciprocal_rank, median_rank, recall};
use attentive_metrics::{mean, standard_error};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Both sides compute in f64; sums in another order differ in the last digits alone.
const TOLERANCE: f64 = 1e-9;

const LANGUAGES: [AnswerLanguage; 7] = [
    AnswerLanguage::Arabic,
    AnswerLanguage::Chinese,
    AnswerLanguage::English,
    AnswerLanguage::German,
    AnswerLanguage::Hindi,
    AnswerLanguage::Spanish,
    AnswerLanguage::Vietnamese,
];

fn golden<T: DeserializeOwned>(part: &str) -> T {
    let file: Value = serde_json::from_str(include_str!("golden/scores.json")).expect("the golden file is JSON");
    serde_json::from_value(file[part].clone()).expect("the golden file has this part")
}

#[track_caller]
fn near(found: Option<f64>, expected: Option<f64>, what: &str) {
    let is_near = match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() <= TOLERANCE,
        (found, expected) => found == expected,
    };
    assert!(is_near, "{what}: {found:?} is not {expected:?}");
}

#[derive(Deserialize)]
struct Classification {
    name: String,
    reference: Vec<usize>,
    predicted: Vec<usize>,
    classes: Vec<usize>,
    matrix: Vec<Vec<u64>>,
    accuracy: f64,
    matthews: f64,
    binary: Option<[f64; 3]>,
    micro: [f64; 3],
    #[serde(rename = "macro")]
    unweighted: [f64; 3],
    weighted: [f64; 3],
}

#[test]
fn classes_are_scored_as_scikit_learn_does() {
    for case in golden::<Vec<Classification>>("classification") {
        let judgment = |(&reference, &predicted)| Judgment { reference, predicted };
        let table: Confusion = case.reference.iter().zip(&case.predicted).map(judgment).collect();
        assert_eq!((table.classes(), table.matrix(&case.classes)), (case.classes, case.matrix), "{}", case.name);
        near(table.accuracy(), Some(case.accuracy), &case.name);
        near(table.matthews(), Some(case.matthews), &case.name);
        let binary = case.binary.map(|expected| (Average::Binary { positive: 1 }, expected));
        let others =
            [(Average::Micro, case.micro), (Average::Macro, case.unweighted), (Average::Weighted, case.weighted)];
        for (average, [precision, recall, f1]) in others.into_iter().chain(binary) {
            let what = format!("{}, {average:?}", case.name);
            near(table.precision(average), Some(precision), &what);
            near(table.recall(average), Some(recall), &what);
            near(table.f1(average), Some(f1), &what);
        }
    }
}

#[derive(Deserialize)]
struct Top {
    name: String,
    scores: Vec<Vec<f32>>,
    right: Vec<usize>,
    accuracy: Vec<f64>,
}

#[test]
fn the_best_classes_are_those_of_scikit_learn() {
    for case in golden::<Vec<Top>>("top") {
        let items: Vec<_> =
            case.scores.iter().zip(&case.right).map(|(scores, &right)| Scored { scores, right }).collect();
        for (k, &expected) in (1..).zip(&case.accuracy) {
            near(top_accuracy(&items, k), Some(expected), &format!("{}, k = {k}", case.name));
        }
    }
}

#[derive(Deserialize)]
struct Calibration {
    name: String,
    confidence: Vec<f64>,
    correct: Vec<bool>,
    error: f64,
}

#[test]
fn calibration_follows_its_definition() {
    for case in golden::<Vec<Calibration>>("calibration") {
        let belief = |(&confidence, &correct)| Belief { confidence, correct };
        let beliefs: Vec<_> = case.confidence.iter().zip(&case.correct).map(belief).collect();
        near(calibration_error(&beliefs), Some(case.error), &case.name);
    }
}

#[derive(Deserialize)]
struct Correlation {
    name: String,
    pairs: Vec<[Option<f64>; 2]>,
    pearson: Option<f64>,
    spearman: Option<f64>,
    kendall: Option<f64>,
}

#[test]
fn correlations_are_those_of_scipy() {
    for case in golden::<Vec<Correlation>>("correlation") {
        let pairs: Vec<_> = case.pairs.iter().map(|pair| pair.map(|number| number.unwrap_or(f64::NAN))).collect();
        near(pearson(&pairs), case.pearson, &case.name);
        near(spearman(&pairs), case.spearman, &case.name);
        near(kendall(&pairs), case.kendall, &case.name);
    }
}

#[derive(Deserialize)]
struct Answered {
    predicted: String,
    answers: Vec<String>,
    squad: Option<[f64; 2]>,
    squad2: [f64; 2],
    /// By the code of the language.
    #[serde(flatten)]
    mlqa: BTreeMap<String, Option<[f64; 2]>>,
}

#[track_caller]
fn near_reading(found: Option<Reading>, expected: Option<[f64; 2]>, what: &str) {
    near(found.map(|found| found.exact), expected.map(|[exact, _]| exact), what);
    near(found.map(|found| found.f1), expected.map(|[_, f1]| f1), what);
}

#[test]
fn answers_are_read_as_the_official_scripts_do() {
    for case in golden::<Vec<Answered>>("reading") {
        let answers: Vec<&str> = case.answers.iter().map(String::as_str).collect();
        let found = |normalization| answered(&case.predicted, &answers, normalization);
        near_reading(found(Normalization::Squad), case.squad, &case.predicted);
        near_reading(Some(answered_or_abstained(&case.predicted, &answers)), Some(case.squad2), &case.predicted);
        for language in LANGUAGES {
            let expected = case.mlqa[language.code()];
            near_reading(found(Normalization::Mlqa(language)), expected, &format!("{}, {language:?}", case.predicted));
        }
    }
}

#[derive(Deserialize)]
struct Xquad {
    questions: usize,
    squad: [f64; 2],
    mlqa: [f64; 2],
}

#[test]
fn damaged_answers_of_xquad_score_the_same() {
    let expected: BTreeMap<String, Xquad> = golden("xquad");
    for language in [AnswerLanguage::English, AnswerLanguage::German] {
        let Some(answers) = xquad(language.code()) else { return skipped() };
        let expected = &expected[language.code()];
        assert_eq!(answers.len(), expected.questions);
        for (normalization, expected) in
            [(Normalization::Squad, expected.squad), (Normalization::Mlqa(language), expected.mlqa)]
        {
            let before = |index: usize| &answers[index.checked_sub(1).unwrap_or(answers.len() - 1)];
            let read = |(index, answer): (usize, &String)| {
                answered(&damaged(index, answer, before(index)), &[answer], normalization).expect("there is an answer")
            };
            let readings: Vec<_> = answers.iter().enumerate().map(read).collect();
            let average = |of: fn(&Reading) -> f64| mean(&readings.iter().map(of).collect::<Vec<_>>());
            near(average(|reading| reading.exact), Some(expected[0]), language.code());
            near(average(|reading| reading.f1), Some(expected[1]), language.code());
        }
    }
}

/// The same rule as in scripts/golden/scores.py.
fn damaged(index: usize, answer: &str, before: &str) -> String {
    let words: Vec<&str> = answer.split_whitespace().collect();
    match index % 5 {
        0 => answer.to_owned(),
        1 => words[1..].join(" "),
        2 => format!("The die {}!", answer.to_uppercase()),
        3 => before.to_owned(),
        _ => format!("{} {before}", words.into_iter().rev().collect::<Vec<_>>().join(" ")),
    }
}

/// The right answer to each question, in the order of the file, where it is at hand.
fn xquad(language: &str) -> Option<Vec<String>> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/datasets"));
    let named = std::env::var_os("ATTENTIVE_MIRROR").map(PathBuf::from);
    let paths = named.into_iter().chain([beside]).map(|folder| folder.join(format!("xquad/xquad.{language}.json.gz")));
    let packed = paths.filter_map(|path| std::fs::File::open(path).ok()).next()?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).expect("the mirror's file is whole");
    let file: Value = serde_json::from_str(&text).expect("the mirror's file is JSON");
    let paragraphs = list(&file["data"]).iter().flat_map(|article| list(&article["paragraphs"]));
    let questions = paragraphs.flat_map(|paragraph| list(&paragraph["qas"]));
    Some(questions.map(|question| question["answers"][0]["text"].as_str().expect("a text").to_owned()).collect())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped() {
    eprintln!("skipped: xquad is neither in ATTENTIVE_MIRROR nor in ../shared/datasets beside the checkout");
}

#[derive(Deserialize)]
struct Retrieved {
    name: String,
    candidates: usize,
    scores: Vec<f32>,
    right: Vec<BTreeSet<usize>>,
    forward: Ranked,
    backward: Ranked,
}

#[derive(Deserialize)]
struct Ranked {
    ranks: Vec<usize>,
    recall: BTreeMap<usize, f64>,
    median: f64,
    reciprocal: f64,
}

#[test]
fn ranks_agree_in_both_directions() {
    for case in golden::<Vec<Retrieved>>("retrieval") {
        let retrieval = Retrieval::new(&case.scores, case.candidates, &case.right).expect("the shapes agree");
        for (ranks, expected) in [(retrieval.ranks(), case.forward), (retrieval.reverse_ranks(), case.backward)] {
            assert_eq!(ranks, expected.ranks, "{}", case.name);
            near(median_rank(&ranks), Some(expected.median), &case.name);
            near(mean_reciprocal_rank(&ranks), Some(expected.reciprocal), &case.name);
            for (k, share) in expected.recall {
                near(recall(&ranks, k), Some(share), &case.name);
            }
        }
    }
}

#[derive(Deserialize)]
struct Choice {
    choices: Vec<String>,
    likelihoods: Vec<f64>,
    right: usize,
    acc: f64,
    acc_norm: f64,
    acc_bytes: f64,
}

#[test]
fn endings_are_chosen_as_the_harness_does() {
    for case in golden::<Vec<Choice>>("choice") {
        let ending = |(text, &likelihood): (&String, _)| Ending::new(text, likelihood);
        let endings: Vec<_> = case.choices.iter().zip(&case.likelihoods).map(ending).collect();
        let question = Question { endings: &endings, right: case.right };
        for (by, expected) in [(By::Whole, case.acc), (By::Character, case.acc_norm), (By::Byte, case.acc_bytes)] {
            near(choice::accuracy(&[question], by), Some(expected), &format!("{:?}, {by:?}", case.choices));
        }
    }
}

#[derive(Deserialize)]
struct LastWords {
    likelihoods: Vec<f64>,
    greedy: Vec<bool>,
    perplexity: f64,
    accuracy: f64,
    error: f64,
}

#[test]
fn last_words_are_scored_as_the_harness_does() {
    let case: LastWords = golden("last_words");
    let word = |(&log_likelihood, &greedy)| LastWord { log_likelihood, greedy };
    let words: Vec<_> = case.likelihoods.iter().zip(&case.greedy).map(word).collect();
    near(choice::word_perplexity(&words), Some(case.perplexity), "perplexity");
    near(choice::word_accuracy(&words), Some(case.accuracy), "accuracy");
    let hits: Vec<_> = case.greedy.iter().map(|&greedy| f64::from(u8::from(greedy))).collect();
    near(standard_error(&hits), Some(case.error), "standard error");
}
