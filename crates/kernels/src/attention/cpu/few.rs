//! The forward pass of a few rows, as in generation: keys and values are read once, where they lie, and each row's scores lie side by
//! side. In bf16, units are made of them on the way. The time is that of reading.

use std::{mem::take, ops::Range};

use pulp::Simd;

use super::{
    Call, MEMORY, Shape,
    block::{Block, GRAIN, KEYS, PIECES},
    copies::Copies,
    forward::LOWEST,
    pack::{Scratch, pack_row, width},
    product::{Left, Limits, Product, Right, Start, Target},
    sight::{join, seen_keys},
    units::{along, unit_width},
};
use crate::cpu::{
    buffer::unwritten,
    product::{Arithmetic, Job, Lanes, enter},
    simd::{exp, tanh},
    threads::{Shared, each},
};

/// Rows that share keys, at most: with more of them, tiles of scores are the faster way.
const MOST_ROWS: usize = 8;
/// Fewer keys than this are not worth a part of their own.
const LEAST_KEYS: usize = 128;
/// Below this many values of keys, waking other threads takes longer than it saves.
const LEAST_PARALLEL: usize = 1 << 15;

/// Whether there are few rows, all of whose weights stay.
pub(super) fn serves(call: &Call) -> bool {
    (1..=MOST_ROWS).contains(&rows(&call.shape)) && call.options.dropout.is_none()
}

/// The rows that share the keys of a group.
fn rows(shape: &Shape) -> usize {
    shape.sharing() * shape.queries
}

/// Writes the same as [`super::forward`]. Keys are cut into parts by the shape alone, whose sums are then joined in order.
pub(super) fn forward(call: &Call, output: Shared, log_sums: Shared) {
    let shape = &call.shape;
    let (groups, size) = (shape.groups_in_all(), Sums::size(shape));
    let parts = PIECES.div_ceil(groups.max(1)).min(shape.keys / LEAST_KEYS).max(1);
    let mut all = unwritten(groups * parts * size);
    let shared = Shared::new(&mut all);
    let work = |index: usize| {
        let (group, part) = (index / parts, index % parts);
        let keys = part * shape.keys / parts..(part + 1) * shape.keys / parts;
        // SAFETY: each part has sums of its own.
        let sums = Sums::new(unsafe { shared.slice(index * size, size) }, shape);
        MEMORY.with_borrow_mut(|memory| {
            let mut scratch = Scratch::new(memory, Part::size(shape));
            let part = Part::new(call, [group / shape.groups, group % shape.groups], keys, &mut scratch, sums);
            enter(call.options.precision, part);
        });
    };
    if groups * shape.keys * shape.channels < LEAST_PARALLEL {
        (0..groups * parts).for_each(work);
    } else {
        each(groups * parts, work);
    }
    for (group, sums) in all.chunks_exact_mut(parts * size).enumerate() {
        let mut sums: Vec<Sums> = sums.chunks_exact_mut(size).map(|part| Sums::new(part, shape)).collect();
        for (row, (head, query)) in block(shape, [group / shape.groups, group % shape.groups]).rows().enumerate() {
            let batch = group / shape.groups;
            let place = (batch * shape.queries + query) * shape.heads + head;
            // SAFETY: both are in bounds by the lengths that `forward` asserts, and nobody else writes now.
            let (output, log_sum) = unsafe {
                (
                    output.slice(place * shape.channels, shape.channels),
                    log_sums.slice((batch * shape.heads + head) * shape.queries + query, 1),
                )
            };
            log_sum[0] = joined(&mut sums, row, output);
        }
    }
}

fn block(shape: &Shape, [batch, group]: [usize; 2]) -> Block {
    let sharing = shape.sharing();
    Block { batch, heads: group * sharing..(group + 1) * sharing, queries: 0..shape.queries }
}

