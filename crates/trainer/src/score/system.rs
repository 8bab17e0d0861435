//! One system's predictions, ready to be scored on any sample of the items.

use attentive_metrics::{
    MetricError,
    classification::{self, Confusion, Judgment},
    correlation, mean,
    reading::{Normalization, Reading, answered},
    translation::{References, TranslationMetric},
};

use super::{Average, By, lines::Lines};
use crate::TrainerError;

pub(super) type Score = Box<dyn Fn(&[usize]) -> Option<f64>>;

pub(super) struct System {
    pub(super) name: String,
    pub(super) signature: String,
    pub(super) items: usize,
    pub(super) score: Score,
    pub(super) details: serde_json::Map<String, serde_json::Value>,
}

impl System {
    pub(super) fn new(by: &By, predictions: &Lines, references: &[Lines]) -> Result<Self, TrainerError> {
        match by {
            By::Bleu(bleu) => translated(*bleu, "BLEU", |score| score.score, predictions, references),
            By::Chrf(chrf) => {
                let name = format!("chrF{}{}", chrf.beta, "+".repeat(usize::from(chrf.words)));
                translated(*chrf, &name, |score| score.score, predictions, references)
            }
            By::Ter(ter) => translated(*ter, "TER", |score| score.score, predictions, references),
            By::Accuracy => {
                Ok(shares("accuracy", "lines:equal", predictions, references, |line| line.trim().to_owned()))
            }
            By::Exact => {
                Ok(shares("exact", "lines:equal|white-space:kept", predictions, references, ToOwned::to_owned))
            }
            By::F1(average) => f1(average, predictions, only(references)?),
            By::Matthews => {
                let (judgments, _) = judged(predictions, only(references)?);
                Ok(confused("Matthews", "classes:all", judgments, Confusion::matthews))
            }
            By::Pearson => correlated("Pearson", predictions, only(references)?, correlation::pearson),
            By::Spearman => correlated("Spearman", predictions, only(references)?, correlation::spearman),
            By::Kendall => correlated("Kendall tau-b", predictions, only(references)?, correlation::kendall),
            By::SquadExact => Ok(read("SQuAD exact match", predictions, references, |reading| reading.exact)),
            By::SquadF1 => Ok(read("SQuAD F1", predictions, references, |reading| reading.f1)),
        }
    }
}

fn translated<M: TranslationMetric + 'static>(
    metric: M,
    name: &str,
    value: fn(&M::Score) -> f64,
    predictions: &Lines,
    references: &[Lines],
) -> Result<System, TrainerError>
where
    M::Statistics: 'static,
    M::Score: serde::Serialize,
{
    let each: Vec<Vec<&str>> = (0..predictions.lines.len())
        .map(|item| references.iter().map(|lines| lines.lines[item].as_str()).collect())
        .collect();
    let signature = metric.signature(References::of(&each), None);
    let segments = metric.segments(&predictions.lines, &each).map_err(|error: MetricError| {
        TrainerError::Asked(format!("{} cannot be scored: {error}", predictions.path.display()))
    })?;
    let whole = metric.score(&segments.iter().sum());
    let mut details = match serde_json::to_value(&whole) {
        Ok(serde_json::Value::Object(details)) => details,
        _ => serde_json::Map::new(),
    };
    details.retain(|key, _| key != "score" && key != "name");
    let items = segments.len();
    let score: Score =
        Box::new(move |drawn| Some(value(&metric.score(&drawn.iter().map(|&item| &segments[item]).sum()))));
    Ok(System { name: name.to_owned(), signature, items, score, details })
}

/// The share of items that equal any of their references.
fn shares(
    name: &str,
    signature: &str,
    predictions: &Lines,
    references: &[Lines],
    normalized: fn(&str) -> String,
) -> System {
    let right = |(item, line): (usize, &String)| {
        references.iter().any(|lines| normalized(&lines.lines[item]) == normalized(line))
    };
    let values = predictions.lines.iter().enumerate().map(|line| f64::from(u8::from(right(line)))).collect();
    averaged(name, &format!("nrefs:{}|{signature}", references.len()), values)
}

