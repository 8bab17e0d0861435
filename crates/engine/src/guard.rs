//! Notices a loss that leaps, or is no number, before it reaches the weights.

use serde::{Deserialize, Serialize};

use crate::GuardPlan;

/// Weight of the newest loss in the running mean.
const NEWEST: f64 = 0.02;
/// Losses to be seen before a spike can be told from a start.
const SETTLED: u64 = 100;
/// The deviation is taken to be at least this share of the mean, so that a smooth curve doesn't make a ripple a spike.
const SMALLEST_SHARE: f64 = 0.01;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Guard {
    seen: u64,
    mean: f64,
    variance: f64,
    /// Steps skipped in a row.
    pub(crate) skipped: u32,
}

/// Why a step is not to be taken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Alarm {
    NotFinite { tensor: String },
    Spike { loss: f64, mean: f64 },
}

impl Guard {
    /// Judges one step by its loss and, where the gradient is not finite, its first bad tensor.
    pub(crate) fn judge(&mut self, loss: f64, bad: Option<String>, plan: &GuardPlan) -> Option<Alarm> {
        let alarm = self.alarm(loss, bad, plan);
        match alarm {
            Some(_) => self.skipped += 1,
            None => self.settle(loss),
        }
        alarm
    }

    fn alarm(&self, loss: f64, bad: Option<String>, plan: &GuardPlan) -> Option<Alarm> {
        if let Some(tensor) = bad {
            return Some(Alarm::NotFinite { tensor });
        }
        if !loss.is_finite() {
            return Some(Alarm::NotFinite { tensor: "loss".to_owned() });
        }
        let deviation = self.variance.sqrt().max(SMALLEST_SHARE * self.mean.abs());
        let spike = self.seen >= SETTLED && loss > self.mean + plan.spike * deviation;
        spike.then_some(Alarm::Spike { loss, mean: self.mean })
    }

    fn settle(&mut self, loss: f64) {
        self.skipped = 0;
        self.seen += 1;
        let weight = NEWEST.max(1.0 / self.seen as f64);
        let distance = loss - self.mean;
        self.mean += weight * distance;
        self.variance = (1.0 - weight) * (self.variance + weight * distance * distance);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: GuardPlan = GuardPlan { spike: 10.0, patience: 3 };

    fn settled() -> Guard {
        let mut guard = Guard::default();
        for step in 0..200 {
            assert_eq!(guard.judge(2.0 + 0.1 * f64::from(step % 3), None, &PLAN), None);
        }
        guard
    }

    #[test]
    fn a_leap_is_a_spike_and_a_ripple_is_not() {
        let mut guard = settled();
        assert_eq!(guard.judge(2.5, None, &PLAN), None);
        assert!(matches!(guard.judge(9.0, None, &PLAN), Some(Alarm::Spike { .. })));
        assert_eq!(guard.skipped, 1);
        assert_eq!(guard.judge(2.1, None, &PLAN), None);
        assert_eq!(guard.skipped, 0);
    }

    #[test]
    fn no_number_is_an_alarm_from_the_first_step() {
        let alarm = Guard::default().judge(f64::NAN, None, &PLAN);
        assert_eq!(alarm, Some(Alarm::NotFinite { tensor: "loss".to_owned() }));
        let named = Guard::default().judge(1.0, Some("head.weight".to_owned()), &PLAN);
        assert_eq!(named, Some(Alarm::NotFinite { tensor: "head.weight".to_owned() }));
    }
}
