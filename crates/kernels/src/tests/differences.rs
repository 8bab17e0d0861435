//! Fused code against the definition of what it computes, written out in f64: values, and gradients as finite differences of it.

use attentive_random::Key;
use attentive_testkit::{assert_slices_close, device};
use burn::tensor::{Int, Tensor, TensorData};

use super::case::{Case, ROUNDING, heads};
use crate::*;

/// Central differences in f64 are off by its square, and by a rounding over it.
const STEP: f64 = 1e-5;
/// Sizes of which no vector or tile is full.
const ROWS: usize = 5;
const WIDTH: usize = 7;
const OUT: usize = 17;

/// Leaves of f64 to the entries of an output.
type Definition<'a> = &'a dyn Fn(&[Vec<f64>]) -> Vec<f64>;

fn holds<const D: usize>(lengths: &[usize], fused: impl Fn(&[Tensor<1>]) -> Tensor<D>, definition: Definition) {
    let mut case = Case::default();
    lengths.iter().for_each(|&length| case.leaf(length));
    let found = case.differentiated(fused);
    let mut leaves: Vec<Vec<f64>> = case.leaves.iter().map(wide).collect();
    let expected = definition(&leaves);
    assert_slices_close(&found[0], &narrow(&expected), ROUNDING, "output");
    let projection: Vec<f64> = Key::new(99).normals(expected.len(), 1.0).into_iter().map(f64::from).collect();
    for leaf in 0..leaves.len() {
        let mut moved = |entry: usize, by: f64| {
            let before = leaves[leaf][entry];
            leaves[leaf][entry] = before + by;
            let sum: f64 = definition(&leaves).iter().zip(&projection).map(|(value, share)| value * share).sum();
            leaves[leaf][entry] = before;
            sum
        };
        let slope = |entry| (moved(entry, STEP) - moved(entry, -STEP)) / (2.0 * STEP);
        let slopes: Vec<f64> = (0..lengths[leaf]).map(slope).collect();
        assert_slices_close(&found[1 + leaf], &narrow(&slopes), ROUNDING, &format!("gradient of input {leaf}"));
    }
}

fn wide(leaf: &Tensor<1>) -> Vec<f64> {
    super::case::host(leaf.clone()).into_iter().map(f64::from).collect()
}

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

fn dot<'a>(one: impl IntoIterator<Item = &'a f64>, other: impl IntoIterator<Item = &'a f64>) -> f64 {
    one.into_iter().zip(other).map(|(one, other)| one * other).sum()
}

fn gelu_tanh(x: f64) -> f64 {
    0.5 * x * (1.0 + (std::f64::consts::FRAC_2_PI.sqrt() * (x + 0.044_715 * x.powi(3))).tanh())
}

/// `x w`, row by row; `w` is `[width, out]`.
fn mapped<'a>(x: &'a [f64], w: &'a [f64], out: usize) -> impl Iterator<Item = Vec<f64>> + 'a {
    let row = move |row: &'a [f64]| (0..out).map(|column| dot(row, w.iter().skip(column).step_by(out))).collect();
    x.chunks(w.len() / out).map(row)
}

fn log_sum(scores: &[f64]) -> f64 {
    scores.iter().map(|score| score.exp()).sum::<f64>().ln()
}

#[test]
fn a_linear_map_of_an_activation() {
    let affine = |leaves: &[Tensor<1>]| Affine {
        weight: leaves[1].clone().reshape([WIDTH, OUT]),
        bias: Some(leaves[2].clone()),
        precision: Precision::F32,
    };
    let fused = |leaves: &[Tensor<1>]| {
        let input = leaves[0].clone().reshape([1, ROWS, WIDTH]);
        linear(Operand::Activated(input, Activation::GeluTanh), affine(leaves))
    };
    holds(&[ROWS * WIDTH, WIDTH * OUT, OUT], fused, &|leaves| {
        let activated: Vec<f64> = leaves[0].iter().map(|&x| gelu_tanh(x)).collect();
        let biased = |row: Vec<f64>| row.into_iter().zip(&leaves[2]).map(|(x, bias)| x + bias).collect::<Vec<_>>();
        mapped(&activated, &leaves[1], OUT).flat_map(biased).collect()
    });
}

