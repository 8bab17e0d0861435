//! The learning rate as a pure function of the step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleKind {
    Constant,
    /// Straight down to the floor.
    Linear,
    /// Half a cosine down to the floor (Loshchilov and Hutter 2017).
    #[default]
    Cosine,
    /// Constant, then straight down to the floor over the last `decay` share of the run (Hu et al. 2024).
    WarmupStableDecay,
    /// Falls with the root of the step (Vaswani et al. 2017).
    InverseSquareRoot,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Schedule {
    pub kind: ScheduleKind,
    /// Steps over which the rate rises from near zero.
    pub warmup: u64,
    /// The rate that decay ends at.
    pub floor: f64,
    /// For `warmup_stable_decay`: the share of the run that decays.
    pub decay: f64,
}

impl Schedule {
    /// The rate of the update number `step`, counted from zero, of a run of `steps`.
    pub fn rate(&self, peak: f64, step: u64, steps: u64) -> f64 {
        if step < self.warmup {
            return peak * (step + 1) as f64 / (self.warmup + 1) as f64;
        }
        let span = steps.saturating_sub(self.warmup).max(1) as f64;
        let done = ((step - self.warmup) as f64 / span).min(1.0);
        let between = |share: f64| self.floor + share * (peak - self.floor);
        match self.kind {
            ScheduleKind::Constant => peak,
            ScheduleKind::Linear => between(1.0 - done),
            ScheduleKind::Cosine => between(0.5 * (1.0 + (std::f64::consts::PI * done).cos())),
            ScheduleKind::WarmupStableDecay => between(((1.0 - done) / self.decay).min(1.0)),
            ScheduleKind::InverseSquareRoot => {
                let share = (self.warmup + 1) as f64 / (step + 1) as f64;
                (peak * share.sqrt()).max(self.floor)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: u64 = 24;
    const WARMUP: u64 = 4;
    const ALL: [ScheduleKind; 5] = [
        ScheduleKind::Constant,
        ScheduleKind::Linear,
        ScheduleKind::Cosine,
        ScheduleKind::WarmupStableDecay,
        ScheduleKind::InverseSquareRoot,
    ];

    fn rate(kind: ScheduleKind, step: u64) -> f64 {
        Schedule { kind, warmup: WARMUP, floor: 0.1, decay: 0.2 }.rate(1.0, step, STEPS)
    }

    fn assert_rates(kind: ScheduleKind, steps: &[(u64, f64)]) {
        for &(step, expected) in steps {
            let rate = rate(kind, step);
            assert!((rate - expected).abs() < 1e-8, "{kind:?} at step {step}: {rate}, expected {expected}");
        }
    }

    #[test]
    fn each_kind_warms_up_to_the_peak() {
        for kind in ALL {
            assert_rates(kind, &[(0, 0.2), (1, 0.4), (WARMUP - 1, 0.8), (WARMUP, 1.0)]);
        }
    }

    #[test]
    fn each_kind_comes_down_as_computed_by_hand() {
        assert_rates(ScheduleKind::Constant, &[(14, 1.0), (23, 1.0)]);
        assert_rates(ScheduleKind::Linear, &[(9, 0.775), (14, 0.55), (23, 0.145), (24, 0.1)]);
        // Half of 1 + cos(π / 4) is 0.853553391, and half of 1 + cos(0.95 π) is 0.00615583.
        assert_rates(ScheduleKind::Cosine, &[(9, 0.868_198_052), (14, 0.55), (23, 0.105_540_247), (24, 0.1)]);
        assert_rates(ScheduleKind::WarmupStableDecay, &[(14, 1.0), (20, 1.0), (22, 0.55), (23, 0.325), (24, 0.1)]);
        // The roots of 5 / 15 and of 5 / 24.
        assert_rates(ScheduleKind::InverseSquareRoot, &[(14, 0.577_350_269), (19, 0.5), (23, 0.456_435_465)]);
        assert_rates(ScheduleKind::InverseSquareRoot, &[(10_000, 0.1)]);
    }

    /// `d^-0.5 * min(n^-0.5, n * w^-1.5)` for the updates `n = 1, 2, …` (Vaswani et al. 2017, section 5.3): its peak, where
    /// the two are equal, is update number `w`, and `w - 1` updates rise to it.
    #[test]
    fn the_inverse_root_is_the_formula_of_its_paper() {
        let (width, warmup) = (512.0_f64, 4000);
        let formula = |n: f64| width.powf(-0.5) * n.powf(-0.5).min(n * f64::from(warmup).powf(-1.5));
        let kind = ScheduleKind::InverseSquareRoot;
        let schedule = Schedule { kind, warmup: warmup as u64 - 1, floor: 0.0, decay: 0.2 };
        let peak = (width * f64::from(warmup)).powf(-0.5);
        for step in [0, 1, 2000, 3998, 3999, 4000, 10_000, 99_999] {
            let (rate, expected) = (schedule.rate(peak, step, 100_000), formula(step as f64 + 1.0));
            assert!((rate / expected - 1.0).abs() < 1e-12, "step {step}: {rate}, expected {expected}");
        }
    }

    #[test]
    fn no_kind_leaps_or_leaves_its_bounds() {
        // Decay over the last fifth of 20 steps comes down from peak to floor in four strides; nothing is steeper.
        let steepest = 0.9 / 4.0 + 1e-12;
        for kind in ALL {
            let rates: Vec<f64> = (0..2 * STEPS).map(|step| rate(kind, step)).collect();
            assert!(rates.iter().all(|rate| (0.1..=1.0).contains(rate)), "{kind:?}: {rates:?}");
            let smooth = rates.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= steepest);
            assert!(smooth, "{kind:?}: {rates:?}");
        }
    }

    #[test]
    fn without_warmup_the_first_step_has_the_peak() {
        for kind in ALL {
            assert_eq!(Schedule { kind, warmup: 0, floor: 0.0, decay: 1.0 }.rate(2.0, 0, 10), 2.0, "{kind:?}");
        }
    }
}
