//! Updates of ten million parameters, and of one matrix.

use burn::tensor::Tensor;

use super::{AdamW, Lion, Moments, Momentum, Muon, Sgd, adamw, lion, muon, sgd, sum_of_squares};
use crate::subject::Subject;

const NUMBERS: usize = 10_000_000;
/// A matrix of Muon's.
const MATRIX: [usize; 2] = [512, 2048];
const RATE: f64 = 1e-3;

pub(crate) fn subjects() -> Vec<Subject> {
    let shape = || "10,000,000".to_owned();
    let adamw = Subject::in_place(
        ("AdamW", shape()),
        &[NUMBERS; 4],
        |leaves| updated_by_adamw(leaves, adamw),
        |leaves| updated_by_adamw(leaves, super::adamw::reference),
    );
    let lion = Subject::in_place(
        ("Lion", shape()),
        &[NUMBERS; 3],
        |leaves| updated_by_lion(leaves, lion),
        |leaves| updated_by_lion(leaves, super::lion::reference),
    );
    let sgd = Subject::in_place(
        ("SGD", shape()),
        &[NUMBERS; 3],
        |leaves| updated_by_sgd(leaves, sgd),
        |leaves| updated_by_sgd(leaves, super::sgd::reference),
    );
    let norm = Subject::in_place(
        ("sum of squares", shape()),
        &[NUMBERS],
        |leaves| sum_of_squares(leaves[0].clone()),
        |leaves| (leaves[0].clone() * leaves[0].clone()).sum(),
    );
    let muon = Subject::in_place(
        ("Muon", "512 x 2048".to_owned()),
        &[MATRIX[0] * MATRIX[1]; 3],
        |leaves| {
            updated_by_muon(leaves, |[parameter, gradient, momentum], settings| {
                muon(parameter, gradient, momentum, MATRIX, settings).0
            })
        },
        |leaves| updated_by_muon(leaves, |tensors, settings| super::muon::reference(tensors, MATRIX, settings).0),
    );
    vec![
        adamw.forward(12 * NUMBERS, 7 * NUMBERS),
        lion.forward(6 * NUMBERS, 5 * NUMBERS),
        sgd.forward(6 * NUMBERS, 5 * NUMBERS),
        norm.forward(2 * NUMBERS, NUMBERS),
        muon.forward(5 * iteration(MATRIX), 5 * MATRIX[0] * MATRIX[1]),
    ]
}

/// Operations of one of Muon's iterations, where products that are symmetric are computed whole.
const fn iteration([short, long]: [usize; 2]) -> usize {
    2 * short * short * (2 * long + short)
}

fn updated_by_muon(leaves: Vec<Tensor<1>>, update: impl Fn([Tensor<1>; 3], &Muon) -> Tensor<1>) -> Tensor<1> {
    update(fixed(leaves), &Muon { learning_rate: RATE, momentum: 0.95, decay: 0.1, factor: 1.0 })
}

type ByAdamW = fn(Tensor<1>, Tensor<1>, Moments, &AdamW) -> (Tensor<1>, Moments);
type ByLion = fn(Tensor<1>, Tensor<1>, Tensor<1>, &Lion) -> (Tensor<1>, Tensor<1>);
type BySgd = fn(Tensor<1>, Tensor<1>, Tensor<1>, &Sgd) -> (Tensor<1>, Tensor<1>);

fn updated_by_adamw(leaves: Vec<Tensor<1>>, update: ByAdamW) -> Tensor<1> {
    let settings = AdamW { learning_rate: RATE, betas: [0.9, 0.95], epsilon: 1e-8, decay: 0.1, step: 9, factor: 1.0 };
    let [parameter, gradient, first, second] = fixed(leaves);
    let moments = Moments { first, second: second.abs() };
    update(parameter, gradient, moments, &settings).0
}

fn updated_by_lion(leaves: Vec<Tensor<1>>, update: ByLion) -> Tensor<1> {
    let settings = Lion { learning_rate: RATE, betas: [0.9, 0.99], decay: 0.1, factor: 1.0 };
    let [parameter, gradient, momentum] = fixed(leaves);
    update(parameter, gradient, momentum, &settings).0
}

fn updated_by_sgd(leaves: Vec<Tensor<1>>, update: BySgd) -> Tensor<1> {
    let settings = Sgd { learning_rate: RATE, momentum: Momentum::Heavy(0.9), decay: 0.1, factor: 1.0 };
    let [parameter, gradient, velocity] = fixed(leaves);
    update(parameter, gradient, velocity, &settings).0
}

fn fixed<const N: usize>(leaves: Vec<Tensor<1>>) -> [Tensor<1>; N] {
    leaves.try_into().expect("as many as the subject lists")
}
