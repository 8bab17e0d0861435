//! Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1) and the masks that it understands.

use burn::tensor::{Bool, Device, Tensor, TensorData};

use crate::dropout::{Dropout, dropout};

/// Stands for minus infinity among the scores: its exponential is zero, yet the difference of two is no NaN.
const HIDDEN_SCORE: f32 = -1e30;

/// What a query may see. The last query stands beside the last key, so that a mask means the same with a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mask {
    Everything,
    /// Itself and what came before.
    Causal,
    /// Itself and as many before it as the window holds, counting itself.
    Window(usize),
}

impl Mask {
    /// Whether `query` is kept from seeing `key`.
    pub fn hides(&self, query: usize, key: usize, queries: usize, keys: usize) -> bool {
        // Both sides are shifted by `queries`, so that neither goes below zero when there are fewer keys than queries.
        let (now, then) = (query + keys, key + queries);
        match *self {
            Self::Everything => false,
            Self::Causal => then > now,
            Self::Window(length) => then > now || then + length <= now,
        }
    }

    /// `[1, 1, query, key]`, true where hidden; `None` when nothing is. The flag tells whether some row is hidden whole.
    fn tensor(&self, queries: usize, keys: usize, device: &Device) -> Option<(Tensor<4, Bool>, bool)> {
        let rows = (0..queries).map(|query| (0..keys).map(move |key| self.hides(query, key, queries, keys)));
        let hidden: Vec<bool> = rows.flatten().collect();
        if !hidden.contains(&true) {
            return None;
        }
        let blind = hidden.chunks(keys).any(|row| row.iter().all(|&hidden| hidden));
        let data = TensorData::new(hidden, [1, 1, queries, keys]);
        Some((Tensor::from_data(data, device), blind))
    }
}

/// The choices of one attention call.
#[derive(Clone, Debug)]
pub struct Attend {
    pub mask: Mask,
    /// What the scores are multiplied with; `1 / √channels` when absent.
    pub scale: Option<f64>,
    /// Dropout on the attention weights.
    pub dropout: Option<Dropout>,
}

impl From<Mask> for Attend {
    fn from(mask: Mask) -> Self {
        Self { mask, scale: None, dropout: None }
    }
}

/// Attention of each query over the keys that the mask lets it see.
///
/// query `[batch, head, query, channel]`, key and value `[batch, group, key, channel]`, where the number of groups divides the
/// number of heads (Ainslie et al. 2023). A query that may see nothing returns zeros.
pub fn attend(query: Tensor<4>, key: Tensor<4>, value: Tensor<4>, options: &Attend) -> Tensor<4> {
    let [_, heads, _, _] = query.dims();
    let weights = dropout(attention_weights(query, key, options), options.dropout);
    weights.matmul(spread(value, heads)) // [batch, head, query, channel]
}

/// The weights `[batch, head, query, key]` by which [`attend`] mixes the values, before dropout.
pub fn attention_weights(query: Tensor<4>, key: Tensor<4>, options: &Attend) -> Tensor<4> {
    let [_, heads, queries, channels] = query.dims();
    let [_, _, keys, _] = key.dims();
    let scale = options.scale.unwrap_or_else(|| 1.0 / (channels as f64).sqrt());
    let scores = (query * scale).matmul(spread(key, heads).swap_dims(2, 3)); // [batch, head, query, key]
    match options.mask.tensor(queries, keys, &scores.device()) {
        None => softmax(scores),
        Some((hidden, blind)) => {
            let hidden = hidden.expand(scores.dims());
            let weights = softmax(scores.mask_fill(hidden.clone(), HIDDEN_SCORE));
            if blind { weights.mask_fill(hidden, 0.0) } else { weights }
        }
    }
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
