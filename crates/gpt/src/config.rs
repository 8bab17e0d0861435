//! What a user writes about a GPT, and what that comes to.

use attentive_attention::{
    AttentionBias, Fault, FeedForwardKind, MOST_CONTEXT, MOST_LAYERS, MOST_WIDTH, NormKind, RotaryScaling,
};
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

/// Beyond these, numbers that scale rotary frequencies are slips of the finger.
const MOST_SCALING: f64 = 1e6;
const LEAST_TURNS: f64 = 1e-6;

/// The table `[model]` of a config with `family = "gpt"`, as written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GptConfig {
    /// The model family: `gpt`.
    pub family: Option<String>,
    /// A well-known set of parts: `gpt2` (default) or `llama`.
    pub style: Option<Style>,
    /// Number of blocks.
    pub layers: usize,
    /// Attention heads per block; must divide `width`, unless `channels` is given.
    pub heads: usize,
    /// Channels of a head. Default: `width` / `heads`.
    pub channels: Option<usize>,
    /// Heads of keys and values (grouped queries); must divide `heads`. Default: `heads`.
    pub key_value_heads: Option<usize>,
    /// Width of the residual stream.
    pub width: usize,
    /// Width inside the feed-forward. Default: 4 × width, or for gated ones 8/3 × width rounded up to a multiple of 32.
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
    /// How rotary frequencies are lowered for longer contexts than first learned: `linear` or `llama3`. Default: not at all.
    pub rotary_scaling: Option<RotaryScaling>,
    /// Feed-forward: `gelu`, `gelu_tanh`, `quick_gelu`, `relu`, `silu`, or gated: `swiglu`, `geglu`.
    pub feed_forward: Option<FeedForwardKind>,
    /// Whether layers add biases.
    pub bias: Option<bool>,
    /// Which maps of attention add biases: `none`, `inputs` (to queries, keys and values) or `all`. Default: by `bias`.
    pub attention_bias: Option<AttentionBias>,
    /// Whether feed-forwards add biases. Default: `bias`.
    pub feed_forward_bias: Option<bool>,
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
    pub channels: usize,
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
    pub attention_bias: AttentionBias,
    pub feed_forward_bias: bool,
    pub tied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<usize>,
    pub vocabulary: usize,
    /// Last, because it is a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotary_scaling: Option<RotaryScaling>,
}

impl GptConfig {
    /// Fills in what is absent and refuses what cannot be. `tokens` is the tokenizer's number of ids.
    pub fn resolve(&self, tokens: usize) -> Result<GptPlan, Fault> {
        let style = self.style.unwrap_or_default();
        let llama = style == Style::Llama;
        let feed_forward =
            self.feed_forward.unwrap_or(if llama { FeedForwardKind::Swiglu } else { FeedForwardKind::GeluTanh });
        let hidden = feed_forward.usual_hidden(self.width);
        let bias = self.bias.unwrap_or(!llama);
        let plan = GptPlan {
            family: "gpt",
            style,
            layers: self.layers,
            heads: self.heads,
            channels: self.channels.or(self.width.checked_div(self.heads)).unwrap_or_default(),
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
            bias,
            attention_bias: self.attention_bias.unwrap_or(if bias { AttentionBias::All } else { AttentionBias::None }),
            feed_forward_bias: self.feed_forward_bias.unwrap_or(bias),
            tied: self.tied.unwrap_or(!llama),
            window: self.window,
            vocabulary: self.vocabulary.unwrap_or(tokens),
            rotary_scaling: self.rotary_scaling,
        };
        plan.check_counts()?;
        if self.channels.is_none() {
            Fault::heads("heads", self.heads, ("width", self.width))?;
        }
        plan.check(tokens)?;
        Ok(plan)
    }
}

impl GptPlan {
    fn check_counts(&self) -> Result<(), Fault> {
        Fault::counts([
            ("layers", self.layers, MOST_LAYERS),
            ("heads", self.heads, MOST_WIDTH),
            ("key_value_heads", self.key_value_heads, MOST_WIDTH),
            ("width", self.width, MOST_WIDTH),
            ("hidden", self.hidden, 4 * MOST_WIDTH),
            ("context", self.context, MOST_CONTEXT),
            ("vocabulary", self.vocabulary, MOST_CONTEXT),
            ("window", self.window.unwrap_or(1), MOST_CONTEXT),
        ])
    }

    fn check(&self, tokens: usize) -> Result<(), Fault> {
        self.check_channels()?;
        Fault::heads("key_value_heads", self.key_value_heads, ("heads", self.heads))?;
        self.check_rotary()?;
        self.check_scaling()?;
        Fault::share("dropout", self.dropout)?;
        Fault::epsilon(self.norm_epsilon)?;
        Fault::vocabulary(self.vocabulary, tokens)
    }

    /// Together, heads are not much wider than the widest model.
    fn check_channels(&self) -> Result<(), Fault> {
        let most = 4 * MOST_WIDTH / self.heads;
        Fault::counts([("channels", self.channels, most.max(1))])
    }

    fn check_rotary(&self) -> Result<(), Fault> {
        let Self { rotary_theta: theta, channels, width, .. } = *self;
        if self.positions == Positions::Rotary && !channels.is_multiple_of(2) {
            return Err(if channels.checked_mul(self.heads) == Some(width) {
                let paired = "and rotary positions pair them; make width / heads even";
                Fault::new("width", width, format!("gives heads of {channels} channels, {paired}"))
            } else {
                Fault::new("channels", channels, "is odd, and rotary positions pair channels; choose an even number")
            });
        }
        if !theta.is_finite() || theta <= 1.0 {
            return Err(Fault::new("rotary_theta", theta, "must be above 1 and finite; 10000 is usual"));
        }
        Ok(())
    }

    fn check_scaling(&self) -> Result<(), Fault> {
        let Some(scaling) = self.rotary_scaling else { return Ok(()) };
        if self.positions != Positions::Rotary {
            let reason = "is of rotary positions; leave it out, or set `model.positions = rotary`";
            return Err(Fault::new("rotary_scaling", scaling.kind(), reason));
        }
        let (RotaryScaling::Linear { factor } | RotaryScaling::Llama3 { factor, .. }) = scaling;
        Fault::within("rotary_scaling.factor", factor, 1.0..=MOST_SCALING, "8 is usual")?;
        let RotaryScaling::Llama3 { low, high, original_context, .. } = scaling else { return Ok(()) };
        Fault::within("rotary_scaling.low", low, LEAST_TURNS..=MOST_SCALING, "1 is usual")?;
        Fault::within("rotary_scaling.high", high, LEAST_TURNS..=MOST_SCALING, "4 is usual")?;
        if high <= low {
            let reason = format!("must be above `model.rotary_scaling.low = {low}`; 4 and 1 are usual");
            return Err(Fault::new("rotary_scaling.high", high, reason));
        }
        Fault::counts([("rotary_scaling.original_context", original_context, MOST_CONTEXT)])
    }
}
