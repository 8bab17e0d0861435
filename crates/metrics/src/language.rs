//! How well a language model predicts a text.
//!
//! Everything follows from two sums, the negative log-likelihood in nats and a count of units, so that scores of unequal
//! batches add up right. Perplexities of models with unlike tokenizers cannot be compared; bits per byte can.

use std::f64::consts::LN_2;

use serde::{Deserialize, Serialize};

/// What a model scored on a text.
///
/// A field is `None` where the number does not exist: there is nothing to average over, or it exceeds every `f64`. The loss
/// tells the second case from the first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Language {
    /// Nats per token.
    pub loss: Option<f64>,
    pub perplexity: Option<f64>,
    pub bits_per_byte: Option<f64>,
    pub bits_per_character: Option<f64>,
    pub tokens: u64,
    pub bytes: u64,
    pub characters: u64,
}

impl Language {
    /// `nats` is the loss summed over `tokens` predicted tokens, which spell `bytes` bytes and `characters` characters.
    pub fn new(nats: f64, tokens: u64, bytes: u64, characters: u64) -> Self {
        Self {
            loss: per(nats, tokens),
            perplexity: perplexity(nats, tokens),
            bits_per_byte: bits_per(nats, bytes),
            bits_per_character: bits_per(nats, characters),
            tokens,
            bytes,
            characters,
        }
    }
}

/// Among how many equally likely tokens the model hesitates on average: `exp(nats / tokens)`.
///
/// `None` without tokens, and where it exceeds every `f64`, as it does from about 710 nats per token on.
pub fn perplexity(nats: f64, tokens: u64) -> Option<f64> {
    per(nats, tokens).map(f64::exp).filter(|perplexity| perplexity.is_finite())
}

/// Bits per unit of text, be it a byte or a character. `None` without units.
pub fn bits_per(nats: f64, units: u64) -> Option<f64> {
    per(nats, units).map(|nats| nats / LN_2).filter(|bits| bits.is_finite())
}

fn per(nats: f64, units: u64) -> Option<f64> {
    Some(nats / units as f64).filter(|mean| units > 0 && mean.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of three tokens was given one chance in eight: 3 bits apiece.
    const NATS: f64 = 9.0 * LN_2;

    #[track_caller]
    fn near(found: Option<f64>, expected: f64) {
        let found = found.expect("the score exists");
        assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found} is not {expected}");
    }

    #[test]
    fn a_chance_of_one_in_eight_is_a_perplexity_of_eight() {
        near(perplexity(NATS, 3), 8.0);
    }

    #[test]
    fn bits_are_shared_among_the_units() {
        near(bits_per(NATS, 3), 3.0);
        near(bits_per(NATS, 18), 0.5);
    }

    #[test]
    fn a_certain_model_hesitates_among_one() {
        assert_eq!(perplexity(0.0, 7), Some(1.0));
        assert_eq!(bits_per(0.0, 7), Some(0.0));
    }

    #[test]
    fn every_score_has_its_own_unit() {
        let scores = Language::new(NATS, 3, 18, 12);
        near(scores.loss, 3.0 * LN_2);
        near(scores.perplexity, 8.0);
        near(scores.bits_per_byte, 0.5);
        near(scores.bits_per_character, 0.75);
        assert_eq!([scores.tokens, scores.bytes, scores.characters], [3, 18, 12]);
    }

    #[test]
    fn nothing_to_average_over_is_no_score() {
        let scores = Language::new(0.0, 0, 0, 0);
        assert_eq!([scores.loss, scores.perplexity, scores.bits_per_byte, scores.bits_per_character], [None; 4]);
    }

    #[test]
    fn a_huge_loss_has_no_perplexity_but_keeps_its_bits() {
        let scores = Language::new(800.0, 1, 4, 4);
        assert_eq!((scores.loss, scores.perplexity), (Some(800.0), None));
        near(scores.bits_per_byte, 200.0 / LN_2);
    }

    #[test]
    fn what_is_not_a_number_is_no_score() {
        for nats in [f64::NAN, f64::INFINITY] {
            let scores = Language::new(nats, 3, 18, 12);
            assert_eq!([scores.loss, scores.perplexity, scores.bits_per_byte, scores.bits_per_character], [None; 4]);
        }
    }

    #[test]
    fn a_missing_score_is_null_in_json_and_comes_back() {
        let scores = Language::new(800.0, 1, 4, 0);
        let json = serde_json::to_string(&scores).expect("plain numbers serialize");
        assert!(json.contains(r#""perplexity":null"#), "{json}");
        assert_eq!(serde_json::from_str::<Language>(&json).expect("it was just written"), scores);
    }
}
