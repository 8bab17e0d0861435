//! How well classes are told apart: accuracy, precision, recall, F1 and Matthews correlation from a table of counts.
//!
//! Values equal those of scikit-learn 1.9. Classes are numbers; those that occur nowhere, neither as reference nor as
//! prediction, do not exist here and weigh in no average.

use std::collections::{BTreeMap, BTreeSet};

use crate::share;

/// What an item is, and what it was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgment {
    pub reference: usize,
    pub predicted: usize,
}

/// How often each class was taken for each other. Empty cells take no room, whatever the numbers of the classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confusion {
    cells: BTreeMap<(usize, usize), u64>,
}

/// How the scores of single classes become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Average {
    /// The score of one class alone.
    Binary { positive: usize },
    /// Of all items thrown together, which is the accuracy when each item has one class.
    Micro,
    /// Every class alike.
    Macro,
    /// Every class by its share of the references.
    Weighted,
}

/// What the score of a class is made of.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    hits: u64,
    predicted: u64,
    reference: u64,
}

impl FromIterator<Judgment> for Confusion {
    fn from_iter<I: IntoIterator<Item = Judgment>>(judgments: I) -> Self {
        let mut cells = BTreeMap::new();
        for Judgment { reference, predicted } in judgments {
            *cells.entry((reference, predicted)).or_default() += 1;
        }
        Self { cells }
    }
}

impl Confusion {
    /// How many items of class `reference` were taken for `predicted`.
    pub fn count(&self, reference: usize, predicted: usize) -> u64 {
        self.cells.get(&(reference, predicted)).copied().unwrap_or(0)
    }

    /// The counts of these classes: a row for each reference, a column for each prediction.
    pub fn matrix(&self, classes: &[usize]) -> Vec<Vec<u64>> {
        let row = |&reference| classes.iter().map(|&predicted| self.count(reference, predicted)).collect();
        classes.iter().map(row).collect()
    }

    /// Every class that occurs, in ascending order.
    pub fn classes(&self) -> Vec<usize> {
        let classes: BTreeSet<_> =
            self.cells.keys().flat_map(|&(reference, predicted)| [reference, predicted]).collect();
        classes.into_iter().collect()
    }

    pub fn items(&self) -> u64 {
        self.cells.values().sum()
    }

    /// `None` without items.
    pub fn accuracy(&self) -> Option<f64> {
        self.averaged(Average::Micro, recall)
    }

    /// Of what was taken for a class, the share that is of it. A class that was never predicted has precision 0.
    pub fn precision(&self, average: Average) -> Option<f64> {
        self.averaged(average, precision)
    }

    /// Of what is of a class, the share that was found. A class without references has recall 0.
    pub fn recall(&self, average: Average) -> Option<f64> {
        self.averaged(average, recall)
    }

    /// The harmonic mean of precision and recall of each class, 0 where both are, averaged.
    pub fn f1(&self, average: Average) -> Option<f64> {
        self.averaged(average, f1)
    }

    /// The correlation of two classes (Matthews 1975) or more (Gorodkin 2004).
    ///
    /// 0 when all references or all predictions are of one class; `None` without items.
    pub fn matthews(&self) -> Option<f64> {
        let counts: Vec<_> = self.counts().into_values().collect();
        let sum = |of: fn(&Counts) -> i128| counts.iter().map(of).sum::<i128>();
        let items = sum(|class| class.reference.into());
        let covariance = items * sum(|class| class.hits.into())
            - sum(|class| i128::from(class.predicted) * i128::from(class.reference));
        let predicted = items * items - sum(|class| i128::from(class.predicted).pow(2));
        let reference = items * items - sum(|class| i128::from(class.reference).pow(2));
        let spread = (predicted as f64 * reference as f64).sqrt();
        (items > 0).then(|| if spread > 0.0 { covariance as f64 / spread } else { 0.0 })
    }

    fn averaged(&self, average: Average, score: fn(Counts) -> f64) -> Option<f64> {
        let counts = self.counts();
        let classes = counts.values().copied();
        let weighted = |class: Counts| score(class) * class.reference as f64;
        let all = classes.clone().fold(Counts::default(), Counts::plus);
        (all.reference > 0).then(|| match average {
            Average::Binary { positive } => score(counts.get(&positive).copied().unwrap_or_default()),
            Average::Micro => score(all),
            Average::Macro => classes.map(score).sum::<f64>() / counts.len() as f64,
            Average::Weighted => classes.map(weighted).sum::<f64>() / all.reference as f64,
        })
    }

    fn counts(&self) -> BTreeMap<usize, Counts> {
        let mut counts: BTreeMap<usize, Counts> = BTreeMap::new();
        for (&(reference, predicted), &count) in &self.cells {
            counts.entry(reference).or_default().reference += count;
            let class = counts.entry(predicted).or_default();
            class.predicted += count;
            class.hits += if reference == predicted { count } else { 0 };
        }
        counts
    }
}

