//! What a user writes about a GPT, and what that comes to.

use attentive_attention::{FeedForwardKind, NormKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A well-known set of parts; each part may still be chosen by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// Layer normalization, learned positions, GELU, biases, tied head (Radford et al. 2019).
    #[default]
    Gpt2,
    /// RMS normalization, rotary positions, SwiGLU, no biases, a head of its own (Touvron et al. 2023).
    Llama,
}

/// How the model knows where a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Positions {
    /// A learned vector for each position.
    Learned,
    /// Queries and keys turned by their positions.
    Rotary,
    /// Not at all, but for the causal mask.
    None,
}

/// The table `[model]` of a config with `family = "gpt"`, as written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GptConfig {
    /// The model family: `gpt`.
    pub family: Option<String>,
    /// A well-known set of parts: `gpt2` (default) or `llama`.
    pub style: Option<Style>,
    /// Number of blocks.
    pub layers: usize,
    /// Attention heads per block; must divide `width`.
    pub heads: usize,
    /// Heads of keys and values (grouped queries); must divide `heads`. Default: `heads`.
    pub key_value_heads: Option<usize>,
    /// Width of the residual stream.
    pub width: usize,
    /// Width inside the feed-forward. Default: 4 × width, or for `swiglu` 8/3 × width rounded up to a multiple of 32.
    pub hidden: Option<usize>,
    /// Longest sequence, in tokens.
    pub context: usize,
    /// Share of entries dropped in training, at embeddings, attention weights and residual branches. Default: 0.
    pub dropout: Option<f64>,
    /// Normalization: `layer` or `rms`.
    pub norm: Option<NormKind>,
    /// Added to variances. Default: 1e-5.
    pub norm_epsilon: Option<f64>,
    /// Positions: `learned`, `rotary` or `none`.
    pub positions: Option<Positions>,
    /// Base of the rotary frequencies. Default: 10000.
    pub rotary_theta: Option<f64>,
    /// Feed-forward: `gelu`, `gelu_tanh` or `swiglu`.
    pub feed_forward: Option<FeedForwardKind>,
    /// Whether layers add biases.
    pub bias: Option<bool>,
    /// Whether the head shares the token embedding's weights.
    pub tied: Option<bool>,
    /// Each token sees at most this many tokens, itself counted. Default: all before it.
    pub window: Option<usize>,
    /// Number of token ids; at least the tokenizer's. Default: the tokenizer's.
    pub vocabulary: Option<usize>,
}

/// The same with every value resolved and checked; written to a plan, it reads back as a config.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GptPlan {
    pub family: &'static str,
    pub style: Style,
    pub layers: usize,
    pub heads: usize,
    pub key_value_heads: usize,
    pub width: usize,
    pub hidden: usize,
    pub context: usize,
    pub dropout: f64,
    pub norm: NormKind,
    pub norm_epsilon: f64,
    pub positions: Positions,
    pub rotary_theta: f64,
    pub feed_forward: FeedForwardKind,
    pub bias: bool,
    pub tied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<usize>,
    pub vocabulary: usize,
}

/// A value that cannot be, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`model.{key} = {value}` {reason}")]
pub struct Fault {
    pub key: &'static str,
    value: String,
    reason: String,
}

fn fault(key: &'static str, value: impl ToString, reason: impl Into<String>) -> Fault {
    Fault { key, value: value.to_string(), reason: reason.into() }
}

const SWIGLU_STEP: usize = 32;

