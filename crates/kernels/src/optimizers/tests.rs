use super::*;
use crate::cpu::elementwise::tests::{LENGTHS, assert_near, numbers, on_any_threads};

const FACTOR: f64 = 0.75;
const ADAMW: AdamW =
    AdamW { learning_rate: 1e-2, betas: [0.9, 0.95], epsilon: 1e-8, decay: 0.1, step: 3, factor: FACTOR };
const LION: Lion = Lion { learning_rate: 1e-2, betas: [0.9, 0.99], decay: 0.1, factor: FACTOR };

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

/// Applies a formula to the entries of all slices.
fn each<const N: usize, const M: usize>(slices: [&[f32]; N], law: impl Fn([f64; N]) -> [f64; M]) -> [Vec<f64>; M] {
    let slices = slices.map(wide);
    let made: Vec<[f64; M]> =
        (0..slices[0].len()).map(|entry| law(slices.each_ref().map(|slice| slice[entry]))).collect();
    std::array::from_fn(|of| made.iter().map(|made| made[of]).collect())
}

fn squares(count: usize, seed: u32) -> Vec<f32> {
    numbers(count, seed).into_iter().map(|draw| draw * draw).collect()
}

#[test]
fn adamw_follows_its_definition() {
    for length in LENGTHS {
        let [parameter, gradient, first] = [1, 2, 3].map(|seed| numbers(length, seed));
        let second = squares(length, 4);
        let made = on_any_threads(|| {
            let mut state = [parameter.clone(), first.clone(), second.clone()];
            let [parameter, first, second] = &mut state;
            adamw(&ADAMW, parameter, &gradient, first, second);
            state
        });
        let expected = each([&parameter, &first, &second, &gradient], |[parameter, first, second, gradient]| {
            let gradient = gradient * FACTOR;
            let first = 0.9 * first + 0.1 * gradient;
            let second = 0.95 * second + 0.05 * gradient * gradient;
            let [mean, square] = [first / (1.0 - 0.9f64.powi(3)), second / (1.0 - 0.95f64.powi(3))];
            [parameter * (1.0 - 1e-2 * 0.1) - 1e-2 * mean / (square.sqrt() + 1e-8), first, second]
        });
        made.iter().zip(&expected).for_each(|(made, expected)| assert_near(made, expected, 1e-6));
    }
}

/// The reference's tensor operations, one after the other in f32.
#[test]
fn adamw_rounds_like_the_reference() {
    let [mut parameter, gradient, mut first] = [1, 2, 3].map(|seed| numbers(129, seed));
    let mut second = squares(129, 4);
    let before = [parameter.clone(), first.clone(), second.clone()];
    adamw(&AdamW { factor: 1.0, ..ADAMW }, &mut parameter, &gradient, &mut first, &mut second);
    let corrections = ADAMW.betas.map(|beta| 1.0 - beta.powf(3.0));
    for entry in 0..129 {
        let wanted_first = before[1][entry] * 0.9 + gradient[entry] * (1.0 - 0.9f64) as f32;
        let wanted_second = before[2][entry] * 0.95 + gradient[entry] * gradient[entry] * (1.0 - 0.95f64) as f32;
        let denominator = wanted_second.sqrt() / corrections[1].sqrt() as f32 + 1e-8;
        let update = wanted_first / denominator * (1e-2 / corrections[0]) as f32;
        let wanted = before[0][entry] * (1.0 - 1e-2 * 0.1) as f32 - update;
        assert_eq!([parameter[entry], first[entry], second[entry]], [wanted, wanted_first, wanted_second]);
    }
}

#[test]
fn lion_moves_by_the_sign() {
    for length in LENGTHS {
        let [parameter, gradient, momentum] = [1, 2, 3].map(|seed| numbers(length, seed));
        let mut made = [parameter.clone(), momentum.clone()];
        let [moved, carried] = &mut made;
        lion(&LION, moved, &gradient, carried);
        let expected = each([&parameter, &momentum, &gradient], |[parameter, momentum, gradient]| {
            let gradient = gradient * FACTOR;
            let direction = (0.9 * momentum + 0.1 * gradient).signum();
            [parameter * (1.0 - 1e-2 * 0.1) - 1e-2 * direction, 0.99 * momentum + 0.01 * gradient]
        });
        made.iter().zip(&expected).for_each(|(made, expected)| assert_near(made, expected, 2e-7));
    }
}

#[test]
fn lion_stays_where_nothing_pulls_and_passes_on_what_is_bad() {
    let (mut parameter, mut momentum) = ([1.0, 1.0], [0.0, 0.0]);
    let settings = Lion { decay: 0.0, ..LION };
    lion(&settings, &mut parameter, &[0.0, f32::NAN], &mut momentum);
    assert!(parameter[0] == 1.0 && parameter[1].is_nan());
}

#[test]
fn descent_follows_pytorch() {
    for length in LENGTHS {
        let [parameter, gradient, velocity] = [1, 2, 3].map(|seed| numbers(length, seed));
        let slope = |parameter: f64, gradient: f64| gradient * FACTOR + 0.1 * parameter;
        for momentum in [Momentum::Heavy(0.9), Momentum::Nesterov(0.9)] {
            let mut made = [parameter.clone(), velocity.clone()];
            let [moved, carried] = &mut made;
            let settings = Sgd { learning_rate: 1e-2, momentum, decay: 0.1, factor: FACTOR };
            sgd(&settings, moved, &gradient, carried);
            let expected = each([&parameter, &velocity, &gradient], |[parameter, velocity, gradient]| {
                let gradient = slope(parameter, gradient);
                let velocity = 0.9 * velocity + gradient;
                let ahead = if momentum == Momentum::Heavy(0.9) { velocity } else { gradient + 0.9 * velocity };
                [parameter - 1e-2 * ahead, velocity]
            });
            made.iter().zip(&expected).for_each(|(made, expected)| assert_near(made, expected, 3e-7));
        }
    }
}
