//! Rotary position embedding: reads heads by strides, so that it turns the layout on the way.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::cpu::elementwise::{Entries, Law, Pieces, sweep};
use crate::cpu::threads::Shared;

/// Values `[batch, head, position, channel]` at any strides; channels lie side by side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heads<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) shape: [usize; 4],
    /// Of batch, head and position.
    pub(crate) strides: [usize; 3],
}

/// Cosines and sines `[position, channel / 2]` of the angles.
#[derive(Clone, Debug)]
pub(crate) struct Waves {
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

/// The backward pass turns back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Forward,
    Back,
}

impl Waves {
    pub(crate) fn new(start: usize, positions: usize, frequencies: &[f32]) -> Self {
        let angles = (start..start + positions)
            .flat_map(|position| frequencies.iter().map(move |frequency| position as f32 * frequency));
        let (cosines, sines) = angles.map(|angle| (angle.cos(), angle.sin())).unzip();
        Self { cosines, sines }
    }
}

/// Turns each pair of channels `i` and `i + channels / 2` by the angle of its position; writes `[batch, position, head, channel]`.
pub(crate) fn rotary(input: Heads<'_>, waves: &Waves, turn: Turn, output: &mut [f32]) {
    let [batches, heads, positions, channels] = input.shape;
    assert!(channels.is_multiple_of(2), "channels turn in pairs");
    assert_eq!((output.len(), waves.cosines.len()), (batches * heads * positions * channels, positions * channels / 2));
    let pieces = Pieces::of_rows(batches * positions, heads * channels);
    let output = Shared::new(output);
    pieces.each(|_, rows| {
        // SAFETY: pieces don't overlap and end with the output.
        let output = unsafe { output.slice(rows.start * heads * channels, rows.len() * heads * channels) };
        Arch::new().dispatch(Piece { input, waves, turn, rows, output });
    });
}

struct Piece<'a> {
    input: Heads<'a>,
    waves: &'a Waves,
    turn: Turn,
    /// Positions of all batches.
    rows: Range<usize>,
    output: &'a mut [f32],
}

impl WithSimd for Piece<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.turn {
            Turn::Forward => self.turned(simd, Ahead),
            Turn::Back => self.turned(simd, Behind),
        }
    }
}

impl Piece<'_> {
    #[inline(always)]
    fn turned<S: Simd>(self, simd: S, law: impl Law<4, 2>) {
        let [_, heads, positions, channels] = self.input.shape;
        let (strides, half) = (self.input.strides, channels / 2);
        let mut outputs = self.output.chunks_exact_mut(channels.max(1));
        for row in self.rows {
            let (batch, position) = (row / positions, row % positions);
            let [cosines, sines] =
                [&self.waves.cosines, &self.waves.sines].map(|wave| &wave[position * half..(position + 1) * half]);
            for (head, output) in (0..heads).zip(&mut outputs) {
                let start = batch * strides[0] + head * strides[1] + position * strides[2];
                let (first, second) = self.input.values[start..start + channels].split_at(half);
                let (left, right) = output.split_at_mut(half);
                let entries = Entries { changed: [], read: [first, second, cosines, sines], written: [left, right] };
                sweep(simd, law, entries);
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Ahead;

impl Law<4, 2> for Ahead {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [first, second, cosine, sine]: [S::f32s; 4]) -> [S::f32s; 2] {
        [
            simd.sub_f32s(simd.mul_f32s(first, cosine), simd.mul_f32s(second, sine)),
            simd.add_f32s(simd.mul_f32s(second, cosine), simd.mul_f32s(first, sine)),
        ]
    }
}

#[derive(Clone, Copy)]
struct Behind;

impl Law<4, 2> for Behind {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [first, second, cosine, sine]: [S::f32s; 4]) -> [S::f32s; 2] {
        [
            simd.add_f32s(simd.mul_f32s(first, cosine), simd.mul_f32s(second, sine)),
            simd.sub_f32s(simd.mul_f32s(second, cosine), simd.mul_f32s(first, sine)),
        ]
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
