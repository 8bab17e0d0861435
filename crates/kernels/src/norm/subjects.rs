//! Norms over the width of a 6 x 384 model.

use burn::tensor::Tensor;

use super::{layer_norm, reference, rms_norm};
use crate::subject::{Subject, flat};

const ROWS: usize = 2048;
const WIDTH: usize = 384;
const EPSILON: f64 = 1e-5;

pub(crate) fn subjects() -> Vec<Subject> {
    let layer = |leaves: &[Tensor<1>], norm: fn(Tensor<3>, Tensor<1>, Option<Tensor<1>>, f64) -> Tensor<3>| {
        flat(norm(stream(leaves), leaves[1].clone(), Some(leaves[2].clone()), EPSILON))
    };
    let rms = |leaves: &[Tensor<1>], norm: fn(Tensor<3>, Tensor<1>, f64) -> Tensor<3>| {
        flat(norm(stream(leaves), leaves[1].clone(), EPSILON))
    };
    let named = |name| (name, format!("{ROWS} x {WIDTH}"));
    let numbers = ROWS * WIDTH;
    let all = [
        Subject::new(
            named("layer norm"),
            &[numbers, WIDTH, WIDTH],
            move |leaves| layer(leaves, layer_norm),
            move |leaves| layer(leaves, reference::layer_norm),
        ),
        Subject::new(
            named("RMS norm"),
            &[numbers, WIDTH],
            move |leaves| rms(leaves, rms_norm),
            move |leaves| rms(leaves, reference::rms_norm),
        ),
    ];
    all.map(|subject| subject.forward(8 * numbers, 2 * numbers).backward(16 * numbers, 3 * numbers)).into()
}

fn stream(leaves: &[Tensor<1>]) -> Tensor<3> {
    leaves[0].clone().reshape([1, ROWS, WIDTH])
}
