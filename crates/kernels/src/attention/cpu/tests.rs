use attentive_random::{Key, Stream};

use super::{super::Mask, Shape};

mod oracle;
mod parts;

use crate::{Precision, cpu::product::bf16_available, dropout::Dropout};
use oracle::{BF16_ROUNDING, Case, Outcome, Sum};

const SIZES: [usize; 9] = [1, 2, 3, 5, 7, 17, 63, 65, 129];
const HEADS: [[usize; 2]; 5] = [[1, 1], [2, 2], [3, 1], [6, 2], [4, 4]];
const OPTIONS: usize = 6;
/// Sums of products of numbers below one, in f32.
const TOLERANCE: f64 = 5e-6;

fn shape(stream: &mut Stream) -> Shape {
    let mut size = || SIZES[stream.below(SIZES.len())];
    let (queries, keys, channels) = (size(), size(), size());
    // What is large in each axis takes the oracle long and shows nothing more.
    let channels = if queries * keys > 5000 { channels % 32 + 1 } else { channels };
    let ([heads, groups], batch) = (HEADS[stream.below(HEADS.len())], 1 + stream.below(3));
    Shape { batch, heads, groups, queries, keys, channels }
}

fn mask(stream: &mut Stream) -> Mask {
    match stream.below(3) {
        0 => Mask::Everything,
        1 => Mask::Causal,
        _ => Mask::Window(1 + stream.below(80)),
    }
}

fn assert_near(actual: &[f32], expected: &[Sum], what: &str, case: &Case) {
    assert_eq!(actual.len(), expected.len());
    // The larger the sum, the larger its error.
    let sizes = expected.iter().map(|sum| sum.value.abs()).filter(|size| size.is_finite());
    let tolerance = TOLERANCE * sizes.fold(1.0, f64::max);
    for (place, (&actual, expected)) in actual.iter().zip(expected).enumerate() {
        let error = (f64::from(actual) - expected.value).abs();
        let is_near = error <= tolerance + expected.slack || f64::from(actual) == expected.value;
        let (shape, mask, precision) = (case.shape, &case.mask, case.precision);
        assert!(is_near, "{what} {place}: {actual} for {expected:?}; {shape:?} {mask:?} {precision:?}");
    }
}

fn check(mut case: Case) {
    for precision in Precision::ALL {
        case.precision = precision;
        check_as_it_is(&case);
    }
}

fn check_as_it_is(case: &Case) {
    let (actual, expected) = (case.run(), case.expected());
    assert_near(&actual.output, &expected.output, "output", case);
    assert_near(&actual.log_sums, &expected.log_sums, "log sum", case);
    assert_near(&actual.value, &expected.value, "gradient of value", case);
    assert_near(&actual.key, &expected.key, "gradient of key", case);
    assert_near(&actual.query, &expected.query, "gradient of query", case);
    assert_near(&actual.bias, &expected.bias, "gradient of bias", case);
}

#[test]
fn follows_the_definition() {
    let mut stream = Key::new(1).stream();
    for _ in 0..150 {
        let (shape, mask) = (shape(&mut stream), mask(&mut stream));
        check(Case::plain(&mut stream, shape, mask));
    }
}

#[test]
fn follows_the_definition_with_each_option() {
    let mut stream = Key::new(2).stream();
    for case in 0..20 * OPTIONS {
        let (shape, mask) = (shape(&mut stream), mask(&mut stream));
        check(Case::plain(&mut stream, shape, mask).with(&mut stream, 1 << (case % OPTIONS)));
    }
}

#[test]
fn follows_the_definition_with_options_together() {
    let mut stream = Key::new(3).stream();
    for _ in 0..100 {
        let (shape, mask) = (shape(&mut stream), mask(&mut stream));
        let options = stream.below(1 << OPTIONS);
        check(Case::plain(&mut stream, shape, mask).with(&mut stream, options));
    }
}

#[test]
fn follows_the_definition_over_many_tiles() {
    let mut stream = Key::new(4).stream();
    for [queries, keys] in [[577, 577], [321, 450], [450, 321], [1, 700], [900, 100]] {
        for mask in [Mask::Everything, Mask::Causal, Mask::Window(100)] {
            let shape = Shape { batch: 1, heads: 2, groups: 1, queries, keys, channels: 8 };
            check(Case::plain(&mut stream, shape, mask));
        }
    }
}

