use super::arithmetic::Job;
use super::epilogue::Block;
use super::plain::Plain;
use super::*;
use pulp::Simd;

/// A sum in f32 is off by less than this times the sum of the absolute values of its terms, at the depths tested.
const ROUNDING: f64 = 1e-5;

const SIZES: [usize; 12] = [1, 2, 3, 5, 7, 13, 17, 33, 63, 65, 97, 129];

struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize
    }

    fn size(&mut self) -> usize {
        SIZES[self.next() % SIZES.len()]
    }

    fn values(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next() as f32 / (1u64 << 30) as f32 - 1.0).collect()
    }
}

/// How a matrix lies in memory.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Rows,
    Columns,
    Strided,
}

const LAYOUTS: [Layout; 3] = [Layout::Rows, Layout::Columns, Layout::Strided];

impl Layout {
    /// A view of [rows, columns] with something of other use after each row or column; exactly as many values as it needs.
    fn view(self, values: &[f32], [rows, columns]: [usize; 2]) -> Matrix<'_> {
        match self {
            Self::Rows => Matrix::strided(values, [rows, columns], [columns + 3, 1]),
            Self::Columns => Matrix::strided(values, [columns, rows], [rows + 3, 1]).transposed(),
            Self::Strided => Matrix::strided(values, [rows, columns], [2 * columns + 1, 2]),
        }
    }

    fn values(self, numbers: &mut Numbers, [rows, columns]: [usize; 2]) -> Vec<f32> {
        let count = match self {
            Self::Rows => (rows - 1) * (columns + 3) + columns,
            Self::Columns => (columns - 1) * (rows + 3) + rows,
            Self::Strided => (rows - 1) * (2 * columns + 1) + 2 * columns - 1,
        };
        numbers.values(count)
    }
}

