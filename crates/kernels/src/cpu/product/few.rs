//! Products of a few rows with a B whose rows are contiguous, as generation has them: B is read once, as it lies.
//!
//! Every entry of C takes the steps that it takes in a register tile, so that a row has the same bits alone and among many.

use super::arithmetic::{Arithmetic, Job};
use super::epilogue::{Block, add_row};
use super::matrix::Source;
use super::piece::Call;
use super::plan::groups;
use super::tile::Start;
use crate::cpu::elementwise::{load, store};
use pulp::Simd;
use std::ops::Range;

/// Rows that are few. With more of them, packing B pays.
pub(super) const FEW: usize = 8;
/// Sums that stay in the first cache while B passes by.
pub(super) const SUMS: usize = 4096;
/// Rows of B that are read side by side: sums are loaded and stored once for all of them.
const TOGETHER: usize = 8;

/// Some columns of C, all rows of them, and room for [`SUMS`].
pub(super) struct Stripe<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) columns: Range<usize>,
    pub(super) sums: &'a mut [f32],
}

impl Job for Stripe<'_> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arithmetic>(self, arithmetic: A) {
        let Self { call, columns, sums } = self;
        for columns in groups(columns, SUMS / call.plan.rows) {
            let sums = &mut sums[..call.plan.rows * columns.len()];
            for block in 0..call.plan.blocks() {
                sums.fill(0.0);
                let depth = call.plan.block(block);
                for depth in groups(depth, TOGETHER) {
                    let a = call.a.part([0, call.plan.rows], [depth.start, depth.len()]);
                    let b = call.b.part([columns.start, columns.len()], [depth.start, depth.len()]);
                    // SAFETY: there is a sum for each of the rows and each of the columns.
                    unsafe { add(arithmetic.simd(), a, b, sums.as_mut_ptr()) };
                }
                settle(call, block, &columns, sums);
            }
            (call.finish)(Block { c: call.c, stride: call.stride, rows: 0..call.plan.rows, columns });
        }
    }
}

/// Adds a block of the depth to C.
#[inline(always)]
fn settle(call: &Call, block: usize, columns: &Range<usize>, sums: &[f32]) {
    let start = if block == 0 { call.start } else { Start::Existing };
    for (row, sums) in sums.chunks_exact(columns.len()).enumerate() {
        // SAFETY: the columns of C are this job's alone.
        let values = unsafe { call.c.slice(row * call.stride + columns.start, columns.len()) };
        match start {
            Start::Zero => values.copy_from_slice(sums),
            Start::Existing => add_row(values, sums),
        }
    }
}

/// Adds the product of at most [`TOGETHER`] columns of A and as many rows of B.
///
/// # Safety
/// There are sums for the lanes of both.
#[inline(always)]
unsafe fn add<S: Simd>(simd: S, a: Source, b: Source, sums: *mut f32) {
    let mut row = 0;
    while row < a.lanes {
        let sums = sums.wrapping_add(row * b.lanes);
        let rows = a.part([row, a.lanes], [0, a.depth]);
        // SAFETY: the caller's promise, and no more rows than there are.
        row += unsafe {
            match rows.lanes {
                4.. => add_rows::<S, 4>(simd, rows, b, sums),
                2.. => add_rows::<S, 2>(simd, rows, b, sums),
                _ => add_rows::<S, 1>(simd, rows, b, sums),
            }
        };
    }
}

/// The same for `ROWS` rows; returns `ROWS`.
///
/// # Safety
/// That of [`add`].
#[inline(always)]
unsafe fn add_rows<S: Simd, const ROWS: usize>(simd: S, a: Source, b: Source, sums: *mut f32) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        if a.depth == TOGETHER {
            add_whole::<S, ROWS, TOGETHER>(simd, a, b, sums);
        } else {
            for depth in 0..a.depth {
                let [a, b] = [a, b].map(|source| source.part([0, source.lanes], [depth, 1]));
                add_whole::<S, ROWS, 1>(simd, a, b, sums);
            }
        }
    }
    ROWS
}

/// # Safety
/// That of [`add`], with `ROWS` rows and a depth of `DEPTH`.
#[inline(always)]
unsafe fn add_whole<S: Simd, const ROWS: usize, const DEPTH: usize>(simd: S, a: Source, b: Source, sums: *mut f32) {
    let mut factors = [[simd.splat_f32s(0.0); DEPTH]; ROWS];
    for (row, factors) in factors.iter_mut().enumerate() {
        for (depth, factor) in factors.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            *factor = simd.splat_f32s(unsafe { *a.at(row, depth) });
        }
    }
    let whole = b.lanes - b.lanes % S::F32_LANES;
    for column in (0..whole).step_by(S::F32_LANES) {
        // SAFETY: a whole vector is left.
        unsafe { add_vector(simd, &factors, b, column, sums, None) };
    }
    if whole < b.lanes {
        let mask = simd.mask_between_m32s(0, (b.lanes - whole) as u32).mask();
        // SAFETY: the mask ends with the columns.
        unsafe { add_vector(simd, &factors, b, whole, sums, Some(mask)) };
    }
}

/// # Safety
/// From this column on, there is a vector of columns, or else as many as the mask has.
#[inline(always)]
unsafe fn add_vector<S: Simd, const ROWS: usize, const DEPTH: usize>(
    simd: S,
    factors: &[[S::f32s; DEPTH]; ROWS],
    b: Source,
    column: usize,
    sums: *mut f32,
    mask: Option<S::m32s>,
) {
    let place = |row: usize| sums.wrapping_add(row * b.lanes + column);
    let mut totals = [simd.splat_f32s(0.0); ROWS];
    // SAFETY: the caller's promise.
    unsafe {
        for (row, total) in totals.iter_mut().enumerate() {
            *total = load(simd, place(row), mask);
        }
        for depth in 0..DEPTH {
            let values = load(simd, b.at(column, depth), mask);
            for (total, factors) in totals.iter_mut().zip(factors) {
                *total = simd.mul_add_e_f32s(factors[depth], values, *total);
            }
        }
        for (row, total) in totals.into_iter().enumerate() {
            store(simd, place(row), mask, total);
        }
    }
}
