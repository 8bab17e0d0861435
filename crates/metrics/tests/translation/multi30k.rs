//! Thousands of real segments, where the files are at hand: beside the checkout, or in `ATTENTIVE_MIRROR`.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use attentive_metrics::translation::{Bleu, Chrf, Ter};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;

use crate::golden::{Corpus, Segment, compare, parsed, read};

#[derive(Deserialize)]
struct Case {
    language: String,
    metric: String,
    options: Value,
    every: Corpus,
}

/// As many as the golden file was made with.
const LINES: usize = 3000;

#[test]
fn scores_of_real_captions_are_those_of_sacrebleu() {
    let Some(folder) = folder() else { return skipped() };
    for case in read::<Case>("translation-multi30k").cases {
        let segments = segments(&lines(&folder.join(format!("train.{}.gz", case.language))));
        match case.metric.as_str() {
            "bleu" => compare(&parsed::<Bleu>(case.options), &segments, usize::MAX, &case.every),
            "chrf" => compare(&parsed::<Chrf>(case.options), &segments, usize::MAX, &case.every),
            "ter" => compare(&parsed::<Ter>(case.options), &segments, usize::MAX, &case.every),
            other => panic!("the file names an unknown metric `{other}`"),
        }
    }
}

fn folder() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/datasets"));
    let named = std::env::var_os("ATTENTIVE_MIRROR").map(PathBuf::from);
    let folders = named.into_iter().chain([beside]).map(|folder| folder.join("multi30k"));
    folders.into_iter().find(|folder| folder.is_dir())
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped() {
    eprintln!("skipped: multi30k is neither in ATTENTIVE_MIRROR nor in ../shared/datasets beside the checkout");
}

fn lines(path: &PathBuf) -> Vec<String> {
    let mut text = String::new();
    let file = File::open(path).expect("a file of the mirror");
    GzDecoder::new(file).read_to_string(&mut text).expect("compressed text");
    text.split('\n').take(LINES).map(str::to_owned).collect()
}

/// Each line with its damage; every third has a second reference.
fn segments(lines: &[String]) -> Vec<Segment> {
    let segment = |index: usize| {
        let second = index.is_multiple_of(3).then(|| damaged(lines, index, index / 8));
        let references = std::iter::once(lines[index].clone()).chain(second).collect();
        Segment { hypothesis: damaged(lines, index, index), references }
    };
    (0..lines.len()).map(segment).collect()
}

fn damaged(lines: &[String], index: usize, rule: usize) -> String {
    let words: Vec<&str> = lines[index].split(' ').collect();
    let following: Vec<&str> = lines[(index + 1) % lines.len()].split(' ').collect();
    if rule % 8 == 4 { lines[index].to_uppercase() } else { damage(&words, rule, &following).join(" ") }
}

/// What `damage` in `scripts/golden/translation.py` does.
fn damage<'a>(words: &[&'a str], rule: usize, following: &[&'a str]) -> Vec<&'a str> {
    let (first, second) = words.split_at(words.len() / 2);
    let numbered = || words.iter().copied().enumerate();
    match rule % 8 {
        1 => numbered().filter(|(index, _)| index % 3 != 2).map(|(_, word)| word).collect(),
        2 => numbered().map(|(index, word)| words.get(index ^ 1).copied().unwrap_or(word)).collect(),
        3 => words.iter().rev().copied().collect(),
        5 => numbered().flat_map(|(index, word)| vec![word; if index % 4 == 3 { 2 } else { 1 }]).collect(),
        6 => [second, first].concat(),
        7 => [&following[..following.len() / 2], second].concat(),
        _ => words.to_vec(),
    }
}
