//! Normalization of rows. A row is passed over several times, but only
//! the first time outside of the cache.

use pulp::{Arch, Simd, WithSimd};

use crate::cpu::elementwise::{Entries, Law, Pieces, sweep};
use crate::cpu::threads::Shared;

mod backward;

pub(crate) use backward::{Seen, norm_backward};

/// What is subtracted from a row before it is scaled: layer normalization or root-mean-square normalization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Center {
    Mean,
    Zero,
}

/// Rows are as wide as the weight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Norm<'a> {
    pub(crate) center: Center,
    pub(crate) weight: &'a [f32],
    pub(crate) bias: Option<&'a [f32]>,
    pub(crate) epsilon: f32,
}

/// Normalizes rows `[row, width]`; statistics `[row, 2]` become the center and the reciprocal deviation of each row.
pub(crate) fn norm(norm: Norm<'_>, input: &[f32], output: &mut [f32], statistics: &mut [f32]) {
    let width = norm.weight.len();
    let pieces = Pieces::of_rows(rows(input, width), width);
    assert_eq!((output.len(), statistics.len()), (input.len(), 2 * rows(input, width)), "rows that don't fit");
    let (output, statistics) = (Shared::new(output), Shared::new(statistics));
    pieces.each(|_, rows| {
        let (start, length) = (rows.start * width, rows.len() * width);
        // SAFETY: pieces don't overlap and end with the slices.
        let output = unsafe { output.slice(start, length) };
        // SAFETY: as above.
        let statistics = unsafe { statistics.slice(2 * rows.start, 2 * rows.len()) };
        Arch::new().dispatch(Forward { norm, input: &input[start..start + length], output, statistics });
    });
}

fn rows(values: &[f32], width: usize) -> usize {
    assert!(values.len().is_multiple_of(width.max(1)), "the last row is not whole");
    values.len() / width.max(1)
}

struct Forward<'a> {
    norm: Norm<'a>,
    input: &'a [f32],
    output: &'a mut [f32],
    statistics: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.norm.weight.len().max(1);
        let rows = self.input.chunks_exact(width).zip(self.output.chunks_exact_mut(width));
        for ((input, output), statistics) in rows.zip(self.statistics.chunks_exact_mut(2)) {
            let total = match self.norm.center {
                Center::Mean => sweep(simd, Keep, Entries { changed: [], read: [input], written: [] })[0],
                Center::Zero => 0.0,
            };
            normalize(simd, self.norm, total, input, output, statistics);
        }
    }
}

/// One row, of which the total is known.
#[inline(always)]
fn normalize<S: Simd>(simd: S, norm: Norm<'_>, total: f32, row: &[f32], output: &mut [f32], statistics: &mut [f32]) {
    let width = row.len() as f32;
    let center = match norm.center {
        Center::Mean => total / width,
        Center::Zero => 0.0,
    };
    let [squares] = sweep(simd, Squares(center), Entries { changed: [], read: [row], written: [] });
    let scale = 1.0 / (squares / width + norm.epsilon).sqrt();
    statistics.copy_from_slice(&[center, scale]);
    let law = Normalize { center, scale };
    match norm.bias {
        Some(bias) => {
            sweep(simd, Shifted(law), Entries { changed: [], read: [row, norm.weight, bias], written: [output] })
        }
        None => sweep(simd, law, Entries { changed: [], read: [row, norm.weight], written: [output] }),
    };
}

#[derive(Clone, Copy)]
struct Keep;

impl Law<1, 1> for Keep {
    #[inline(always)]
    fn lanes<S: Simd>(self, _: S, read: [S::f32s; 1]) -> [S::f32s; 1] {
        read
    }
}

/// Squares of differences from the center.
#[derive(Clone, Copy)]
struct Squares(f32);

impl Law<1, 1> for Squares {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        let difference = simd.sub_f32s(x, simd.splat_f32s(self.0));
        [simd.mul_f32s(difference, difference)]
    }
}

#[derive(Clone, Copy)]
struct Normalize {
    center: f32,
    scale: f32,
}

impl Normalize {
    #[inline(always)]
    fn normal<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        simd.mul_f32s(simd.sub_f32s(x, simd.splat_f32s(self.center)), simd.splat_f32s(self.scale))
    }
}

impl Law<2, 1> for Normalize {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [x, weight]: [S::f32s; 2]) -> [S::f32s; 1] {
        [simd.mul_f32s(self.normal(simd, x), weight)]
    }
}

/// [`Normalize`] with a bias.
#[derive(Clone, Copy)]
struct Shifted(Normalize);

impl Law<3, 1> for Shifted {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [x, weight, bias]: [S::f32s; 3]) -> [S::f32s; 1] {
        [simd.mul_add_e_f32s(self.0.normal(simd, x), weight, bias)]
    }
}

#[cfg(test)]
mod tests;
