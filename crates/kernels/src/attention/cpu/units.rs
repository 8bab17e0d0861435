//! Operands of tiles' products in the units of an arithmetic (see [`Arithmetic`]). Where a unit is one number, rows serve as they lie;
//! where it is two, those that follow one another along the depth make a pair, and an odd end has zeros beside it.

use super::{
    block::ROWS,
    pack::{transpose, width},
    product::Right,
};
use crate::cpu::product::{Arithmetic, Matrix, across_rows, along_rows};

/// The length of a row of units along so many numbers.
pub(super) fn unit_width<A: Arithmetic>(numbers: usize) -> usize {
    width(numbers.div_ceil(A::DEPTH))
}

/// For products whose depth lies along rows: `[row][unit]`, in rows of [`unit_width`].
#[inline(always)]
pub(super) fn along<'a, A: Arithmetic>(
    arithmetic: A,
    rows: Right<'a>,
    [count, length]: [usize; 2],
    units: &'a mut [f32],
) -> Right<'a> {
    if A::DEPTH == 1 {
        return rows;
    }
    let stride = unit_width::<A>(length);
    along_rows(arithmetic, rows.matrix([count, length]), stride, units);
    Right { values: units, stride }
}

/// For products whose depth lies across rows: `[unit][column]`.
#[inline(always)]
pub(super) fn across<'a, A: Arithmetic>(
    arithmetic: A,
    rows: Right<'a>,
    [count, length]: [usize; 2],
    units: &'a mut [f32],
) -> Right<'a> {
    if A::DEPTH == 1 {
        return rows;
    }
    let stride = width(length);
    across_rows(arithmetic, rows.matrix([count, length]), stride, units);
    Right { values: units, stride }
}

/// The same as columns, for products whose depth lies along rows: `[unit][row]`, [`ROWS`] apart. The count and the stride of the rows
/// are whole grains.
#[inline(always)]
pub(super) fn columns<A: Arithmetic>(arithmetic: A, rows: Right, count: usize, units: &mut [f32]) {
    if A::DEPTH == 1 {
        return transpose(arithmetic.simd(), rows.values, count, rows.stride, units);
    }
    across_rows(arithmetic, rows.matrix([count, rows.stride]).transposed(), ROWS, units);
}

impl<'a> Right<'a> {
    fn matrix(&self, dims: [usize; 2]) -> Matrix<'a> {
        Matrix::strided(self.values, dims, [self.stride, 1])
    }
}
