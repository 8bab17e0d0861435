use super::*;
use crate::cpu::elementwise::tests::{LENGTHS, numbers, on_any_threads};

#[test]
fn squares_sum_to_the_naive_value() {
    for length in LENGTHS {
        let values = numbers(length, 5);
        let expected: f64 = values.iter().map(|&value| f64::from(value).powi(2)).sum();
        let sum = on_any_threads(|| sum_of_squares(&values));
        assert!((sum - expected).abs() <= 1e-6 * expected, "{sum} instead of {expected}");
    }
}

#[test]
fn one_bad_value_shows_in_the_sum() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut values = numbers(70_001, 6);
        values[70_000] = bad;
        assert!(!sum_of_squares(&values).is_finite());
    }
}
