//! Small cases computed by hand, and properties that each operation must keep.

use attentive_random::Key;
use attentive_testkit::{assert_close, device, tensor};
use burn::tensor::{Int, Tensor};

use crate::*;

mod case;
mod differences;
mod optimizers;
mod parity;
#[cfg(feature = "flex")]
mod steadiness;
mod views;

/// A few roundings of f32 on numbers near one.
const ROUNDING: f32 = 1e-6;

#[test]
fn layer_norm_gives_zero_mean_and_unit_variance() {
    let input = tensor([1, 1, 4], &[1.0, 2.0, 3.0, 6.0]);
    let output = layer_norm(input, tensor([4], &[1.0; 4]), Some(tensor([4], &[0.5; 4])), 0.0);
    let deviation = 3.5_f32.sqrt();
    let expected = [-2.0, -1.0, 0.0, 3.0].map(|value: f32| value / deviation + 0.5);
    assert_close(output, &expected, ROUNDING);
}

#[test]
fn rms_norm_keeps_the_direction() {
    let output = rms_norm(tensor([1, 1, 2], &[3.0, 4.0]), tensor([2], &[1.0, 2.0]), 0.0);
    let root = 12.5_f32.sqrt();
    assert_close(output, &[3.0 / root, 8.0 / root], ROUNDING);
}

#[test]
fn gelu_forms_agree_where_they_should() {
    let input: Tensor<1> = tensor([3], &[-1.0, 0.0, 2.0]);
    assert_close(activate(input.clone(), Activation::Gelu), &[-0.158_655_25, 0.0, 1.954_499_7], ROUNDING);
    assert_close(activate(input, Activation::GeluTanh), &[-0.158_808_01, 0.0, 1.954_597_7], ROUNDING);
}

#[test]
fn cross_entropy_ignores_what_it_should() {
    let logits = tensor([2, 2], &[0.0, 0.0, 5.0, 1.0]);
    let targets = Tensor::<1, Int>::from_ints([1, IGNORED], &device());
    assert_close(cross_entropy_rows(logits, targets), &[2.0_f32.ln(), 0.0], ROUNDING);
}

#[test]
fn causal_attention_of_the_first_query_is_its_value() {
    let [query, key, value] = [1, 2, 3].map(|seed| random([2, 3, 5, 2], seed));
    let output = attend(query, key, value.clone(), &Mask::Causal.into());
    let first = |tensor: Tensor<4>| tensor.narrow(2, 0, 1);
    assert_close(first(output), &host(first(value)), ROUNDING);
}

#[test]
fn a_query_that_sees_nothing_returns_zeros() {
    let [query, key] = [random([1, 1, 3, 2], 1), random([1, 1, 2, 2], 2)];
    let output = attend(query, key.clone(), key, &Mask::Causal.into());
    assert_close(output.narrow(2, 0, 1), &[0.0, 0.0], 0.0);
}

#[test]
fn a_window_hides_what_is_older() {
    let hidden: Vec<bool> = (0..4).map(|key| Mask::Window(2).hides(2, key, 4, 4)).collect();
    assert_eq!(hidden, [true, false, false, true]);
}

#[test]
fn grouped_queries_equal_repeated_keys() {
    let (query, key, value) = (random([2, 6, 3, 5], 1), random([2, 2, 3, 5], 2), random([2, 2, 3, 5], 3));
    let grouped = attend(query.clone(), key.clone(), value.clone(), &Mask::Causal.into());
    let repeat = |groups: Tensor<4>| {
        let copies = [0, 0, 0, 1, 1, 1].map(|group| groups.clone().narrow(1, group, 1));
        Tensor::cat(copies.to_vec(), 1)
    };
    assert_close(grouped, &host(attend(query, repeat(key), repeat(value), &Mask::Causal.into())), ROUNDING);
}

#[test]
fn rotary_scores_depend_on_distance_alone() {
    let [query, key] = [1, 2].map(|seed| random([1, 1, 1, 6], seed));
    let score = |at: usize| {
        let turned = rotary(query.clone(), at + 3, 100.0) * rotary(key.clone(), at, 100.0);
        host(turned.sum())[0]
    };
    assert!((score(0) - score(11)).abs() < 1e-5, "{} and {}", score(0), score(11));
}

#[test]
fn dropout_keeps_the_expected_share_and_scale() {
    let site = Dropout { key: Key::new(5), probability: 0.25, row: 0 };
    let output = host(dropout(tensor([10_000], &[3.0; 10_000]), Some(site)));
    let kept = output.iter().filter(|&&value| value != 0.0).count();
    assert!((7_300..7_700).contains(&kept), "{kept} of 10000 kept");
    assert!(output.iter().all(|&value| value == 0.0 || value == 4.0));
}

#[test]
fn adamw_moves_by_the_learning_rate_at_first() {
    let settings = AdamW { learning_rate: 0.1, betas: [0.9, 0.99], epsilon: 0.0, decay: 0.5, step: 1, factor: 1.0 };
    let parameter: Tensor<1> = tensor([2], &[1.0, -2.0]);
    let moments = Moments::zeros_like(&parameter);
    let (updated, moments) = adamw(parameter, tensor([2], &[0.3, -7.0]), moments, &settings);
    assert_close(updated, &[1.0 * 0.95 - 0.1, -2.0 * 0.95 + 0.1], ROUNDING);
    assert_close(moments.first, &[0.03, -0.7], ROUNDING);
}

fn random<const D: usize>(dims: [usize; D], seed: u64) -> Tensor<D> {
    tensor(dims, &Key::new(seed).normals(dims.iter().product(), 1.0))
}

fn host<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    attentive_testkit::host(tensor)
}
