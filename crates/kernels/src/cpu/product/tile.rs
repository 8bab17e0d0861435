//! The register tile: a few rows and two vectors of columns of C, summed over a block of the depth without leaving the registers.

use super::arithmetic::{Arithmetic, Lanes, MOST_LANES, MOST_ROWS, VECTORS};
use super::rows::{Lines, Reader, Rows, Tiles};
use pulp::Simd;

/// Units of the depth in one turn of the inner loop.
const UNROLLED: usize = 4;

/// Whether sums are added to what C holds, or replace it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    Zero,
    Existing,
}

/// A tile of C.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) pointer: *mut f32,
    pub(super) stride: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) start: Start,
}

impl Target {
    /// The part of at most so many rows and columns from these on.
    #[inline(always)]
    pub(super) fn part(self, [row, rows]: [usize; 2], [column, columns]: [usize; 2]) -> Self {
        let pointer = self.pointer.wrapping_add(row * self.stride + column);
        Self { pointer, rows: rows.min(self.rows - row), columns: columns.min(self.columns - column), ..self }
    }
}

/// Multiplies `depth` units of rows of A and of a panel of B into a tile of at most `HEIGHT` rows and `WIDTH` columns.
///
/// # Safety
/// The rows and the panel hold `depth` units, and the tile is this thread's alone to write.
#[inline(always)]
pub(super) unsafe fn multiply<A: Arithmetic>(arithmetic: A, a: Rows, b: *const f32, depth: usize, target: Target) {
    // SAFETY: the caller's promise.
    unsafe {
        if target.columns == A::WIDTH {
            whole(arithmetic, a, b, depth, target);
        } else {
            narrow(arithmetic, a, b, depth, target);
        }
    }
}

/// A tile that reaches over the last column of C is summed beside it.
///
/// # Safety
/// That of [`multiply`].
#[inline(always)]
unsafe fn narrow<A: Arithmetic>(arithmetic: A, a: Rows, b: *const f32, depth: usize, target: Target) {
    let mut beside = [0.0; MOST_ROWS * VECTORS * MOST_LANES];
    let copy = Target { pointer: beside.as_mut_ptr(), stride: A::WIDTH, columns: A::WIDTH, ..target };
    // SAFETY: the caller's promise; a tile of any processor fits beside.
    unsafe {
        if target.start == Start::Existing {
            transfer(target.pointer, target.stride, copy.pointer, copy.stride, target);
        }
        whole(arithmetic, a, b, depth, copy);
        transfer(copy.pointer, copy.stride, target.pointer, target.stride, target);
    }
}

/// # Safety
/// Both sides hold the rows and columns of the target at their stride.
#[inline(always)]
unsafe fn transfer(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize, target: Target) {
    for row in 0..target.rows {
        // SAFETY: the caller's promise.
        unsafe { from.add(row * from_stride).copy_to_nonoverlapping(to.add(row * to_stride), target.columns) }
    }
}

/// A tile of all columns.
///
/// # Safety
/// That of [`multiply`].
#[inline(always)]
unsafe fn whole<A: Arithmetic>(arithmetic: A, a: Rows, b: *const f32, depth: usize, target: Target) {
    let mut done = 0;
    while done < target.rows {
        let rows = target.rows - done;
        let target = Target { pointer: target.pointer.wrapping_add(done * target.stride), rows, ..target };
        // SAFETY: the caller's promise.
        done += unsafe {
            match a.rest(done) {
                Rows::Lines { pointer, stride } => some_rows(arithmetic, Lines::new(pointer, stride), b, depth, target),
                Rows::Tiles { pointer, step, .. } => some_rows(arithmetic, Tiles { pointer, step }, b, depth, target),
            }
        };
    }
}

/// As many of the rows as there is compiled code for; returns how many.
///
/// # Safety
/// That of [`multiply`].
#[inline(always)]
unsafe fn some_rows<A: Arithmetic>(
    arithmetic: A,
    a: impl Reader,
    b: *const f32,
    depth: usize,
    target: Target,
) -> usize {
    // SAFETY: the caller's promise, and no more rows than there are.
    unsafe {
        match target.rows {
            12.. if A::HEIGHT >= 12 => registers::<A, _, 12>(arithmetic, a, b, depth, target),
            8.. if A::HEIGHT >= 8 => registers::<A, _, 8>(arithmetic, a, b, depth, target),
            6.. => registers::<A, _, 6>(arithmetic, a, b, depth, target),
            4.. => registers::<A, _, 4>(arithmetic, a, b, depth, target),
            2.. => registers::<A, _, 2>(arithmetic, a, b, depth, target),
            _ => registers::<A, _, 1>(arithmetic, a, b, depth, target),
        }
    }
}

/// The sums of `ROWS` rows; returns `ROWS`.
///
/// # Safety
/// That of [`multiply`], for `ROWS` rows and all columns.
#[inline(always)]
unsafe fn registers<A: Arithmetic, R: Reader, const ROWS: usize>(
    arithmetic: A,
    mut a: R,
    b: *const f32,
    depth: usize,
    target: Target,
) -> usize {
    let simd = arithmetic.simd();
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
    let mut b = b.cast::<[Lanes<A>; VECTORS]>();
    let (steps, rest) = (depth / UNROLLED, depth % UNROLLED);
    // SAFETY: the caller's promise.
    unsafe {
        for _ in 0..steps {
            for unit in 0..UNROLLED {
                accumulate(arithmetic, &a, unit, b.add(unit).read_unaligned(), &mut sums);
            }
            a.advance(UNROLLED);
            b = b.add(UNROLLED);
        }
        for _ in 0..rest {
            accumulate(arithmetic, &a, 0, b.read_unaligned(), &mut sums);
            a.advance(1);
            b = b.add(1);
        }
        store(simd, sums, target);
    }
    ROWS
}

/// # Safety
/// Each row of A has so many units.
#[inline(always)]
unsafe fn accumulate<A: Arithmetic, const ROWS: usize>(
    arithmetic: A,
    a: &impl Reader,
    unit: usize,
    columns: [Lanes<A>; VECTORS],
    sums: &mut [[Lanes<A>; VECTORS]; ROWS],
) {
    for (row, sums) in sums.iter_mut().enumerate() {
        // SAFETY: the caller's promise.
        let value = arithmetic.simd().splat_f32s(unsafe { a.unit(row, unit) });
        for (sum, column) in sums.iter_mut().zip(columns) {
            *sum = arithmetic.multiply_add(value, column, *sum);
        }
    }
}

/// # Safety
/// That of [`registers`].
#[inline(always)]
unsafe fn store<S: Simd, const ROWS: usize>(simd: S, sums: [[S::f32s; VECTORS]; ROWS], target: Target) {
    for (row, sums) in sums.into_iter().enumerate() {
        for (index, sum) in sums.into_iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe {
                let to = target.pointer.add(row * target.stride).cast::<S::f32s>().add(index);
                let sum = match target.start {
                    Start::Zero => sum,
                    Start::Existing => simd.add_f32s(to.read_unaligned(), sum),
                };
                to.write_unaligned(sum);
            }
        }
    }
}
