//! Operands packed into units apart from a product, for those who multiply in a way of their own.

use super::arithmetic::Arithmetic;
use super::matrix::Matrix;

/// Packs a matrix whose rows lie along the depth: `[row][unit]` in rows of this stride, zeros behind the last unit of each.
#[inline(always)]
pub(crate) fn along_rows<A: Arithmetic>(arithmetic: A, matrix: Matrix, stride: usize, units: &mut [f32]) {
    assert!(matrix.rows() * stride <= units.len(), "there is room for a unit of each entry");
    for (row, units) in units.chunks_exact_mut(stride).enumerate().take(matrix.rows()) {
        arithmetic.pack_row(matrix.row(row), units);
    }
}

/// Packs a matrix whose columns lie along the depth: `[unit][column]` in rows of this stride, zeros behind the last column.
#[inline(always)]
pub(crate) fn across_rows<A: Arithmetic>(arithmetic: A, matrix: Matrix, stride: usize, units: &mut [f32]) {
    assert!(matrix.columns() <= stride, "all columns are in one panel");
    assert!(matrix.rows().div_ceil(A::DEPTH) * stride <= units.len(), "there is room for a unit of each entry");
    // SAFETY: a matrix lies within its values, and its panel within the units.
    unsafe { arithmetic.pack(matrix.of_columns(), stride, units.as_mut_ptr()) };
}
