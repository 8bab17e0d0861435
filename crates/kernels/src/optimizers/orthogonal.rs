//! Muon on slices: the momentum, its way to the closest orthogonal matrix, and the update.
//!
//! Newton and Schulz's iteration takes `(first + third S + fifth S²) X`, with `S = X Xᵀ` on the short side of X. S and its square are
//! symmetric: only strips on and above the diagonal are computed, and what lies below is copied.

use pulp::Simd;

use super::Muon;
use crate::cpu::{
    buffer::unwritten,
    elementwise::{Entries, Law, apply, scale_in_place},
    product::{Matrix, MatrixMut, Precision, Start, nothing, product},
    reductions::sum_of_squares,
};

/// Rows of a strip: whole tiles of a product, and few enough that little below the diagonal is computed.
const STRIP: usize = 96;
/// Entries that change places across the diagonal together.
const SQUARE: usize = 16;

/// What Newton and Schulz's iteration is made of.
pub(super) struct Iteration {
    /// Factors of the first, third and fifth power.
    pub(super) quintic: [f32; 3],
    pub(super) count: usize,
    pub(super) least_norm: f64,
}

/// Updates the parameter `[rows, columns]` and its momentum.
pub(super) fn muon(
    settings: &Muon,
    (iteration, pace): (&Iteration, f64),
    dims: [usize; 2],
    parameter: &mut [f32],
    gradient: &[f32],
    momentum: &mut [f32],
) {
    let mut ahead = unwritten(gradient.len());
    let look = Look { factor: settings.factor as f32, momentum: settings.momentum as f32 };
    apply(look, Entries { changed: [momentum], read: [gradient], written: [&mut ahead] });
    let update = iteration.orthogonal(ahead, dims);
    let kept = (1.0 - settings.learning_rate * settings.decay) as f32;
    apply(Move { kept, pace: pace as f32 }, Entries { changed: [parameter], read: [&update], written: [] });
}

impl Iteration {
    /// Near the orthogonal matrix that is closest to this one.
    fn orthogonal(&self, mut matrix: Vec<f32>, [rows, columns]: [usize; 2]) -> Vec<f32> {
        let norm = sum_of_squares(&matrix).sqrt().max(self.least_norm);
        scale_in_place(&mut matrix, (1.0 / norm) as f32);
        let side = rows.min(columns);
        let ([mut square, mut sum], mut next) = ([0; 2].map(|_| unwritten(side * side)), unwritten(matrix.len()));
        for _ in 0..self.count {
            let whole = Matrix::row_major(&matrix, rows, columns);
            let wide = if rows > columns { whole.transposed() } else { whole };
            symmetric(wide, wide.transposed(), &mut square);
            self.polynomial(&square, side, &mut sum);
            let polynomial = Matrix::row_major(&sum, side, side);
            let [left, right] = if rows > columns { [whole, polynomial] } else { [polynomial, whole] };
            let target = MatrixMut::row_major(&mut next, rows, columns);
            product(left, right, target, Start::Zero, Precision::F32, &nothing);
            std::mem::swap(&mut matrix, &mut next);
        }
        matrix
    }

    /// `sum = first + third square + fifth square²`.
    fn polynomial(&self, square: &[f32], side: usize, sum: &mut [f32]) {
        let [first, third, fifth] = self.quintic;
        let matrix = Matrix::row_major(square, side, side);
        symmetric(matrix, matrix, sum);
        apply(Blend { third, fifth }, Entries { changed: [&mut *sum], read: [square], written: [] });
        sum.iter_mut().step_by(side + 1).for_each(|value| *value += first);
    }
}

/// A product that is known to be symmetric.
fn symmetric(left: Matrix, right: Matrix, out: &mut [f32]) {
    let side = left.rows();
    for first in (0..side).step_by(STRIP) {
        let (strip, right) = (left.from(first, 0).first_rows(STRIP), right.from(0, first));
        let target = MatrixMut::strided(&mut out[first * (side + 1)..], [strip.rows(), side - first], side);
        product(strip, right, target, Start::Zero, Precision::F32, &nothing);
    }
    mirror(out, side);
}

