//! Transposing and multiplying on each kind of vectors that the processor has.

use pulp::{Arch, Scalar, Simd, WithSimd};

use crate::attention::cpu::{
    block::{GRAIN, ROWS},
    pack::transpose,
    product::{Left, Limits, Product, Right, Start, Target},
};

/// Each kind makes its own result, which `check` sees.
fn on_each_kind<T, W: WithSimd<Output = T>>(work: impl Fn() -> W, check: impl Fn(T)) {
    check(Simd::vectorize(Scalar::new(), work()));
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        check(Simd::vectorize(simd, work()));
    }
    check(Arch::new().dispatch(work()));
}

struct Transpose<'a> {
    rows: &'a [f32],
    width: usize,
}

impl WithSimd for Transpose<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let mut columns = vec![f32::NAN; self.width * ROWS];
        transpose(simd, self.rows, self.rows.len() / self.width, self.width, &mut columns);
        columns
    }
}

#[test]
fn rows_become_columns() {
    for (count, width) in [(16, 16), (48, 32), (64, 80)] {
        let rows: Vec<f32> = (0..count * width).map(|value| value as f32).collect();
        let check = |columns: Vec<f32>| {
            let is_there = |place| columns[place % width * ROWS + place / width] == rows[place];
            assert!((0..rows.len()).all(is_there), "{count} rows of {width}");
        };
        on_each_kind(|| Transpose { rows: &rows, width }, check);
    }
}

struct Multiply<'a> {
    left: &'a [f32],
    right: &'a [f32],
    rows: usize,
    columns: usize,
}

impl WithSimd for Multiply<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let (depth, mut values) = (self.left.len() / self.rows, vec![1.0; self.rows * self.columns]);
        simd.vectorize(Product {
            left: Left { values: self.left, row: 1, depth: self.rows },
            right: Right { values: self.right, stride: self.columns },
            target: Target { values: &mut values, stride: self.columns, start: Start::Add },
            rows: self.rows,
            limits: &|_| Limits { depth: 0..depth, columns: 0..self.columns },
        });
        values
    }
}

#[test]
fn products_are_sums_of_products() {
    for (rows, depth, columns) in
        [(1, 1, GRAIN), (5, 3, 2 * GRAIN), (7, 2, 3 * GRAIN), (13, 17, 5 * GRAIN), (64, 64, 8 * GRAIN)]
    {
        let left: Vec<f32> = (0..rows * depth).map(|value| (value % 7) as f32).collect();
        let right: Vec<f32> = (0..depth * columns).map(|value| (value % 5) as f32).collect();
        let expected = |row: usize, column: usize| -> f32 {
            1.0 + (0..depth).map(|depth| left[depth * rows + row] * right[depth * columns + column]).sum::<f32>()
        };
        let check = |values: Vec<f32>| {
            let is_right = |place| values[place] == expected(place / columns, place % columns);
            assert!((0..rows * columns).all(is_right), "{rows} {depth} {columns}");
        };
        on_each_kind(|| Multiply { left: &left, right: &right, rows, columns }, check);
    }
}
