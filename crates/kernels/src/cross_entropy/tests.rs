use super::*;
use crate::cpu::elementwise::tests::{assert_near, numbers, on_any_threads};

const SHAPES: [(usize, usize); 9] =
    [(1, 1), (2, 3), (5, 2), (3, 17), (7, 63), (2, 129), (40, 1000), (3, 50_257), (300, 300)];
const PRECISION: crate::Precision = crate::Precision::F32;
const OPTIONS: [CrossEntropy; 4] = [
    CrossEntropy { smoothing: 0.0, z: 0.0, precision: PRECISION },
    CrossEntropy { smoothing: 0.1, z: 0.0, precision: PRECISION },
    CrossEntropy { smoothing: 0.0, z: 1e-2, precision: PRECISION },
    CrossEntropy { smoothing: 0.2, z: 1e-2, precision: PRECISION },
];

fn logits(rows: usize, vocabulary: usize) -> Vec<f32> {
    numbers(rows * vocabulary, 1).into_iter().map(|draw| 8.0 * draw + 3.0).collect()
}

fn targets(rows: usize, vocabulary: usize) -> Vec<i32> {
    (0..rows).map(|row| if row % 4 == 1 { IGNORED } else { (row * 31 % vocabulary) as i32 }).collect()
}

/// The loss of a row and its gradient, in f64.
fn reference(row: &[f32], target: i32, options: CrossEntropy) -> (f64, Vec<f64>) {
    if target == IGNORED {
        return (0.0, vec![0.0; row.len()]);
    }
    let CrossEntropy { smoothing, z, .. } = options;
    let partition = row.iter().map(|&x| f64::from(x).exp()).sum::<f64>().ln();
    let wanted = |entry| smoothing / row.len() as f64 + if entry == target as usize { 1.0 - smoothing } else { 0.0 };
    let plain = |(entry, &x): (usize, &f32)| wanted(entry) * (partition - f64::from(x));
    let loss = row.iter().enumerate().map(plain).sum::<f64>() + z * partition * partition;
    let slope = |(entry, &x): (usize, &f32)| {
        let probability = (f64::from(x) - partition).exp();
        probability * (1.0 + 2.0 * z * partition) - wanted(entry)
    };
    (loss, row.iter().enumerate().map(slope).collect())
}

fn gradient(logits: &[f32], targets: &[i32], options: CrossEntropy) -> [Vec<f32>; 2] {
    let (mut logits, mut losses) = (logits.to_vec(), vec![f32::NAN; targets.len()]);
    cross_entropy_gradient(&mut logits, targets, options, &mut losses);
    [losses, logits]
}

#[test]
fn losses_and_gradients_follow_their_definition() {
    for (rows, vocabulary) in SHAPES {
        let (logits, targets) = (logits(rows, vocabulary), targets(rows, vocabulary));
        for options in OPTIONS {
            let pairs = logits.chunks(vocabulary).zip(&targets).map(|(row, &target)| reference(row, target, options));
            let (expected, slopes): (Vec<f64>, Vec<Vec<f64>>) = pairs.unzip();
            let [losses, d_logits] = on_any_threads(|| gradient(&logits, &targets, options));
            assert_near(&losses, &expected, 2e-6);
            assert_near(&d_logits, &slopes.concat(), 1e-6);
            let mut alone = vec![f32::NAN; rows];
            cross_entropy(&logits, &targets, options, &mut alone);
            assert_eq!(alone, losses);
        }
    }
}

#[test]
fn great_logits_do_not_overflow() {
    let mut losses = [f32::NAN];
    cross_entropy(&[1e30, 0.0, -1e30], &[0], CrossEntropy::default(), &mut losses);
    assert_eq!(losses, [0.0]);
    cross_entropy(&[500.0, f32::NEG_INFINITY, 500.0], &[2], CrossEntropy::default(), &mut losses);
    assert_near(&losses, &[2f64.ln()], 1e-6);
}

#[test]
fn a_bad_logit_spoils_its_row_alone() {
    for (bad, place) in [f32::NAN, f32::INFINITY].into_iter().flat_map(|bad| [0, 40, 64].map(|place| (bad, place))) {
        let mut logits = logits(2, 65);
        logits[place] = bad;
        let [losses, d_logits] = gradient(&logits, &[3, 5], CrossEntropy::default());
        assert!(losses[0].is_nan() && d_logits[..65].iter().all(|slope| slope.is_nan()));
        assert!(losses[1].is_finite() && d_logits[65..].iter().all(|slope| slope.is_finite()));
    }
}

#[test]
#[should_panic(expected = "a target is a number of the vocabulary")]
fn targets_are_not_negative() {
    cross_entropy(&[0.0; 3], &[-2], CrossEntropy::default(), &mut [0.0]);
}
