//! One Muon update (Jordan et al. 2024): the momentum of a matrix, brought near the closest orthogonal matrix, so that all directions
//! are learned at one pace. Scaled as in Moonlight (Liu et al. 2025), so that AdamW's learning rate and decay serve it too.

use burn::tensor::Tensor;

use super::sum_of_squares;
use crate::{Affine, Precision, linear};

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
    let gradient = gradient * settings.factor;
    let momentum = momentum * settings.momentum + gradient.clone();
    let ahead = gradient + momentum.clone() * settings.momentum; // Nesterov's
    let pace = settings.learning_rate * UPDATE * (dims[0].max(dims[1]) as f64).sqrt();
    let update = orthogonal(ahead.reshape(dims)).reshape([-1]) * pace;
    (parameter * (1.0 - settings.learning_rate * settings.decay) - update, momentum)
}

/// Near the orthogonal matrix that is closest to this one: Newton and Schulz's iteration on the wide side.
fn orthogonal(matrix: Tensor<2>) -> Tensor<2> {
    let [rows, columns] = matrix.dims();
    let wide = if rows > columns { matrix.transpose() } else { matrix };
    let norm = sum_of_squares(wide.clone().reshape([-1])).sqrt().clamp_min(LEAST_NORM).reshape([1, 1]);
    let mut wide = wide / norm;
    let [first, third, fifth] = QUINTIC;
    for _ in 0..ITERATIONS {
        let square = product(wide.clone(), wide.clone().transpose()); // [short, short]
        let polynomial = square.clone() * third + product(square.clone(), square) * fifth;
        wide = wide.clone() * first + product(polynomial, wide);
    }
    if rows > columns { wide.transpose() } else { wide }
}

/// By the chooser, whose products are the faster ones where matrices are small.
fn product(left: Tensor<2>, right: Tensor<2>) -> Tensor<2> {
    let [rows, _] = left.dims();
    let [_, columns] = right.dims();
    let affine = Affine { weight: right, bias: None, precision: Precision::F32 };
    linear(left.unsqueeze(), affine).reshape([rows, columns])
}
