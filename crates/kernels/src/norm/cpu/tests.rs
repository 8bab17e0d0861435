use super::*;
use crate::cpu::elementwise::tests::{assert_near, numbers, on_any_threads};

const EPSILON: f32 = 1e-5;
const SHAPES: [(usize, usize); 10] =
    [(1, 1), (3, 2), (2, 3), (5, 7), (3, 17), (2, 63), (7, 65), (3, 129), (170, 384), (130, 768)];

struct Case {
    center: Center,
    width: usize,
    input: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    d_output: Vec<f32>,
}

impl Case {
    fn norm(&self) -> Norm<'_> {
        Norm { center: self.center, weight: &self.weight, bias: Some(&self.bias), epsilon: EPSILON }
    }

    /// The output of a row, in f64.
    fn row(&self, row: usize, input: impl Fn(usize) -> f64) -> Vec<f64> {
        let width = self.width as f64;
        let x: Vec<f64> = (0..self.width).map(|column| input(row * self.width + column)).collect();
        let center = if self.center == Center::Mean { x.iter().sum::<f64>() / width } else { 0.0 };
        let variance = x.iter().map(|x| (x - center).powi(2)).sum::<f64>() / width;
        let scale = 1.0 / (variance + f64::from(EPSILON)).sqrt();
        let affine = self.weight.iter().zip(&self.bias);
        x.iter()
            .zip(affine)
            .map(|(x, (&weight, &bias))| (x - center) * scale * f64::from(weight) + f64::from(bias))
            .collect()
    }
}

fn cases() -> impl Iterator<Item = Case> {
    SHAPES.into_iter().flat_map(|(rows, width)| {
        [Center::Mean, Center::Zero].map(|center| {
            let [input, d_output] = [1, 2].map(|seed| numbers(rows * width, seed));
            let [weight, bias] = [3, 4].map(|seed| numbers(width, seed));
            Case { center, width, input, weight, bias, d_output }
        })
    })
}

fn forward(norm_of: Norm<'_>, input: &[f32]) -> [Vec<f32>; 2] {
    let rows = input.len() / norm_of.weight.len();
    let mut made = [vec![f32::NAN; input.len()], vec![f32::NAN; 2 * rows]];
    let [output, statistics] = &mut made;
    norm(norm_of, input, output, statistics);
    made
}

#[test]
fn rows_are_normalized_by_their_definition() {
    for case in cases() {
        let [output, _] = on_any_threads(|| forward(case.norm(), &case.input));
        let rows = 0..case.input.len() / case.width;
        let expected: Vec<f64> = rows.flat_map(|row| case.row(row, |entry| f64::from(case.input[entry]))).collect();
        assert_near(&output, &expected, 3e-6);
    }
}

#[test]
fn no_bias_is_a_bias_of_zeros() {
    for mut case in cases() {
        case.bias.fill(0.0);
        let [with, _] = forward(case.norm(), &case.input);
        let [without, _] = forward(Norm { bias: None, ..case.norm() }, &case.input);
        assert_eq!(with, without);
    }
}

fn backward(case: &Case, d_sum: Option<&[f32]>) -> [Vec<f32>; 3] {
    let [_, statistics] = forward(case.norm(), &case.input);
    let mut gradients = [case.input.len(), case.width, case.width].map(|length| vec![f32::NAN; length]);
    let [d_input, d_weight, d_bias] = &mut gradients;
    let seen = Seen { input: &case.input, statistics: &statistics, d_output: &case.d_output, d_sum };
    norm_backward(case.norm(), seen, d_input, d_weight, Some(d_bias));
    gradients
}

#[test]
fn the_gradient_of_the_input_is_that_of_finite_differences() {
    for case in cases().filter(|case| case.input.len() < 1000 && case.width > 2) {
        let [d_input, ..] = backward(&case, None);
        let step = 1e-6;
        let loss = |moved: usize, step: f64| -> f64 {
            let row = moved / case.width;
            let output = case.row(row, |entry| f64::from(case.input[entry]) + if entry == moved { step } else { 0.0 });
            let d_output = &case.d_output[row * case.width..];
            output.iter().zip(d_output).map(|(output, &gradient)| output * f64::from(gradient)).sum()
        };
        let slope = |moved| (loss(moved, step) - loss(moved, -step)) / (2.0 * step);
        assert_near(&d_input, &(0..d_input.len()).map(slope).collect::<Vec<_>>(), 1e-5);
    }
}

#[test]
fn the_gradients_of_weight_and_bias_sum_over_rows() {
    for case in cases() {
        let [_, d_weight, d_bias] = on_any_threads(|| backward(&case, None));
        let [normal, _] = forward(Norm { weight: &vec![1.0; case.width], bias: None, ..case.norm() }, &case.input);
        let column = |column| (column..case.input.len()).step_by(case.width);
        let product = |entry: usize| f64::from(normal[entry]) * f64::from(case.d_output[entry]);
        let expected: Vec<f64> = (0..case.width).map(|of| column(of).map(product).sum()).collect();
        assert_near(&d_weight, &expected, 1e-5);
        let expected: Vec<f64> =
            (0..case.width).map(|of| column(of).map(|entry| f64::from(case.d_output[entry])).sum()).collect();
        assert_near(&d_bias, &expected, 1e-5);
    }
}

#[test]
fn a_gradient_around_the_norm_is_added() {
    for case in cases() {
        let around = numbers(case.input.len(), 9);
        let [alone, ..] = backward(&case, None);
        let [both, ..] = backward(&case, Some(&around));
        let sums: Vec<f32> = alone.iter().zip(&around).map(|(alone, around)| alone + around).collect();
        assert_eq!(both, sums);
    }
}

#[test]
fn a_bad_value_spoils_its_row_alone() {
    let (weight, mut input) = (vec![1.0; 17], numbers(3 * 17, 5));
    input[20] = f32::NAN;
    let norm_of = Norm { center: Center::Mean, weight: &weight, bias: None, epsilon: EPSILON };
    let [output, _] = forward(norm_of, &input);
    assert!(output[17..34].iter().all(|value| value.is_nan()));
    assert!(output[..17].iter().chain(&output[34..]).all(|value| value.is_finite()));
}
