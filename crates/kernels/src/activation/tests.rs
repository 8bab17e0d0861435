use super::*;
use crate::cpu::elementwise::tests::{LENGTHS, assert_near, numbers, on_any_threads};

const ROOT: f64 = 0.797_884_560_802_865_4;

/// `Φ(x)` by the Taylor series of its integral near zero and by a continued fraction in the tail.
fn distribution(x: f64) -> f64 {
    let size = x.abs();
    let density = (-x * x / 2.0).exp() * ROOT / 2.0;
    let tail = if size < 3.0 {
        let mut term = size;
        let mut sum = size;
        for step in 1..100 {
            term *= x * x / f64::from(2 * step + 1);
            sum += term;
        }
        0.5 - density * sum
    } else {
        density / (1..200).rev().fold(size, |rest, step| size + f64::from(step) / rest)
    };
    if x < 0.0 { tail } else { 1.0 - tail }
}

fn gelu(x: f64) -> f64 {
    x * distribution(x)
}

fn gelu_tanh(x: f64) -> f64 {
    0.5 * x * (1.0 + (ROOT * (x + 0.044_715 * x * x * x)).tanh())
}

fn silu(x: f64) -> f64 {
    x / (1.0 + (-x).exp())
}

fn slope(curve: fn(f64) -> f64, x: f64) -> f64 {
    let step = 1e-5;
    (curve(x + step) - curve(x - step)) / (2.0 * step)
}

fn places() -> Vec<f32> {
    (-4000..=4000).map(|place| place as f32 / 256.0).chain(numbers(1001, 1)).collect()
}

fn check(curve: impl Curve, reference: fn(f64) -> f64, tolerance: f64) {
    let input = places();
    let wide: Vec<f64> = input.iter().map(|&x| f64::from(x)).collect();
    let mut output = vec![f32::NAN; input.len()];
    activate(curve, &input, &mut output);
    assert_near(&output, &wide.iter().map(|&x| reference(x)).collect::<Vec<_>>(), tolerance);
    let mut slopes = vec![1.0; input.len()];
    let mut again = input;
    activate_backward(curve, &mut slopes, &mut again);
    assert_near(&again, &wide.iter().map(|&x| reference(x)).collect::<Vec<_>>(), tolerance);
    assert_near(&slopes, &wide.iter().map(|&x| slope(reference, x)).collect::<Vec<_>>(), 4.0 * tolerance);
}

#[test]
fn curves_and_slopes_follow_their_definitions() {
    check(Gelu, gelu, 1.5e-7);
    check(GeluTanh, gelu_tanh, 2.5e-7);
    check(Silu, silu, 2.5e-7);
    check(QuickGelu, |x| x / (1.0 + (-f64::from(QUICK) * x).exp()), 2.5e-7);
}

#[test]
fn gelu_is_accurate_relative_to_itself() {
    let input: Vec<f32> = places().into_iter().filter(|&x| x.abs() < 5.0 && x != 0.0).collect();
    let mut output = vec![f32::NAN; input.len()];
    activate(Gelu, &input, &mut output);
    for (&x, &value) in input.iter().zip(&output) {
        let error = f64::from(value) / gelu(f64::from(x)) - 1.0;
        // Squaring x rounds the exponent of the tail, whose error grows with it.
        let tolerance = 5e-7 + 6e-8 * f64::from(x * x / 2.0);
        assert!(error.abs() < tolerance, "gelu({x}) is off by {error:e}");
    }
}

#[test]
fn bad_values_stay_bad() {
    let mut values = [0.0; 3];
    activate(Gelu, &[f32::NAN, f32::INFINITY, 1.0], &mut values);
    assert!(values[0].is_nan() && values[1] == f32::INFINITY && values[2].is_finite());
    activate(Silu, &[f32::NAN, f32::INFINITY, f32::NEG_INFINITY], &mut values);
    assert!(values.iter().all(|value| !value.is_finite()));
}

#[test]
fn gates_multiply_and_pass_gradients_to_both_sides() {
    for length in LENGTHS {
        let [gate, up, d_output] = [1, 2, 3].map(|seed| numbers(length, seed));
        let wide = |entry: usize| [gate[entry], up[entry], d_output[entry]].map(f64::from);
        let mut output = vec![f32::NAN; length];
        gated(Silu, &gate, &up, &mut output);
        let expected = |entry| silu(wide(entry)[0]) * wide(entry)[1];
        assert_near(&output, &(0..length).map(expected).collect::<Vec<_>>(), 3e-7);
        let [d_gate, again, d_up] = on_any_threads(|| {
            let mut made = [d_output.clone(), gate.clone(), up.clone()];
            let [gradient, gate, up] = &mut made;
            gated_backward(Silu, gradient, gate, up);
            made
        });
        assert_near(&again, &(0..length).map(expected).collect::<Vec<_>>(), 3e-7);
        let expected = |entry| slope(silu, wide(entry)[0]) * wide(entry)[1] * wide(entry)[2];
        assert_near(&d_gate, &(0..length).map(expected).collect::<Vec<_>>(), 3e-7);
        let expected = |entry| silu(wide(entry)[0]) * wide(entry)[2];
        assert_near(&d_up, &(0..length).map(expected).collect::<Vec<_>>(), 3e-7);
    }
}
