//! What the backward pass does with each band of blocks, each block and each tile.

use std::ops::Range;

use pulp::Simd;

use super::{
    Call, Heads, Shape,
    backward::Backward,
    block::{BAND, Block, KEYS, ROWS},
    copies::Copies,
    pack::{Scratch, dot, pack_block, pack_row, width},
    product::Right,
    rows::{Rows, stretches},
    tile::{Tile, UNITS, clear_unseen},
    units::{across, columns},
};
use crate::cpu::{
    product::{Arithmetic, Job},
    simd::exp,
    threads::Shared,
};

/// A band of one group and the sums for the group's keys, `[key][channel]`.
pub(super) struct Band<'a> {
    pass: &'a Backward<'a>,
    batch: usize,
    group: usize,
    rows: Vec<Rows<'a>>,
    states: Vec<State<'a>>,
    copies: Copies<'a>,
    buffers: Buffers<'a>,
    d_key: &'a mut [f32],
    d_value: &'a mut [f32],
}

/// What a tile needs.
struct Buffers<'a> {
    weights: &'a mut [f32],
    d_scores: &'a mut [f32],
    factors: &'a mut [f32],
    /// Derivatives of the soft cap.
    bends: &'a mut [f32],
    units: &'a mut [f32],
}

impl<'a> Buffers<'a> {
    const SIZE: usize = 4 * KEYS * ROWS + UNITS;

    fn new(scratch: &mut Scratch<'a>) -> Self {
        Self {
            weights: scratch.take(KEYS * ROWS),
            d_scores: scratch.take(KEYS * ROWS),
            factors: scratch.take(KEYS * ROWS),
            bends: scratch.take(KEYS * ROWS),
            units: scratch.take(UNITS),
        }
    }
}

/// What a block carries from tile to tile.
struct State<'a> {
    query: Side<'a>,
    d_output: Side<'a>,
    d_query: &'a mut [f32],
    log_sums: &'a mut [f32],
    /// Of each row, the product of its output with the gradient of it.
    shares: &'a mut [f32],
}

impl<'a> State<'a> {
    fn size(channels: usize) -> usize {
        2 * Side::size(channels) + ROWS * width(channels) + 2 * ROWS
    }

    fn new(scratch: &mut Scratch<'a>, channels: usize) -> Self {
        Self {
            query: Side::new(scratch, channels),
            d_output: Side::new(scratch, channels),
            d_query: scratch.take(ROWS * width(channels)),
            log_sums: scratch.take(ROWS),
            shares: scratch.take(ROWS),
        }
    }
}

/// The rows of a block as a side of products: of those with keys or values, and of those toward keys.
struct Side<'a> {
    rows: &'a mut [f32],
    columns: &'a mut [f32],
    units: &'a mut [f32],
}

impl<'a> Side<'a> {
    fn size(channels: usize) -> usize {
        3 * ROWS * width(channels)
    }

    fn new(scratch: &mut Scratch<'a>, channels: usize) -> Self {
        let mut take = || scratch.take(ROWS * width(channels));
        Self { rows: take(), columns: take(), units: take() }
    }

    #[inline(always)]
    fn fill<A: Arithmetic>(&mut self, arithmetic: A, source: Heads, scale: f32, block: &Block, channels: usize) {
        pack_block(arithmetic.simd(), source, scale, block, channels, self.rows);
        let rows = Right { values: self.rows, stride: width(channels) };
        columns(arithmetic, rows, block.padded(), self.columns);
        across(arithmetic, rows, [block.count(), channels], self.units);
    }

    /// In units of rows.
    fn right<A: Arithmetic>(&self, channels: usize) -> Right<'_> {
        Right { values: if A::DEPTH == 1 { self.rows } else { self.units }, stride: width(channels) }
    }
}

impl<'a> Band<'a> {
    pub(super) fn size(channels: usize) -> usize {
        Copies::size(channels) + Buffers::SIZE + BAND * State::size(channels)
    }

