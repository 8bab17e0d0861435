//! Rows of tables: of characters and of GPT-2's tokens.

use burn::tensor::{Int, Tensor};

use super::{embedding, reference};
use crate::subject::{Subject, flat, ids};

/// Rows, width, vocabulary.
const SHAPES: [[usize; 3]; 2] = [[2048, 384, 65], [256, 768, 50_304]];

pub(crate) fn subjects() -> Vec<Subject> {
    SHAPES.into_iter().map(subject).collect()
}

fn subject([rows, width, vocabulary]: [usize; 3]) -> Subject {
    let form = move |leaves: &[Tensor<1>], take: fn(Tensor<2>, Tensor<2, Int>) -> Tensor<3>| {
        let table = leaves[0].clone().reshape([vocabulary, width]);
        flat(take(table, ids([1, rows], vocabulary, &leaves[0])))
    };
    Subject::new(
        ("embedding", format!("{rows} of {vocabulary} x {width}")),
        &[vocabulary * width],
        move |leaves| form(leaves, embedding),
        move |leaves| form(leaves, reference),
    )
    .forward(0, 2 * rows * width)
    // A gradient begins as zeros; a model adds to what the head has left.
    .backward(rows * width, vocabulary * width + 2 * rows * width)
}
