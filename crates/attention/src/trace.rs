//! What a pass is asked to show or to change about its attention.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::Tensor;

/// One head of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    pub block: usize,
    pub head: usize,
}

/// Wishes before a pass, exhibits after it.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Blocks whose attention weights are kept.
    pub watched: BTreeSet<usize>,
    /// Heads whose output is replaced by zero.
    pub silenced: BTreeSet<Head>,
    /// The weights `[batch, head, query, key]` of each watched block.
    pub weights: BTreeMap<usize, Tensor<4>>,
    /// The same of its cross-attention, where it has one.
    pub crossed: BTreeMap<usize, Tensor<4>>,
}

impl Trace {
    pub(crate) fn wants(&self, block: usize) -> bool {
        self.watched.contains(&block) || self.silenced.iter().any(|head| head.block == block)
    }

    /// `[batch, head, query, channel]` with the silenced heads of this block at zero.
    pub(crate) fn silence(&self, block: usize, output: Tensor<4>) -> Tensor<4> {
        let [batch, _, queries, channels] = output.dims();
        let silenced = self.silenced.iter().filter(|head| head.block == block);
        silenced.fold(output, |output, &Head { head, .. }| {
            let nothing = Tensor::zeros([batch, 1, queries, channels], &output.device());
            output.slice_assign([0..batch, head..head + 1, 0..queries, 0..channels], nothing)
        })
    }
}
