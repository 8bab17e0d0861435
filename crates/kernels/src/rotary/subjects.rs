//! The rotation of one layer's queries.

use burn::tensor::Tensor;

use super::{Rotary, reference, rotary};
use crate::subject::{Subject, flat};

/// Batch, queries, heads, channels: as a linear map leaves them.
const DIMS: [usize; 4] = [8, 256, 6, 64];
const THETA: f64 = 1e4;

pub(crate) fn subjects() -> Vec<Subject> {
    let form = |leaves: &[Tensor<1>], turn: fn(Tensor<4>, usize, Rotary) -> Tensor<4>| {
        flat(turn(leaves[0].clone().reshape(DIMS).swap_dims(1, 2), 0, THETA.into()).swap_dims(1, 2))
    };
    let [batch, queries, heads, channels] = DIMS;
    let numbers = batch * queries * heads * channels;
    let subject = Subject::new(
        ("rotary", format!("{batch} x {heads} x {queries} x {channels}")),
        &[numbers],
        move |leaves| form(leaves, rotary),
        move |leaves| form(leaves, reference),
    );
    vec![subject.forward(3 * numbers, 2 * numbers).backward(3 * numbers, 2 * numbers)]
}
