//! The forward pass: each block of rows meets its keys a tile at a time, under a running maximum (Milakov and Gimelshein 2018).

use std::ops::Range;

use pulp::Simd;

use super::{
    Call, Heads, MEMORY, Options, Shape,
    block::{BAND, Blocks, KEYS, ROWS},
    copies::Copies,
    few,
    pack::{Scratch, pack_block, pack_row, width},
    product::Right,
    rows::{Rows, stretches},
    tile::{Tile, UNITS, clear_unseen},
    units::columns,
};
use crate::cpu::{
    product::{Arithmetic, Job, enter},
    simd::exp,
    threads::{Shared, each},
};

/// Where running maxima begin: low, yet such that differences with it are no NaN.
pub(super) const LOWEST: f32 = -1e30;

/// Writes the output `[batch, query, head, channel]`, and `[batch, head, query]` logarithms of the sums under the softmax.
/// A query that sees nothing has zeros there and `-∞`.
pub(crate) fn forward(
    shape: &Shape,
    query: Heads,
    key: Heads,
    value: Heads,
    options: &Options,
    output: &mut [f32],
    log_sums: &mut [f32],
) {
    let Shape { batch, heads, queries, channels, .. } = *shape;
    assert_eq!(output.len(), batch * queries * heads * channels, "one output for each query");
    assert_eq!(log_sums.len(), batch * heads * queries, "one sum for each query");
    let call = Call { shape: *shape, query, key, value, options };
    let (output, log_sums) = (Shared::new(output), Shared::new(log_sums));
    if few::serves(&call) { few::forward(&call, output, log_sums) } else { tiled(&call, output, log_sums) }
}

fn tiled(call: &Call, output: Shared, log_sums: Shared) {
    let (shape, channels, blocks) = (&call.shape, call.shape.channels, Blocks::new(&call.shape));
    each(shape.groups_in_all() * blocks.bands_per_group(), |index| {
        let [batch, group, band] = blocks.place(index);
        MEMORY.with_borrow_mut(|memory| {
            let size = Copies::size(channels) + Buffers::size(channels) + BAND * State::size(channels);
            let mut scratch = Scratch::new(memory, size);
            let rows: Vec<Rows> = blocks.band(batch, group, band).map(|block| Rows::new(call, block)).collect();
            let copies = Copies::new(&mut scratch, channels, rows.len());
            let buffers = Buffers::new(&mut scratch, channels);
            let states = rows.iter().map(|_| State::new(&mut scratch, channels)).collect();
            let piece = Piece { call, batch, group, rows, states, copies, buffers, output, log_sums };
            enter(call.options.precision, piece);
        });
    });
}

/// The blocks of a band.
struct Piece<'a> {
    call: &'a Call<'a>,
    batch: usize,
    group: usize,
    rows: Vec<Rows<'a>>,
    states: Vec<State<'a>>,
    copies: Copies<'a>,
    buffers: Buffers<'a>,
    output: Shared,
    log_sums: Shared,
}

/// What a tile needs.
struct Buffers<'a> {
    query_rows: &'a mut [f32],
    scores: &'a mut [f32],
    factors: &'a mut [f32],
    /// What a new maximum leaves of earlier sums.
    fades: &'a mut [f32],
    units: &'a mut [f32],
}

impl<'a> Buffers<'a> {
    fn size(channels: usize) -> usize {
        ROWS * width(channels) + 2 * KEYS * ROWS + ROWS + UNITS
    }

    fn new(scratch: &mut Scratch<'a>, channels: usize) -> Self {
        Self {
            query_rows: scratch.take(ROWS * width(channels)),
            scores: scratch.take(KEYS * ROWS),
            factors: scratch.take(KEYS * ROWS),
            fades: scratch.take(ROWS),
            units: scratch.take(UNITS),
        }
    }
}

/// What a block carries from tile to tile.
struct State<'a> {
    query_columns: &'a mut [f32],
    output: &'a mut [f32],
    maxima: &'a mut [f32],
    sums: &'a mut [f32],
}

impl<'a> State<'a> {
    fn size(channels: usize) -> usize {
        2 * ROWS * width(channels) + 2 * ROWS
    }

    fn new(scratch: &mut Scratch<'a>, channels: usize) -> Self {
        Self {
            query_columns: scratch.take(ROWS * width(channels)),
            output: scratch.take(ROWS * width(channels)),
            maxima: scratch.take(ROWS),
            sums: scratch.take(ROWS),
        }
    }

    /// What makes a row's sum its output, and the logarithm of the sum of its weights.
    fn total(&self, row: usize) -> (f32, f32) {
        let sum = self.sums[row];
        if sum == 0.0 { (0.0, f32::NEG_INFINITY) } else { (1.0 / sum, self.maxima[row] + sum.ln()) }
    }
}

impl Job for Piece<'_> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arithmetic>(mut self, arithmetic: A) {
        self.prepare(arithmetic);
        for keys in stretches(&self.rows) {
            let copies = self.copies.for_output(arithmetic, self.call, [self.batch, self.group], &keys);
            for (rows, state) in self.rows.iter().zip(&mut self.states) {
                if let Some(tile) = rows.tile(&keys) {
                    meet(arithmetic, rows, &tile, copies, state, &mut self.buffers);
                }
            }
        }
        self.finish(arithmetic.simd());
    }
}

