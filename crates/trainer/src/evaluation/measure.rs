//! One score as sums over items, so that it can be taken of any of them again.

use attentive_metrics::{
    Interval, bootstrap,
    classification::{Confusion, Judgment},
    comparison, correlation, retrieval,
    translation::{Bleu, BleuStatistics, TranslationMetric as _},
};
use serde::{Deserialize, Serialize};

const SEED: u64 = 12_345;
const RESAMPLES: usize = 1000;

/// A score of a data set: the fold of a few numbers an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    pub name: String,
    pub fold: Fold,
    /// What the fold takes of each item.
    pub items: Vec<Vec<f64>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fold {
    /// Sums of a numerator and a denominator: their ratio.
    Mean,
    /// Its exponential: of nats, a perplexity.
    Exponential,
    /// Sums of BLEU's counts: lengths of translation and reference, then matches and totals of each order.
    Bleu,
    /// Pairs of a class that was told and the right one: the correlation of Matthews.
    Matthews,
    /// Pairs of numbers: the correlation of Pearson.
    Pearson,
    /// The same of their ranks, by Spearman.
    Spearman,
    /// Ranks, counted from one: the middle one.
    Median,
}

impl Measure {
    /// The share of items of which something holds.
    pub fn share(name: &str, items: impl IntoIterator<Item = bool>) -> Self {
        Self::new(name, Fold::Mean, items.into_iter().map(|holds| [f64::from(u8::from(holds)), 1.0]))
    }

    pub fn new(name: &str, fold: Fold, items: impl IntoIterator<Item = impl Into<Vec<f64>>>) -> Self {
        Self { name: name.to_owned(), fold, items: items.into_iter().map(Into::into).collect() }
    }

    /// The BLEU of translations beside their references, as sacreBLEU has it by default.
    pub fn bleu<'a, References: AsRef<[&'a str]>>(
        translations: impl IntoIterator<Item = (&'a str, References)>,
    ) -> Self {
        let counts = |(hypothesis, references): (&str, References)| {
            let BleuStatistics { hypothesis_length, reference_length, matches, totals } =
                Bleu::default().segment(hypothesis, references.as_ref());
            let order = usize::from(Bleu::default().order);
            let padded = |counts: Vec<u64>| (0..order).map(move |index| counts.get(index).copied().unwrap_or(0) as f64);
            let lengths = [hypothesis_length as f64, reference_length as f64];
            lengths.into_iter().chain(padded(matches)).chain(padded(totals)).collect::<Vec<f64>>()
        };
        Self::new("bleu", Fold::Bleu, translations.into_iter().map(counts))
    }

    /// Whether less of it is better.
    pub fn falls(&self) -> bool {
        ["loss", "perplexity", "median_rank"].iter().any(|name| self.name.ends_with(name))
    }

    pub fn value(&self) -> Option<f64> {
        self.fold(self.items.iter().map(Vec::as_slice))
    }

    /// By resampling the items.
    pub fn interval(&self) -> Option<Interval> {
        bootstrap(self.items.len(), SEED, RESAMPLES, |drawn| self.of(drawn))
    }

    /// This one against another one of the same items, where both have them.
    pub fn against(&self, other: &Self) -> Option<comparison::Comparison> {
        if self.items.len() != other.items.len() {
            return None;
        }
        let (first, second) = (|drawn: &[usize]| self.of(drawn), |drawn: &[usize]| other.of(drawn));
        comparison::paired_bootstrap(self.items.len(), SEED, RESAMPLES, first, second)
    }

    fn of(&self, drawn: &[usize]) -> Option<f64> {
        self.fold(drawn.iter().map(|&item| self.items[item].as_slice()))
    }

    fn fold<'a>(&self, items: impl Iterator<Item = &'a [f64]>) -> Option<f64> {
        let value = match self.fold {
            Fold::Mean => ratio(items),
            Fold::Exponential => ratio(items).map(f64::exp),
            Fold::Bleu => bleu(items),
            Fold::Matthews => {
                let judgment = |pair: [f64; 2]| Judgment { predicted: pair[0] as usize, reference: pair[1] as usize };
                pairs(items).into_iter().map(judgment).collect::<Confusion>().matthews()
            }
            Fold::Pearson => correlation::pearson(&pairs(items)),
            Fold::Spearman => correlation::spearman(&pairs(items)),
            Fold::Median => retrieval::median_rank(&items.map(|rank| rank[0] as usize).collect::<Vec<_>>()),
        };
        value.filter(|value| value.is_finite())
    }
}