fn round(value: f32, precision: Precision) -> f64 {
    if precision == Precision::F32 || !bf16_available() {
        return f64::from(value);
    }
    let bits = value.to_bits();
    f64::from(f32::from_bits((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000))
}

/// The product in f64, and the product of the absolute values.
fn oracle(a: Matrix, b: Matrix, precision: Precision) -> Vec<[f64; 2]> {
    let entry = |row, column| {
        (0..a.columns()).fold([0.0, 0.0], |[sum, size], depth| {
            let term = round(a.at(row, depth), precision) * round(b.at(depth, column), precision);
            [sum + term, size + term.abs()]
        })
    };
    (0..a.rows() * b.columns()).map(|index| entry(index / b.columns(), index % b.columns())).collect()
}

fn assert_close(got: f32, [expected, size]: [f64; 2], context: &dyn std::fmt::Debug) {
    assert!((f64::from(got) - expected).abs() <= ROUNDING * (size + 1e-3), "{got} for {expected} in {context:?}");
}

fn check([rows, depth, columns]: [usize; 3], layouts: [Layout; 2], precision: Precision, start: Start) {
    let mut numbers = Numbers((rows * 1_000_003 + depth * 1009 + columns) as u64);
    let [a, b] = [[rows, depth], [depth, columns]];
    let (a_values, b_values) = (layouts[0].values(&mut numbers, a), layouts[1].values(&mut numbers, b));
    let (a, b) = (layouts[0].view(&a_values, a), layouts[1].view(&b_values, b));
    let stride = columns + 5;
    let before = numbers.values(rows * stride);
    let mut c = before.clone();
    product(a, b, MatrixMut::strided(&mut c, [rows, columns], stride), start, precision, &nothing);
    let expected = oracle(a, b, precision);
    for (index, &got) in c.iter().enumerate() {
        let (row, column) = (index / stride, index % stride);
        let old = f64::from(before[index]);
        let context = ([rows, depth, columns], layouts, precision, start, [row, column]);
        match start {
            _ if column >= columns => assert_eq!(got, before[index], "written beside C"),
            Start::Zero => assert_close(got, expected[row * columns + column], &context),
            Start::Existing => {
                let [sum, size] = expected[row * columns + column];
                assert_close(got, [old + sum, old.abs() + size], &context);
            }
        }
    }
}

fn everything(shape: [usize; 3]) {
    for precision in [Precision::F32, Precision::Bf16] {
        for a in LAYOUTS {
            for b in LAYOUTS {
                check(shape, [a, b], precision, Start::Zero);
            }
        }
        check(shape, [Layout::Rows, Layout::Columns], precision, Start::Existing);
    }
}

#[test]
fn every_layout_at_odd_sizes() {
    let mut numbers = Numbers(1);
    for _ in 0..60 {
        everything([numbers.size(), numbers.size(), numbers.size()]);
    }
}

#[test]
fn more_than_one_block_stage_and_piece() {
    everything([1, 1300, 3]);
    everything([205, 531, 33]);
    everything([3, 5, 4131]);
    check([2, 2100, 2081], [Layout::Columns, Layout::Columns], Precision::F32, Start::Existing);
    check([2, 4200, 2081], [Layout::Rows, Layout::Rows], Precision::Bf16, Start::Zero);
}

#[test]
fn no_depth_gives_the_start() {
    let mut c = [3.0; 6];
    let (a, b) = (Matrix::row_major(&[], 2, 0), Matrix::row_major(&[], 0, 3));
    product(a, b, MatrixMut::row_major(&mut c, 2, 3), Start::Existing, Precision::F32, &nothing);
    assert_eq!(c, [3.0; 6]);
    product(a, b, MatrixMut::row_major(&mut c, 2, 3), Start::Zero, Precision::Bf16, &nothing);
    assert_eq!(c, [0.0; 6]);
}

#[test]
fn no_rows_give_nothing() {
    let (a, b) = (Matrix::row_major(&[], 0, 2), Matrix::row_major(&[1.0, 2.0], 2, 1));
    product(a, b, MatrixMut::row_major(&mut [], 0, 1), Start::Zero, Precision::F32, &nothing);
}

/// Runs a product of this shape on so many threads.
fn on_threads(threads: usize, [rows, depth, columns]: [usize; 3], precision: Precision) -> Vec<u32> {
    let mut numbers = Numbers(9);
    let (a, b) = (numbers.values(rows * depth), numbers.values(depth * columns));
    let mut c = vec![f32::NAN; rows * columns];
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a few threads can be had");
    pool.install(|| {
        let (a, b) = (Matrix::row_major(&a, depth, rows).transposed(), Matrix::row_major(&b, depth, columns));
        product(a, b, MatrixMut::row_major(&mut c, rows, columns), Start::Zero, precision, &nothing);
    });
    c.into_iter().map(f32::to_bits).collect()
}

#[test]
fn threads_do_not_change_a_bit() {
    for precision in [Precision::F32, Precision::Bf16] {
        for shape in [[129, 700, 65], [65, 131, 2100], [400, 1100, 97], [1, 1100, 700], [7, 600, 2100]] {
            let one = on_threads(1, shape, precision);
            for threads in [2, 3, 16] {
                assert_eq!(one, on_threads(threads, shape, precision), "{threads} threads, {shape:?}, {precision:?}");
            }
        }
    }
}

#[test]
fn a_row_has_the_same_bits_alone_and_among_many() {
    let mut numbers = Numbers(17);
    for [depth, columns] in [[5, 3], [700, 65], [8, 5000], [1100, 131]] {
        let a_values = Layout::Rows.values(&mut numbers, [20, depth]);
        for (layout, precision) in LAYOUTS.iter().flat_map(|layout| Precision::ALL.map(|precision| (layout, precision)))
        {
            let b_values = layout.values(&mut numbers, [depth, columns]);
            let run = |rows: usize| {
                let mut c = vec![0.5; rows * columns];
                let a = Matrix::strided(&a_values, [rows, depth], [depth + 3, 1]);
                let (b, target) =
                    (layout.view(&b_values, [depth, columns]), MatrixMut::row_major(&mut c, rows, columns));
                product(a, b, target, Start::Existing, precision, &add(Some(&b_values[..1].repeat(columns)), None));
                c
            };
            let many = run(20);
            for rows in 1..=9 {
                assert!(run(rows) == many[..rows * columns], "{rows} x {depth} x {columns}, {layout:?}, {precision:?}");
            }
        }
    }
}

#[test]
fn products_inside_of_products_keep_their_buffers_apart() {
    let expected = on_threads(1, [129, 700, 65], Precision::F32);
    let inner = std::sync::Mutex::new(Vec::new());
    let finish = |_: Block| {
        let product = on_threads(2, [129, 700, 65], Precision::F32);
        inner.lock().expect("nothing panics").push(product);
    };
    let mut c = vec![0.0; 200 * 40];
    let values = Numbers(3).values(200 * 300);
    let (a, b) = (Matrix::row_major(&values, 200, 300), Matrix::row_major(&values[..300 * 40], 300, 40));
    product(a, b, MatrixMut::row_major(&mut c, 200, 40), Start::Zero, Precision::F32, &finish);
    assert!(inner.into_inner().expect("nothing panics").iter().all(|inner| *inner == expected));
}

#[test]
fn a_value_that_is_no_number_reaches_its_row_and_no_other() {
    for precision in [Precision::F32, Precision::Bf16] {
        for bad in [f32::NAN, f32::INFINITY] {
            let (mut a, b) = (vec![1.0; 15 * 37], vec![1.0; 37 * 35]);
            a[3 * 37 + 36] = bad;
            let mut c = vec![0.0; 15 * 35];
            let (a, b) = (Matrix::row_major(&a, 15, 37), Matrix::row_major(&b, 37, 35));
            product(a, b, MatrixMut::row_major(&mut c, 15, 35), Start::Zero, precision, &nothing);
            for (row, values) in c.chunks_exact(35).enumerate() {
                let holds = |value: &f32| if row == 3 { value.to_bits() == bad.to_bits() } else { *value == 37.0 };
                assert!(values.iter().all(holds), "row {row}, {precision:?}");
            }
        }
    }
}

/// The product in the instructions of a lesser processor than this one.
fn product_on(simd: impl Simd, a: Matrix, b: Matrix) -> Vec<f32> {
    let mut c = vec![f32::NAN; a.rows() * b.columns()];
    let plan = Planning([a.rows(), a.columns(), b.columns()]).run(Plain(simd));
    let (mut panels, mut rows) = (vec![0.0; plan.panels_length()], vec![0.0; plan.rows_length()]);
    let (stride, c_shared, start) = (b.columns(), Shared::new(&mut c), Start::Zero);
    let (finish, precision): (&Finish, _) = (&nothing, Precision::F32);
    let call = Call { a: a.of_rows(), b: b.of_columns(), c: c_shared, stride, start, finish, precision, plan };
    for index in 0..call.plan.pieces() {
        Piece { call: &call, index, panels: &mut panels, rows: &mut rows }.run(Plain(simd));
    }
    if a.rows() <= FEW && b.has_contiguous_rows() {
        let whole = c.clone();
        let (call, columns) = (Call { c: Shared::new(&mut c), ..call }, 0..b.columns());
        Stripe { call: &call, columns, sums: &mut [0.0; SUMS] }.run(Plain(simd));
        assert_eq!(c, whole);
    }
    c
}

#[test]
fn lesser_processors_agree() {
    let mut numbers = Numbers(11);
    for shape in [[1, 1, 1], [3, 9, 21], [13, 7, 5], [65, 800, 33], [97, 3, 530]] {
        let [rows, depth, columns] = shape;
        for layouts in LAYOUTS.map(|a| LAYOUTS.map(|b| [a, b])).concat() {
            let a_values = layouts[0].values(&mut numbers, [rows, depth]);
            let b_values = layouts[1].values(&mut numbers, [depth, columns]);
            let a = layouts[0].view(&a_values, [rows, depth]);
            let b = layouts[1].view(&b_values, [depth, columns]);
            let expected = oracle(a, b, Precision::F32);
            let mut products = vec![product_on(pulp::Scalar, a, b)];
            #[cfg(target_arch = "x86_64")]
            products.extend(pulp::x86::V3::try_new().map(|simd| product_on(simd, a, b)));
            for product in products {
                for (&got, &expected) in product.iter().zip(&expected) {
                    assert_close(got, expected, &(shape, layouts));
                }
            }
        }
    }
}

#[test]
fn rows_far_apart_are_packed() {
    let [rows, depth, columns] = [14, 5, 33];
    let (values, stride) = (Numbers(13).values(5 * 9000), 9000);
    let a = Matrix::strided(&values, [rows, depth], [1, stride]);
    let b = Matrix::row_major(&values, depth, columns);
    let mut c = vec![0.0; rows * columns];
    product(a, b, MatrixMut::row_major(&mut c, rows, columns), Start::Zero, Precision::F32, &nothing);
    for (&got, expected) in c.iter().zip(oracle(a, b, Precision::F32)) {
        assert_close(got, expected, &"far");
    }
}

#[test]
fn epilogues_see_complete_sums() {
    for [rows, depth, columns] in [[5, 3, 7], [101, 600, 71], [30, 11, 2100]] {
        let mut numbers = Numbers(5);
        let (a, b) = (numbers.values(rows * depth), numbers.values(depth * columns));
        let (a, b) = (Matrix::row_major(&a, rows, depth), Matrix::row_major(&b, depth, columns));
        let (bias, residual) = (numbers.values(columns), numbers.values(rows * (columns + 2)));
        let run = |finish: &Finish| {
            let mut c = vec![0.0; rows * columns];
            product(a, b, MatrixMut::row_major(&mut c, rows, columns), Start::Zero, Precision::F32, finish);
            c
        };
        let plain = run(&nothing);
        let biased: Vec<f32> = plain.iter().enumerate().map(|(index, c)| c + bias[index % columns]).collect();
        assert_eq!(run(&add(Some(&bias), None)), biased);
        let at = |index| residual[index / columns * (columns + 2) + index % columns];
        let both: Vec<f32> = biased.iter().enumerate().map(|(index, c)| c + at(index)).collect();
        assert_eq!(run(&add(Some(&bias), Some((&residual, columns + 2)))), both);
    }
}

#[test]
fn column_sums_add_up() {
    for rows in [0, 1, 3, 64, 65, 500] {
        for columns in [1, 7, 65, 300] {
            let values = Numbers(7).values(rows * columns);
            let mut sums = vec![f32::NAN; columns];
            column_sums(Matrix::row_major(&values, rows, columns), &mut sums);
            for (column, &got) in sums.iter().enumerate() {
                let terms = || values.iter().skip(column).step_by(columns).map(|&value| f64::from(value));
                assert_close(got, [terms().sum(), terms().map(f64::abs).sum()], &[rows, columns, column]);
            }
        }
    }
}
