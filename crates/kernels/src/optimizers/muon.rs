//! One Muon update (Jordan et al. 2024): the momentum of a matrix, brought near the closest orthogonal matrix, so that all directions
//! are learned at one pace. Scaled as in Moonlight (Liu et al. 2025), so that AdamW's learning rate and decay serve it too.

use burn::tensor::Tensor;

#[cfg(feature = "flex")]
use super::orthogonal::{self, Iteration};
use super::sum_of_squares;

/// The settings of one update.
#[derive(Clone, Copy, Debug)]
pub struct Muon {
    pub learning_rate: f64,
    pub momentum: f64,
    pub decay: f64,
    /// What the gradient is multiplied with first.
    pub factor: f64,
}

/// The quintic of Jordan et al., which drives singular values towards one fast rather than exactly.
const QUINTIC: [f64; 3] = [3.4445, -4.7750, 2.0315];
const ITERATIONS: usize = 5;
/// The root mean square of AdamW's updates, which Muon's are scaled to.
const UPDATE: f64 = 0.2;
const LEAST_NORM: f64 = 1e-7;

/// The updated matrix `[in, out]` and momentum; all tensors flat and without autodiff.
pub fn muon(
    parameter: Tensor<1>,
    gradient: Tensor<1>,
    momentum: Tensor<1>,
    dims: [usize; 2],
    settings: &Muon,
) -> (Tensor<1>, Tensor<1>) {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&parameter.device()) {
        return fused([parameter, gradient, momentum], dims, settings);
    }
    reference([parameter, gradient, momentum], dims, settings)
}

#[cfg(feature = "flex")]
fn fused(tensors: [Tensor<1>; 3], dims: [usize; 2], settings: &Muon) -> (Tensor<1>, Tensor<1>) {
    let device = tensors[0].device();
    let [mut parameter, gradient, mut momentum] = tensors.map(crate::flex::host);
    let quintic = QUINTIC.map(|factor| factor as f32);
    let iteration = Iteration { quintic, count: ITERATIONS, least_norm: LEAST_NORM };
    orthogonal::muon(settings, (&iteration, pace(dims, settings)), dims, &mut parameter, &gradient, &mut momentum);
    let [parameter, momentum] = [parameter, momentum].map(|values| crate::flex::tensor(values, &device));
    (parameter, momentum)
}

/// What the update is multiplied with.
fn pace(dims: [usize; 2], settings: &Muon) -> f64 {
    settings.learning_rate * UPDATE * (dims[0].max(dims[1]) as f64).sqrt()
}

pub(crate) fn reference(
    [parameter, gradient, momentum]: [Tensor<1>; 3],
    dims: [usize; 2],
    settings: &Muon,
) -> (Tensor<1>, Tensor<1>) {
    let gradient = gradient * settings.factor;
    let momentum = momentum * settings.momentum + gradient.clone();
    let ahead = gradient + momentum.clone() * settings.momentum; // Nesterov's
    let update = orthogonalized(ahead.reshape(dims)).reshape([-1]) * pace(dims, settings);
    (parameter * (1.0 - settings.learning_rate * settings.decay) - update, momentum)
}

/// Near the orthogonal matrix that is closest to this one: Newton and Schulz's iteration on the wide side.
fn orthogonalized(matrix: Tensor<2>) -> Tensor<2> {
    let [rows, columns] = matrix.dims();
    let wide = if rows > columns { matrix.transpose() } else { matrix };
    let norm = sum_of_squares(wide.clone().reshape([-1])).sqrt().clamp_min(LEAST_NORM).reshape([1, 1]);
    let mut wide = wide / norm;
    let [first, third, fifth] = QUINTIC;
    for _ in 0..ITERATIONS {
        let square = wide.clone().matmul(wide.clone().transpose()); // [short, short]
        let polynomial = square.clone() * third + square.clone().matmul(square) * fifth;
        wide = wide.clone() * first + polynomial.matmul(wide);
    }
    if rows > columns { wide.transpose() } else { wide }
}