fn averaged(name: &str, signature: &str, values: Vec<f64>) -> System {
    let items = values.len();
    let score: Score = Box::new(move |drawn| {
        let drawn: Vec<f64> = drawn.iter().map(|&item| values[item]).collect();
        mean(&drawn)
    });
    System { name: name.to_owned(), signature: signature.to_owned(), items, score, details: serde_json::Map::new() }
}

/// Lines as classes, numbered in the order of their names, numbers by size.
fn judged(predictions: &Lines, references: &Lines) -> (Vec<Judgment>, Vec<String>) {
    let label = |line: &String| line.trim().to_owned();
    let mut names: Vec<String> = predictions.lines.iter().chain(&references.lines).map(label).collect();
    names.sort_by(|first, second| match (first.parse::<f64>(), second.parse::<f64>()) {
        (Ok(first), Ok(second)) => first.total_cmp(&second),
        _ => first.cmp(second),
    });
    names.dedup();
    let class = |line: &String| names.iter().position(|name| *name == label(line)).expect("every line is a name");
    let pairs = predictions.lines.iter().zip(&references.lines);
    let judgments =
        pairs.map(|(predicted, reference)| Judgment { predicted: class(predicted), reference: class(reference) });
    (judgments.collect(), names)
}

fn f1(average: &Average, predictions: &Lines, references: &Lines) -> Result<System, TrainerError> {
    let (judgments, names) = judged(predictions, references);
    let binary = |positive: &str| {
        let class = names.iter().position(|name| name == positive).ok_or_else(|| {
            TrainerError::Asked(format!(
                "no line is the positive label `{positive}`; the labels are {}",
                names.join(", ")
            ))
        });
        class.map(|positive| classification::Average::Binary { positive })
    };
    let is_binary = names.iter().all(|name| ["0", "1"].contains(&name.as_str())) && names.contains(&"1".to_owned());
    let average = match average {
        Average::Fitting if is_binary => binary("1")?,
        Average::Fitting | Average::Macro => classification::Average::Macro,
        Average::Binary(positive) => binary(positive)?,
        Average::Micro => classification::Average::Micro,
        Average::Weighted => classification::Average::Weighted,
    };
    Ok(confused("F1", &average.signature(), judgments, move |confusion| confusion.f1(average)))
}

fn confused(
    name: &str,
    signature: &str,
    judgments: Vec<Judgment>,
    value: impl Fn(&Confusion) -> Option<f64> + 'static,
) -> System {
    let items = judgments.len();
    let score: Score = Box::new(move |drawn| value(&drawn.iter().map(|&item| judgments[item]).collect()));
    System { name: name.to_owned(), signature: signature.to_owned(), items, score, details: serde_json::Map::new() }
}

fn correlated(
    name: &str,
    predictions: &Lines,
    references: &Lines,
    value: fn(&[[f64; 2]]) -> Option<f64>,
) -> Result<System, TrainerError> {
    let pairs: Vec<[f64; 2]> =
        predictions.numbers()?.into_iter().zip(references.numbers()?).map(|(first, second)| [first, second]).collect();
    let items = pairs.len();
    let score: Score = Box::new(move |drawn| value(&drawn.iter().map(|&item| pairs[item]).collect::<Vec<_>>()));
    let signature = "ties:average-ranks".to_owned();
    Ok(System { name: name.to_owned(), signature, items, score, details: serde_json::Map::new() })
}

/// The best over the references, of which empty lines are none.
fn read(name: &str, predictions: &Lines, references: &[Lines], value: fn(&Reading) -> f64) -> System {
    let best = |(item, line): (usize, &String)| {
        let answers: Vec<&str> = references.iter().map(|lines| lines.lines[item].as_str()).collect();
        let given: Vec<&str> = answers.into_iter().filter(|answer| !answer.trim().is_empty()).collect();
        let reading = answered(line, &given, Normalization::Squad);
        reading.map_or_else(|| f64::from(u8::from(line.trim().is_empty())), |reading| value(&reading))
    };
    let values = predictions.lines.iter().enumerate().map(best).collect();
    averaged(name, &format!("nrefs:{}|{}", references.len(), Normalization::Squad.signature()), values)
}

fn only(references: &[Lines]) -> Result<&Lines, TrainerError> {
    match references {
        [only] => Ok(only),
        _ => Err(TrainerError::Asked("this score takes one file of references".to_owned())),
    }
}
