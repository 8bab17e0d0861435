//! Attention in plain tensor operations, which hold every score.

use burn::tensor::{Device, Tensor, TensorData};

use crate::{Attend, dropout::dropout};

/// Stands for minus infinity among the scores: its exponential is zero, yet the difference of two is no NaN.
const HIDDEN_SCORE: f32 = -1e30;

pub(crate) fn attend(query: Tensor<4>, key: Tensor<4>, value: Tensor<4>, options: &Attend) -> Tensor<4> {
    let [_, heads, _, _] = query.dims();
    let weights = dropout(attention_weights(query, key, options), options.dropout);
    weights.matmul(spread(value, heads)) // [batch, head, query, channel]
}

/// The weights `[batch, head, query, key]` by which [`attend`](crate::attend) mixes the values, before dropout.
pub fn attention_weights(query: Tensor<4>, key: Tensor<4>, options: &Attend) -> Tensor<4> {
    let [batch, heads, queries, channels] = query.dims();
    let [_, _, keys, _] = key.dims();
    let scores = (query * options.scale(channels)).matmul(spread(key, heads).swap_dims(2, 3)); // [batch, head, query, key]
    let scores = biased(scores, options);
    match options.hidden(batch, [queries, keys], &scores.device()) {
        None => softmax(scores),
        Some((hidden, blind)) => {
            let hidden = hidden.expand(scores.dims());
            let weights = softmax(scores.mask_fill(hidden.clone(), HIDDEN_SCORE));
            if blind { weights.mask_fill(hidden, 0.0) } else { weights }
        }
    }
}

/// The scores with cap, slopes and bias applied, in this order.
fn biased(scores: Tensor<4>, options: &Attend) -> Tensor<4> {
    let [_, _, queries, keys] = scores.dims();
    let capped = match options.soft_cap {
        Some(cap) => (scores / cap).tanh() * cap,
        None => scores,
    };
    let sloped = match &options.slopes {
        Some(slopes) => capped.clone() + slope(slopes, [queries, keys], &capped.device()),
        None => capped,
    };
    match &options.bias {
        Some(bias) => sloped + bias.clone(),
        None => sloped,
    }
}

/// `[1, head, query, key]`: minus the slope times the distance.
fn slope(slopes: &[f32], [queries, keys]: [usize; 2], device: &Device) -> Tensor<4> {
    let distance = move |query: usize, key: usize| (query + keys).abs_diff(key + queries) as f32;
    let pairs = (0..queries).flat_map(|query| (0..keys).map(move |key| (query, key)));
    let values: Vec<f32> =
        slopes.iter().flat_map(|&slope| pairs.clone().map(move |(query, key)| -slope * distance(query, key))).collect();
    Tensor::from_data(TensorData::new(values, [1, slopes.len(), queries, keys]), device)
}

/// Softmax over the last axis. The maximum only guards against overflow, so no gradient flows through it.
fn softmax(scores: Tensor<4>) -> Tensor<4> {
    let maximum = scores.clone().detach().max_dim(3);
    let raised = (scores - maximum).exp();
    let total = raised.clone().sum_dim(3);
    raised / total
}

/// Repeats each group of keys or values for the heads that share it.
fn spread(groups: Tensor<4>, heads: usize) -> Tensor<4> {
    let [batch, count, keys, channels] = groups.dims();
    if count == heads {
        return groups;
    }
    groups
        .unsqueeze_dim::<5>(2) // [batch, group, 1, key, channel]
        .expand([batch, count, heads / count, keys, channels])
        .reshape([batch, heads, keys, channels])
}
