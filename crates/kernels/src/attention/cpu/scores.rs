//! What stands between the products of queries with keys and their softmax: soft cap, slopes, bias, masks.

use std::ops::Range;

use pulp::Simd;

use super::{
    Options, Shape,
    block::{Block, GRAIN, ROWS},
    sight::Sight,
    tile::Tile,
};
use crate::cpu::simd::tanh;

/// What holds for each row of a block.
pub(super) struct Adjustment<'a> {
    soft_cap: Option<f32>,
    slopes: Option<Box<Slopes>>,
    bias: Option<(&'a [f32], Box<[usize; ROWS]>)>,
    segments: Option<Segments<'a>>,
}

struct Slopes {
    slopes: [f32; ROWS],
    /// Where each row stands among the keys.
    positions: [f32; ROWS],
}

struct Segments<'a> {
    rows: Box<[u32; ROWS]>,
    keys: &'a [i32],
}

impl<'a> Adjustment<'a> {
    pub(super) fn new(block: &Block, shape: &Shape, options: &Options<'a>) -> Self {
        Self {
            soft_cap: options.soft_cap,
            slopes: options.slopes.map(|slopes| {
                let positions = of_rows(block, |_, query| (query + shape.keys) as f32 - shape.queries as f32);
                Box::new(Slopes { slopes: of_rows(block, |head, _| slopes[head]), positions })
            }),
            bias: options.bias.map(|bias| {
                let start = |head, query| block.batch * bias.batch + head * bias.head + query * bias.query;
                (bias.values, Box::new(of_rows(block, start)))
            }),
            segments: options.segments.map(|(queries, keys)| Segments {
                rows: Box::new(of_rows(block, |_, query| queries[block.batch * shape.queries + query] as u32)),
                keys: &keys[block.batch * shape.keys..][..shape.keys],
            }),
        }
    }

    /// Whether segments hide all these keys from each row.
    pub(super) fn hides(&self, keys: &Range<usize>, rows: usize) -> bool {
        self.segments.as_ref().is_some_and(|segments| segments.are_apart(keys, rows))
    }

    pub(super) fn is_needed(&self, tile: &Tile) -> bool {
        !tile.whole
            || self.soft_cap.is_some()
            || self.slopes.is_some()
            || self.bias.is_some()
            || self.segments.is_some()
    }

    /// Turns the products of the rows from `first` on with the keys of `seen` into scores. `bends` takes the derivative of
    /// the soft cap.
    #[inline(always)]
    pub(super) fn apply<S: Simd>(
        &self,
        simd: S,
        tile: &Tile,
        first: usize,
        seen: Range<usize>,
        column: &mut [S::f32s],
        bends: Option<&mut [S::f32s]>,
    ) {
        let stride = ROWS / S::F32_LANES;
        if let Some(cap) = self.soft_cap {
            bend(simd, cap, seen.clone(), column, bends);
        }
        for key in seen {
            let number = tile.keys.start + key;
            let score = self.shift(simd, column[key * stride], number, first);
            let seen = self.sees(simd, tile.sight, number, first);
            column[key * stride] = simd.select_f32s(seen, score, simd.splat_f32s(f32::NEG_INFINITY));
        }
    }

    /// Adds slopes and bias to the scores of a key with a vector of rows.
    #[inline(always)]
    fn shift<S: Simd>(&self, simd: S, mut score: S::f32s, key: usize, first: usize) -> S::f32s {
        if let Some(Slopes { slopes, positions }) = self.slopes.as_deref() {
            let [slope, position] = [slopes, positions].map(|values| S::as_simd_f32s(&values[first..]).0[0]);
            let distance = simd.abs_f32s(simd.sub_f32s(position, simd.splat_f32s(key as f32)));
            score = simd.sub_f32s(score, simd.mul_f32s(slope, distance));
        }
        if let Some((bias, starts)) = &self.bias {
            let mut values = [0.0; GRAIN];
            for (value, start) in values.iter_mut().zip(&starts[first..first + S::F32_LANES]) {
                *value = bias[start + key];
            }
            score = simd.add_f32s(score, S::as_simd_f32s(&values).0[0]);
        }
        score
    }

    /// Which of a vector of rows see a key.
    #[inline(always)]
    fn sees<S: Simd>(&self, simd: S, sight: &Sight, key: usize, first: usize) -> S::m32s {
        let [lower, upper] = [&sight.lower, &sight.upper].map(|bound| S::as_simd_u32s(&bound[first..]).0[0]);
        let number = simd.splat_u32s(key as u32);
        let seen = simd.and_m32s(simd.less_than_u32s(number, upper), simd.greater_than_or_equal_u32s(number, lower));
        let Some(segments) = &self.segments else { return seen };
        let rows = S::as_simd_u32s(&segments.rows[first..]).0[0];
        simd.and_m32s(seen, simd.equal_u32s(rows, simd.splat_u32s(segments.keys[key] as u32)))
    }
}

impl Segments<'_> {
    fn are_apart(&self, keys: &Range<usize>, rows: usize) -> bool {
        let rows = span(self.rows[..rows].iter().map(|&segment| segment as i32));
        let keys = span(self.keys[keys.clone()].iter().copied());
        rows.1 < keys.0 || keys.1 < rows.0
    }
}

fn span(segments: impl Iterator<Item = i32>) -> (i32, i32) {
    segments.fold((i32::MAX, i32::MIN), |(least, most), segment| (least.min(segment), most.max(segment)))
}

/// `cap tanh(score / cap)` and its derivative.
#[inline(always)]
fn bend<S: Simd>(simd: S, cap: f32, seen: Range<usize>, column: &mut [S::f32s], mut bends: Option<&mut [S::f32s]>) {
    for place in seen.map(|key| key * (ROWS / S::F32_LANES)) {
        let bent = tanh(simd, simd.mul_f32s(column[place], simd.splat_f32s(1.0 / cap)));
        column[place] = simd.mul_f32s(bent, simd.splat_f32s(cap));
        if let Some(bends) = &mut bends {
            bends[place] = simd.negate_mul_add_e_f32s(bent, bent, simd.splat_f32s(1.0));
        }
    }
}

/// One value for each row; rows beyond the last take the default.
fn of_rows<T: Copy + Default>(block: &Block, value: impl Fn(usize, usize) -> T) -> [T; ROWS] {
    let mut values = [T::default(); ROWS];
    for (row, (head, query)) in block.rows().enumerate() {
        values[row] = value(head, query);
    }
    values
}