/// Copies what lies above the diagonal to below it, in squares, whose lines stay in the cache.
fn mirror(matrix: &mut [f32], side: usize) {
    for top in (0..side).step_by(SQUARE) {
        for left in (0..=top).step_by(SQUARE) {
            for row in top..(top + SQUARE).min(side) {
                for column in left..(left + SQUARE).min(row) {
                    matrix[row * side + column] = matrix[column * side + row];
                }
            }
        }
    }
}

/// Momentum and, after Nesterov, the place that it leads to.
#[derive(Clone, Copy)]
struct Look {
    factor: f32,
    momentum: f32,
}

impl Law<2, 2> for Look {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [momentum, gradient]: [S::f32s; 2]) -> [S::f32s; 2] {
        let (kept, gradient) = (simd.splat_f32s(self.momentum), simd.mul_f32s(gradient, simd.splat_f32s(self.factor)));
        let momentum = simd.add_f32s(simd.mul_f32s(momentum, kept), gradient);
        [momentum, simd.add_f32s(gradient, simd.mul_f32s(momentum, kept))]
    }
}

#[derive(Clone, Copy)]
struct Move {
    kept: f32,
    pace: f32,
}

impl Law<2, 1> for Move {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [parameter, update]: [S::f32s; 2]) -> [S::f32s; 1] {
        let kept = simd.mul_f32s(parameter, simd.splat_f32s(self.kept));
        [simd.sub_f32s(kept, simd.mul_f32s(update, simd.splat_f32s(self.pace)))]
    }
}

#[derive(Clone, Copy)]
struct Blend {
    third: f32,
    fifth: f32,
}

impl Law<2, 1> for Blend {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [square, plain]: [S::f32s; 2]) -> [S::f32s; 1] {
        let plain = simd.mul_f32s(plain, simd.splat_f32s(self.third));
        [simd.mul_add_f32s(square, simd.splat_f32s(self.fifth), plain)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::elementwise::tests::{numbers, on_any_threads};

    const ITERATION: Iteration = Iteration { quintic: [3.4445, -4.7750, 2.0315], count: 5, least_norm: 1e-7 };
    /// Five iterations multiply an error of f32 a few hundred times.
    const TOLERANCE: f64 = 2e-3;

    fn naive(matrix: &[f32], [rows, columns]: [usize; 2]) -> Vec<f64> {
        let times = |left: &dyn Fn(usize, usize) -> f64, right: &dyn Fn(usize, usize) -> f64, [m, k, n]: [usize; 3]| {
            let entry = |at: usize| (0..k).map(|depth| left(at / n, depth) * right(depth, at % n)).sum::<f64>();
            (0..m * n).map(entry).collect::<Vec<f64>>()
        };
        let norm = matrix.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
        let mut x: Vec<f64> = matrix.iter().map(|&value| f64::from(value) / norm).collect();
        for _ in 0..5 {
            let at = |row: usize, column: usize| x[row * columns + column];
            let square = times(&at, &|depth, row| at(row, depth), [rows, columns, rows]);
            let cube = times(&|row, depth| square[row * rows + depth], &at, [rows, rows, columns]);
            let fifth = times(
                &|row, depth| square[row * rows + depth],
                &|row, column| cube[row * columns + column],
                [rows, rows, columns],
            );
            x = (0..x.len()).map(|at| 3.4445 * x[at] - 4.7750 * cube[at] + 2.0315 * fifth[at]).collect();
        }
        x
    }

    #[test]
    fn matrices_follow_the_iteration() {
        for dims in [[1, 1], [3, 5], [5, 3], [17, 17], [97, 130], [200, 110]] {
            let matrix = numbers(dims[0] * dims[1], 3);
            let found = on_any_threads(|| ITERATION.orthogonal(matrix.clone(), dims));
            for (found, expected) in found.into_iter().zip(naive(&matrix, dims)) {
                assert!((f64::from(found) - expected).abs() < TOLERANCE, "{found}, expected {expected} of {dims:?}");
            }
        }
    }

    #[test]
    fn nothing_to_learn_is_no_update() {
        let (mut parameter, mut momentum) = (vec![2.0; 6], vec![0.0; 6]);
        let settings = Muon { learning_rate: 0.5, momentum: 0.9, decay: 0.1, factor: 1.0 };
        muon(&settings, (&ITERATION, 1.0), [2, 3], &mut parameter, &[0.0; 6], &mut momentum);
        assert_eq!((parameter, momentum), (vec![1.9; 6], vec![0.0; 6]));
    }
}
