//! Heads with their loss: a vocabulary of characters and GPT-2's.

use burn::tensor::{Int, Tensor};

use super::{CrossEntropy, linear_cross_entropy, reference};
use crate::subject::{Subject, flat, ids};

/// Rows, width, vocabulary.
const SHAPES: [[usize; 3]; 2] = [[2048, 384, 65], [256, 768, 50_304]];

type Loss = fn(Tensor<3>, Tensor<2>, Tensor<2, Int>, CrossEntropy) -> Tensor<1>;

pub(crate) fn subjects() -> Vec<Subject> {
    SHAPES.into_iter().map(subject).collect()
}

fn subject([rows, width, vocabulary]: [usize; 3]) -> Subject {
    let form = move |leaves: &[Tensor<1>], loss: Loss| {
        let hidden = leaves[0].clone().reshape([1, rows, width]) * 0.1;
        let weight = leaves[1].clone().reshape([width, vocabulary]);
        flat(loss(hidden, weight, ids([1, rows], vocabulary, &leaves[0]), CrossEntropy::default()))
    };
    let (product, numbers) = (rows * width * vocabulary, rows * width + width * vocabulary);
    Subject::new(
        ("head, cross-entropy", format!("{rows} x {width} x {vocabulary}")),
        &[rows * width, width * vocabulary],
        move |leaves| form(leaves, linear_cross_entropy),
        move |leaves| form(leaves, reference::linear_cross_entropy),
    )
    .forward(2 * product, numbers)
    .backward(4 * product, 2 * numbers)
}
