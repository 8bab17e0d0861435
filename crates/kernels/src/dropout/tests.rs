use super::*;
use crate::cpu::elementwise::tests::{LENGTHS, numbers, on_any_threads};

const KEY: [u32; 2] = [0x1234_5678, 0x9abc_def0];

/// The block of `attentive_random`, word by word.
fn block(counter: u64, mut key: [u32; 2]) -> [u32; 4] {
    let mut words = [counter as u32, (counter >> 32) as u32, 0, 0];
    for _ in 0..ROUNDS {
        let [first, second] = [0, 2].map(|word: usize| MULTIPLIERS[word / 2] * u64::from(words[word]));
        let high = |wide: u64| (wide >> 32) as u32;
        words = [high(second) ^ words[1] ^ key[0], second as u32, high(first) ^ words[3] ^ key[1], first as u32];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    words
}

fn factor(draws: Draws, entry: usize) -> f32 {
    let draw = draws.first + entry as u64;
    let bits = block(draw / 4, draws.key)[(draw % 4) as usize];
    let uniform = (bits >> 8) as f32 / (1 << 24) as f32;
    if uniform < draws.probability as f32 { 0.0 } else { (1.0 / (1.0 - draws.probability)) as f32 }
}

fn dropped(draws: Draws, input: &[f32]) -> Vec<f32> {
    let mut output = vec![f32::NAN; input.len()];
    dropout(draws, input, &mut output);
    output
}

#[test]
fn the_generator_gives_the_published_numbers() {
    // The known answers of Random123 for a counter and a key of zeros.
    assert_eq!(block(0, [0, 0]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
}

#[test]
fn every_entry_gets_its_own_draw() {
    for length in LENGTHS {
        let input = numbers(length, 1);
        for first in [0, 1, 2, 3, 4, 1023, (1 << 34) - 70, u64::from(u32::MAX) * 4] {
            let draws = Draws { key: KEY, first, probability: 0.3 };
            let output = on_any_threads(|| dropped(draws, &input));
            let expected: Vec<f32> = input.iter().enumerate().map(|(entry, x)| x * factor(draws, entry)).collect();
            assert_eq!(output, expected);
        }
    }
}

#[test]
fn every_vector_length_gives_the_same_bits() {
    let draws = Draws { key: KEY, first: (1 << 34) - 70, probability: 0.5 };
    let input = numbers(3000, 2);
    let mut output = vec![f32::NAN; input.len()];
    let place = Copied { input: &input, output: Shared::new(&mut output) };
    pulp::Scalar.vectorize(Piece { draws, range: 0..input.len(), place });
    assert_eq!(output, dropped(draws, &input));
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        output.fill(f32::NAN);
        let place = Copied { input: &input, output: Shared::new(&mut output) };
        Simd::vectorize(simd, Piece { draws, range: 0..input.len(), place });
        assert_eq!(output, dropped(draws, &input));
    }
}

#[test]
fn a_sum_sees_the_same_factors() {
    for length in LENGTHS {
        let (input, residual) = (numbers(length, 3), numbers(length, 4));
        let draws = Draws { key: KEY, first: 7, probability: 0.1 };
        let mut output = vec![f32::NAN; length];
        dropout_add(draws, &input, &residual, &mut output);
        let sums: Vec<f32> =
            dropped(draws, &input).iter().zip(&residual).map(|(value, residual)| residual + value).collect();
        assert_eq!(output, sums);
    }
}

#[test]
fn the_share_of_dropped_entries_is_the_probability() {
    let ones = vec![1.0; 1 << 18];
    for probability in [0.0, 0.1, 0.5, 0.9] {
        let output = dropped(Draws { key: KEY, first: 0, probability }, &ones);
        let share = output.iter().filter(|&&value| value == 0.0).count() as f64 / ones.len() as f64;
        assert!((share - probability).abs() < 5e-3, "{share} instead of {probability}");
    }
}
