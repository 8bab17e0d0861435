//! What travels with one forward pass besides the data. Models take `&mut Pass` and stay free of flags.

use attentive_kernels::{attend, attention_weights, dropout};
use attentive_random::Key;
use burn::tensor::Tensor;

use crate::{Attend, Cache, Dropout, Segment, Trace};

/// What a pass is for.
#[derive(Clone, Copy, Debug)]
pub enum Mode {
    /// No random draws.
    Evaluation,
    /// Dropout draws from this key, which the loop derives from the seed and the step; `row` is the number of the first row
    /// within the step's batch.
    Training { key: Key, row: usize, recompute: bool },
}

#[derive(Debug)]
pub struct Pass {
    key: Option<Key>,
    row: usize,
    /// Sites that have drawn in the current block.
    sites: u64,
    block: usize,
    cache: Option<Cache>,
    trace: Option<Trace>,
    /// Blocks to be run again in the backward pass; `None` when activations are kept.
    pub(crate) segments: Option<Vec<Segment>>,
}

impl Pass {
    pub fn new(mode: Mode) -> Self {
        let (key, row, recompute) = match mode {
            Mode::Evaluation => (None, 0, false),
            Mode::Training { key, row, recompute } => (Some(key), row, recompute),
        };
        Self { key, row, sites: 0, block: 0, cache: None, trace: None, segments: recompute.then(Vec::new) }
    }

    pub fn evaluation() -> Self {
        Self::new(Mode::Evaluation)
    }

    #[must_use]
    pub fn with_cache(mut self, cache: Cache) -> Self {
        self.cache = Some(cache);
        self
    }

    #[must_use]
    pub fn with_trace(mut self, trace: Trace) -> Self {
        self.trace = Some(trace);
        self
    }

    pub fn into_cache(self) -> Option<Cache> {
        self.cache
    }

    pub fn into_trace(self) -> Option<Trace> {
        self.trace
    }

    /// Keeps the attention weights of a block, whose activations are then kept, too.
    pub fn watch(&mut self, block: usize) {
        self.trace.get_or_insert_default().watched.insert(block);
    }

    /// The weights of a block that was watched, `[batch, head, query, key]`.
    pub fn watched(&mut self, block: usize) -> Option<Tensor<4>> {
        self.trace.as_mut()?.weights.remove(&block)
    }

    pub(crate) fn watches(&self, block: usize) -> bool {
        self.trace.as_ref().is_some_and(|trace| trace.watched.contains(&block))
    }

    /// The number of the first row within the step, for batches whose rows the loop cannot count.
    pub fn begin_at(&mut self, row: usize) {
        self.row = row;
    }

    /// Enters a block: its draws are numbered afresh, so that it can be run again alone.
    pub fn enter(&mut self, block: usize) {
        (self.block, self.sites) = (block, 0);
    }

    /// A pass that draws in this block what this one would.
    pub(crate) fn again(&self, block: usize) -> Self {
        Self { key: self.key, row: self.row, sites: 0, block, cache: None, trace: None, segments: None }
    }

    /// The position of the first query.
    pub fn position(&self) -> usize {
        self.cache.as_ref().map_or(0, Cache::len)
    }

    /// Counts the positions of this pass in its cache.
    pub fn advance(&mut self, queries: usize) {
        if let Some(cache) = &mut self.cache {
            cache.advance(queries);
        }
    }

    /// The dropout of the next site; `None` where nothing is to be dropped.
    pub fn draw(&mut self, probability: f64) -> Option<Dropout> {
        self.sites += 1;
        let key = self.key.filter(|_| probability > 0.0)?;
        Some(Dropout { key: key.nth(self.block as u64).nth(self.sites), probability, row: self.row })
    }

    /// The dropout of a place that has a name rather than a number: it moves no other draws.
    pub(crate) fn draw_at(&self, path: &str, probability: f64) -> Option<Dropout> {
        let key = self.key.filter(|_| probability > 0.0)?;
        Some(Dropout { key: key.at(path), probability, row: self.row })
    }

    pub fn dropout<const D: usize>(&mut self, input: Tensor<D>, probability: f64) -> Tensor<D> {
        let site = self.draw(probability);
        dropout(input, site)
    }

    /// All keys and values that the queries of this pass may look at.
    pub(crate) fn remember(&mut self, key: Tensor<4>, value: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        match &mut self.cache {
            Some(cache) => cache.extend(self.block, key, value),
            None => (key, value),
        }
    }

    /// Keys and values of what cross-attention looks at: made once where there is a cache.
    pub(crate) fn memorize(&mut self, make: impl FnOnce(&Self) -> (Tensor<4>, Tensor<4>)) -> (Tensor<4>, Tensor<4>) {
        let Some(mut cache) = self.cache.take() else { return make(self) };
        let kept = cache.memory(self.block, || make(self));
        self.cache = Some(cache);
        kept
    }

    /// Cross-attention, whose weights a trace keeps apart.
    pub(crate) fn look(&mut self, query: Tensor<4>, key: Tensor<4>, value: Tensor<4>, options: &Attend) -> Tensor<4> {
        if let Some(trace) = self.trace.as_mut().filter(|trace| trace.watched.contains(&self.block)) {
            trace.crossed.insert(self.block, attention_weights(query.clone(), key.clone(), options));
        }
        attend(query, key, value, options)
    }

    /// Attention by the fast path, or by the one that shows its weights where the trace wants this block.
    pub(crate) fn attend(&mut self, query: Tensor<4>, key: Tensor<4>, value: Tensor<4>, options: &Attend) -> Tensor<4> {
        let Some(trace) = self.trace.as_mut().filter(|trace| trace.wants(self.block)) else {
            return attend(query, key, value, options);
        };
        if trace.watched.contains(&self.block) {
            trace.weights.insert(self.block, attention_weights(query.clone(), key.clone(), options));
        }
        trace.silence(self.block, attend(query, key, value, options))
    }
}
