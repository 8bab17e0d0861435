//! Transposing and multiplying on each kind of vectors that the processor has.

use pulp::{Arch, Scalar, Simd, WithSimd};

use crate::{
    attention::cpu::{
        block::{GRAIN, ROWS},
        pack::{transpose, width},
        product::{Left, Limits, Product, Right, Start, Target},
        tests::oracle::to_bf16,
        units::{across, along, columns},
    },
    cpu::product::{Arithmetic, Job, Plain, Precision, enter},
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
        self.run(Plain(simd))
    }
}

impl Job for Multiply<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn run<A: Arithmetic>(self, arithmetic: A) -> Vec<f32> {
        let (depth, mut values) = (self.left.len() / self.rows, vec![1.0; self.rows * self.columns]);
        let [mut left_units, mut right_units] =
            [self.rows, self.columns].map(|length| vec![f32::NAN; depth * width(length)]);
        let left = Right { values: self.left, stride: self.rows };
        let left = across(arithmetic, left, [depth, self.rows], &mut left_units);
        let right = Right { values: self.right, stride: self.columns };
        let right = across(arithmetic, right, [depth, self.columns], &mut right_units);
        arithmetic.enter(Product {
            left: Left { values: left.values, row: 1, depth: left.stride },
            right,
            target: Target { values: &mut values, stride: self.columns, start: Start::Add },
            rows: self.rows,
            limits: &|_| Limits { depth: 0..depth, columns: 0..self.columns },
        });
        values
    }
}

/// Of numbers that bf16 holds, too.
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
        let work = || Multiply { left: &left, right: &right, rows, columns };
        on_each_kind(work, check);
        check(enter(Precision::Bf16, work()));
    }
}

/// Rows as units in each of the three ways, and the numbers in a unit.
struct Units<'a> {
    rows: &'a [f32],
    dims: [usize; 2],
}

impl Job for Units<'_> {
    type Output = ([Vec<f32>; 3], usize);

    #[inline(always)]
    fn run<A: Arithmetic>(self, arithmetic: A) -> Self::Output {
        let ([count, length], stride) = (self.dims, width(self.dims[1]));
        let rows = Right { values: self.rows, stride };
        let [mut along_units, mut across_units] =
            [count, count.div_ceil(A::DEPTH)].map(|rows| vec![f32::NAN; rows * stride]);
        let along = along(arithmetic, rows, self.dims, &mut along_units);
        let across = across(arithmetic, rows, self.dims, &mut across_units);
        let mut column_units = vec![f32::NAN; stride * ROWS];
        columns(arithmetic, rows, count.next_multiple_of(GRAIN), &mut column_units);
        let unit_rows = |rows: Right, count: usize, width: usize| {
            (0..count).flat_map(|row| rows.values[row * rows.stride..][..width].to_vec()).collect()
        };
        let along = unit_rows(along, count, length.div_ceil(A::DEPTH));
        let across = unit_rows(across, count.div_ceil(A::DEPTH), length);
        let columns = unit_rows(Right { values: &column_units, stride: ROWS }, length.div_ceil(A::DEPTH), count);
        ([along, across, columns], A::DEPTH)
    }
}

/// What a unit of these numbers, or of one and nothing, is.
fn unit(first: f32, second: Option<f32>) -> f32 {
    let bits = |value: f32| to_bf16(value).to_bits() >> 16;
    f32::from_bits(bits(first) | bits(second.unwrap_or_default()) << 16)
}

#[test]
fn units_hold_neighbors_along_the_depth() {
    for dims @ [count, length] in [[1_usize, 1_usize], [2, 3], [3, 2], [5, 17], [7, 31], [16, 33], [63, 63], [64, 64]] {
        let mut rows = vec![0.0; count.next_multiple_of(GRAIN) * width(length)];
        let place = |row: usize, column: usize| row * width(length) + column;
        for (row, column) in (0..count).flat_map(|row| (0..length).map(move |column| (row, column))) {
            rows[place(row, column)] = ((row * length + column) as f32 + 0.3).sin();
        }
        let (found, numbers) = enter(Precision::Bf16, Units { rows: &rows, dims });
        let at = |row: usize, column: usize| (row < count && column < length).then(|| rows[place(row, column)]);
        let make = |first: [usize; 2], second: [usize; 2]| {
            let [first, second] = [first, second].map(|[row, column]| at(row, column));
            let first = first.expect("the first number of a unit is there");
            if numbers == 1 { first } else { unit(first, second) }
        };
        let [wide, high] = [length.div_ceil(numbers), count.div_ceil(numbers)];
        let along = |row: usize, unit: usize| make([row, numbers * unit], [row, numbers * unit + 1]);
        let expected: [Vec<f32>; 3] = [
            (0..count * wide).map(|place| along(place / wide, place % wide)).collect(),
            (0..high * length)
                .map(|place| [numbers * (place / length), place % length])
                .map(|[row, column]| make([row, column], [row + 1, column]))
                .collect(),
            (0..wide * count).map(|place| along(place % count, place / count)).collect(),
        ];
        let bits =
            |all: &[Vec<f32>; 3]| all.clone().map(|units| units.into_iter().map(f32::to_bits).collect::<Vec<_>>());
        assert_eq!(bits(&found), bits(&expected), "{dims:?}");
    }
}
