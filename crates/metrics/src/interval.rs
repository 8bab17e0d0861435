//! How far a score may be off: the bootstrap of Efron (1979), which scores items drawn anew from the items at hand.
//!
//! The draws of a resample depend on seed, number of items and the resample's own number alone. So two scores over the
//! same items see the same resamples, and what computes them in which order makes no difference.

use attentive_random::Key;
use serde::{Deserialize, Serialize};

/// Percent of resampled scores that lie within an interval.
const CONFIDENCE: f64 = 95.0;

/// Where 95 % of the resampled scores lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
    pub items: usize,
    pub resamples: usize,
    /// Resamples without a score, which the interval leaves out: a correlation does not exist where one item was drawn
    /// over and over.
    pub undefined: usize,
    pub seed: u64,
}

impl Interval {
    pub fn signature(&self) -> String {
        let Self { resamples, seed, .. } = self;
        format!("interval:bootstrap|percentile:linear|confidence:{CONFIDENCE}|resamples:{resamples}|seed:{seed}")
    }

    /// From the finite ones among resampled scores.
    pub(crate) fn of(scores: Vec<Option<f64>>, items: usize, seed: u64) -> Option<Self> {
        let resamples = scores.len();
        let mut scores: Vec<f64> = scores.into_iter().flatten().filter(|score| score.is_finite()).collect();
        scores.sort_unstable_by(f64::total_cmp);
        let tail = (100.0 - CONFIDENCE) / 2.0;
        let low = percentile(&scores, tail)?;
        let high = percentile(&scores, 100.0 - tail)?;
        Some(Self { low, high, items, resamples, undefined: resamples - scores.len(), seed })
    }
}

/// The interval of any score. `score` takes the numbers of the drawn items, of which some occur more than once.
///
/// `None` without items, and when no resample has a score.
pub fn bootstrap(
    items: usize,
    seed: u64,
    resamples: usize,
    score: impl Fn(&[usize]) -> Option<f64>,
) -> Option<Interval> {
    Interval::of(resampled(items, seed, resamples, score), items, seed)
}

/// The interval of a mean. `None` without values, and when one of them is not a finite number.
pub fn bootstrap_mean(values: &[f64], seed: u64, resamples: usize) -> Option<Interval> {
    let items = values.len() as f64;
    let mean = |drawn: &[usize]| Some(drawn.iter().map(|&item| values[item]).sum::<f64>() / items);
    let is_finite = values.iter().all(|value| value.is_finite());
    is_finite.then(|| bootstrap(values.len(), seed, resamples, mean)).flatten()
}

/// A score for each resample; none at all without items to draw from.
pub(crate) fn resampled<T>(items: usize, seed: u64, resamples: usize, score: impl Fn(&[usize]) -> T) -> Vec<T> {
    let key = Key::new(seed).at("bootstrap");
    let mut drawn = vec![0; items];
    let resamples = if items == 0 { 0..0 } else { 0..resamples };
    let resample = |resample| {
        let mut draws = key.nth(resample as u64).stream();
        drawn.iter_mut().for_each(|item| *item = draws.below(items));
        score(&drawn)
    };
    resamples.map(resample).collect()
}

