//! What a config may not say about a model, in words that name the key and the remedy.

use std::{borrow::Cow, ops::RangeInclusive};

/// A value that cannot be, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`model.{key} = {value}` {reason}")]
pub struct Fault {
    pub key: Cow<'static, str>,
    value: String,
    reason: String,
}

/// Beyond these, a size is a slip of the finger rather than a model.
pub const MOST_LAYERS: usize = 1_000;
pub const MOST_WIDTH: usize = 100_000;
pub const MOST_CONTEXT: usize = 10_000_000;

impl Fault {
    pub fn new(key: impl Into<Cow<'static, str>>, value: impl ToString, reason: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.to_string(), reason: reason.into() }
    }

    /// The same of a model that is part of another and has this table of its config; the keys that the reason names go along.
    #[must_use]
    pub fn under(self, table: &str) -> Self {
        let reason = self.reason.replace("`model.", &format!("`model.{table}."));
        Self { key: format!("{table}.{}", self.key).into(), reason, ..self }
    }

    /// The first of these counts that is zero, or more than it may be.
    pub fn counts(counts: impl IntoIterator<Item = (&'static str, usize, usize)>) -> Result<(), Self> {
        let outside = counts.into_iter().find(|(_, count, most)| !(1..=*most).contains(count));
        match outside {
            Some((key, count, most)) => Err(Self::new(key, count, format!("is out of range; give 1 to {most}"))),
            None => Ok(()),
        }
    }

    /// A share of entries that are dropped, or the like.
    pub fn share(key: &'static str, share: f64) -> Result<(), Self> {
        let reason = "is no share; give a number from 0 up to, but not including, 1";
        if (0.0..1.0).contains(&share) { Ok(()) } else { Err(Self::new(key, share, reason)) }
    }

    /// A number that has to lie in a range; `usual` says what others take.
    pub fn within(key: &'static str, value: f64, range: RangeInclusive<f64>, usual: &str) -> Result<(), Self> {
        if range.contains(&value) {
            return Ok(());
        }
        Err(Self::new(key, value, format!("must lie between {} and {}; {usual}", range.start(), range.end())))
    }

    /// What is added to a variance.
    pub fn epsilon(epsilon: f64) -> Result<(), Self> {
        let good = epsilon.is_finite() && epsilon > 0.0;
        let reason = "must be above 0 and finite; 1e-5 is usual";
        if good { Ok(()) } else { Err(Self::new("norm_epsilon", epsilon, reason)) }
    }

    /// Heads that do not divide the width that they share, which stands under `whole`.
    pub fn heads(key: &'static str, heads: usize, (whole, width): (&str, usize)) -> Result<(), Self> {
        if width.is_multiple_of(heads) {
            return Ok(());
        }
        let near = divisor_near(width, heads);
        Err(Self::new(key, heads, format!("does not divide `model.{whole} = {width}`; try `model.{key} = {near}`")))
    }

    /// A vocabulary that lacks ids of the tokenizer.
    pub fn vocabulary(vocabulary: usize, tokens: usize) -> Result<(), Self> {
        if vocabulary >= tokens {
            return Ok(());
        }
        let reason = format!("is less than the tokenizer's {tokens} ids; leave it out, or give at least {tokens}");
        Err(Self::new("vocabulary", vocabulary, reason))
    }
}

fn divisor_near(number: usize, wish: usize) -> usize {
    let divisors = (1..=number).filter(|candidate| number.is_multiple_of(*candidate));
    divisors.min_by_key(|candidate| candidate.abs_diff(wish)).unwrap_or(1)
}
