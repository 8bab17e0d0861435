//! Attention on the processor over plain slices (Dao et al. 2022, "FlashAttention"): a tile of scores at a time, which is
//! never stored. The forward pass keeps one number for each row, the logarithm of its sum; the backward pass computes the
//! scores again.
//!
//! Products take their operands in f32 or bf16 (`units.rs`), few rows and many alike; all sums, scores and statistics are f32.
//!
//! Tiles that masks and padding hide are left out in both directions. Work is cut into pieces by the shape alone and sums
//! have a fixed order, so results don't depend on the number of threads. Knows no tensor and no autodiff.

mod backward;
mod bias;
mod block;
mod copies;
mod draws;
mod few;
mod forward;
mod gradient;
mod pack;
mod product;
mod rows;
mod scores;
mod sight;
mod tile;
mod units;

use std::cell::RefCell;

use super::Mask;
use crate::{Precision, dropout::Dropout};
use pack::width;

pub(crate) use backward::{Gradients, backward};
pub(crate) use forward::forward;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub batch: usize,
    pub heads: usize,
    /// Groups of heads that share keys and values; divides the heads.
    pub groups: usize,
    pub queries: usize,
    pub keys: usize,
    pub channels: usize,
}

impl Shape {
    /// How many heads share the keys of a group.
    fn sharing(&self) -> usize {
        self.heads / self.groups
    }

    fn groups_in_all(&self) -> usize {
        self.batch * self.groups
    }
}

/// `[batch, head, position, channel]` by strides; channels lie side by side.
#[derive(Clone, Copy)]
pub(crate) struct Heads<'a> {
    pub values: &'a [f32],
    pub batch: usize,
    pub head: usize,
    pub position: usize,
}

impl<'a> Heads<'a> {
    /// The values from the first channel of this place on.
    fn at(&self, batch: usize, head: usize, position: usize) -> &'a [f32] {
        &self.values[batch * self.batch + head * self.head + position * self.position..]
    }

    fn row(&self, batch: usize, head: usize, position: usize, channels: usize) -> &'a [f32] {
        &self.at(batch, head, position)[..channels]
    }
}

/// `[batch, head, query, key]` by strides; keys lie side by side. An axis of length one that serves all has stride zero.
#[derive(Clone, Copy)]
pub(crate) struct Bias<'a> {
    pub values: &'a [f32],
    pub batch: usize,
    pub head: usize,
    pub query: usize,
}

#[derive(Clone)]
pub(crate) struct Options<'a> {
    pub mask: Mask,
    /// What the products of queries and keys are multiplied with.
    pub scale: f32,
    /// Scores are bent into `±cap` before biases and masks (Gemma 2, 2024).
    pub soft_cap: Option<f32>,
    /// One a head: a score loses that much per position between query and key (ALiBi, Press et al. 2022).
    pub slopes: Option<&'a [f32]>,
    /// How many keys of each row of the batch are no padding.
    pub lengths: Option<&'a [usize]>,
    /// Of `[batch, query]` and `[batch, key]`: a query sees only keys of its own segment.
    pub segments: Option<(&'a [i32], &'a [i32])>,
    pub bias: Option<Bias<'a>>,
    /// Dropout on the weights.
    pub dropout: Option<Dropout>,
    /// What the operands of all products are rounded to; sums and all else are f32.
    pub precision: Precision,
}

/// What both passes read.
struct Call<'a> {
    shape: Shape,
    query: Heads<'a>,
    key: Heads<'a>,
    value: Heads<'a>,
    options: &'a Options<'a>,
}

impl Call<'_> {
    fn width(&self) -> usize {
        width(self.shape.channels)
    }
}

thread_local! {
    /// Kept between calls, for fresh memory costs more than small attentions do.
    static MEMORY: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

#[cfg(test)]
mod tests;
