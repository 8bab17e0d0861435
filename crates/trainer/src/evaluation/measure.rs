//! One score as sums over items, so that it can be taken of any of them again.

use attentive_metrics::{Interval, bootstrap, comparison};
use serde::{Deserialize, Serialize};

const SEED: u64 = 12_345;
const RESAMPLES: usize = 1000;

/// A score of a data set: the fold of a ratio of two sums.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    pub name: String,
    pub fold: Fold,
    /// What each item adds to the numerator and to the denominator.
    pub items: Vec<[f64; 2]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fold {
    /// The ratio itself.
    Mean,
    /// Its exponential: of nats, a perplexity.
    Exponential,
}

impl Measure {
    /// The share of items of which something holds.
    pub fn share(name: &str, items: impl IntoIterator<Item = bool>) -> Self {
        let items = items.into_iter().map(|holds| [f64::from(u8::from(holds)), 1.0]).collect();
        Self { name: name.to_owned(), fold: Fold::Mean, items }
    }

    pub fn new(name: &str, fold: Fold, items: Vec<[f64; 2]>) -> Self {
        Self { name: name.to_owned(), fold, items }
    }

    /// Whether less of it is better.
    pub fn falls(&self) -> bool {
        ["loss", "perplexity"].contains(&self.name.as_str())
    }

    pub fn value(&self) -> Option<f64> {
        self.fold(self.items.iter())
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
        self.fold(drawn.iter().map(|&item| &self.items[item]))
    }

    fn fold<'a>(&self, items: impl Iterator<Item = &'a [f64; 2]>) -> Option<f64> {
        let [above, below] = items.fold([0.0, 0.0], |[above, below], item| [above + item[0], below + item[1]]);
        let ratio = (below > 0.0).then(|| above / below)?;
        let value = match self.fold {
            Fold::Mean => ratio,
            Fold::Exponential => ratio.exp(),
        };
        value.is_finite().then_some(value)
    }
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
        let items = vec![[2.0, 1.0], [0.0, 3.0]];
        assert_eq!(Measure::new("loss", Fold::Mean, items.clone()).value(), Some(0.5));
        assert_eq!(Measure::new("perplexity", Fold::Exponential, items).value(), Some(0.5_f64.exp()));
    }

    #[test]
    fn nothing_has_no_value() {
        assert_eq!(Measure::new("loss", Fold::Mean, Vec::new()).value(), None);
        assert_eq!(Measure::new("perplexity", Fold::Exponential, vec![[1e6, 1.0]]).value(), None);
    }

    #[test]
    fn only_the_same_items_are_compared() {
        let right = |count| Measure::share("accuracy", (0..count).map(|item| item % 3 > 0));
        assert!(right(30).against(&right(31)).is_none());
        let same = right(30).against(&right(30)).expect("as many items");
        assert_eq!((same.difference, same.p_value > 0.9), (0.0, true));
    }
}
