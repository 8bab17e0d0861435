//! How close translations come to references: BLEU, chrF and TER, equal to sacreBLEU's (Post 2018).
//!
//! Each score is a pure function of counts that are summed over segments, so that a score of any sample of the segments, as
//! bootstrap resampling draws them, is a sum of small vectors: no text is read twice. The signature says how a score was
//! made, in the words of sacreBLEU. Deliberately absent: tokenizers that need a dictionary or a model (Japanese, Korean,
//! SentencePiece).

use std::borrow::Cow;
use std::iter::Sum;

use serde::{Deserialize, Serialize};

use crate::MetricError;

mod bleu;
mod chrf;
mod distance;
mod grams;
mod shifts;
mod ter;
mod tokenize;

pub use bleu::{Bleu, BleuScore, BleuStatistics, Smoothing};
pub use chrf::{Chrf, ChrfScore, ChrfStatistics};
pub use ter::{Ter, TerScore, TerStatistics};
pub use tokenize::Tokenize;

/// The release of sacreBLEU whose numbers are met: the one that made `tests/golden/translation.json`.
pub const SACREBLEU: &str = "2.6.0";

/// A score of translations.
pub trait TranslationMetric {
    /// Counts of a segment, or summed over segments.
    type Statistics: for<'a> Sum<&'a Self::Statistics>;
    type Score;

    /// What one segment adds to the counts. No reference counts like one that is empty.
    fn segment(&self, hypothesis: &str, references: &[&str]) -> Self::Statistics;

    /// The score of summed counts.
    fn score(&self, sum: &Self::Statistics) -> Self::Score;

    /// The part of the signature that is this metric's own.
    fn options(&self) -> String;

    /// How the score was made, as sacreBLEU writes it.
    fn signature(&self, references: References, resampling: Option<Resampling>) -> String {
        let drawn = resampling.map_or_else(String::new, |drawn| format!("bs:{}|seed:{}|", drawn.resamples, drawn.seed));
        format!("nrefs:{}|{drawn}{}|version:{SACREBLEU}", references.label(), self.options())
    }

    /// The counts of each segment; `references` holds a list for each hypothesis, and the lists may differ in length.
    fn segments<H: AsRef<str>, R: AsRef<str>>(
        &self,
        hypotheses: &[H],
        references: &[Vec<R>],
    ) -> Result<Vec<Self::Statistics>, MetricError> {
        check(hypotheses.len(), references)?;
        let segment = |(hypothesis, references): (&H, &Vec<R>)| {
            let references: Vec<&str> = references.iter().map(AsRef::as_ref).collect();
            self.segment(hypothesis.as_ref(), &references)
        };
        Ok(hypotheses.iter().zip(references).map(segment).collect())
    }

    /// The score of all segments together.
    fn corpus<H: AsRef<str>, R: AsRef<str>>(
        &self,
        hypotheses: &[H],
        references: &[Vec<R>],
    ) -> Result<Self::Score, MetricError> {
        Ok(self.score(&self.segments(hypotheses, references)?.iter().sum()))
    }
}

fn check<R>(hypotheses: usize, references: &[Vec<R>]) -> Result<(), MetricError> {
    if hypotheses != references.len() {
        return Err(MetricError::UnequalSegments { hypotheses, references: references.len() });
    }
    if hypotheses == 0 {
        return Err(MetricError::NoTranslation);
    }
    match references.iter().position(Vec::is_empty) {
        Some(index) => Err(MetricError::NoReference { segment: index + 1 }),
        None => Ok(()),
    }
}

/// Whether letters are lowered before anything is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    Mixed,
    Lower,
}

impl Case {
    fn apply(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Mixed => Cow::Borrowed(text),
            Self::Lower => Cow::Owned(text.to_lowercase()),
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Lower => "lc",
        }
    }
}

/// How many references the segments have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum References {
    Each(usize),
    Varying,
}

impl References {
    /// Of the lists that were scored.
    pub fn of<R>(references: &[Vec<R>]) -> Self {
        let first = references.first().map_or(0, Vec::len);
        if references.iter().all(|list| list.len() == first) { Self::Each(first) } else { Self::Varying }
    }

    fn label(self) -> String {
        match self {
            Self::Each(count) => count.to_string(),
            Self::Varying => "var".to_owned(),
        }
    }
}

/// How an interval around a score was drawn. The draws are `attentive-random`'s, so that sacreBLEU draws other resamples from
/// the same seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resampling {
    pub resamples: usize,
    pub seed: u64,
}

const fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// Adds counts by place.
fn add(sum: &mut Vec<u64>, counts: &[u64]) {
    sum.resize(sum.len().max(counts.len()), 0);
    sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
}

#[cfg(test)]
mod tests;
