//! What a model costs, computed from its sizes alone.

use std::{iter::Sum, ops::Add};

use crate::{Bias, Biases, BlockConfig, CrossConfig, CrossKind, Mask, NormKind};

/// What a part costs for one sequence; costs of parts add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub parameters: u64,
    /// Floating-point operations of one forward pass over one sequence; a training step takes three times as many. Only matrix
    /// products are counted, and of attention only what the mask leaves.
    pub forward: u64,
    /// Numbers that one sequence leaves behind for the backward pass: where fused code runs, and where the reference does.
    pub activations: u64,
    pub reference_activations: u64,
    /// What fused code leaves behind when blocks are run again: their inputs, and what one block holds.
    pub recomputed_activations: u64,
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            parameters: self.parameters + other.parameters,
            forward: self.forward + other.forward,
            activations: self.activations + other.activations,
            reference_activations: self.reference_activations + other.reference_activations,
            recomputed_activations: self.recomputed_activations + other.recomputed_activations,
        }
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), Add::add)
    }
}

impl Cost {
    /// A map of `rows` vectors from one width to another, with a bias.
    pub fn linear(rows: usize, from: usize, to: usize) -> Self {
        let [rows, from, to] = [rows, from, to].map(|size| size as u64);
        let kept = rows * to;
        Self {
            parameters: from * to + to,
            forward: 2 * rows * from * to,
            activations: kept,
            reference_activations: kept,
            recomputed_activations: kept,
        }
    }

    /// A table of learned vectors.
    pub fn table(rows: usize, width: usize) -> Self {
        Self { parameters: (rows * width) as u64, ..Self::default() }
    }

    /// `layers` blocks over this many positions, which attend to `memory` more.
    pub fn blocks(config: &BlockConfig, layers: usize, positions: usize, memory: usize) -> Self {
        let branches = if config.cross.is_some() { 3 } else { 2 };
        let block = config.cost(positions, memory) + config.residual.cost(branches, positions, config.width);
        let stream = (positions * config.width) as u64;
        let blocks: Self = (0..layers).map(|_| block).sum();
        // Around the blocks: the embedding, the last norm, and the gradients that the way back holds at a time.
        let ends = stream * 4 + (positions * config.hidden) as u64;
        Self {
            activations: blocks.activations + ends,
            reference_activations: blocks.reference_activations + ends,
            recomputed_activations: layers as u64 * stream + block.activations + ends,
            ..blocks
        }
    }
}

impl BlockConfig {
    /// Of one block.
    fn cost(&self, positions: usize, memory: usize) -> Cost {
        let channels = self.attention.channels(self.width);
        let inner = (channels * self.attention.heads) as u64;
        let grouped = (channels * self.attention.groups) as u64;
        let [width, hidden, queries] = [self.width, self.hidden, positions].map(|size| size as u64);
        let heads = self.attention.heads as u64;
        let feeds = if self.feed_forward.is_gated() { 3 } else { 2 };
        let seen = if self.attention.mask == Mask::Everything { queries } else { queries.div_ceil(2) };
        let crossed = self.cross.as_ref().map_or_else(Cost::default, |cross| cross.cost(self, positions, memory));
        let matrices = 2 * width * inner + 2 * width * grouped + feeds * width * hidden;
        let norms = if self.cross.is_some() { 3 } else { 2 };
        let shifted = self.bias.norms == Bias::With && self.norm == NormKind::Layer;
        let norms = norms * width * if shifted { 2 } else { 1 };
        let Biases { attention, feed_forward, .. } = self.bias;
        let biases = attention.inputs().entries(inner + 2 * grouped)
            + attention.output().entries(width)
            + feed_forward.entries((feeds - 1) * hidden + width);
        let feed = (feeds - 1) * hidden;
        let rows = queries * (6 * width + 2 * grouped + feed + 5 * heads / 4);
        let reference = queries * (6 * width + 2 * grouped + if feeds == 3 { 6 * hidden } else { 5 * hidden / 2 });
        let own = Cost {
            parameters: matrices + norms + biases,
            forward: 2 * queries * matrices + 4 * queries * inner * seen,
            activations: rows,
            reference_activations: reference + 3 * heads * queries * queries,
            recomputed_activations: rows,
        };
        own + crossed
    }
}

impl CrossConfig {
    /// Of the look that one block takes.
    fn cost(&self, block: &BlockConfig, positions: usize, memory: usize) -> Cost {
        let inner = (self.channels.unwrap_or(block.width / self.heads) * self.heads) as u64;
        let [width, wide, heads, queries, keys] =
            [block.width, self.width, self.heads, positions, memory].map(|size| size as u64);
        let itself = self.kind == CrossKind::Multiplicative;
        let (compared, projected) = if itself { (wide, 0) } else { (inner, inner) };
        let (asking, held) = (width * compared + inner * width, wide * projected + wide * inner);
        let bias = block.bias.attention;
        let biases = bias.inputs().entries(compared + projected + inner) + bias.output().entries(width);
        let additive = self.kind == CrossKind::Additive;
        let beside = if additive { inner } else { 0 } + u64::from(self.gated);
        // Additive attention holds the sum of each query with each key, its bend and its product.
        let pairs = if additive { 3 * queries * keys * inner } else { 0 };
        let rows = queries * 4 * width + keys * 2 * inner + pairs;
        Cost {
            parameters: asking + held + biases + beside,
            forward: 2 * queries * asking + 2 * keys * held + 4 * queries * keys * inner,
            activations: rows,
            reference_activations: rows + 3 * heads * queries * keys,
            recomputed_activations: rows,
        }
    }
}
