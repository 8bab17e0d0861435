//! BLEU (Papineni et al. 2002): the geometric mean of n-gram precisions, times a penalty for translations that are too short.

use std::fmt;
use std::iter::Sum;

use serde::{Deserialize, Serialize};

use super::grams::{Counts, Grams, matches, total};
use super::tokenize::{Tokenize, words};
use super::{Case, TranslationMetric, add, yes_or_no};

/// How BLEU is computed. The default is sacreBLEU's for corpora; for single sentences, it asks to set `effective_order`.
///
/// The signature does not tell `order`, in sacreBLEU neither: name it where it is not the default.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bleu {
    pub tokenize: Tokenize,
    pub smoothing: Smoothing,
    pub case: Case,
    /// The longest n-grams that count.
    pub order: u8,
    /// Leaves out the orders of which the translations have no n-gram at all, instead of scoring zero.
    pub effective_order: bool,
}

impl Default for Bleu {
    fn default() -> Self {
        Self {
            tokenize: Tokenize::Western,
            smoothing: Smoothing::Exponential,
            case: Case::Mixed,
            order: 4,
            effective_order: false,
        }
    }
}

/// What stands for a precision of zero, after Chen and Cherry (2014). A value below zero gives no score, but `NaN`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Smoothing {
    /// Zero, and so is the score.
    None,
    /// As if there were so many matches; sacreBLEU's default is 0.1.
    Floor(f64),
    /// So much is added to matches and totals of every order above the first; sacreBLEU's default is 1.
    AddK(f64),
    /// Half a match for the first order without, a quarter for the second, and so on.
    #[serde(rename = "exp")]
    Exponential,
}

impl fmt::Display for Smoothing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("none"),
            Self::Floor(value) => write!(formatter, "floor[{value:.2}]"),
            Self::AddK(value) => write!(formatter, "add-k[{value:.2}]"),
            Self::Exponential => formatter.write_str("exp"),
        }
    }
}

/// All that BLEU asks of a segment, or of many together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BleuStatistics {
    pub hypothesis_length: u64,
    /// Of the reference that comes closest in length, the shorter one in a tie.
    pub reference_length: u64,
    /// N-grams of the translation that a reference has, by order from 1.
    pub matches: Vec<u64>,
    /// N-grams of the translation, by order from 1.
    pub totals: Vec<u64>,
}

impl<'a> Sum<&'a Self> for BleuStatistics {
    fn sum<I: Iterator<Item = &'a Self>>(segments: I) -> Self {
        segments.fold(Self::default(), |mut sum, segment| {
            sum.hypothesis_length += segment.hypothesis_length;
            sum.reference_length += segment.reference_length;
            add(&mut sum.matches, &segment.matches);
            add(&mut sum.totals, &segment.totals);
            sum
        })
    }
}

/// BLEU from 0 to 100, and what it is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BleuScore {
    pub score: f64,
    /// In percent and after smoothing, by order from 1; all zero where nothing matches.
    pub precisions: Vec<f64>,
    pub brevity_penalty: f64,
    pub hypothesis_length: u64,
    pub reference_length: u64,
}

impl BleuScore {
    /// Length of the translations over that of the references; zero where these are empty.
    pub fn ratio(&self) -> f64 {
        if self.reference_length == 0 { 0.0 } else { self.hypothesis_length as f64 / self.reference_length as f64 }
    }
}

/// The line that sacreBLEU prints, without the signature.
impl fmt::Display for BleuScore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let precisions: Vec<String> = self.precisions.iter().map(|precision| format!("{precision:.1}")).collect();
        write!(formatter, "BLEU = {:.2} {} ", self.score, precisions.join("/"))?;
        write!(formatter, "(BP = {:.3} ratio = {:.3} ", self.brevity_penalty, self.ratio())?;
        write!(formatter, "hyp_len = {} ref_len = {})", self.hypothesis_length, self.reference_length)
    }
}

impl TranslationMetric for Bleu {
    type Statistics = BleuStatistics;
    type Score = BleuScore;

    fn segment(&self, hypothesis: &str, references: &[&str]) -> BleuStatistics {
        let prepare = |text: &str| self.tokenize.apply(&self.case.apply(text));
        let references: Vec<String> = references.iter().map(|text| prepare(text)).collect();
        let references: Vec<Vec<&str>> = references.iter().map(|text| words(text).collect()).collect();
        self.compare(&words(&prepare(hypothesis)).collect::<Vec<&str>>(), &references)
    }

    fn score(&self, sum: &BleuStatistics) -> BleuScore {
        let brevity_penalty = brevity_penalty(sum);
        let mut precisions = self.precisions(sum);
        let effective = if self.effective_order { precisions.len() } else { usize::from(self.order) };
        precisions.resize(usize::from(self.order), 0.0);
        let score = brevity_penalty * geometric_mean(&precisions[..effective]);
        let (hypothesis_length, reference_length) = (sum.hypothesis_length, sum.reference_length);
        BleuScore { score, precisions, brevity_penalty, hypothesis_length, reference_length }
    }

    fn options(&self) -> String {
        let (case, effective) = (self.case.label(), yes_or_no(self.effective_order));
        format!("case:{case}|eff:{effective}|tok:{}|smooth:{}", self.tokenize.name(), self.smoothing)
    }
}