/// What a part knows of each row: its values' weighted sum, `[row][channel]`, its greatest score and the sum of its weights.
struct Sums<'a> {
    values: &'a mut [f32],
    maxima: &'a mut [f32],
    sums: &'a mut [f32],
}

impl<'a> Sums<'a> {
    fn size(shape: &Shape) -> usize {
        rows(shape) * (width(shape.channels) + 2)
    }

    fn new(memory: &'a mut [f32], shape: &Shape) -> Self {
        let (values, rest) = memory.split_at_mut(rows(shape) * width(shape.channels));
        let (maxima, sums) = rest.split_at_mut(rows(shape));
        Self { values, maxima, sums }
    }
}

/// Writes a row's output and returns the logarithm of its sum.
fn joined(parts: &mut [Sums], row: usize, output: &mut [f32]) -> f32 {
    let maximum = parts.iter().fold(LOWEST, |maximum, part| maximum.max(part.maxima[row]));
    let mut total = 0.0;
    output.fill(0.0);
    for part in parts {
        let share = (part.maxima[row] - maximum).exp();
        total += share * part.sums[row];
        let stride = part.values.len() / part.sums.len();
        for (sum, value) in output.iter_mut().zip(&part.values[row * stride..]) {
            *sum += share * value;
        }
    }
    if total == 0.0 {
        output.fill(0.0);
        return f32::NEG_INFINITY;
    }
    output.iter_mut().for_each(|value| *value /= total);
    maximum + total.ln()
}

/// Some keys of a group, and the rows that share them.
struct Part<'a> {
    call: &'a Call<'a>,
    batch: usize,
    group: usize,
    /// Head and query.
    rows: Vec<(usize, usize)>,
    /// What each row sees of the part.
    seen: Vec<Range<usize>>,
    queries: &'a mut [f32],
    /// `[row][key]`
    scores: &'a mut [f32],
    /// Of queries, and of weights.
    units: [&'a mut [f32]; 2],
    copies: Copies<'a>,
    sums: Sums<'a>,
}

impl<'a> Part<'a> {
    fn size(shape: &Shape) -> usize {
        2 * rows(shape) * (width(shape.channels) + KEYS) + Copies::size(shape.channels)
    }

    fn new(
        call: &'a Call<'a>,
        [batch, group]: [usize; 2],
        keys: Range<usize>,
        scratch: &mut Scratch<'a>,
        sums: Sums<'a>,
    ) -> Self {
        let shape = &call.shape;
        let rows: Vec<_> = block(shape, [batch, group]).rows().collect();
        let seen = |&(_, query): &(usize, usize)| clamped(&seen_keys(query, batch, shape, call.options), &keys);
        Self {
            call,
            batch,
            group,
            seen: rows.iter().map(seen).collect(),
            queries: scratch.take(rows.len() * width(shape.channels)),
            scores: scratch.take(rows.len() * KEYS),
            units: [width(shape.channels), KEYS].map(|width| scratch.take(rows.len() * width)),
            copies: Copies::new(scratch, shape.channels, 1),
            rows,
            sums,
        }
    }
}

/// What of a range lies in another.
fn clamped(range: &Range<usize>, limits: &Range<usize>) -> Range<usize> {
    range.start.clamp(limits.start, limits.end)..range.end.clamp(limits.start, limits.end)
}

impl Job for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arithmetic>(mut self, arithmetic: A) {
        let Call { shape, options, query: source, .. } = self.call;
        let (stride, [queries, units]) = (width(shape.channels), [&mut self.queries, &mut self.units[0]].map(take));
        for (&(head, query), packed) in self.rows.iter().zip(queries.chunks_exact_mut(stride)) {
            pack_row(arithmetic.simd(), source.row(self.batch, head, query, shape.channels), options.scale, packed);
        }
        let queries = along(arithmetic, Right { values: queries, stride }, [self.rows.len(), shape.channels], units);
        self.sums.values.fill(0.0);
        self.sums.maxima.fill(LOWEST);
        self.sums.sums.fill(0.0);
        let spans = self.seen.iter().filter(|seen| !seen.is_empty()).cloned();
        let Range { start, end } = spans.reduce(join).unwrap_or_default();
        for first in (start..end).step_by(KEYS) {
            self.stretch(arithmetic, queries, first..(first + KEYS).min(end));
        }
    }
}

