//! How fast each pair of channels turns.

use std::f32::consts::TAU;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The frequencies of rotary positions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rotary {
    /// Base of the frequencies.
    pub theta: f64,
    pub scaling: Option<RotaryScaling>,
}

/// How frequencies are lowered, so that a model reads further than it first learned to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RotaryScaling {
    /// All by one factor (Chen et al. 2023).
    Linear {
        /// What frequencies are divided by.
        factor: f64,
    },
    /// Low ones alone, as in Llama 3.1 (Grattafiori et al. 2024).
    Llama3 {
        /// What low frequencies are divided by.
        factor: f64,
        /// Frequencies of fewer turns than this over the original context are low.
        low: f64,
        /// Those of more turns than this stay; between both, they are lowered in part.
        high: f64,
        /// The context that the model first learned, in tokens.
        original_context: usize,
    },
}

impl From<f64> for Rotary {
    fn from(theta: f64) -> Self {
        Self { theta, scaling: None }
    }
}

impl Rotary {
    /// Of each pair of a head's channels, in the precision and order of the reference implementation.
    pub fn frequencies(&self, channels: usize) -> Vec<f32> {
        let half = channels / 2;
        let plain = |pair| 1.0 / (self.theta as f32).powf((2 * pair) as f32 / (2 * half) as f32);
        (0..half).map(plain).map(|frequency| self.scaling.map_or(frequency, |how| how.scaled(frequency))).collect()
    }
}

impl RotaryScaling {
    /// As a config writes it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Linear { .. } => "linear",
            Self::Llama3 { .. } => "llama3",
        }
    }

    fn scaled(self, frequency: f32) -> f32 {
        match self {
            Self::Linear { factor } => frequency / factor as f32,
            Self::Llama3 { factor, low, high, original_context } => {
                let (original, factor) = (original_context as f64, factor as f32);
                let wave = TAU / frequency;
                if wave > (original / low) as f32 {
                    return frequency / factor;
                }
                if wave < (original / high) as f32 {
                    return frequency;
                }
                let share = (original as f32 / wave - low as f32) / (high - low) as f32;
                (1.0 - share) * frequency / factor + share * frequency
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One rounding of f32 in a power, and some behind it.
    const ROUNDING: f64 = 4e-7;

    /// Heads of 10 channels; expected is `LlamaRotaryEmbedding.inv_freq` of transformers 5.23.
    fn assert_turns(scaling: Option<RotaryScaling>, expected: [f64; 5]) {
        let found = Rotary { theta: 500.0, scaling }.frequencies(10);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((f64::from(found) / expected - 1.0).abs() < ROUNDING, "{found}, expected {expected}");
        }
    }

    #[test]
    fn frequencies_are_those_of_transformers() {
        assert_turns(None, [1.0, 2.88539976e-1, 8.32553208e-2, 2.40224861e-2, 6.93144789e-3]);
        let linear = RotaryScaling::Linear { factor: 2.5 };
        assert_turns(Some(linear), [4.00000006e-1, 1.1541599e-1, 3.33021283e-2, 9.60899424e-3, 2.7725792e-3]);
    }

    #[test]
    fn low_frequencies_alone_are_lowered() {
        let scaling = RotaryScaling::Llama3 { factor: 8.0, low: 1.0, high: 4.0, original_context: 60 };
        assert_turns(Some(scaling), [1.0, 1.83793694e-1, 1.04069151e-2, 3.00281076e-3, 8.66430986e-4]);
    }
}
