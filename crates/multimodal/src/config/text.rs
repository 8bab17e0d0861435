//! The table `[model.text]`.

use attentive_attention::{Fault, FeedForwardKind, MOST_CONTEXT, MOST_LAYERS, MOST_WIDTH, NormKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands for a whole text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The last token that is no padding.
    #[default]
    Last,
    /// The first token.
    First,
    /// The mean over all tokens that are no padding.
    Mean,
}

/// How the model knows where a token stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextPositions {
    /// A learned vector for each position.
    #[default]
    Learned,
    /// Queries and keys turned by their positions.
    Rotary,
    /// Not at all, but for the causal mask.
    None,
}

/// The table `[model.text]`, as written.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextConfig {
    /// Number of blocks.
    pub layers: usize,
    /// Attention heads per block; must divide `width`.
    pub heads: usize,
    /// Width of the residual stream.
    pub width: usize,
    /// Width inside the feed-forward. Default: 4 × width, or for gated ones 8/3 × width rounded up to a multiple of 32.
    pub hidden: Option<usize>,
    /// Longest text, in tokens.
    pub context: usize,
    /// Whether a token sees only those before it. Default: `true`, but `false` for statements.
    pub causal: Option<bool>,
    /// What stands for a whole text when matching pairs: `last`, `first` or `mean`. Default: `last` of a causal text, else `mean`.
    pub pooling: Option<Pooling>,
    /// Share of entries dropped in training, at embeddings, attention weights and residual branches. Default: 0.
    pub dropout: Option<f64>,
    /// The same for attention weights alone. Default: `dropout`.
    pub attention_dropout: Option<f64>,
    /// Normalization: `layer` (default) or `rms`.
    pub norm: Option<NormKind>,
    /// Added to variances. Default: 1e-5.
    pub norm_epsilon: Option<f64>,
    /// Positions: `learned` (default), `rotary` or `none`.
    pub positions: Option<TextPositions>,
    /// Feed-forward: `gelu` (default), `gelu_tanh`, `quick_gelu`, `relu`, `silu`, or gated: `swiglu`, `geglu`.
    pub feed_forward: Option<FeedForwardKind>,
    /// Whether layers add biases. Default: `true`.
    pub bias: Option<bool>,
}

/// The same with every value resolved and checked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TextPlan {
    pub layers: usize,
    pub heads: usize,
    pub width: usize,
    pub hidden: usize,
    pub context: usize,
    pub causal: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pooling: Option<Pooling>,
    pub dropout: f64,
    pub attention_dropout: f64,
    pub norm: NormKind,
    pub norm_epsilon: f64,
    pub positions: TextPositions,
    pub feed_forward: FeedForwardKind,
    pub bias: bool,
}

impl TextConfig {
    /// Fills in what is absent, causality as given, and refuses what cannot be.
    pub(super) fn resolve(&self, causal: bool) -> Result<TextPlan, Fault> {
        let feed_forward = self.feed_forward.unwrap_or(FeedForwardKind::Gelu);
        let dropout = self.dropout.unwrap_or(0.0);
        let plan = TextPlan {
            layers: self.layers,
            heads: self.heads,
            width: self.width,
            hidden: self.hidden.unwrap_or_else(|| feed_forward.usual_hidden(self.width.min(MOST_WIDTH))),
            context: self.context,
            causal,
            pooling: self.pooling,
            dropout,
            attention_dropout: self.attention_dropout.unwrap_or(dropout),
            norm: self.norm.unwrap_or(NormKind::Layer),
            norm_epsilon: self.norm_epsilon.unwrap_or(1e-5),
            positions: self.positions.unwrap_or_default(),
            feed_forward,
            bias: self.bias.unwrap_or(true),
        };
        plan.check()?;
        Ok(plan)
    }

    /// Whether the text is causal, where its kind leaves no choice.
    pub(super) fn settled(&self, causal: bool, why: &str) -> Result<bool, Fault> {
        match self.causal {
            Some(other) if other != causal => Err(Fault::new("causal", other, format!("{why}; leave it out"))),
            _ => Ok(causal),
        }
    }
}

impl TextPlan {
    fn check(&self) -> Result<(), Fault> {
        Fault::counts([
            ("layers", self.layers, MOST_LAYERS),
            ("heads", self.heads, MOST_WIDTH),
            ("width", self.width, MOST_WIDTH),
            ("hidden", self.hidden, 4 * MOST_WIDTH),
            ("context", self.context, MOST_CONTEXT),
        ])?;
        Fault::heads("heads", self.heads, ("width", self.width))?;
        self.check_rotary()?;
        Fault::share("dropout", self.dropout)?;
        Fault::share("attention_dropout", self.attention_dropout)?;
        Fault::epsilon(self.norm_epsilon)
    }

    pub(super) fn check_pooling(&self) -> Result<(), Fault> {
        if self.causal && self.pooling == Some(Pooling::First) {
            let reason = "would pool a token that has seen no other; give `last` or `mean`, or `causal = false`";
            return Err(Fault::new("pooling", "first", reason));
        }
        Ok(())
    }

    fn check_rotary(&self) -> Result<(), Fault> {
        let channels = self.width / self.heads;
        if self.positions != TextPositions::Rotary || channels.is_multiple_of(2) {
            return Ok(());
        }
        let reason =
            format!("gives heads of {channels} channels, and rotary positions pair them; make width / heads even");
        Err(Fault::new("width", self.width, reason))
    }
}