impl Part<'_> {
    #[inline(always)]
    fn stretch<A: Arithmetic>(&mut self, arithmetic: A, queries: Right, keys: Range<usize>) {
        let Self { call, batch, group, rows, seen, scores, units: [_, units], copies, sums, .. } = self;
        let (simd, width) = (arithmetic.simd(), call.width());
        let [key, value] = copies.for_output(arithmetic, call, [*batch, *group], &keys);
        compare(arithmetic, key, keys.len(), queries, unit_width::<A>(call.shape.channels), scores);
        for (row, scores) in scores.chunks_exact_mut(KEYS).enumerate() {
            let place = Place { batch: *batch, row: rows[row], keys: &keys, seen: clamped(&seen[row], &keys) };
            place.adjust(simd, call, scores);
            let fade = soften(simd, scores, &mut sums.maxima[row], &mut sums.sums[row]);
            if fade != 1.0 {
                sums.values[row * width..][..width].iter_mut().for_each(|value| *value *= fade);
            }
        }
        let depth = |rows: Range<usize>| {
            let seen = seen[rows].iter().map(|seen| clamped(seen, &keys)).filter(|seen| !seen.is_empty());
            let Range { start, end } = seen.reduce(join).unwrap_or(keys.start..keys.start);
            start - keys.start..end - keys.start
        };
        let weights = along(arithmetic, Right { values: scores, stride: KEYS }, [rows.len(), KEYS], units);
        arithmetic.enter(Product {
            left: Left { values: weights.values, row: weights.stride, depth: 1 },
            right: value,
            target: Target { values: sums.values, stride: width, start: Start::Add },
            rows: rows.len(),
            limits: &|rows| Limits { depth: depth(rows), columns: 0..width },
        });
    }
}

/// Keys whose products with a row are summed up together.
const SIDE: usize = 4;

/// `scores[row][key]`: the products of the rows of both in units, their width a multiple of all vectors'.
#[inline(always)]
fn compare<A: Arithmetic>(arithmetic: A, keys: Right, count: usize, queries: Right, width: usize, scores: &mut [f32]) {
    let simd = arithmetic.simd();
    for first in (0..count).step_by(SIDE) {
        // The last key stands for those that are missing.
        let mut rows = [&[] as &[Lanes<A>]; SIDE];
        for (place, row) in rows.iter_mut().enumerate() {
            let key = (first + place).min(count - 1);
            *row = A::Simd::as_simd_f32s(&keys.values[key * keys.stride..][..width]).0;
        }
        for (query, scores) in queries.values.chunks_exact(queries.stride).zip(scores.chunks_exact_mut(KEYS)) {
            let (query, _) = A::Simd::as_simd_f32s(query);
            let mut sums = [simd.splat_f32s(0.0); SIDE];
            for (sum, row) in sums.iter_mut().zip(rows) {
                for (&query, &key) in query.iter().zip(row) {
                    *sum = arithmetic.multiply_add(query, key, *sum);
                }
            }
            scores[first..first + SIDE].copy_from_slice(&summed(simd, sums));
        }
    }
}

/// The sum of the lanes of each vector.
#[inline(always)]
fn summed<S: Simd>(simd: S, vectors: [S::f32s; SIDE]) -> [f32; SIDE] {
    let mut sums = [0.0; SIDE];
    if S::F32_LANES < SIDE {
        for (sum, vector) in sums.iter_mut().zip(vectors) {
            *sum = simd.reduce_sum_f32s(vector);
        }
        return sums;
    }
    // Among each four lanes, what was a lane becomes a vector.
    let [a, b, c, d] = simd.deinterleave_shfl_f32s(vectors);
    let mut lanes = [0.0; GRAIN];
    S::as_mut_simd_f32s(&mut lanes).0[0] = simd.add_f32s(simd.add_f32s(a, b), simd.add_f32s(c, d));
    for part in lanes[..S::F32_LANES].chunks_exact(SIDE) {
        for (sum, value) in sums.iter_mut().zip(part) {
            *sum += value;
        }
    }
    sums
}

