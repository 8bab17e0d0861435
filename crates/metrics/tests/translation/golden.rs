//! What `scripts/golden/translation.py` had sacreBLEU compute, in every setting.

use std::fmt::Display;
use std::fs;

use attentive_metrics::translation::{
    Bleu, BleuScore, Chrf, ChrfScore, References, SACREBLEU, Ter, TerScore, TranslationMetric,
};
use serde::Deserialize;
use serde_json::Value;

/// Both sides compute in double precision; what is left is the order of a few operations.
const TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
pub(crate) struct Golden<Case> {
    pub(crate) versions: Versions,
    pub(crate) cases: Vec<Case>,
    #[serde(default)]
    pub(crate) segments: Vec<Segment>,
}

#[derive(Deserialize)]
pub(crate) struct Versions {
    pub(crate) sacrebleu: String,
}

#[derive(Deserialize)]
pub(crate) struct Segment {
    pub(crate) hypothesis: String,
    pub(crate) references: Vec<String>,
}

#[derive(Deserialize)]
struct Case {
    metric: String,
    options: Value,
    every: Corpus,
    first: Corpus,
    sentences: Vec<f64>,
}

/// What sacreBLEU says of a corpus; the parts depend on the metric.
#[derive(Debug, Deserialize)]
pub(crate) struct Corpus {
    signature: String,
    line: String,
    score: f64,
    precisions: Option<Vec<f64>>,
    bp: Option<f64>,
    sys_len: Option<f64>,
    ref_len: Option<f64>,
    num_edits: Option<f64>,
    ref_length: Option<f64>,
}

/// The numbers of a score, the score itself first.
pub(crate) trait Parts: Display {
    fn parts(&self) -> Vec<f64>;
}

impl Parts for BleuScore {
    fn parts(&self) -> Vec<f64> {
        let lengths = [self.hypothesis_length, self.reference_length].map(|length| length as f64);
        [&[self.score], self.precisions.as_slice(), &[self.brevity_penalty], &lengths].concat()
    }
}

impl Parts for ChrfScore {
    fn parts(&self) -> Vec<f64> {
        vec![self.score]
    }
}

impl Parts for TerScore {
    fn parts(&self) -> Vec<f64> {
        vec![self.score, self.edits as f64, self.reference_length]
    }
}

impl Corpus {
    fn parts(&self) -> Vec<f64> {
        let rest = [self.bp, self.sys_len, self.ref_len, self.num_edits, self.ref_length];
        let precisions = self.precisions.iter().flatten().copied();
        std::iter::once(self.score).chain(precisions).chain(rest.into_iter().flatten()).collect()
    }
}

pub(crate) fn read<Case: for<'a> Deserialize<'a>>(name: &str) -> Golden<Case> {
    let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let golden: Golden<Case> =
        serde_json::from_slice(&fs::read(path).expect("the file is kept with the crate")).expect("a golden file");
    assert_eq!(golden.versions.sacrebleu, SACREBLEU, "the version that signatures claim made the file");
    golden
}

/// The whole corpus, with so many references of each segment.
#[track_caller]
pub(crate) fn compare<M: TranslationMetric<Score: Parts>>(
    metric: &M,
    segments: &[Segment],
    most: usize,
    expected: &Corpus,
) {
    let hypotheses: Vec<&str> = segments.iter().map(|segment| segment.hypothesis.as_str()).collect();
    let references: Vec<Vec<&String>> =
        segments.iter().map(|segment| segment.references.iter().take(most).collect()).collect();
    assert_eq!(metric.signature(References::of(&references), None), expected.signature);
    let found = metric.corpus(&hypotheses, &references).expect("every segment has a reference");
    assert_eq!(found.to_string(), expected.line, "{}", expected.signature);
    assert_eq!(found.parts().len(), expected.parts().len());
    for (found, part) in found.parts().into_iter().zip(expected.parts()) {
        assert!((found - part).abs() <= TOLERANCE, "{found} is not {part} of {expected:?}");
    }
}

fn compare_all<M: TranslationMetric<Score: Parts>>(metric: &M, segments: &[Segment], case: &Case) {
    assert_eq!(segments.len(), case.sentences.len());
    for (Segment { hypothesis, references }, expected) in segments.iter().zip(&case.sentences) {
        let references: Vec<&str> = references.iter().map(String::as_str).collect();
        let found = metric.score(&metric.segment(hypothesis, &references)).parts()[0];
        let near = (found - expected).abs() <= TOLERANCE;
        assert!(near, "{found} is not {expected}: {hypothesis:?} for {references:?}, {} {}", case.metric, case.options);
    }
    compare(metric, segments, usize::MAX, &case.every);
    compare(metric, segments, 1, &case.first);
}

#[test]
fn scores_are_those_of_sacrebleu() {
    let golden = read::<Case>("translation");
    for case in &golden.cases {
        let options = case.options.clone();
        match case.metric.as_str() {
            "bleu" => compare_all(&parsed::<Bleu>(options), &golden.segments, case),
            "chrf" => compare_all(&parsed::<Chrf>(options), &golden.segments, case),
            "ter" => compare_all(&parsed::<Ter>(options), &golden.segments, case),
            other => panic!("the file names an unknown metric `{other}`"),
        }
    }
}

/// A metric from the options that the file and a config name alike.
pub(crate) fn parsed<M: for<'a> Deserialize<'a>>(options: Value) -> M {
    serde_json::from_value(options).expect("the options of this metric")
}
