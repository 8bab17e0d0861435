//! Batches as pure functions of (key, row number): the same row whatever came before, however rows are grouped.

use std::sync::Arc;

use attentive_random::{Key, permuted};

use crate::{DataError, Tokens};

/// A target that does not count.
pub const IGNORED: i32 = -1;

/// Inputs and the tokens that follow them, row-major `[rows, length]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub inputs: Vec<i32>,
    pub targets: Vec<i32>,
    pub rows: usize,
    pub length: usize,
}

/// In which order training visits the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Windows at random places with replacement, as nanoGPT does.
    Random,
    /// Each epoch visits windows that do not overlap, once each, shuffled; where the first one begins differs by epoch.
    Shuffled,
}

/// Windows of one context over the tokens of a split.
#[derive(Clone, Debug)]
pub struct Windows {
    tokens: Arc<Tokens>,
    context: usize,
    order: Order,
    key: Key,
}

impl Windows {
    pub fn new(tokens: Arc<Tokens>, context: usize, order: Order, key: Key) -> Result<Self, DataError> {
        if context == 0 {
            return Err(DataError::NoContext);
        }
        // The last target needs one token more than the context.
        if tokens.len() <= context {
            return Err(DataError::TooShort { tokens: tokens.len(), context });
        }
        Ok(Self { tokens, context, order, key })
    }

    /// Rows `first..first + rows` of the endless sequence of training windows. With a row's number being
    /// `step * batch + index`, any split of a batch into smaller ones gives the same rows.
    pub fn training(&self, first: u64, rows: usize) -> Batch {
        let starts = (first..first + rows as u64).map(|row| self.start(row));
        self.batch(starts.collect())
    }

    /// Training windows until all were visited once; in random order, until as many were drawn.
    pub fn epoch(&self) -> usize {
        // One window fewer than would fit if the first one could not begin a little later.
        ((self.tokens.len() - self.context) / self.context).max(1)
    }

    /// Batch `index` of the whole split, in windows that do not overlap and in order; none after the end. Every token
    /// but the first is a target exactly once; the last batch may have fewer rows, and its last row is padded with
    /// [`IGNORED`].
    pub fn evaluation(&self, index: usize, rows: usize) -> Option<Batch> {
        let first = index.checked_mul(rows)?;
        let windows = first..self.evaluation_windows().min(first.saturating_add(rows));
        let starts: Vec<usize> = windows.map(|window| window * self.context).collect();
        (!starts.is_empty()).then(|| self.batch(starts))
    }

    pub fn evaluation_batches(&self, rows: usize) -> usize {
        self.evaluation_windows().div_ceil(rows)
    }

    fn evaluation_windows(&self) -> usize {
        self.targets().div_ceil(self.context)
    }

    /// Tokens that have one before them.
    fn targets(&self) -> usize {
        self.tokens.len() - 1
    }

    fn start(&self, row: u64) -> usize {
        match self.order {
            Order::Random => self.key.at("window").nth(row).stream().below(self.tokens.len() - self.context),
            Order::Shuffled => self.shuffled(row),
        }
    }

    fn shuffled(&self, row: u64) -> usize {
        let windows = self.epoch();
        let epoch = self.key.at("epoch").nth(row / windows as u64);
        let index = permuted(epoch.at("order"), (row % windows as u64) as usize, windows);
        let slack = (self.targets() - windows * self.context).min(self.context - 1);
        epoch.at("phase").stream().below(slack + 1) + index * self.context
    }

    fn batch(&self, starts: Vec<usize>) -> Batch {
        let size = starts.len() * self.context;
        let (mut inputs, mut targets) = (vec![0; size], vec![IGNORED; size]);
        let rows = inputs.chunks_exact_mut(self.context).zip(targets.chunks_exact_mut(self.context));
        for (start, (inputs, targets)) in starts.iter().zip(rows) {
            let length = self.context.min(self.targets() - start);
            self.tokens.copy(*start, &mut inputs[..length]);
            self.tokens.copy(start + 1, &mut targets[..length]);
        }
        Batch { inputs, targets, rows: starts.len(), length: self.context }
    }
}

#[cfg(test)]
mod tests;