/// A row's scores of a stretch of keys.
struct Place<'a> {
    batch: usize,
    row: (usize, usize),
    keys: &'a Range<usize>,
    seen: Range<usize>,
}

impl Place<'_> {
    /// Turns products into scores: soft cap, slopes, bias and masks, in this order. What lies behind the last key is hidden.
    #[inline(always)]
    fn adjust<S: Simd>(&self, simd: S, call: &Call, scores: &mut [f32]) {
        let Call { shape, options, .. } = call;
        let (head, query) = self.row;
        let known = &mut scores[..self.keys.len()];
        if let Some(cap) = options.soft_cap {
            bend(simd, cap, known);
        }
        if let Some(slopes) = options.slopes {
            let (slope, position) = (slopes[head], (query + shape.keys) as f32 - shape.queries as f32);
            for (score, key) in known.iter_mut().zip(self.keys.clone()) {
                *score -= slope * (position - key as f32).abs();
            }
        }
        if let Some(bias) = options.bias {
            let start = self.batch * bias.batch + head * bias.head + query * bias.query;
            let bias = &bias.values[start + self.keys.start..][..known.len()];
            known.iter_mut().zip(bias).for_each(|(score, bias)| *score += bias);
        }
        if let Some((queries, keys)) = options.segments {
            let own = queries[self.batch * shape.queries + query];
            let keys = &keys[self.batch * shape.keys + self.keys.start..][..known.len()];
            for (score, &segment) in known.iter_mut().zip(keys) {
                *score = if segment == own { *score } else { f32::NEG_INFINITY };
            }
        }
        scores[..self.seen.start - self.keys.start].fill(f32::NEG_INFINITY);
        scores[self.seen.end - self.keys.start..].fill(f32::NEG_INFINITY);
    }
}

#[inline(always)]
fn bend<S: Simd>(simd: S, cap: f32, scores: &mut [f32]) {
    let (whole, rest) = S::as_mut_simd_f32s(scores);
    for scores in whole {
        *scores = bent(simd, cap, *scores);
    }
    if !rest.is_empty() {
        let scores = bent(simd, cap, simd.partial_load_f32s(rest));
        simd.partial_store_f32s(rest, scores);
    }
}

/// `cap tanh(score / cap)`.
#[inline(always)]
fn bent<S: Simd>(simd: S, cap: f32, scores: S::f32s) -> S::f32s {
    simd.mul_f32s(tanh(simd, simd.mul_f32s(scores, simd.splat_f32s(1.0 / cap))), simd.splat_f32s(cap))
}

/// Turns a row's scores into weights under a running maximum; returns what a new maximum leaves of earlier sums.
#[inline(always)]
fn soften<S: Simd>(simd: S, scores: &mut [f32], maximum: &mut f32, sum: &mut f32) -> f32 {
    let (scores, _) = S::as_mut_simd_f32s(scores);
    let mut greatest = simd.splat_f32s(*maximum);
    for &score in scores.iter() {
        greatest = simd.max_f32s(score, greatest);
    }
    let greatest = simd.reduce_max_f32s(greatest);
    let mut total = simd.splat_f32s(0.0);
    for score in scores {
        *score = exp(simd, simd.sub_f32s(*score, simd.splat_f32s(greatest)));
        total = simd.add_f32s(total, *score);
    }
    let fade = (*maximum - greatest).exp();
    *sum = *sum * fade + simd.reduce_sum_f32s(total);
    *maximum = greatest;
    fade
}
