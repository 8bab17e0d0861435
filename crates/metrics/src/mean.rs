//! Means, and how far they are from sure.

/// The arithmetic mean. `None` without values, and where it is not a finite number.
pub fn mean(values: &[f64]) -> Option<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    Some(mean).filter(|mean| mean.is_finite()) // without values it is NaN
}

/// The share of hits. `None` without any item.
pub fn share(hits: impl IntoIterator<Item = bool>) -> Option<f64> {
    let (mut right, mut items) = (0_u64, 0_u64);
    for hit in hits {
        right += u64::from(hit);
        items += 1;
    }
    (items > 0).then(|| right as f64 / items as f64)
}

/// The standard error of the mean as lm-evaluation-harness prints it: the sample's deviation over `√n`.
///
/// `None` below two values, which do not vary.
pub fn standard_error(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let items = values.len() as f64;
    let error = (squares / (items - 1.0)).sqrt() / items.sqrt();
    Some(error).filter(|error| error.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_needs_finite_values() {
        assert_eq!(mean(&[1.0, 2.0, 6.0]), Some(3.0));
        for values in [vec![], vec![f64::NAN, 1.0], vec![f64::INFINITY], vec![f64::MAX, f64::MAX]] {
            assert_eq!(mean(&values), None, "{values:?}");
        }
    }

    #[test]
    fn a_share_counts_hits() {
        assert_eq!(share([true, false, false, true]), Some(0.5));
        assert_eq!(share([]), None);
    }

    #[test]
    fn one_value_has_no_standard_error() {
        assert_eq!(standard_error(&[3.0]), None);
        assert_eq!(standard_error(&[]), None);
        assert_eq!(standard_error(&[1.0, 3.0]), Some(1.0));
    }
}
