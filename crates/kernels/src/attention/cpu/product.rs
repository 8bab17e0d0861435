//! Products of tiles, the part of attention where the time goes: a few rows at a time, their sums held in registers.

use std::ops::Range;

use pulp::{Simd, WithSimd};

/// Rows whose sums are in registers together: with as many vectors of each as [`panel_vectors`] says, they fill them.
const STRIP: usize = 6;

/// Elements by strides, taken one at a time.
#[derive(Clone, Copy)]
pub(super) struct Left<'a> {
    pub values: &'a [f32],
    pub row: usize,
    pub depth: usize,
}

/// Rows of this stride, taken in vectors.
#[derive(Clone, Copy)]
pub(super) struct Right<'a> {
    pub values: &'a [f32],
    pub stride: usize,
}

/// Rows of this stride, written in vectors.
pub(super) struct Target<'a> {
    pub values: &'a mut [f32],
    pub stride: usize,
    pub start: Start,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    Zero,
    /// The product is added to what is there.
    Add,
}

/// What part of the product some of its rows need. Columns begin and end at whole vectors.
pub(super) struct Limits {
    pub depth: Range<usize>,
    pub columns: Range<usize>,
}

/// `target[row][column] = Σ left[row, depth] · right[depth][column]`, summed in the order of the depth.
///
/// To be run by `simd.vectorize`, so that its many unrolled loops exist once.
pub(super) struct Product<'a> {
    pub left: Left<'a>,
    pub right: Right<'a>,
    pub target: Target<'a>,
    pub rows: usize,
    pub limits: &'a dyn Fn(Range<usize>) -> Limits,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let widest = panel_vectors::<S>() * S::F32_LANES;
        for first in (0..self.rows).step_by(STRIP) {
            let rows = first..(first + STRIP).min(self.rows);
            let Limits { depth, columns } = (self.limits)(rows.clone());
            for first in columns.clone().step_by(widest) {
                self.panel(simd, rows.clone(), depth.clone(), first..(first + widest).min(columns.end));
            }
        }
    }
}

/// Six rows of four vectors, the vectors they meet and one broadcast value take 29 of 32 registers; of two, 15 of 16.
#[inline(always)]
fn panel_vectors<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 4 } else { 2 }
}

impl Product<'_> {
    #[inline(always)]
    fn panel<S: Simd>(&mut self, simd: S, rows: Range<usize>, depth: Range<usize>, columns: Range<usize>) {
        let (left, right, target) = (self.left, self.right, &mut self.target);
        assert!(columns.len().is_multiple_of(S::F32_LANES), "columns come in whole vectors");
        assert!((rows.end - 1) * target.stride + columns.end <= target.values.len(), "the target holds the panel");
        if !depth.is_empty() {
            assert!(
                (rows.end - 1) * left.row + (depth.end - 1) * left.depth < left.values.len(),
                "left holds the panel"
            );
            assert!((depth.end - 1) * right.stride + columns.end <= right.values.len(), "right holds the panel");
        }
        let panel = Panel {
            left: left.values.as_ptr().wrapping_add(rows.start * left.row + depth.start * left.depth),
            left_strides: [left.row, left.depth],
            right: right.values.as_ptr().wrapping_add(depth.start * right.stride + columns.start),
            right_stride: right.stride,
            target: target.values.as_mut_ptr().wrapping_add(rows.start * target.stride + columns.start),
            target_stride: target.stride,
            depth: depth.len(),
            start: target.start,
        };
        // SAFETY: the last element of each of the three lies in its slice, as asserted above.
        unsafe {
            match columns.len() / S::F32_LANES {
                1 => panel.of_vectors::<S, 1>(simd, rows.len()),
                2 => panel.of_vectors::<S, 2>(simd, rows.len()),
                3 => panel.of_vectors::<S, 3>(simd, rows.len()),
                _ => panel.of_vectors::<S, 4>(simd, rows.len()),
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Panel {
    left: *const f32,
    left_strides: [usize; 2],
    right: *const f32,
    right_stride: usize,
    target: *mut f32,
    target_stride: usize,
    depth: usize,
    start: Start,
}

impl Panel {
    #[inline(always)]
    unsafe fn of_vectors<S: Simd, const VECTORS: usize>(self, simd: S, rows: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            match rows {
                1 => self.run::<S, 1, VECTORS>(simd),
                2 => self.run::<S, 2, VECTORS>(simd),
                3 => self.run::<S, 3, VECTORS>(simd),
                4 => self.run::<S, 4, VECTORS>(simd),
                5 => self.run::<S, 5, VECTORS>(simd),
                _ => self.run::<S, STRIP, VECTORS>(simd),
            }
        }
    }

    /// # Safety
    /// `left` points to `ROWS` by `depth` elements of its strides, `right` to `depth` rows of `VECTORS` vectors, `target` to
    /// `ROWS` such rows.
    #[inline(always)]
    unsafe fn run<S: Simd, const ROWS: usize, const VECTORS: usize>(self, simd: S) {
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        // SAFETY: the caller's promise; vectors are read and written as what they are, any 32 bits side by side.
        unsafe {
            if self.start == Start::Add {
                for (row, sums) in sums.iter_mut().enumerate() {
                    for (vector, sum) in sums.iter_mut().enumerate() {
                        *sum = self.place::<S>(row, vector).read_unaligned();
                    }
                }
            }
            for depth in 0..self.depth {
                self.accumulate(simd, depth, &mut sums);
            }
            for (row, sums) in sums.iter().enumerate() {
                for (vector, &sum) in sums.iter().enumerate() {
                    self.place::<S>(row, vector).write_unaligned(sum);
                }
            }
        }
    }

    /// # Safety
    /// As for `run`, and `depth` is below that of the panel.
    #[inline(always)]
    unsafe fn accumulate<S: Simd, const ROWS: usize, const VECTORS: usize>(
        &self,
        simd: S,
        depth: usize,
        sums: &mut [[S::f32s; VECTORS]; ROWS],
    ) {
        let [left_row, left_depth] = self.left_strides;
        // SAFETY: the caller's promise.
        unsafe {
            let (left, right) = (self.left.add(depth * left_depth), self.right.add(depth * self.right_stride));
            let mut vectors = [simd.splat_f32s(0.0); VECTORS];
            for (vector, values) in vectors.iter_mut().enumerate() {
                *values = right.add(vector * S::F32_LANES).cast::<S::f32s>().read_unaligned();
            }
            for (row, sums) in sums.iter_mut().enumerate() {
                let factor = simd.splat_f32s(*left.add(row * left_row));
                for (sum, &values) in sums.iter_mut().zip(&vectors) {
                    *sum = simd.mul_add_e_f32s(factor, values, *sum);
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn place<S: Simd>(&self, row: usize, vector: usize) -> *mut S::f32s {
        // SAFETY: the caller's promise.
        unsafe { self.target.add(row * self.target_stride + vector * S::F32_LANES).cast() }
    }
}