impl Counts {
    const fn plus(self, other: Self) -> Self {
        Self {
            hits: self.hits + other.hits,
            predicted: self.predicted + other.predicted,
            reference: self.reference + other.reference,
        }
    }
}

fn precision(class: Counts) -> f64 {
    ratio(class.hits, class.predicted)
}

fn recall(class: Counts) -> f64 {
    ratio(class.hits, class.reference)
}

fn f1(class: Counts) -> f64 {
    ratio(2 * class.hits, class.predicted + class.reference)
}

/// 0 of 0 is 0: scikit-learn's `zero_division=0`.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Average {
    pub fn signature(self) -> String {
        let average = match self {
            Self::Binary { positive } => format!("binary|positive:{positive}"),
            Self::Micro => "micro".to_owned(),
            Self::Macro => "macro".to_owned(),
            Self::Weighted => "weighted".to_owned(),
        };
        format!("average:{average}|zero_division:0")
    }
}

/// What a model gave every class, and which is right.
#[derive(Clone, Copy, Debug)]
pub struct Scored<'a> {
    pub scores: &'a [f32],
    pub right: usize,
}

impl Scored<'_> {
    /// Whether the right class is among the `k` best.
    ///
    /// Among equals the higher number comes first, as in scikit-learn. A NaN never helps: a wrong class that has one
    /// comes before the right one, and a right class that has one, or is none of the classes, is not found.
    pub fn is_within(&self, k: usize) -> bool {
        let Some(&own) = self.scores.get(self.right) else { return false };
        let behind = |class: usize, score: f32| score < own || (score == own && class <= self.right);
        let ahead = self.scores.iter().enumerate().filter(|&(class, &score)| !behind(class, score)).count();
        !own.is_nan() && ahead < k
    }
}

/// The share of items whose right class is among the `k` best; see [`Scored::is_within`].
pub fn top_accuracy(items: &[Scored], k: usize) -> Option<f64> {
    share(items.iter().map(|item| item.is_within(k)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confusion(judgments: &[[usize; 2]]) -> Confusion {
        judgments.iter().map(|&[reference, predicted]| Judgment { reference, predicted }).collect()
    }

    #[test]
    fn a_table_by_hand() {
        let table = confusion(&[[0, 0], [0, 1], [1, 1], [1, 1], [2, 0]]);
        assert_eq!(table.classes(), [0, 1, 2]);
        assert_eq!(table.matrix(&[0, 1, 2]), [[1, 1, 0], [0, 2, 0], [1, 0, 0]]);
        assert_eq!(table.accuracy(), Some(0.6));
        assert_eq!(table.precision(Average::Binary { positive: 1 }), Some(2.0 / 3.0));
        assert_eq!(table.recall(Average::Binary { positive: 1 }), Some(1.0));
        assert_eq!(table.f1(Average::Binary { positive: 1 }), Some(0.8));
        assert_eq!(table.f1(Average::Macro), Some((0.5 + 0.8 + 0.0) / 3.0));
    }

    #[test]
    fn no_items_have_no_score() {
        let table = confusion(&[]);
        let averages = [Average::Binary { positive: 1 }, Average::Micro, Average::Macro, Average::Weighted];
        assert!(averages.into_iter().all(|average| table.f1(average).is_none()));
        assert_eq!((table.accuracy(), table.matthews()), (None, None));
    }

    #[test]
    fn classes_may_have_any_number() {
        let table = confusion(&[[usize::MAX, usize::MAX], [0, usize::MAX]]);
        assert_eq!(table.accuracy(), Some(0.5));
    }

    #[test]
    fn not_a_number_never_helps() {
        let is_within = |scores: &[f32], right, k| Scored { scores, right }.is_within(k);
        assert!(is_within(&[0.1, 0.9, 0.5], 2, 2));
        assert!(!is_within(&[f32::NAN, 0.9, 0.5], 2, 2));
        assert!(!is_within(&[f32::NAN, 0.9, 0.5], 0, 3));
        assert!(!is_within(&[0.1, 0.9], 2, 3));
        assert!(!is_within(&[0.1, 0.9], 1, 0));
        assert!(is_within(&[f32::INFINITY, f32::NEG_INFINITY], 1, 2));
        assert_eq!(top_accuracy(&[], 1), None);
    }

    #[test]
    fn a_signature_names_what_was_averaged() {
        assert_eq!(Average::Macro.signature(), "average:macro|zero_division:0");
        assert_eq!(Average::Binary { positive: 1 }.signature(), "average:binary|positive:1|zero_division:0");
    }
}