impl GptConfig {
    /// Fills in what is absent and refuses what cannot be. `tokens` is the tokenizer's number of ids.
    pub fn resolve(&self, tokens: usize) -> Result<GptPlan, Fault> {
        let style = self.style.unwrap_or_default();
        let llama = style == Style::Llama;
        let feed_forward =
            self.feed_forward.unwrap_or(if llama { FeedForwardKind::Swiglu } else { FeedForwardKind::GeluTanh });
        let hidden = match feed_forward {
            FeedForwardKind::Swiglu => (8 * self.width).div_ceil(3).next_multiple_of(SWIGLU_STEP),
            FeedForwardKind::Gelu | FeedForwardKind::GeluTanh => 4 * self.width,
        };
        let plan = GptPlan {
            family: "gpt",
            style,
            layers: self.layers,
            heads: self.heads,
            key_value_heads: self.key_value_heads.unwrap_or(self.heads),
            width: self.width,
            hidden: self.hidden.unwrap_or(hidden),
            context: self.context,
            dropout: self.dropout.unwrap_or(0.0),
            norm: self.norm.unwrap_or(if llama { NormKind::Rms } else { NormKind::Layer }),
            norm_epsilon: self.norm_epsilon.unwrap_or(1e-5),
            positions: self.positions.unwrap_or(if llama { Positions::Rotary } else { Positions::Learned }),
            rotary_theta: self.rotary_theta.unwrap_or(10_000.0),
            feed_forward,
            bias: self.bias.unwrap_or(!llama),
            tied: self.tied.unwrap_or(!llama),
            window: self.window,
            vocabulary: self.vocabulary.unwrap_or(tokens),
        };
        plan.check(tokens)?;
        Ok(plan)
    }
}

impl GptPlan {
    fn check(&self, tokens: usize) -> Result<(), Fault> {
        self.check_counts()?;
        self.check_heads()?;
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(fault(
                "dropout",
                self.dropout,
                "is no share; give a number from 0 up to, but not including, 1",
            ));
        }
        if !self.norm_epsilon.is_finite() || self.norm_epsilon <= 0.0 {
            return Err(fault("norm_epsilon", self.norm_epsilon, "must be above 0 and finite; 1e-5 is usual"));
        }
        if !self.rotary_theta.is_finite() || self.rotary_theta <= 1.0 {
            return Err(fault("rotary_theta", self.rotary_theta, "must be above 1 and finite; 10000 is usual"));
        }
        if self.vocabulary < tokens {
            let reason = format!("is less than the tokenizer's {tokens} ids; leave it out, or give at least {tokens}");
            return Err(fault("vocabulary", self.vocabulary, reason));
        }
        Ok(())
    }

    fn check_counts(&self) -> Result<(), Fault> {
        let counts = [
            ("layers", self.layers, MOST_LAYERS),
            ("heads", self.heads, MOST_WIDTH),
            ("key_value_heads", self.key_value_heads, MOST_WIDTH),
            ("width", self.width, MOST_WIDTH),
            ("hidden", self.hidden, 4 * MOST_WIDTH),
            ("context", self.context, MOST_CONTEXT),
            ("vocabulary", self.vocabulary, MOST_CONTEXT),
            ("window", self.window.unwrap_or(1), MOST_CONTEXT),
        ];
        match counts.into_iter().find(|(_, count, most)| !(1..=*most).contains(count)) {
            Some((key, count, most)) => Err(fault(key, count, format!("is out of range; give 1 to {most}"))),
            None => Ok(()),
        }
    }

    fn check_heads(&self) -> Result<(), Fault> {
        let Self { heads, width, key_value_heads: groups, .. } = *self;
        if !width.is_multiple_of(heads) {
            let reason =
                format!("does not divide `model.width = {width}`; try `model.heads = {}`", divisor_near(width, heads));
            return Err(fault("heads", heads, reason));
        }
        if !heads.is_multiple_of(groups) {
            let near = divisor_near(heads, groups);
            let reason = format!("does not divide `model.heads = {heads}`; try `model.key_value_heads = {near}`");
            return Err(fault("key_value_heads", groups, reason));
        }
        if self.positions == Positions::Rotary && !(width / heads).is_multiple_of(2) {
            let channels = width / heads;
            let reason =
                format!("gives heads of {channels} channels, and rotary positions pair them; make width / heads even");
            return Err(fault("width", width, reason));
        }
        Ok(())
    }
}

/// Beyond these, a size is a slip of the finger rather than a model.
const MOST_LAYERS: usize = 1_000;
const MOST_WIDTH: usize = 100_000;
const MOST_CONTEXT: usize = 10_000_000;

fn divisor_near(number: usize, wish: usize) -> usize {
    let divisors = (1..=number).filter(|candidate| number.is_multiple_of(*candidate));
    divisors.min_by_key(|candidate| candidate.abs_diff(wish)).unwrap_or(1)
}
