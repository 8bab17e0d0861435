//! Losses against sums by hand.

use attentive_attention::IGNORED;
use attentive_testkit::{assert_close, device, tensor};
use attentive_vit::Targets;

use crate::sample::{classes, integers};

const ROUNDING: f32 = 1e-6;

/// Probabilities 1/8, 1/4, 5/8 and 1/2, 1/3, 1/6.
fn logits() -> burn::tensor::Tensor<2> {
    tensor([2, 3], &[1.0, 2.0, 5.0, 3.0, 2.0, 1.0].map(f32::ln))
}

#[test]
fn a_class_costs_its_negative_log_probability() {
    let losses = classes(&[1, 0], &device()).losses(logits(), 0.0);
    assert_close(losses, &[4.0_f32.ln(), 2.0_f32.ln()], ROUNDING);
}

#[test]
fn two_classes_cost_their_shares() {
    let [first, second] = [[0, 1], [2, 2]].map(|values| integers(&values, &device()));
    let targets = Targets::Blended { first, second, share: tensor([2], &[0.75, 0.0]) };
    let blended = 0.75 * 8.0_f32.ln() + 0.25 * 1.6_f32.ln();
    assert_close(targets.losses(logits(), 0.0), &[blended, 6.0_f32.ln()], ROUNDING);
}

#[test]
fn smoothing_spreads_a_share_over_all_classes() {
    let losses = classes(&[1, 0], &device()).losses(logits(), 0.3);
    let all = [8.0 * 4.0 * 1.6, 2.0 * 3.0 * 6.0].map(f32::ln);
    let expected = [0.7 * 4.0_f32.ln() + 0.1 * all[0], 0.7 * 2.0_f32.ln() + 0.1 * all[1]];
    assert_close(losses, &expected, ROUNDING);
}

#[test]
fn a_picture_without_a_class_costs_nothing() {
    let losses = classes(&[IGNORED, 0], &device()).losses(logits(), 0.3);
    assert_close(losses.narrow(0, 0, 1), &[0.0], 0.0);
}