impl Bleu {
    fn compare(&self, hypothesis: &[&str], references: &[Vec<&str>]) -> BleuStatistics {
        let grams = Grams::new(hypothesis, self.order);
        let others: Vec<Grams<'_, &str>> = references.iter().map(|words| Grams::new(words, self.order)).collect();
        let counted = |order| {
            let theirs: Vec<Counts<'_, &str>> = others.iter().map(|grams| grams.counts(order)).collect();
            let mine = grams.counts(order);
            (matches(&mine, &theirs), total(&mine))
        };
        let (matches, totals) = (1..=self.order).map(counted).unzip();
        let reference_length = closest(hypothesis.len(), references);
        BleuStatistics { hypothesis_length: hypothesis.len() as u64, reference_length, matches, totals }
    }

    /// In percent, up to the first order of which there is no n-gram; none where nothing matches.
    fn precisions(&self, sum: &BleuStatistics) -> Vec<f64> {
        if sum.matches.iter().all(|&count| count == 0) {
            return Vec::new();
        }
        let mut unit = 1.0; // what the latest order without matches was given, as exponential smoothing goes on
        let counts = sum.matches.iter().zip(&sum.totals).take(usize::from(self.order)).enumerate();
        let counts = counts.map(|(index, (&matches, &total))| {
            let more = self.added(index);
            (matches as f64 + more, total as f64 + more)
        });
        let counts = counts.take_while(|&(_, total)| total != 0.0);
        counts.map(|(matches, total)| 100.0 * self.smoothed(matches, &mut unit) / total).collect()
    }

    fn added(&self, index: usize) -> f64 {
        match self.smoothing {
            Smoothing::AddK(more) if index > 0 => more,
            _ => 0.0,
        }
    }

    fn smoothed(&self, matches: f64, unit: &mut f64) -> f64 {
        match self.smoothing {
            _ if matches != 0.0 => matches,
            Smoothing::Exponential => {
                *unit /= 2.0;
                *unit
            }
            Smoothing::Floor(value) => value,
            Smoothing::AddK(_) | Smoothing::None => 0.0,
        }
    }
}

fn closest(length: usize, references: &[Vec<&str>]) -> u64 {
    let lengths = references.iter().map(Vec::len);
    lengths.min_by_key(|&reference| (reference.abs_diff(length), reference)).unwrap_or(0) as u64
}

fn brevity_penalty(sum: &BleuStatistics) -> f64 {
    let (length, enough) = (sum.hypothesis_length as f64, sum.reference_length as f64);
    if length >= enough { 1.0 } else { (1.0 - enough / length).exp() } // nothing at all is worth exp(-infinity)
}

/// Zero as soon as one of the numbers is, and where there is none.
fn geometric_mean(numbers: &[f64]) -> f64 {
    if numbers.is_empty() {
        return 0.0;
    }
    (numbers.iter().map(|number| number.ln()).sum::<f64>() / numbers.len() as f64).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAPER: [&str; 3] = [
        "It is a guide to action that ensures that the military will forever heed Party commands",
        "It is the guiding principle which guarantees the military forces always being under the command of the Party",
        "It is the practical guide for the army always to heed the directions of the party",
    ];

    #[test]
    fn the_examples_of_the_paper_have_its_precisions() {
        let bleu = Bleu::default();
        let good = "It is a guide to action which ensures that the military always obeys the commands of the party";
        let counts = bleu.segment(good, &PAPER);
        assert_eq!((counts.matches[0], counts.totals[0]), (17, 18));
        assert_eq!((counts.matches[1], counts.totals[1]), (10, 17));
        let counts =
            bleu.segment("the the the the the the the", &["The cat is on the mat", "There is a cat on the mat"]);
        assert_eq!((counts.matches[0], counts.totals[0]), (1, 7));
    }

    #[test]
    fn the_closest_reference_says_how_long_is_long_enough() {
        let lengths = |lengths: &[usize]| -> Vec<Vec<&str>> { lengths.iter().map(|&words| vec!["a"; words]).collect() };
        assert_eq!(closest(5, &lengths(&[9, 7, 3])), 3);
        assert_eq!(closest(5, &lengths(&[1, 6])), 6);
        assert_eq!(closest(5, &[]), 0);
    }

    #[test]
    fn exponential_smoothing_halves_from_order_to_order() {
        let sum = BleuStatistics {
            hypothesis_length: 5,
            reference_length: 5,
            matches: vec![2, 0, 0, 0],
            totals: vec![5, 4, 3, 2],
        };
        let score = Bleu::default().score(&sum);
        assert_eq!(score.precisions, [40.0, 12.5, 100.0 / 12.0, 6.25]);
        assert_eq!(score.brevity_penalty, 1.0);
    }

    #[test]
    fn a_word_is_perfect_only_among_the_orders_that_it_has() {
        let sentence = Bleu { effective_order: true, ..Bleu::default() };
        let score = |bleu: &Bleu| bleu.score(&bleu.segment("yes", &["yes"])).score;
        assert!((score(&sentence) - 100.0).abs() < 1e-12);
        assert_eq!(score(&Bleu::default()), 0.0);
    }
}
