//! The backward pass of normalization: the gradient of the input, and in the same pass those of the weight and the bias.

use pulp::{Arch, Simd, WithSimd};

use super::{Center, Norm, Normalize, rows};
use crate::cpu::elementwise::{Entries, Law, Pieces, sweep};
use crate::cpu::reductions::RowSum;
use crate::cpu::threads::Shared;

/// What the backward pass reads. Statistics `[row, 2]` are those of the forward pass; `d_sum` is a gradient that reaches the
/// input on another way, as around a residual branch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) input: &'a [f32],
    pub(crate) statistics: &'a [f32],
    pub(crate) d_output: &'a [f32],
    pub(crate) d_sum: Option<&'a [f32]>,
}

/// Writes the gradients of the input, the weight and the bias.
pub(crate) fn norm_backward(
    norm: Norm<'_>,
    seen: Seen<'_>,
    d_input: &mut [f32],
    d_weight: &mut [f32],
    d_bias: Option<&mut [f32]>,
) {
    let width = norm.weight.len();
    let pieces = Pieces::for_sums(rows(seen.input, width), width);
    assert_eq!(d_input.len(), seen.input.len(), "rows that don't fit");
    let mut partial = vec![0.0; pieces.count() * 2 * width];
    let (d_input, sums) = (Shared::new(d_input), Shared::new(&mut partial));
    pieces.each(|piece, rows| {
        // SAFETY: pieces don't overlap and end with the gradient.
        let d_input = unsafe { d_input.slice(rows.start * width, rows.len() * width) };
        // SAFETY: there are two rows of sums for each piece, and only this piece writes its own.
        let (d_weight, d_bias) = unsafe { sums.slice(piece * 2 * width, 2 * width) }.split_at_mut(width);
        Arch::new().dispatch(Backward { norm, seen, first: rows.start, d_input, d_weight, d_bias });
    });
    let mut total = vec![0.0; 2 * width];
    Arch::new().dispatch(RowSum { rows: &partial, sums: &mut total });
    d_weight.copy_from_slice(&total[..width]);
    if let Some(d_bias) = d_bias {
        d_bias.copy_from_slice(&total[width..]);
    }
}

struct Backward<'a> {
    norm: Norm<'a>,
    seen: Seen<'a>,
    first: usize,
    d_input: &'a mut [f32],
    d_weight: &'a mut [f32],
    d_bias: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.norm.weight.len().max(1);
        for (row, d_input) in self.d_input.chunks_exact_mut(width).enumerate() {
            let row = self.first + row;
            let of_row = |values| row_of(values, row, width);
            let read = [of_row(self.seen.d_output), of_row(self.seen.input), self.norm.weight];
            let slope = slope(simd, self.norm.center, row_of(self.seen.statistics, row, 2), read);
            let changed = [&mut *self.d_weight, &mut *self.d_bias];
            let [d_output, input, weight] = read;
            match self.seen.d_sum {
                Some(d_sum) => {
                    let read = [d_output, input, weight, of_row(d_sum)];
                    sweep(simd, Around(slope), Entries { changed, read, written: [d_input] });
                }
                None => {
                    sweep(simd, slope, Entries { changed, read, written: [d_input] });
                }
            }
        }
    }
}

#[inline(always)]
fn row_of(values: &[f32], row: usize, width: usize) -> &[f32] {
    &values[row * width..(row + 1) * width]
}

/// The means over the row that its gradients share.
#[inline(always)]
fn slope<S: Simd>(simd: S, center: Center, statistics: &[f32], read: [&[f32]; 3]) -> Slope {
    let normalize = Normalize { center: statistics[0], scale: statistics[1] };
    let [gradient, aligned] = sweep(simd, Shares(normalize), Entries { changed: [], read, written: [] });
    let width = read[0].len() as f32;
    let mean = match center {
        Center::Mean => gradient / width,
        Center::Zero => 0.0,
    };
    Slope { normalize, mean, aligned: aligned / width }
}

/// The gradient of the normal row, and its product with that row.
#[derive(Clone, Copy)]
struct Shares(Normalize);

impl Law<3, 2> for Shares {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [d_output, x, weight]: [S::f32s; 3]) -> [S::f32s; 2] {
        let gradient = simd.mul_f32s(d_output, weight);
        [gradient, simd.mul_f32s(gradient, self.0.normal(simd, x))]
    }
}

#[derive(Clone, Copy)]
struct Slope {
    normalize: Normalize,
    mean: f32,
    aligned: f32,
}

impl Law<5, 3> for Slope {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [d_weight, d_bias, d_output, x, weight]: [S::f32s; 5]) -> [S::f32s; 3] {
        let normal = self.normalize.normal(simd, x);
        let gradient = simd.sub_f32s(simd.mul_f32s(d_output, weight), simd.splat_f32s(self.mean));
        let gradient = simd.negate_mul_add_e_f32s(normal, simd.splat_f32s(self.aligned), gradient);
        let d_input = simd.mul_f32s(gradient, simd.splat_f32s(self.normalize.scale));
        [simd.mul_add_e_f32s(d_output, normal, d_weight), simd.add_f32s(d_bias, d_output), d_input]
    }
}

/// [`Slope`] with a gradient that goes around the normalization.
#[derive(Clone, Copy)]
struct Around(Slope);

impl Law<6, 3> for Around {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [d_weight, d_bias, d_output, x, weight, d_sum]: [S::f32s; 6]) -> [S::f32s; 3] {
        let [d_weight, d_bias, d_input] = self.0.lanes(simd, [d_weight, d_bias, d_output, x, weight]);
        [d_weight, d_bias, simd.add_f32s(d_input, d_sum)]
    }
}