#[test]
fn the_expected_gradients_are_slopes() {
    const STEP: f32 = 1.0 / 64.0;
    let mut stream = Key::new(5).stream();
    let shape = Shape { batch: 1, heads: 2, groups: 1, queries: 3, keys: 5, channels: 2 };
    let mut case = Case::plain(&mut stream, shape, Mask::Causal).with(&mut stream, 0b11_0011);
    let expected = case.expected();
    let loss = |case: &Case| -> f64 {
        let output = case.expected().output;
        let places = (0..6).map(|row| (row, case.d_output.place(0, row % 2, row / 2)));
        places
            .map(|(row, at)| {
                (0..2).map(|c| output[row * 2 + c].value * f64::from(case.d_output.values[at + c])).sum::<f64>()
            })
            .sum()
    };
    let places = [case.query.place(0, 1, 0), case.key.place(0, 0, 1), case.value.place(0, 0, 1)];
    for (what, slope) in
        [expected.query[2], expected.key[2], expected.value[2], expected.bias[1]].into_iter().enumerate()
    {
        let moved = |case: &mut Case, step: f32| {
            match what {
                0 => case.query.values[places[0]] += step,
                1 => case.key.values[places[1]] += step,
                2 => case.value.values[places[2]] += step,
                _ => case.bias.as_mut().expect("it was asked for").1[1] += step,
            }
            loss(case)
        };
        let (above, below) = (moved(&mut case, STEP), moved(&mut case, -2.0 * STEP));
        moved(&mut case, STEP);
        let (slope, measured) = (slope.value, (above - below) / f64::from(2.0 * STEP));
        assert!((measured - slope).abs() < 1e-3 * (1.0 + slope.abs()), "{what}: {measured} for {slope}");
    }
}

#[test]
fn draws_are_numbered_beyond_32_bits() {
    let mut stream = Key::new(9).stream();
    let shape = Shape { batch: 1, heads: 1, groups: 1, queries: 1, keys: 65, channels: 3 };
    let mut case = Case::plain(&mut stream, shape, Mask::Everything);
    // Among this row's draws, four to a block, the number of the block outgrows 32 bits.
    let row = (1 << 34) / shape.keys;
    case.dropout = Some(Dropout { key: Key::new(1), probability: 0.5, row });
    check(case);
}

fn on_threads(threads: usize, case: &Case) -> Outcome<f32> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
    pool.install(|| case.run())
}

#[test]
fn threads_change_no_bit() {
    let mut stream = Key::new(6).stream();
    let many = Shape { batch: 1, heads: 4, groups: 2, queries: 900, keys: 300, channels: 20 };
    let few = Shape { batch: 1, heads: 2, groups: 1, queries: 3, keys: 1500, channels: 64 };
    for (shape, options) in [(many, 0), (many, 0b11_1111), (few, 0), (few, 0b01_1111)] {
        let mut case = Case::plain(&mut stream, shape, Mask::Causal).with(&mut stream, options);
        for precision in Precision::ALL {
            case.precision = precision;
            let one = on_threads(1, &case);
            assert!(one == on_threads(2, &case) && one == on_threads(3, &case), "results differ");
        }
    }
}

#[test]
fn a_query_that_sees_nothing_returns_zeros() {
    let mut stream = Key::new(7).stream();
    let shape = Shape { batch: 2, heads: 2, groups: 1, queries: 70, keys: 20, channels: 5 };
    let mut case = Case::plain(&mut stream, shape, Mask::Causal);
    case.lengths = Some(vec![0, 20]);
    let outcome = case.run();
    let blind = |row: usize| row < 70 * 2 || row % (70 * 2) < 50 * 2;
    for row in (0..2 * 70 * 2).filter(|&row| blind(row)) {
        assert!(outcome.output[row * 5..][..5].iter().chain(&outcome.query[row * 5..][..5]).all(|&value| value == 0.0));
    }
    assert!(outcome.key[..20 * 5].iter().chain(&outcome.value[..20 * 5]).all(|&value| value == 0.0));
    check(case);
}

fn bad_numbers() -> impl Iterator<Item = (f32, Precision)> {
    [f32::NAN, f32::INFINITY].into_iter().flat_map(|bad| Precision::ALL.map(|precision| (bad, precision)))
}