impl Piece<'_> {
    #[inline(always)]
    fn prepare<A: Arithmetic>(&mut self, arithmetic: A) {
        let (Call { shape, options, .. }, packed) = (self.call, &mut *self.buffers.query_rows);
        for (rows, state) in self.rows.iter().zip(&mut self.states) {
            // Scaled queries make their products with keys scores.
            pack_block(arithmetic.simd(), self.call.query, options.scale, &rows.block, shape.channels, packed);
            let packed = Right { values: packed, stride: self.call.width() };
            columns(arithmetic, packed, rows.block.padded(), state.query_columns);
            state.output.fill(0.0);
            state.maxima.fill(LOWEST);
            state.sums.fill(0.0);
        }
    }

    #[inline(always)]
    fn finish<S: Simd>(&self, simd: S) {
        let Shape { heads, queries, channels, .. } = self.call.shape;
        for (Rows { block, .. }, state) in self.rows.iter().zip(&self.states) {
            for (row, (head, query)) in block.rows().enumerate() {
                let (scale, log_sum) = state.total(row);
                // SAFETY: both are in bounds by the lengths that `forward` asserts, and each query is in one block only.
                let (output, place) = unsafe {
                    let place = ((block.batch * queries + query) * heads + head) * channels;
                    (
                        self.output.slice(place, channels),
                        self.log_sums.slice((block.batch * heads + head) * queries + query, 1),
                    )
                };
                pack_row(simd, &state.output[row * width(channels)..][..channels], scale, output);
                place[0] = log_sum;
            }
        }
    }
}

#[inline(always)]
fn meet<A: Arithmetic>(
    arithmetic: A,
    rows: &Rows,
    tile: &Tile,
    [keys, values]: [Right; 2],
    state: &mut State,
    buffers: &mut Buffers,
) {
    let simd = arithmetic.simd();
    tile.compare(arithmetic, keys, state.query_columns, buffers.scores);
    soften(simd, rows, tile, state, buffers.scores, buffers.fades);
    fade(state.output, buffers.fades, tile);
    if let Some(draws) = &rows.draws {
        draws.fill(simd, &tile.keys, rows.block.padded(), buffers.factors);
        multiply(simd, &mut buffers.scores[..tile.keys.len() * ROWS], buffers.factors);
    }
    tile.toward_rows(arithmetic, buffers.scores, values, state.output, buffers.units);
}

/// Turns scores into weights under the running maximum of each row.
#[inline(always)]
fn soften<S: Simd>(simd: S, rows: &Rows, tile: &Tile, state: &mut State, scores: &mut [f32], fades: &mut [f32]) {
    let adjustment = &rows.adjustment;
    let (scores, _) = S::as_mut_simd_f32s(scores);
    let [maxima, sums, fades] =
        [&mut *state.maxima, &mut *state.sums, fades].map(|values| S::as_mut_simd_f32s(values).0);
    for vector in 0..tile.rows.div_ceil(S::F32_LANES) {
        let (first, column) = (vector * S::F32_LANES, &mut scores[vector..]);
        let seen = tile.seen_by_grain(first);
        clear_unseen(simd, column, tile.keys.len(), &seen);
        if adjustment.is_needed(tile) {
            adjustment.apply(simd, tile, first, seen.clone(), column, None);
        }
        let maximum = greatest(simd, column, seen.clone(), maxima[vector]);
        fades[vector] = exp(simd, simd.sub_f32s(maxima[vector], maximum));
        let mut sum = simd.mul_f32s(sums[vector], fades[vector]);
        for place in seen.map(|key| key * (ROWS / S::F32_LANES)) {
            column[place] = exp(simd, simd.sub_f32s(column[place], maximum));
            sum = simd.add_f32s(sum, column[place]);
        }
        (maxima[vector], sums[vector]) = (maximum, sum);
    }
}

/// Four maxima at a time, for each waits for the one before it.
#[inline(always)]
fn greatest<S: Simd>(simd: S, column: &[S::f32s], seen: Range<usize>, start: S::f32s) -> S::f32s {
    let mut maxima = [start; 4];
    let stride = ROWS / S::F32_LANES;
    for first in seen.clone().step_by(maxima.len()) {
        for (next, maximum) in maxima.iter_mut().enumerate() {
            let key = (first + next).min(seen.end - 1);
            *maximum = simd.max_f32s(column[key * stride], *maximum);
        }
    }
    simd.max_f32s(simd.max_f32s(maxima[0], maxima[1]), simd.max_f32s(maxima[2], maxima[3]))
}

#[inline(always)]
fn fade(output: &mut [f32], fades: &[f32], tile: &Tile) {
    for (row, &fade) in output.chunks_exact_mut(width(tile.channels)).zip(fades).take(tile.rows) {
        if fade != 1.0 {
            for value in row {
                *value *= fade;
            }
        }
    }
}

#[inline(always)]
fn multiply<S: Simd>(simd: S, values: &mut [f32], factors: &[f32]) {
    let (values, factors) = (S::as_mut_simd_f32s(values).0, S::as_simd_f32s(factors).0);
    for (value, &factor) in values.iter_mut().zip(factors) {
        *value = simd.mul_f32s(*value, factor);
    }
}
