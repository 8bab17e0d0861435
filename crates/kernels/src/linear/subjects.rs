//! Affine maps at the shapes of training.

use burn::tensor::Tensor;

use super::{Affine, Operand, add_linear, linear, reference};
use crate::{
    Activation, Precision, activation,
    subject::{Subject, flat},
};

/// Rows, width in and width out: the maps of a 4 x 128 and of a 6 x 384 model, a head's, and one of generation.
const SHAPES: [[usize; 3]; 6] =
    [[768, 128, 128], [2048, 384, 384], [2048, 384, 1536], [2048, 1536, 384], [256, 768, 50_304], [1, 768, 3072]];

pub(crate) fn subjects() -> Vec<Subject> {
    let mut all: Vec<Subject> = SHAPES.into_iter().map(alone).collect();
    all.extend([activated([2048, 1536, 384]), added([2048, 1536, 384])]);
    all
}

fn alone(shape: [usize; 3]) -> Subject {
    subject(
        "linear",
        shape,
        move |leaves| linear(rows(leaves, shape), affine(leaves, shape)),
        move |leaves| reference(rows(leaves, shape), affine(leaves, shape)),
    )
}

fn activated(shape: [usize; 3]) -> Subject {
    let kind = Activation::GeluTanh;
    let chosen =
        move |leaves: &[Tensor<1>]| linear(Operand::Activated(rows(leaves, shape), kind), affine(leaves, shape));
    subject("linear of GELU", shape, chosen, move |leaves| {
        reference(activation::reference(rows(leaves, shape), kind), affine(leaves, shape))
    })
}

fn added(shape: [usize; 3]) -> Subject {
    let stream = move |leaves: &[Tensor<1>]| leaves[3].clone().reshape([1, shape[0], shape[2]]);
    let chosen = move |leaves: &[Tensor<1>]| add_linear(stream(leaves), rows(leaves, shape), affine(leaves, shape));
    subject("linear, added", shape, chosen, move |leaves| {
        stream(leaves) + reference(rows(leaves, shape), affine(leaves, shape))
    })
}

fn subject(
    name: &'static str,
    [rows, width, out]: [usize; 3],
    chosen: impl Fn(&[Tensor<1>]) -> Tensor<3> + 'static,
    reference: impl Fn(&[Tensor<1>]) -> Tensor<3> + 'static,
) -> Subject {
    let (input, weight, output) = (rows * width, width * out, rows * out);
    let mut leaves = vec![input, weight, out];
    leaves.extend((name == "linear, added").then_some(output));
    let numbers = input + weight + output;
    Subject::new(
        (name, format!("{rows} x {width} x {out}")),
        &leaves,
        move |leaves| flat(chosen(leaves)),
        move |leaves| flat(reference(leaves)),
    )
    .forward(2 * rows * width * out, numbers)
    .backward(4 * rows * width * out, 2 * numbers)
}

fn rows(leaves: &[Tensor<1>], [rows, width, _]: [usize; 3]) -> Tensor<3> {
    leaves[0].clone().reshape([1, rows, width])
}

fn affine(leaves: &[Tensor<1>], [_, width, out]: [usize; 3]) -> Affine {
    let weight = leaves[1].clone().reshape([width, out]);
    Affine { weight, bias: Some(leaves[2].clone()), precision: Precision::F32 }
}
