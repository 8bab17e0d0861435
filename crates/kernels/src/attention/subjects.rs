//! Attention at the shapes of training and of writing.

use burn::tensor::Tensor;

use super::{Attend, Mask, attend, reference};
use crate::subject::{Subject, flat};

/// Batch, heads, queries, keys, channels.
const SHAPES: [[usize; 5]; 5] =
    [[12, 4, 64, 64, 32], [8, 6, 256, 256, 64], [1, 12, 256, 256, 64], [1, 4, 2048, 2048, 64], [1, 12, 1, 1024, 64]];

pub(crate) fn subjects() -> Vec<Subject> {
    SHAPES.into_iter().map(causal).collect()
}

fn causal(shape: [usize; 5]) -> Subject {
    let [batch, heads, queries, keys, channels] = shape;
    let (query, key) = (batch * heads * queries * channels, batch * heads * keys * channels);
    // Keys that a query may see, summed over queries.
    let visible = batch * heads * (queries * (keys - queries) + queries * (queries + 1) / 2);
    let masked = || Attend::from(Mask::Causal);
    let form = move |leaves: &[Tensor<1>], run: fn(Tensor<4>, Tensor<4>, Tensor<4>, &Attend) -> Tensor<4>| {
        let tensor = |index: usize, positions| leaves[index].clone().reshape([batch, positions, heads, channels]);
        let [query, key, value] =
            [(0, queries), (1, keys), (2, keys)].map(|(index, at)| tensor(index, at).swap_dims(1, 2));
        flat(run(query, key, value, &masked()).swap_dims(1, 2))
    };
    Subject::new(
        ("attention, causal", format!("{batch} x {heads} x {queries} x {keys}, {channels} channels")),
        &[query, key, key],
        move |leaves| form(leaves, attend),
        move |leaves| form(leaves, reference::attend),
    )
    .forward(4 * visible * channels, 2 * query + 2 * key)
    .backward(10 * visible * channels, 3 * query + 4 * key)
}