#[test]
fn norms() {
    const EPSILON: f64 = 1e-2;
    let input = |leaves: &[Tensor<1>]| leaves[0].clone().reshape([1, ROWS, WIDTH]);
    let scaled = |row: &[f64], mean: f64, gamma: &[f64]| -> Vec<f64> {
        let centered: Vec<f64> = row.iter().map(|x| x - mean).collect();
        let root = (dot(&centered, &centered) / WIDTH as f64 + EPSILON).sqrt();
        centered.iter().zip(gamma).map(|(x, gamma)| x / root * gamma).collect()
    };
    let layer = |leaves: &[Tensor<1>]| layer_norm(input(leaves), leaves[1].clone(), Some(leaves[2].clone()), EPSILON);
    holds(&[ROWS * WIDTH, WIDTH, WIDTH], layer, &|leaves| {
        let row = |row: &[f64]| {
            let normal = scaled(row, row.iter().sum::<f64>() / WIDTH as f64, &leaves[1]);
            normal.iter().zip(&leaves[2]).map(|(x, beta)| x + beta).collect::<Vec<_>>()
        };
        leaves[0].chunks(WIDTH).flat_map(row).collect()
    });
    let rms = |leaves: &[Tensor<1>]| rms_norm(input(leaves), leaves[1].clone(), EPSILON);
    holds(&[ROWS * WIDTH, WIDTH], rms, &|leaves| {
        leaves[0].chunks(WIDTH).flat_map(|row| scaled(row, 0.0, &leaves[1])).collect()
    });
}

/// Three heads share the keys of one; scores are bent, sloped and causal.
#[test]
fn attention() {
    const HEADS: usize = 3;
    const CAP: f64 = 2.0;
    const SLOPES: [f32; HEADS] = [0.5, 0.25, 0.125];
    let fused = |leaves: &[Tensor<1>]| {
        let query = heads(&leaves[0], [1, HEADS, ROWS, WIDTH], false);
        let [key, value] = [1, 2].map(|index: usize| heads(&leaves[index], [1, 1, ROWS, WIDTH], false));
        let options = Attend { soft_cap: Some(CAP), slopes: Some(SLOPES.into()), ..Mask::Causal.into() };
        attend(query, key, value, &options)
    };
    let lengths = [HEADS * ROWS * WIDTH, ROWS * WIDTH, ROWS * WIDTH];
    holds(&lengths, fused, &|leaves| {
        let row = |(index, query): (usize, &[f64])| {
            let (head, place) = (index / ROWS, index % ROWS);
            let score = |(key, values): (usize, &[f64])| {
                let bent = CAP * (dot(query, values) / (WIDTH as f64).sqrt() / CAP).tanh();
                bent - f64::from(SLOPES[head]) * (place - key) as f64
            };
            let scores: Vec<f64> = leaves[1].chunks(WIDTH).take(place + 1).enumerate().map(score).collect();
            let weights: Vec<f64> = scores.iter().map(|score| (score - log_sum(&scores)).exp()).collect();
            (0..WIDTH).map(|channel| dot(&weights, leaves[2].iter().skip(channel).step_by(WIDTH))).collect::<Vec<_>>()
        };
        leaves[0].chunks(WIDTH).enumerate().flat_map(row).collect()
    });
}

/// Smoothed, with a price on large sums and a row that is ignored.
#[test]
fn cross_entropy_with_its_head() {
    const TARGETS: [i32; ROWS] = [3, -1, 0, 16, 3];
    let options = CrossEntropy { smoothing: 0.1, z: 0.01, precision: Precision::F32 };
    let fused = |leaves: &[Tensor<1>]| {
        let targets = Tensor::<2, Int>::from_data(TensorData::new(TARGETS.to_vec(), [1, ROWS]), &device());
        let [hidden, weight] = [leaves[0].clone(), leaves[1].clone()];
        linear_cross_entropy(hidden.reshape([1, ROWS, WIDTH]), weight.reshape([WIDTH, OUT]), targets, options)
    };
    holds(&[ROWS * WIDTH, WIDTH * OUT], fused, &|leaves| {
        let rows = mapped(&leaves[0], &leaves[1], OUT).zip(TARGETS).filter(|(_, target)| *target >= 0);
        let losses = rows.map(|(logits, target)| {
            let (log_sum, mean) = (log_sum(&logits), logits.iter().sum::<f64>() / OUT as f64);
            log_sum - 0.9 * logits[target as usize] - 0.1 * mean + 0.01 * log_sum.powi(2)
        });
        vec![losses.sum()]
    });
}

#[test]
fn rotation() {
    const START: usize = 3;
    let dims = [1, 2, ROWS, 6];
    let fused = |leaves: &[Tensor<1>]| rotary(heads(&leaves[0], dims, false), START, 100.0);
    holds(&[dims.iter().product()], fused, &|leaves| {
        let row = |(index, row): (usize, &[f64])| {
            let position = (START + index % ROWS) as f64;
            let turned = |place: usize| {
                let (sine, cosine) = (position * 100.0_f64.powf(-((place % 3) as f64) / 3.0)).sin_cos();
                let partner = if place < 3 { -row[place + 3] } else { row[place - 3] };
                row[place] * cosine + partner * sine
            };
            (0..6).map(turned).collect::<Vec<_>>()
        };
        leaves[0].chunks(6).enumerate().flat_map(row).collect()
    });
}
