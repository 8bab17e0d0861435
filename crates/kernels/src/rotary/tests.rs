use super::*;
use crate::cpu::elementwise::tests::{assert_near, numbers, on_any_threads};

const SHAPES: [[usize; 4]; 6] =
    [[1, 1, 1, 2], [2, 3, 5, 6], [1, 7, 3, 34], [3, 2, 7, 64], [2, 3, 5, 130], [2, 6, 90, 64]];

fn frequencies(channels: usize) -> Vec<f32> {
    crate::Rotary::from(10_000.0).frequencies(channels)
}

fn turned(input: Heads<'_>, waves: &Waves, turn: Turn) -> Vec<f32> {
    let mut output = vec![f32::NAN; input.shape.iter().product()];
    rotary(input, waves, turn, &mut output);
    output
}

/// The reference's formula, entry by entry, with the layout turned to `[batch, position, head, channel]`.
fn reference(input: Heads<'_>, start: usize) -> Vec<f32> {
    let [batches, heads, positions, channels] = input.shape;
    let half = channels / 2;
    let mut output = Vec::new();
    for (batch, position, head) in
        (0..batches).flat_map(|b| (0..positions).flat_map(move |p| (0..heads).map(move |h| (b, p, h))))
    {
        let at = batch * input.strides[0] + head * input.strides[1] + position * input.strides[2];
        for channel in 0..channels {
            let pair = channel % half;
            let frequency = 1.0 / 10_000f32.powf((2 * pair) as f32 / channels as f32);
            let angle = (start + position) as f32 * frequency;
            let (first, second) = (input.values[at + pair], input.values[at + half + pair]);
            output.push(match channel < half {
                true => first * angle.cos() - second * angle.sin(),
                false => second * angle.cos() + first * angle.sin(),
            });
        }
    }
    output
}

#[test]
fn heads_turn_to_the_bits_of_the_reference_from_any_layout() {
    for shape @ [batches, heads, positions, channels] in SHAPES {
        let values = numbers(batches * heads * positions * channels, 1);
        let heads_first = [heads * positions * channels, positions * channels, channels];
        let positions_first = [heads * positions * channels, channels, heads * channels];
        for strides in [heads_first, positions_first] {
            let input = Heads { values: &values, shape, strides };
            let waves = Waves::new(3, positions, &frequencies(channels));
            let output = on_any_threads(|| turned(input, &waves, Turn::Forward));
            assert_eq!(output, reference(input, 3));
        }
    }
}

#[test]
fn turning_back_undoes_the_turn() {
    for shape @ [batches, heads, positions, channels] in SHAPES {
        let values = numbers(batches * heads * positions * channels, 2);
        let strides = [heads * positions * channels, channels, heads * channels];
        let waves = Waves::new(0, positions, &frequencies(channels));
        let output = turned(Heads { values: &values, shape, strides }, &waves, Turn::Forward);
        let back = turned(Heads { values: &output, shape, strides }, &waves, Turn::Back);
        assert_near(&back, &values.iter().map(|&value| f64::from(value)).collect::<Vec<_>>(), 3e-7);
    }
}