/// Linear between neighbors, as numpy does by default (type 7 of Hyndman and Fan 1996). `None` of nothing.
fn percentile(sorted: &[f64], percent: f64) -> Option<f64> {
    let place = percent / 100.0 * sorted.len().checked_sub(1)? as f64;
    let [below, above] = [sorted[place.floor() as usize], sorted[place.ceil() as usize]];
    Some(below + (above - below) * place.fract()).filter(|percentile| percentile.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{mean, standard_error};

    fn uniforms(seed: u64, count: usize) -> Vec<f64> {
        Key::new(seed).uniforms(count).into_iter().map(f64::from).collect()
    }

    #[test]
    fn percentiles_are_those_of_numpy() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        // numpy.percentile([1, 2, 4, 8], [0, 2.5, 50, 97.5, 100])
        let expected = [1.0, 1.075, 3.0, 7.7, 8.0];
        for (percent, expected) in [0.0, 2.5, 50.0, 97.5, 100.0].into_iter().zip(expected) {
            let found = percentile(&sorted, percent).expect("there are numbers");
            assert!((found - expected).abs() < 1e-12, "{percent} %: {found} is not {expected}");
        }
        assert_eq!(percentile(&[], 50.0), None);
        assert_eq!(percentile(&[3.0], 97.5), Some(3.0));
    }

    #[test]
    fn a_mean_is_a_score_like_any_other() {
        let values = uniforms(1, 37);
        let mean_of = |drawn: &[usize]| mean(&drawn.iter().map(|&item| values[item]).collect::<Vec<_>>());
        let interval = bootstrap(37, 7, 50, mean_of);
        assert!(interval.is_some());
        assert_eq!(interval, bootstrap_mean(&values, 7, 50));
    }

    #[test]
    fn the_seed_alone_decides() {
        let values = uniforms(2, 20);
        let interval = |seed| bootstrap_mean(&values, seed, 100).expect("there are values");
        assert_eq!(interval(1), interval(1));
        assert_ne!(interval(1).low, interval(2).low);
    }

    #[test]
    fn more_resamples_repeat_the_first_ones() {
        let scores = |resamples| resampled(5, 3, resamples, <[usize]>::to_vec);
        assert_eq!(scores(4), scores(9)[..4]);
        assert!(scores(9).iter().all(|drawn| drawn.len() == 5 && drawn.iter().all(|&item| item < 5)));
    }

    #[test]
    fn the_width_is_that_of_the_normal_approximation() {
        let values = uniforms(3, 400);
        let interval = bootstrap_mean(&values, 1, 1000).expect("there are values");
        let expected = 2.0 * 1.96 * standard_error(&values).expect("they vary");
        let ratio = (interval.high - interval.low) / expected;
        assert!((0.93..1.07).contains(&ratio), "{ratio}");
    }

    #[test]
    fn nineteen_in_twenty_intervals_hold_the_true_mean() {
        let trials = 200;
        let holds = |&trial: &u64| {
            let interval = bootstrap_mean(&uniforms(100 + trial, 40), trial, 100).expect("there are values");
            (interval.low..=interval.high).contains(&0.5)
        };
        let covered = (0..trials).filter(holds).count();
        // 190 are expected, with a standard deviation of 3.1; intervals from 40 items and 100 resamples are a bit
        // narrow.
        assert!((175..=197).contains(&covered), "{covered} of {trials}");
    }

    #[test]
    fn undefined_resamples_are_counted_and_left_out() {
        let score = |drawn: &[usize]| (drawn[0] != drawn[1]).then_some(1.0);
        let interval = bootstrap(2, 1, 200, score).expect("some are defined");
        assert_eq!((interval.low, interval.high, interval.resamples), (1.0, 1.0, 200));
        assert!((60..140).contains(&interval.undefined), "{}", interval.undefined);
        assert_eq!(bootstrap(2, 1, 200, |_| None), None);
        assert_eq!(bootstrap(2, 1, 200, |_| Some(f64::NAN)), None);
    }

    #[test]
    fn nothing_has_no_interval() {
        assert_eq!(bootstrap(0, 1, 100, |_| Some(1.0)), None);
        assert_eq!(bootstrap(5, 1, 0, |_| Some(1.0)), None);
        assert_eq!(bootstrap_mean(&[], 1, 100), None);
        assert_eq!(bootstrap_mean(&[1.0, f64::NAN], 1, 100), None);
    }

    #[test]
    fn one_item_has_an_interval_without_width() {
        let interval = bootstrap_mean(&[0.3], 1, 100).expect("there is a value");
        assert_eq!((interval.low, interval.high), (0.3, 0.3));
        assert_eq!(interval.signature(), "interval:bootstrap|percentile:linear|confidence:95|resamples:100|seed:1");
    }
}
