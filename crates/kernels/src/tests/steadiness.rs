//! Results do not depend on the number of threads, and what is no number neither hangs nor hides.

use attentive_random::Key;
use attentive_testkit::{device, tensor};
use burn::tensor::{Int, Tensor, TensorData};

use super::case::host;
use crate::*;

/// Enough entries for several pieces of work each.
const ROWS: usize = 150;
const WIDTH: usize = 384;

type Run = fn(&[Tensor<1>; 4]) -> Tensor<3>;

/// Every differentiable operation, over leaves `[row, width]`, `[row, width]`, `[width, width]`, `[width]`.
const OPERATIONS: [(&str, Run); 12] = [
    ("linear", |leaves| linear(rows(&leaves[0]), affine(leaves))),
    ("activated, linear", |leaves| linear(Operand::Activated(rows(&leaves[0]), Activation::Gelu), affine(leaves))),
    ("gated, linear, added", |leaves| {
        let operand = Operand::Gated(rows(&leaves[0]), rows(&leaves[1]), Activation::Silu);
        add_linear(rows(&leaves[1]), operand, affine(leaves))
    }),
    ("normalized, linear", |leaves| {
        let (weight, bias) = (leaves[3].clone(), Some(leaves[3].clone()));
        linear(Operand::LayerNorm(rows(&leaves[0]), weight, bias, 1e-5), affine(leaves))
    }),
    ("linear, added", |leaves| add_linear(rows(&leaves[1]), rows(&leaves[0]), affine(leaves))),
    ("gated", |leaves| activate(gated(rows(&leaves[0]), rows(&leaves[1]), Activation::Silu), Activation::GeluTanh)),
    ("norms", |leaves| {
        let normal = rms_norm(rows(&leaves[0]), leaves[3].clone(), 1e-5);
        layer_norm(normal, leaves[3].clone(), Some(leaves[3].clone()), 1e-5)
    }),
    ("dropout", |leaves| add_dropped(dropout(rows(&leaves[0]), Some(SITE)), rows(&leaves[1]), Some(SITE))),
    ("rotary", |leaves| rotary(heads(&leaves[0]), 3, 100.0).swap_dims(1, 2).reshape([1, ROWS, WIDTH])),
    ("attention", |leaves| {
        let options = Attend { dropout: Some(SITE), ..Mask::Causal.into() };
        let output = attend(heads(&leaves[0]), heads(&leaves[1]), heads(&leaves[0]), &options);
        output.swap_dims(1, 2).reshape([1, ROWS, WIDTH])
    }),
    ("attention in bf16", |leaves| {
        let options = Attend { precision: Precision::Bf16, ..Mask::Causal.into() };
        let output = attend(heads(&leaves[0]), heads(&leaves[1]), heads(&leaves[0]), &options);
        output.swap_dims(1, 2).reshape([1, ROWS, WIDTH])
    }),
    ("cross-entropy", |leaves| {
        let hidden = rows(&leaves[0]) + embedding(leaves[2].clone().reshape([WIDTH, WIDTH]), ids());
        let weight = leaves[2].clone().reshape([WIDTH, WIDTH]).transpose();
        let options = CrossEntropy { smoothing: 0.1, z: 0.01, precision: Precision::F32 };
        linear_cross_entropy(hidden, weight, ids(), options).unsqueeze()
    }),
];

const SITE: Dropout = Dropout { key: Key::new(7), probability: 0.2, row: 1 };

fn rows(leaf: &Tensor<1>) -> Tensor<3> {
    leaf.clone().reshape([1, ROWS, WIDTH])
}

fn heads(leaf: &Tensor<1>) -> Tensor<4> {
    leaf.clone().reshape([1, ROWS, 6, WIDTH / 6]).swap_dims(1, 2)
}

fn affine(leaves: &[Tensor<1>; 4]) -> Affine {
    let weight = leaves[2].clone().reshape([WIDTH, WIDTH]);
    Affine { weight, bias: Some(leaves[3].clone()), precision: Precision::F32 }
}

