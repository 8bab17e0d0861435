//! chrF (Popović 2015) and chrF++ (Popović 2017): the F-score of character n-grams, and of word n-grams if asked.

use std::fmt;
use std::iter::Sum;

use serde::{Deserialize, Serialize};

use super::grams::{Grams, matches, total};
use super::tokenize::{is_space, words};
use super::{Case, TranslationMetric, add, yes_or_no};

/// How chrF is computed. The default is sacreBLEU's, chrF2.
///
/// The signature does not tell `beta`, in sacreBLEU neither: the name does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chrf {
    /// The longest character n-grams that count.
    pub characters: u8,
    /// The longest word n-grams that count.
    pub words: u8,
    /// How many times as much recall weighs as precision.
    pub beta: u8,
    pub case: Case,
    /// Counts white space among the characters.
    pub whitespace: bool,
    /// Averages F-scores over all orders, as other programs do, instead of precision and recall over those that both
    /// sides have.
    pub epsilon: bool,
}

impl Default for Chrf {
    fn default() -> Self {
        Self { characters: 6, words: 0, beta: 2, case: Case::Mixed, whitespace: false, epsilon: false }
    }
}

/// All that chrF asks of a segment, or of many together: n-grams by order, those of characters first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChrfStatistics {
    /// In the translation, as far as the reference has any of this order.
    pub hypothesis: Vec<u64>,
    pub reference: Vec<u64>,
    /// In both.
    pub matches: Vec<u64>,
}

impl<'a> Sum<&'a Self> for ChrfStatistics {
    fn sum<I: Iterator<Item = &'a Self>>(segments: I) -> Self {
        segments.fold(Self::default(), |mut sum, segment| {
            add(&mut sum.hypothesis, &segment.hypothesis);
            add(&mut sum.reference, &segment.reference);
            add(&mut sum.matches, &segment.matches);
            sum
        })
    }
}

/// chrF from 0 to 100.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChrfScore {
    /// Such as `chrF2++`.
    pub name: String,
    pub score: f64,
}

/// The line that sacreBLEU prints, without the signature.
impl fmt::Display for ChrfScore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} = {:.2}", self.name, self.score)
    }
}

/// What is counted of a text.
struct Units<'a> {
    characters: Vec<char>,
    words: Vec<&'a str>,
}

impl TranslationMetric for Chrf {
    type Statistics = ChrfStatistics;
    type Score = ChrfScore;

    /// Of the reference with the highest score, the first one in a tie.
    fn segment(&self, hypothesis: &str, references: &[&str]) -> ChrfStatistics {
        let hypothesis = self.case.apply(hypothesis);
        let hypothesis = self.units(&hypothesis);
        let compare = |reference: &str| self.compare(&hypothesis, &self.units(&self.case.apply(reference)));
        let counts = references.iter().map(|reference| compare(reference));
        let better = |best, next| if self.f_score(&next) > self.f_score(&best) { next } else { best };
        counts.reduce(better).unwrap_or_else(|| compare(""))
    }

    fn score(&self, sum: &ChrfStatistics) -> ChrfScore {
        let name = format!("chrF{}{}", self.beta, "+".repeat(usize::from(self.words)));
        ChrfScore { name, score: self.f_score(sum) }
    }

    fn options(&self) -> String {
        let (case, effective) = (self.case.label(), yes_or_no(!self.epsilon));
        let space = yes_or_no(self.whitespace);
        format!("case:{case}|eff:{effective}|nc:{}|nw:{}|space:{space}", self.characters, self.words)
    }
}

impl Chrf {
    /// chrF++, which also counts words and pairs of words.
    pub fn plus_plus() -> Self {
        Self { words: 2, ..Self::default() }
    }