    pub(super) fn new(
        pass: &'a Backward<'a>,
        [batch, group]: [usize; 2],
        blocks: impl Iterator<Item = Block>,
        mut scratch: Scratch<'a>,
        [d_key, d_value]: [&'a mut [f32]; 2],
    ) -> Self {
        let channels = pass.call.shape.channels;
        let rows: Vec<Rows> = blocks.map(|block| Rows::new(pass.call, block)).collect();
        let (copies, buffers) = (Copies::new(&mut scratch, channels, rows.len()), Buffers::new(&mut scratch));
        let states = rows.iter().map(|_| State::new(&mut scratch, channels)).collect();
        Self { pass, batch, group, rows, states, copies, buffers, d_key, d_value }
    }
}

impl Job for Band<'_> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arithmetic>(mut self, arithmetic: A) {
        let (pass, width) = (self.pass, self.pass.call.width());
        for (rows, state) in self.rows.iter().zip(&mut self.states) {
            prepare(arithmetic, pass, &rows.block, state);
        }
        for keys in stretches(&self.rows) {
            let copies = self.copies.for_gradients(arithmetic, pass.call, [self.batch, self.group], &keys);
            let first = keys.start * width;
            for (rows, state) in self.rows.iter().zip(&mut self.states) {
                let Some(tile) = rows.tile(&keys) else { continue };
                differentiate(arithmetic, pass, rows, &tile, copies, state, &mut self.buffers);
                let sums = [&mut self.d_key[first..], &mut self.d_value[first..]];
                gather(arithmetic, &tile, copies[2], state, &mut self.buffers, sums);
            }
        }
        for (rows, state) in self.rows.iter().zip(&self.states) {
            write_d_query(arithmetic.simd(), pass, &rows.block, state);
        }
    }
}

#[inline(always)]
fn prepare<A: Arithmetic>(arithmetic: A, pass: &Backward, block: &Block, state: &mut State) {
    let Call { shape, query, options, .. } = pass.call;
    let (channels, width) = (shape.channels, pass.call.width());
    state.query.fill(arithmetic, *query, options.scale, block, channels);
    state.d_output.fill(arithmetic, pass.d_output, 1.0, block, channels);
    state.d_query.fill(0.0);
    // Rows that see nothing, or are none, have weights of zero.
    state.log_sums.fill(f32::INFINITY);
    state.shares.fill(0.0);
    for (row, (head, query)) in block.rows().enumerate() {
        let log_sum = pass.log_sums[(block.batch * shape.heads + head) * shape.queries + query];
        state.log_sums[row] = if log_sum == f32::NEG_INFINITY { f32::INFINITY } else { log_sum };
        let place = ((block.batch * shape.queries + query) * shape.heads + head) * channels;
        state.shares[row] = dot(&pass.output[place..][..channels], &state.d_output.rows[row * width..][..channels]);
    }
    if let Some(d_bias) = pass.d_bias {
        let keys = 0..shape.keys;
        for_each_bias_row(shape, block, &keys, d_bias, |_, target| target.fill(0.0));
    }
}

/// Makes the weights of a tile again, and the gradients of its scores.
#[inline(always)]
fn differentiate<A: Arithmetic>(
    arithmetic: A,
    pass: &Backward,
    rows: &Rows,
    tile: &Tile,
    [keys, values, _]: [Right; 3],
    state: &State,
    buffers: &mut Buffers,
) {
    let (simd, call, block) = (arithmetic.simd(), pass.call, &rows.block);
    tile.compare(arithmetic, keys, state.query.columns, buffers.weights);
    tile.compare(arithmetic, values, state.d_output.columns, buffers.d_scores);
    if let Some(draws) = &rows.draws {
        draws.fill(simd, &tile.keys, block.padded(), buffers.factors);
    }
    for first in (0..tile.rows).step_by(A::Simd::F32_LANES) {
        differentiate_column(simd, rows, tile, first, state, buffers);
    }
    if let Some(d_bias) = pass.d_bias {
        for_each_bias_row(&call.shape, block, &tile.keys, d_bias, |row, target| {
            target.iter_mut().enumerate().for_each(|(key, value)| *value = buffers.d_scores[key * ROWS + row]);
        });
    }
    if call.options.soft_cap.is_some() {
        bend(simd, tile, buffers);
    }
}