fn ids() -> Tensor<2, Int> {
    let ids: Vec<i32> = (0..ROWS).map(|row| (row * row % WIDTH) as i32).collect();
    Tensor::from_data(TensorData::new(ids, [1, ROWS]), &device())
}

/// Random leaves, in the first of which one value is another.
fn leaves(other: Option<f32>) -> [Tensor<1>; 4] {
    [ROWS * WIDTH, ROWS * WIDTH, WIDTH * WIDTH, WIDTH].map(|length| {
        let mut values = Key::new(length as u64).normals(length, 1.0);
        if let Some(other) = other.filter(|_| length == ROWS * WIDTH) {
            values[length / 2] = other;
        }
        tensor([length], &values)
    })
}

/// The output, and the gradients of the leaves that were used.
fn differentiated(run: Run, leaves: &[Tensor<1>; 4]) -> Vec<Vec<f32>> {
    let leaves = leaves.clone().map(|leaf| Tensor::from_inner(leaf).require_grad());
    let output = run(&leaves);
    let projection = Key::new(99).normals(output.dims().iter().product(), 1.0);
    let gradients = (output.clone() * Tensor::from_inner(tensor(output.dims(), &projection))).sum().backward();
    let found = leaves.iter().filter_map(|leaf| leaf.grad(&gradients)).map(host);
    [host(output.inner())].into_iter().chain(found).collect()
}

fn on_threads<T: Send>(count: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(count).build().expect("a few threads can be had").install(work)
}

#[test]
fn threads_do_not_change_a_bit() {
    for (name, run) in OPERATIONS {
        let leaves = leaves(None);
        let alone = differentiated(run, &leaves);
        for threads in [1, 2, 3] {
            let found = on_threads(threads, || differentiated(run, &leaves));
            assert!(found == alone, "{name} on {threads} threads");
        }
    }
}

#[test]
fn threads_do_not_change_an_update() {
    let length = ROWS * WIDTH;
    let [parameter, gradient, momentum] = [1, 2, 3].map(|seed| tensor([length], &Key::new(seed).normals(length, 1.0)));
    let update = || {
        let moments = Moments { first: momentum.clone(), second: momentum.clone() * momentum.clone() };
        let settings =
            AdamW { learning_rate: 0.1, betas: [0.9, 0.99], epsilon: 1e-8, decay: 0.1, step: 2, factor: 0.5 };
        let (adamw, moments) = adamw(parameter.clone(), gradient.clone(), moments, &settings);
        let settings = Lion { learning_rate: 0.1, betas: [0.9, 0.99], decay: 0.1, factor: 0.5 };
        let (lion, _) = lion(parameter.clone(), gradient.clone(), momentum.clone(), &settings);
        let settings = Sgd { learning_rate: 0.1, momentum: Momentum::Nesterov(0.9), decay: 0.1, factor: 0.5 };
        let (sgd, _) = sgd(parameter.clone(), gradient.clone(), momentum.clone(), &settings);
        let settings = Muon { learning_rate: 0.1, momentum: 0.9, decay: 0.1, factor: 0.5 };
        let (muon, _) = muon(parameter.clone(), gradient.clone(), momentum.clone(), [WIDTH, ROWS], &settings);
        let squares = sum_of_squares(gradient.clone());
        [adamw, moments.first, moments.second, lion, sgd, muon, squares].map(host)
    };
    let alone = update();
    for threads in [1, 2, 3] {
        assert!(on_threads(threads, update) == alone, "{threads} threads");
    }
}

#[test]
fn what_is_no_number_shows_and_ends() {
    for other in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for (name, run) in OPERATIONS {
            let found = differentiated(run, &leaves(Some(other)));
            let is_hidden = found.iter().flatten().all(|value| value.is_finite());
            assert!(!is_hidden, "{name} hides {other}");
        }
        let [values, ..] = leaves(Some(other));
        assert!(!host(sum_of_squares(values))[0].is_finite());
    }
}
