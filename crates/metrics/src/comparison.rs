//! Whether one system is better than another on the same items, or was lucky.
//!
//! Two tests with one question each. [`paired_bootstrap`] asks how the difference would vary with other items;
//! [`randomization_p_value`] asks how often it would be as large if it did not matter which system gave which output.

use attentive_random::{Key, Stream};
use serde::{Deserialize, Serialize};

use crate::interval::{Interval, resampled};
use crate::mean;

/// Differences that sums in another order would make equal count as equal.
const ROUNDING: f64 = 1e-12;

/// The first system's score less the second's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub difference: f64,
    /// Of the difference.
    pub interval: Interval,
    /// The share of resamples in which the first system is better: what Koehn (2004) calls the confidence that it is.
    pub wins: f64,
    /// How likely a difference of this size, in either direction, would be between equals.
    pub p_value: f64,
}

/// Paired bootstrap resampling (Koehn 2004, "Statistical significance tests for machine translation evaluation").
///
/// `first` and `second` score the drawn items of either system. The p-value shifts the resampled differences to a mean
/// of zero, as under the hypothesis of no difference (Riezler and Maxwell 2005), and counts those at least as large as
/// the one observed, itself included, so that it is never 0. `None` when either system has no score, or the two have
/// none in any resample.
pub fn paired_bootstrap(
    items: usize,
    seed: u64,
    resamples: usize,
    first: impl Fn(&[usize]) -> Option<f64>,
    second: impl Fn(&[usize]) -> Option<f64>,
) -> Option<Comparison> {
    let difference = |drawn: &[usize]| Some(first(drawn)? - second(drawn)?).filter(|score| score.is_finite());
    let all: Vec<usize> = (0..items).collect();
    let observed = difference(&all)?;
    let differences = resampled(items, seed, resamples, difference);
    let interval = Interval::of(differences.clone(), items, seed)?;
    let defined: Vec<f64> = differences.into_iter().flatten().collect();
    let center = mean(&defined)?;
    let wins = defined.iter().filter(|&&difference| difference > 0.0).count();
    let p_value = p_value(observed, defined.iter().map(|difference| difference - center));
    Some(Comparison { difference: observed, interval, wins: wins as f64 / defined.len() as f64, p_value })
}

/// The p-value of an approximate randomization test (Noreen 1989), two-sided, for any score.
///
/// `difference` takes a mark for each item, gives the outputs of marked items to the other system and returns the first
/// system's score less the second's. `None` when it does so without marks, and without items or trials.
pub fn randomization_p_value(
    items: usize,
    seed: u64,
    trials: usize,
    difference: impl Fn(&[bool]) -> Option<f64>,
) -> Option<f64> {
    if items == 0 || trials == 0 {
        return None;
    }
    let mut swapped = vec![false; items];
    let observed = difference(&swapped).filter(|difference| difference.is_finite())?;
    let chances = (0..trials).filter_map(|trial| {
        let mut coins = coins(seed, trial);
        swapped.iter_mut().for_each(|swap| *swap = toss(&mut coins));
        difference(&swapped).filter(|difference| difference.is_finite())
    });
    Some(p_value(observed, chances))
}

/// The same for the difference of two means; `differences` holds the first system's value less the second's for each
/// item.
pub fn mean_randomization_p_value(differences: &[f64], seed: u64, trials: usize) -> Option<f64> {
    let signed = |swapped: &[bool]| {
        let signed =
            differences.iter().zip(swapped).map(|(difference, swap)| if *swap { -difference } else { *difference });
        Some(signed.sum::<f64>() / differences.len() as f64)
    };
    randomization_p_value(differences.len(), seed, trials, signed)
}

/// The share of differences at least as large as the observed one, which is counted with them.
fn p_value(observed: f64, chances: impl Iterator<Item = f64>) -> f64 {
    let enough = observed.abs() * (1.0 - ROUNDING);
    let (mut large, mut all) = (1_u64, 1_u64);
    for chance in chances {
        large += u64::from(chance.abs() >= enough);
        all += 1;
    }
    large as f64 / all as f64
}

fn coins(seed: u64, trial: usize) -> Stream {
    Key::new(seed).at("randomization").nth(trial as u64).stream()
}