fn ratio<'a>(items: impl Iterator<Item = &'a [f64]>) -> Option<f64> {
    let [above, below] = items.fold([0.0, 0.0], |[above, below], item| [above + item[0], below + item[1]]);
    (below > 0.0).then(|| above / below)
}

fn pairs<'a>(items: impl Iterator<Item = &'a [f64]>) -> Vec<[f64; 2]> {
    items.map(|item| [item[0], item[1]]).collect()
}

fn bleu<'a>(items: impl Iterator<Item = &'a [f64]>) -> Option<f64> {
    let mut sums: Vec<u64> = Vec::new();
    for item in items {
        sums.resize(item.len(), 0);
        sums.iter_mut().zip(item).for_each(|(sum, &count)| *sum += count as u64);
    }
    let [hypothesis_length, reference_length, counts @ ..] = sums.as_slice() else { return None };
    let (matches, totals) = counts.split_at(counts.len() / 2);
    let (matches, totals) = (matches.to_vec(), totals.to_vec());
    let (hypothesis_length, reference_length) = (*hypothesis_length, *reference_length);
    let sum = BleuStatistics { hypothesis_length, reference_length, matches, totals };
    Some(Bleu::default().score(&sum).score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_counts() {
        let measure = Measure::share("accuracy", [true, false, true, true]);
        assert_eq!(measure.value(), Some(0.75));
        let interval = measure.interval().expect("there are items");
        assert!(interval.low < 0.75 && interval.high <= 1.0);
    }

    #[test]
    fn items_weigh_by_their_denominator() {
        let items = [[2.0, 1.0], [0.0, 3.0]];
        assert_eq!(Measure::new("loss", Fold::Mean, items).value(), Some(0.5));
        assert_eq!(Measure::new("perplexity", Fold::Exponential, items).value(), Some(0.5_f64.exp()));
    }

    #[test]
    fn bleu_is_that_of_the_whole() {
        let pairs =
            [("a cat sat on the mat", "the cat sat on the mat"), ("two dogs run here now", "two dogs run here now")];
        let hypotheses = pairs.map(|(hypothesis, _)| hypothesis);
        let references = pairs.map(|(_, reference)| vec![reference]);
        let whole = Bleu::default().corpus(&hypotheses, &references).expect("as many of both");
        assert_eq!(
            Measure::bleu(pairs.map(|(hypothesis, reference)| (hypothesis, [reference]))).value(),
            Some(whole.score)
        );
    }

    #[test]
    fn pairs_correlate() {
        let items = [[1.0, 1.0], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
        assert_eq!(Measure::new("matthews", Fold::Matthews, items).value(), Some(0.0));
        let items = [[1.0, 10.0], [2.0, 20.0], [3.0, 90.0]];
        let spearman = Measure::new("spearman", Fold::Spearman, items).value().expect("there are pairs");
        assert!((spearman - 1.0).abs() < 1e-12, "{spearman}");
    }

    #[test]
    fn nothing_has_no_value() {
        assert_eq!(Measure::new("loss", Fold::Mean, [[0.0; 2]; 0]).value(), None);
        assert_eq!(Measure::new("perplexity", Fold::Exponential, [[1e6, 1.0]]).value(), None);
    }

    #[test]
    fn only_the_same_items_are_compared() {
        let right = |count| Measure::share("accuracy", (0..count).map(|item| item % 3 > 0));
        assert!(right(30).against(&right(31)).is_none());
        let same = right(30).against(&right(30)).expect("as many items");
        assert_eq!((same.difference, same.p_value > 0.9), (0.0, true));
    }
}
