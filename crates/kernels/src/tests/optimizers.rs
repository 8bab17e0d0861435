//! Fused updates of parameters against their reference; the one that is not fused by what it promises.

use attentive_random::Key;
use attentive_testkit::{device, tensor};
use burn::tensor::Tensor;

use super::case::{ROUNDING, check, host};
use crate::*;

#[test]
fn optimizers_equal_their_reference() {
    check(|mut case| {
        let length = case.size() * case.size();
        (0..4).for_each(|_| case.leaf(length));
        let [parameter, gradient, first, second] = [0, 1, 2, 3].map(|index: usize| case.leaves[index].clone());
        let second = second.clone() * second;
        let settings =
            AdamW { learning_rate: 0.01, betas: [0.9, 0.95], epsilon: 1e-8, decay: 0.1, step: 3, factor: 0.7 };
        let moments = || Moments { first: first.clone(), second: second.clone() };
        let found = adamw(parameter.clone(), gradient.clone(), moments(), &settings);
        let expected = optimizers::reference_adamw(parameter.clone(), gradient.clone(), moments(), &settings);
        close(found.0, expected.0);
        close(found.1.second, expected.1.second);
        let settings = Lion { learning_rate: 0.01, betas: [0.9, 0.99], decay: 0.1, factor: 0.7 };
        let found = lion(parameter.clone(), gradient.clone(), first.clone(), &settings);
        let expected = optimizers::reference_lion(parameter.clone(), gradient.clone(), first.clone(), &settings);
        close(found.0, expected.0);
        close(found.1, expected.1);
        for momentum in [Momentum::Heavy(0.9), Momentum::Nesterov(0.9)] {
            let settings = Sgd { learning_rate: 0.01, momentum, decay: 0.1, factor: 0.7 };
            let found = sgd(parameter.clone(), gradient.clone(), first.clone(), &settings);
            let expected = optimizers::reference_sgd(parameter.clone(), gradient.clone(), first.clone(), &settings);
            close(found.0, expected.0);
            close(found.1, expected.1);
        }
    });
}

fn close(found: Tensor<1>, expected: Tensor<1>) {
    for (found, expected) in host(found).into_iter().zip(host(expected)) {
        assert!((found - expected).abs() <= ROUNDING * expected.abs().max(1.0), "{found}, expected {expected}");
    }
}

/// Orthogonal up to what five iterations leave: all singular values are near one, so the Gram matrix is near the identity.
#[test]
fn muon_moves_all_directions_at_one_pace() {
    for dims in [[17, 5], [5, 17], [8, 8]] {
        let length = dims[0] * dims[1];
        let gradient = tensor::<1>([length], &Key::new(5).normals(length, 1.0));
        let settings = Muon { learning_rate: 1.0, momentum: 0.0, decay: 0.0, factor: 3.0 };
        let nothing = Tensor::zeros([length], &device());
        let (moved, _) = muon(nothing.clone(), gradient, nothing, dims, &settings);
        let update = moved.reshape(dims) / (0.2 * (dims[0].max(dims[1]) as f64).sqrt());
        let update = if dims[0] > dims[1] { update.transpose() } else { update };
        let gram = update.clone().matmul(update.transpose());
        let [side, _] = gram.dims();
        for (place, value) in host(gram).into_iter().enumerate() {
            let expected = if place % (side + 1) == 0 { 1.0 } else { 0.0 };
            assert!((value - expected).abs() < 0.6, "{dims:?} at {place}: {value}");
        }
    }
}

/// The iteration multiplies errors of rounding a few hundred times.
const DRIFT: f32 = 2e-3;

#[test]
fn muon_equals_its_reference() {
    check(|mut case| {
        let dims = [case.size(), case.size()];
        (0..3).for_each(|_| case.leaf(dims[0] * dims[1]));
        let tensors = || [0, 1, 2].map(|index: usize| case.leaves[index].clone());
        let settings = Muon { learning_rate: 0.02, momentum: 0.95, decay: 0.1, factor: 0.7 };
        let [parameter, gradient, momentum] = tensors();
        let found = muon(parameter, gradient, momentum, dims, &settings);
        let expected = optimizers::reference_muon(tensors(), dims, &settings);
        close(found.1, expected.1);
        for (found, expected) in host(found.0).into_iter().zip(host(expected.0)) {
            assert!((found - expected).abs() <= DRIFT, "{dims:?}: {found}, expected {expected}");
        }
    });
}