/// Scores become weights, gradients of weights those of scores.
#[inline(always)]
fn differentiate_column<S: Simd>(
    simd: S,
    rows: &Rows,
    tile: &Tile,
    first: usize,
    state: &State,
    buffers: &mut Buffers,
) {
    let (stride, vector, seen) = (ROWS / S::F32_LANES, first / S::F32_LANES, tile.seen_by_grain(first));
    let (adjustment, is_dropping) = (&rows.adjustment, rows.draws.is_some());
    let [weights, d_scores, bends] = [&mut *buffers.weights, &mut *buffers.d_scores, &mut *buffers.bends]
        .map(|values| &mut S::as_mut_simd_f32s(values).0[vector..]);
    clear_unseen(simd, weights, tile.keys.len(), &seen);
    clear_unseen(simd, d_scores, tile.keys.len(), &seen);
    if adjustment.is_needed(tile) {
        adjustment.apply(simd, tile, first, seen.clone(), weights, Some(bends));
    }
    let [log_sum, share] = [&*state.log_sums, &*state.shares].map(|values| S::as_simd_f32s(values).0[vector]);
    let factors = &S::as_simd_f32s(buffers.factors).0[vector..];
    for place in seen.map(|key| key * stride) {
        let weight = exp(simd, simd.sub_f32s(weights[place], log_sum));
        let factor = if is_dropping { factors[place] } else { simd.splat_f32s(1.0) };
        let d_weight = simd.mul_f32s(d_scores[place], factor);
        d_scores[place] = simd.mul_f32s(weight, simd.sub_f32s(d_weight, share));
        weights[place] = simd.mul_f32s(weight, factor);
    }
}

#[inline(always)]
fn bend<S: Simd>(simd: S, tile: &Tile, buffers: &mut Buffers) {
    let (d_scores, bends) = (S::as_mut_simd_f32s(buffers.d_scores).0, S::as_simd_f32s(buffers.bends).0);
    for vector in 0..tile.rows.div_ceil(S::F32_LANES) {
        for key in tile.seen_by_grain(vector * S::F32_LANES) {
            let place = key * (ROWS / S::F32_LANES) + vector;
            d_scores[place] = simd.mul_f32s(d_scores[place], bends[place]);
        }
    }
}

#[inline(always)]
fn gather<A: Arithmetic>(
    arithmetic: A,
    tile: &Tile,
    keys: Right,
    state: &mut State,
    Buffers { weights, d_scores, units, .. }: &mut Buffers,
    [d_key, d_value]: [&mut [f32]; 2],
) {
    tile.toward_keys(arithmetic, weights, state.d_output.right::<A>(tile.channels), d_value, units);
    tile.toward_keys(arithmetic, d_scores, state.query.right::<A>(tile.channels), d_key, units);
    tile.toward_rows(arithmetic, d_scores, keys, state.d_query, units);
}

#[inline(always)]
fn write_d_query<S: Simd>(simd: S, pass: &Backward, block: &Block, state: &State) {
    let Shape { heads, queries, channels, .. } = pass.call.shape;
    for ((head, query), sums) in block.rows().zip(state.d_query.chunks_exact(pass.call.width())) {
        let place = ((block.batch * queries + query) * heads + head) * channels;
        // SAFETY: in bounds by the lengths that `backward` checks; each query is in one block only.
        let target = unsafe { pass.d_query.slice(place, channels) };
        pack_row(simd, &sums[..channels], pass.call.options.scale, target);
    }
}

/// The gradients of the bias for each row of a block and some keys.
fn for_each_bias_row(
    shape: &Shape,
    block: &Block,
    keys: &Range<usize>,
    d_bias: Shared,
    write: impl Fn(usize, &mut [f32]),
) {
    for (row, (head, query)) in block.rows().enumerate() {
        let place = ((block.batch * shape.heads + head) * shape.queries + query) * shape.keys + keys.start;
        // SAFETY: in bounds by the lengths that `Gradient` checks or makes; each query is in one block only.
        write(row, unsafe { d_bias.slice(place, keys.len()) });
    }
}