#[test]
fn what_is_no_number_stays_in_its_row() {
    let mut stream = Key::new(8).stream();
    let shape = Shape { batch: 1, heads: 1, groups: 1, queries: 66, keys: 66, channels: 3 };
    for (bad, precision) in bad_numbers() {
        let mut case = Case::plain(&mut stream, shape, Mask::Causal);
        let place = case.query.place(0, 0, 65);
        case.query.values[place] = bad;
        case.precision = precision;
        let output = case.run().output;
        assert!(
            output[..65 * 3].iter().all(|value| value.is_finite())
                && output[65 * 3..].iter().all(|value| value.is_nan())
        );
    }
}

#[test]
fn what_is_no_number_stays_in_its_row_where_rows_are_few() {
    let mut stream = Key::new(10).stream();
    let shape = Shape { batch: 1, heads: 2, groups: 1, queries: 2, keys: 300, channels: 16 };
    for (bad, precision) in bad_numbers() {
        let mut case = Case::plain(&mut stream, shape, Mask::Everything);
        let place = case.query.place(0, 1, 0);
        case.query.values[place] = bad;
        case.precision = precision;
        let output = case.run().output;
        for (row, values) in output.chunks_exact(16).enumerate() {
            let (query, head) = (row / 2, row % 2);
            assert!(values.iter().all(|value| value.is_nan() == ((query, head) == (0, 1))), "{row}");
        }
    }
}

/// As generation has them: long caches, groups of heads, channels that vectors divide and others.
#[test]
fn few_rows_follow_the_definition() {
    let mut stream = Key::new(11).stream();
    for [heads, groups, queries, channels] in
        [[12, 12, 1, 64], [8, 2, 1, 64], [8, 1, 1, 33], [2, 2, 5, 16], [1, 1, 8, 1]]
    {
        for mask in [Mask::Everything, Mask::Causal, Mask::Window(70)] {
            let shape = Shape { batch: 2, heads, groups, queries, keys: 517, channels };
            // Slopes apart from what hides near keys: scores of far ones alone are large, and so are their roundings.
            for options in [0, 0b0_0011, 0b1_1101] {
                check(Case::plain(&mut stream, shape, mask.clone()).with(&mut stream, options));
            }
        }
    }
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum::<f64>().sqrt()
}

/// How far two results are apart, as a share of the first.
fn distance(from: &[f32], to: &[f32]) -> f64 {
    let pairs = from.iter().zip(to).map(|(&from, &to)| (f64::from(from), f64::from(to)));
    norm(pairs.clone().map(|(from, to)| from - to)) / norm(pairs.map(|(from, _)| from))
}

/// Each product rounds both its operands, and gradients have three products behind them.
#[test]
fn bf16_moves_results_by_its_rounding() {
    let mut stream = Key::new(12).stream();
    for [queries, keys, channels] in [[1, 300, 64], [63, 65, 17], [129, 129, 64], [200, 7, 5]] {
        for options in [0, 0b01_0001, 0b10_0000] {
            let shape = Shape { batch: 1, heads: 2, groups: 1, queries, keys, channels };
            let mut case = Case::plain(&mut stream, shape, Mask::Causal).with(&mut stream, options);
            let whole = case.run();
            case.precision = Precision::Bf16;
            let rounded = case.run();
            let pairs = [(&whole.output, &rounded.output), (&whole.value, &rounded.value)];
            let gradients = [(&whole.query, &rounded.query), (&whole.key, &rounded.key)];
            for ((from, to), products) in
                pairs.map(|pair| (pair, 2.0)).into_iter().chain(gradients.map(|pair| (pair, 3.0)))
            {
                let distance = distance(from, to);
                assert!(distance <= 2.0 * products * BF16_ROUNDING, "{distance} {shape:?} {options:b}");
                assert_eq!(distance > 0.0, bf16_available(), "{shape:?} {options:b}");
            }
        }
    }
}

/// A value that no query sees reaches nothing but its own zeros, whichever value it makes a pair with.
#[test]
fn hidden_values_stay_hidden_in_pairs() {
    let mut stream = Key::new(13).stream();
    let shape = Shape { batch: 1, heads: 1, groups: 1, queries: 70, keys: 131, channels: 5 };
    let mut case = Case::plain(&mut stream, shape, Mask::Everything);
    (case.precision, case.lengths) = (Precision::Bf16, Some(vec![61]));
    for key in 61..131 {
        let place = case.value.place(0, 0, key);
        case.value.values[place..][..5].fill(f32::NAN);
    }
    let outcome = case.run();
    assert!(outcome.output.iter().chain(&outcome.query).chain(&outcome.key).all(|value| value.is_finite()));
}