    fn units<'a>(&self, text: &'a str) -> Units<'a> {
        let characters = text.chars().filter(|&character| self.whitespace || !is_space(character)).collect();
        let words = if self.words == 0 { Vec::new() } else { words(text).flat_map(stripped).collect() };
        Units { characters, words }
    }

    fn compare(&self, hypothesis: &Units<'_>, reference: &Units<'_>) -> ChrfStatistics {
        let mut counts = ChrfStatistics::default();
        counts.count(&hypothesis.characters, &reference.characters, self.characters);
        counts.count(&hypothesis.words, &reference.words, self.words);
        counts
    }

    /// By operations in the order of sacreBLEU's: the choice among references asks for the same ties.
    fn f_score(&self, counts: &ChrfStatistics) -> f64 {
        if self.epsilon { self.mean_of_scores(counts) } else { self.score_of_means(counts) }
    }

    fn mean_of_scores(&self, counts: &ChrfStatistics) -> f64 {
        let scores = counts
            .orders()
            .map(|(mine, theirs, both)| self.harmonic(share(both, mine), share(both, theirs)).unwrap_or(EPSILON));
        100.0 * scores.sum::<f64>() / counts.matches.len().max(1) as f64
    }

    fn score_of_means(&self, counts: &ChrfStatistics) -> f64 {
        let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0.0_f64);
        for (mine, theirs, both) in counts.orders().filter(|&(mine, theirs, _)| mine > 0 && theirs > 0) {
            precision += share(both, mine);
            recall += share(both, theirs);
            orders += 1.0;
        }
        let orders = orders.max(1.0);
        100.0 * self.harmonic(precision / orders, recall / orders).unwrap_or(0.0)
    }

    /// The harmonic mean of both, recall counted `beta` squared times.
    fn harmonic(&self, precision: f64, recall: f64) -> Option<f64> {
        let factor = f64::from(self.beta).powi(2);
        let whole = factor * precision + recall;
        (whole > 0.0).then(|| (1.0 + factor) * precision * recall / whole)
    }
}

impl ChrfStatistics {
    /// N-grams of the translation, of the reference and of both, order by order.
    fn orders(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        let sides = self.hypothesis.iter().zip(&self.reference).zip(&self.matches);
        sides.map(|((&hypothesis, &reference), &matches)| (hypothesis, reference, matches))
    }

    fn count<T: Ord>(&mut self, hypothesis: &[T], reference: &[T], orders: u8) {
        let (mine, theirs) = (Grams::new(hypothesis, orders), Grams::new(reference, orders));
        for order in 1..=orders {
            let (mine, theirs) = (mine.counts(order), [theirs.counts(order)]);
            self.hypothesis.push(if theirs[0].is_empty() { 0 } else { total(&mine) });
            self.reference.push(total(&theirs[0]));
            self.matches.push(matches(&mine, &theirs));
        }
    }
}

/// What `chrF++.py` gives for a share of nothing.
const EPSILON: f64 = 1e-16;

fn share(part: u64, whole: u64) -> f64 {
    if whole > 0 { part as f64 / whole as f64 } else { EPSILON }
}

/// A word without the punctuation mark at its end, or else at its beginning, and that mark.
fn stripped(word: &str) -> impl Iterator<Item = &str> {
    let cut = match word.as_bytes() {
        [] | [_] => 0,
        [before @ .., last] if last.is_ascii_punctuation() => before.len(),
        [first, ..] if first.is_ascii_punctuation() => 1,
        _ => 0,
    };
    let (before, after) = word.split_at(cut);
    [before, after].into_iter().filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mark_is_cut_from_a_word() {
        let cut = |word| stripped(word).collect::<Vec<_>>();
        assert_eq!(cut("(hi)"), ["(hi", ")"]);
        assert_eq!(cut("\"so"), ["\"", "so"]);
        assert_eq!([cut("!"), cut("é"), cut("word")], [["!"], ["é"], ["word"]]);
        assert_eq!(cut("né."), ["né", "."]);
    }

    #[test]
    fn recall_weighs_more_than_precision() {
        let chrf = Chrf { characters: 1, ..Chrf::default() };
        let score = |hypothesis: &str, reference: &str| chrf.score(&chrf.segment(hypothesis, &[reference])).score;
        // Precision 1/2 and recall 1: 5 * 1/2 / (4 * 1/2 + 1); and the other way around.
        assert!((score("ab cd", "ab") - 100.0 * 2.5 / 3.0).abs() < 1e-12);
        assert!((score("ab", "ab cd") - 100.0 * 2.5 / 4.5).abs() < 1e-12);
    }

    #[test]
    fn the_better_reference_counts() {
        let chrf = Chrf::default();
        let counts = chrf.segment("the cat", &["a dog", "the cat sat"]);
        assert_eq!(counts, chrf.segment("the cat", &["the cat sat"]));
    }
}