fn toss(coins: &mut Stream) -> bool {
    coins.bits() >> 31 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Right answers of a system that is right with this probability.
    fn system(seed: u64, items: usize, accuracy: f32) -> Vec<f64> {
        Key::new(seed).uniforms(items).into_iter().map(|draw| f64::from(u8::from(draw < accuracy))).collect()
    }

    fn mean_of<'a>(values: &'a [f64]) -> impl Fn(&[usize]) -> Option<f64> + 'a {
        |drawn| mean(&drawn.iter().map(|&item| values[item]).collect::<Vec<_>>())
    }

    fn compare(first: &[f64], second: &[f64]) -> Comparison {
        paired_bootstrap(first.len(), 1, 300, mean_of(first), mean_of(second)).expect("both have means")
    }

    fn randomize(first: &[f64], second: &[f64]) -> f64 {
        let differences: Vec<_> = first.iter().zip(second).map(|(first, second)| first - second).collect();
        mean_randomization_p_value(&differences, 1, 300).expect("there are items")
    }

    #[test]
    fn a_real_difference_is_found() {
        let [better, worse] = [system(1, 500, 0.8), system(2, 500, 0.65)];
        let comparison = compare(&better, &worse);
        assert!(comparison.difference > 0.1, "{comparison:?}");
        assert!(comparison.interval.low > 0.0 && comparison.p_value < 0.01 && comparison.wins > 0.99, "{comparison:?}");
        assert!(randomize(&better, &worse) < 0.01);
        let turned = compare(&worse, &better);
        assert_eq!((turned.difference, turned.p_value), (-comparison.difference, comparison.p_value));
        assert!(turned.wins < 0.01);
    }

    #[test]
    fn a_system_does_not_differ_from_itself() {
        let answers = system(3, 100, 0.7);
        let comparison = compare(&answers, &answers);
        assert_eq!((comparison.difference, comparison.p_value, comparison.wins), (0.0, 1.0, 0.0));
        assert_eq!((comparison.interval.low, comparison.interval.high), (0.0, 0.0));
        assert_eq!(randomize(&answers, &answers), 1.0);
    }

    #[test]
    fn equals_are_told_apart_once_in_twenty_times() {
        let trials = 200;
        let systems = |trial: u64| [0, 1].map(|which| system(1000 + 2 * trial + which, 50, 0.6));
        let found = |test: &dyn Fn(&[f64], &[f64]) -> f64| {
            (0..trials).map(systems).filter(|[first, second]| test(first, second) < 0.05).count()
        };
        // 10 are expected, with a standard deviation of 3.1.
        let bootstrapped = found(&|first, second| {
            let count = first.len();
            paired_bootstrap(count, 5, 60, mean_of(first), mean_of(second)).expect("both have means").p_value
        });
        let randomized = found(&|first, second| {
            let differences: Vec<_> = first.iter().zip(second).map(|(first, second)| first - second).collect();
            mean_randomization_p_value(&differences, 5, 60).expect("there are items")
        });
        assert!((1..=20).contains(&bootstrapped) && (1..=20).contains(&randomized), "{bootstrapped}, {randomized}");
    }

    #[test]
    fn few_swaps_can_be_counted_by_hand() {
        // Of the eight ways to give three differences signs, only two reach the observed sum.
        let p_value = mean_randomization_p_value(&[0.1, 0.2, 0.3], 1, 4000).expect("there are items");
        assert!((p_value - 0.25).abs() < 0.03, "{p_value}");
    }

    #[test]
    fn nothing_cannot_be_compared() {
        let score = |_: &[usize]| Some(1.0);
        assert!(paired_bootstrap(0, 1, 100, score, score).is_none());
        assert!(paired_bootstrap(3, 1, 0, score, score).is_none());
        assert!(paired_bootstrap(3, 1, 100, score, |_| None).is_none());
        assert_eq!(mean_randomization_p_value(&[], 1, 100), None);
        assert_eq!(mean_randomization_p_value(&[1.0], 1, 0), None);
        assert_eq!(mean_randomization_p_value(&[f64::NAN, 1.0], 1, 10), None);
    }
}
