//! How tokens are drawn, for all commands that write.

use attentive_trainer::Sampling;
use clap::Args;

use super::{number, whole};

/// How tokens are drawn.
#[derive(Debug, Args)]
pub(crate) struct Drawing {
    /// Above 1 bolder, below 1 safer, 0 always the likeliest token.
    #[arg(long, default_value_t = 0.8, allow_negative_numbers = true, value_parser = temperature)]
    temperature: f64,
    /// Only the likeliest this many tokens.
    #[arg(long, allow_negative_numbers = true, value_parser = top)]
    top_k: Option<u64>,
    /// Only the likeliest tokens that together have this probability.
    #[arg(long, allow_negative_numbers = true, value_parser = share)]
    top_p: Option<f64>,
    /// The same seed writes the same text.
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = whole::<u64>)]
    seed: u64,
}

impl Drawing {
    pub(crate) fn sampling(&self) -> Sampling {
        let &Self { temperature, top_k, top_p, seed } = self;
        Sampling { temperature, top_k: top_k.map(|top| top as usize), top_p, seed }
    }
}

fn temperature(text: &str) -> Result<f64, String> {
    number(text).filter(|value| *value >= 0.0).ok_or_else(|| "expected a number of at least 0".to_owned())
}

pub(super) fn share(text: &str) -> Result<f64, String> {
    number(text)
        .filter(|value| *value > 0.0 && *value <= 1.0)
        .ok_or_else(|| "expected a number above 0, at most 1".to_owned())
}

pub(super) fn top(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|top| *top > 0).ok_or_else(|| "expected a whole number of at least 1".to_owned())
}
