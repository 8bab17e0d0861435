//! The scores of a block of rows against a stretch of keys, `[key][row]`: rows lie side by side, so that what is done to
//! each row (its maximum, its sum) is done to a vector of them, and neither keys nor values need to be transposed.

use std::ops::Range;

use pulp::Simd;

use super::{
    block::{Block, GRAIN, KEYS, ROWS},
    pack::width,
    product::{Left, Limits, Product, Right, Start, Target},
    sight::Sight,
    units::{across, along},
};
use crate::cpu::product::Arithmetic;

/// What the units of a tile's weights take.
pub(super) const UNITS: usize = KEYS * ROWS / 2;

pub(super) struct Tile<'a> {
    pub keys: Range<usize>,
    pub sight: &'a Sight,
    /// Each row sees each key, as far as masks and padding go.
    pub whole: bool,
    pub rows: usize,
    pub channels: usize,
}

impl<'a> Tile<'a> {
    pub(super) fn new(keys: Range<usize>, sight: &'a Sight, block: &Block, channels: usize) -> Self {
        Self { whole: sight.is_whole(&keys), keys, sight, rows: block.count(), channels }
    }

    /// `scores[key][row] = Σ left[key, channel] · right[channel][row]`, both sides in units.
    #[inline(always)]
    pub(super) fn compare<A: Arithmetic>(&self, arithmetic: A, left: Right, right: &[f32], scores: &mut [f32]) {
        arithmetic.enter(Product {
            left: Left { values: left.values, row: left.stride, depth: 1 },
            right: Right { values: right, stride: ROWS },
            target: Target { values: scores, stride: ROWS, start: Start::Zero },
            rows: self.keys.len(),
            limits: &|keys| Limits { depth: 0..self.channels, columns: self.rows_of(keys) },
        });
    }

    /// `target[row][channel] += Σ weights[key][row] · right[key][channel]`, the right side in units.
    #[inline(always)]
    pub(super) fn toward_rows<A: Arithmetic>(
        &self,
        arithmetic: A,
        weights: &[f32],
        right: Right,
        target: &mut [f32],
        units: &mut [f32],
    ) {
        let left = across(arithmetic, weights_of(weights), [self.keys.len(), self.rows], units);
        arithmetic.enter(Product {
            left: Left { values: left.values, row: 1, depth: left.stride },
            right,
            target: Target { values: target, stride: width(self.channels), start: Start::Add },
            rows: self.rows,
            limits: &|rows| Limits { depth: self.keys_of(rows), columns: self.columns() },
        });
    }

    /// `target[key][channel] += Σ weights[key][row] · right[row][channel]`, the right side in units.
    #[inline(always)]
    pub(super) fn toward_keys<A: Arithmetic>(
        &self,
        arithmetic: A,
        weights: &[f32],
        right: Right,
        target: &mut [f32],
        units: &mut [f32],
    ) {
        let left = along(arithmetic, weights_of(weights), [self.keys.len(), self.rows], units);
        let seeing = |keys| {
            let Range { start, end } = self.rows_of(keys);
            start..end.min(self.rows)
        };
        arithmetic.enter(Product {
            left: Left { values: left.values, row: left.stride, depth: 1 },
            right,
            target: Target { values: target, stride: width(self.channels), start: Start::Add },
            rows: self.keys.len(),
            limits: &|keys| Limits { depth: seeing(keys), columns: self.columns() },
        });
    }

    /// The keys, counted from the tile's first, that the grain of this row sees.
    pub(super) fn seen_by_grain(&self, row: usize) -> Range<usize> {
        if self.whole { 0..self.keys.len() } else { self.within(self.sight.grain_of(row)) }
    }

    fn rows_of(&self, keys: Range<usize>) -> Range<usize> {
        if self.whole {
            return 0..self.rows.next_multiple_of(GRAIN);
        }
        self.sight.rows_of(&(self.keys.start + keys.start..self.keys.start + keys.end))
    }

    fn keys_of(&self, rows: Range<usize>) -> Range<usize> {
        if self.whole { 0..self.keys.len() } else { self.within(self.sight.keys_of(rows)) }
    }

    fn within(&self, keys: Range<usize>) -> Range<usize> {
        let place = |key: usize| key.clamp(self.keys.start, self.keys.end) - self.keys.start;
        place(keys.start)..place(keys.end)
    }

    fn columns(&self) -> Range<usize> {
        0..width(self.channels)
    }
}

/// Weights as they are made: `[key][row]`.
fn weights_of(weights: &[f32]) -> Right<'_> {
    Right { values: weights, stride: ROWS }
}

/// Zeroes the vectors of a column outside of the keys that were computed.
#[inline(always)]
pub(super) fn clear_unseen<S: Simd>(simd: S, column: &mut [S::f32s], keys: usize, seen: &Range<usize>) {
    for key in (0..seen.start).chain(seen.end..keys) {
        column[key * (ROWS / S::F32_LANES)] = simd.splat_f32s(0.0);
    }
}
