//! Whether a model is right as often as it says.

/// As many as Guo et al. (2017) report with.
const BINS: usize = 15;

/// How the bins are cut, beside the score.
pub const SIGNATURE: &str = "bins:15|width:equal|edges:right";

/// How sure a model was of its answer, in `0..=1`, and whether the answer was right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Belief {
    pub confidence: f64,
    pub correct: bool,
}

/// The expected calibration error (Guo et al. 2017, "On calibration of modern neural networks", section 2): how far
/// accuracy and mean confidence lie apart in bins of equal width, averaged over items.
///
/// A bin holds its right edge, `((m - 1) / 15, m / 15]`, and the first one 0 as well. `None` without items, and when
/// some confidence is not in `0..=1`.
pub fn calibration_error(beliefs: &[Belief]) -> Option<f64> {
    let mut gaps = [0.0; BINS];
    for &Belief { confidence, correct } in beliefs {
        gaps[bin(confidence)?] += f64::from(u8::from(correct)) - confidence;
    }
    // A bin's weight times the difference of its means is the difference of its sums, over all items.
    let items = beliefs.len() as f64;
    (!beliefs.is_empty()).then(|| gaps.iter().map(|gap| gap.abs()).sum::<f64>() / items)
}

fn bin(confidence: f64) -> Option<usize> {
    let passed = || (1..BINS).filter(|&edge| edge as f64 / (BINS as f64) < confidence).count();
    (0.0..=1.0).contains(&confidence).then(passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn belief(confidence: f64, correct: bool) -> Belief {
        Belief { confidence, correct }
    }

    #[test]
    fn an_edge_belongs_to_the_bin_below_it() {
        assert_eq!(bin(0.0), Some(0));
        assert_eq!(bin(1.0 / 15.0), Some(0));
        assert_eq!(bin(0.2), Some(2));
        assert_eq!(bin(0.2_f64.next_up()), Some(3));
        assert_eq!(bin(1.0), Some(14));
    }

    #[test]
    fn what_evens_out_within_a_bin_is_no_error() {
        let even = [belief(0.5, true), belief(0.5, false)];
        assert_eq!(calibration_error(&even), Some(0.0));
    }

    #[test]
    fn bins_do_not_make_up_for_each_other() {
        let error = calibration_error(&[belief(0.75, true), belief(0.25, false)]);
        assert_eq!(error, Some(0.25));
    }

    #[test]
    fn a_confidence_outside_has_no_error() {
        for confidence in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
            assert_eq!(calibration_error(&[belief(0.5, true), belief(confidence, true)]), None);
        }
        assert_eq!(calibration_error(&[]), None);
    }
}
