//! Products of tiles, the part of attention where the time goes: a few rows at a time, their sums held in registers.

use std::ops::Range;

use pulp::Simd;

use crate::cpu::product::{Arithmetic, Job, Lanes};

/// Rows whose sums are in registers together: with as many vectors of each as [`panel_vectors`] says, they fill them.
const STRIP: usize = 6;

/// Units by strides, taken one at a time.
#[derive(Clone, Copy)]
pub(super) struct Left<'a> {
    pub values: &'a [f32],
    pub row: usize,
    pub depth: usize,
}

/// Rows of units of this stride, taken in vectors.
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

/// What part of the product some of its rows need. Columns begin and end at whole vectors; the depth counts numbers, and where it
/// cuts a unit, what it leaves out of it is multiplied all the same.
pub(super) struct Limits {
    pub depth: Range<usize>,
    pub columns: Range<usize>,
}

/// `target[row][column] = Σ left[row, depth] · right[depth][column]`, summed in the order of the depth, both sides in
/// the units of one arithmetic (see [`Arithmetic`]).
///
/// To be run by `arithmetic.enter`, so that its many unrolled loops exist once.
pub(super) struct Product<'a> {
    pub left: Left<'a>,
    pub right: Right<'a>,
    pub target: Target<'a>,
    pub rows: usize,
    pub limits: &'a dyn Fn(Range<usize>) -> Limits,
}

impl Job for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arithmetic>(mut self, arithmetic: A) {
        let widest = panel_vectors::<A::Simd>() * A::Simd::F32_LANES;
        for first in (0..self.rows).step_by(STRIP) {
            let rows = first..(first + STRIP).min(self.rows);
            let Limits { depth, columns } = (self.limits)(rows.clone());
            let units = if depth.is_empty() { 0..0 } else { depth.start / A::DEPTH..depth.end.div_ceil(A::DEPTH) };
            for first in columns.clone().step_by(widest) {
                self.panel(arithmetic, rows.clone(), units.clone(), first..(first + widest).min(columns.end));
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
    fn panel<A: Arithmetic>(&mut self, arithmetic: A, rows: Range<usize>, depth: Range<usize>, columns: Range<usize>) {
        let lanes = A::Simd::F32_LANES;
        let (left, right, target) = (self.left, self.right, &mut self.target);
        assert!(columns.len().is_multiple_of(lanes), "columns come in whole vectors");
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
            match columns.len() / lanes {
                1 => panel.of_vectors::<A, 1>(arithmetic, rows.len()),
                2 => panel.of_vectors::<A, 2>(arithmetic, rows.len()),
                3 => panel.of_vectors::<A, 3>(arithmetic, rows.len()),
                _ => panel.of_vectors::<A, 4>(arithmetic, rows.len()),
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
    unsafe fn of_vectors<A: Arithmetic, const VECTORS: usize>(self, arithmetic: A, rows: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            match rows {
                1 => self.run::<A, 1, VECTORS>(arithmetic),
                2 => self.run::<A, 2, VECTORS>(arithmetic),
                3 => self.run::<A, 3, VECTORS>(arithmetic),
                4 => self.run::<A, 4, VECTORS>(arithmetic),
                5 => self.run::<A, 5, VECTORS>(arithmetic),
                _ => self.run::<A, STRIP, VECTORS>(arithmetic),
            }
        }
    }

    /// # Safety
    /// `left` points to `ROWS` by `depth` units of its strides, `right` to `depth` rows of `VECTORS` vectors, `target` to
    /// `ROWS` such rows.
    #[inline(always)]
    unsafe fn run<A: Arithmetic, const ROWS: usize, const VECTORS: usize>(self, arithmetic: A) {
        let simd = arithmetic.simd();
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        // SAFETY: the caller's promise; vectors are read and written as what they are, any 32 bits side by side.
        unsafe {
            if self.start == Start::Add {
                for (row, sums) in sums.iter_mut().enumerate() {
                    for (vector, sum) in sums.iter_mut().enumerate() {
                        *sum = self.place::<A::Simd>(row, vector).read_unaligned();
                    }
                }
            }
            for depth in 0..self.depth {
                self.accumulate(arithmetic, depth, &mut sums);
            }
            for (row, sums) in sums.iter().enumerate() {
                for (vector, &sum) in sums.iter().enumerate() {
                    self.place::<A::Simd>(row, vector).write_unaligned(sum);
                }
            }
        }
    }

    /// # Safety
    /// As for `run`, and `depth` is below that of the panel.
    #[inline(always)]
    unsafe fn accumulate<A: Arithmetic, const ROWS: usize, const VECTORS: usize>(
        &self,
        arithmetic: A,
        depth: usize,
        sums: &mut [[Lanes<A>; VECTORS]; ROWS],
    ) {
        let simd = arithmetic.simd();
        let [left_row, left_depth] = self.left_strides;
        // SAFETY: the caller's promise.
        unsafe {
            let (left, right) = (self.left.add(depth * left_depth), self.right.add(depth * self.right_stride));
            let mut vectors = [simd.splat_f32s(0.0); VECTORS];
            for (vector, values) in vectors.iter_mut().enumerate() {
                *values = right.add(vector * A::Simd::F32_LANES).cast::<Lanes<A>>().read_unaligned();
            }
            for (row, sums) in sums.iter_mut().enumerate() {
                let factor = simd.splat_f32s(*left.add(row * left_row));
                for (sum, &values) in sums.iter_mut().zip(&vectors) {
                    *sum = arithmetic.multiply_add(factor, values, *sum);
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
