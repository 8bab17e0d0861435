//! What a user writes about an encoder-decoder, and what that comes to.

use attentive_attention::{
    CrossKind, Fault, FeedForwardKind, MOST_CONTEXT, MOST_LAYERS, MOST_WIDTH, NormKind, NormPlace,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Positions, Style};

/// The table `[model]` of a config with `family = "seq2seq"`, as written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seq2SeqConfig {
    /// The model family: `seq2seq`.
    pub family: Option<String>,
    /// A well-known set of parts: `transformer` (default), `pre_norm`, `t5` or `bart`.
    pub style: Option<Style>,
    /// Number of the encoder's blocks.
    pub layers: usize,
    /// Number of the decoder's blocks. Default: `layers`.
    pub decoder_layers: Option<usize>,
    /// Attention heads per block; must divide `width` unless `channels` is given.
    pub heads: usize,
    /// Channels of a head. Default: width / heads.
    pub channels: Option<usize>,
    /// Width of the residual stream.
    pub width: usize,
    /// Width inside the feed-forward. Default: 4 × width, or for gated ones 8/3 × width rounded up to a multiple of 32.
    pub hidden: Option<usize>,
    /// Longest source or target, in tokens.
    pub context: usize,
    /// Share of entries dropped in training, at embeddings and residual branches. Default: 0.
    pub dropout: Option<f64>,
    /// Share of attention weights dropped in training. Default: `dropout`.
    pub attention_dropout: Option<f64>,
    /// Normalization: `layer`, or `rms` as `t5` has it.
    pub norm: Option<NormKind>,
    /// Added to variances. Default: 1e-5, in `t5` 1e-6.
    pub norm_epsilon: Option<f64>,
    /// `after` each branch (default), or `before`, and then once more behind the last block (`pre_norm`, `t5`).
    pub norm_place: Option<NormPlace>,
    /// Positions: `sinusoidal` (default), `learned` (`bart`), `relative` (`t5`), `rotary` or `none`.
    pub positions: Option<Positions>,
    /// Rows before the first position's in a table of learned ones, which nothing reads: 2 in files of BART. Default: 0.
    pub unused_positions: Option<usize>,
    /// Relative positions have this many numbers a head. Default: 32.
    pub buckets: Option<usize>,
    /// Relative positions tell distances apart up to this one. Default: 128.
    pub distance: Option<usize>,
    /// Base of the rotary frequencies. Default: 10000.
    pub rotary_theta: Option<f64>,
    /// Feed-forward: `gelu` (`bart`), `gelu_tanh`, `quick_gelu`, `relu` (default), `silu`, or gated: `swiglu`, `geglu`.
    pub feed_forward: Option<FeedForwardKind>,
    /// Whether layers add biases. Default: true, in `t5` false.
    pub bias: Option<bool>,
    /// Whether the head shares the token embedding's weights. Default: true.
    pub tied: Option<bool>,
    /// Whether token embeddings are multiplied with √width. Default: true, in `t5` and `bart` false.
    pub embedding_scale: Option<bool>,
    /// Whether the embedding is normalized. Default: false, in `bart` true.
    pub embedding_norm: Option<bool>,
    /// Whether attention scores are divided by the root of a head's channels. Default: true, in `t5` false.
    pub score_scale: Option<bool>,
    /// Whether logits are divided by √width. Default: false, in `t5` true with a tied head.
    pub head_scale: Option<bool>,
    /// Whether numbers that training leaves alone are added to logits, as files of BART and Marian hold them. Default: false.
    pub head_bias: Option<bool>,
    /// How the decoder compares its positions with the source's: `scaled` (default), `multiplicative` or `additive`.
    pub cross: Option<CrossKind>,
    /// Number of token ids of source and target; at least the tokenizer's. Default: the tokenizer's.
    pub vocabulary: Option<usize>,
    /// A token id whose vector learns nothing from being read: what fills up rows in BART and Marian. Default: none.
    pub padding: Option<u32>,
    /// The id before the first of a target. Default: the tokenizer's beginning, or its padding, or else its end.
    pub start: Option<u32>,
    /// The id behind the last of a source or target. Default: the tokenizer's end.
    pub end: Option<u32>,
}

/// The same with every value resolved and checked; written to a plan, it reads back as a config.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Seq2SeqPlan {
    pub family: &'static str,
    pub style: Style,
    pub layers: usize,
    pub decoder_layers: usize,
    pub heads: usize,
    pub channels: usize,
    pub width: usize,
    pub hidden: usize,
    pub context: usize,
    pub dropout: f64,
    pub attention_dropout: f64,
    pub norm: NormKind,
    pub norm_epsilon: f64,
    pub norm_place: NormPlace,
    pub positions: Positions,
    pub unused_positions: usize,
    pub buckets: usize,
    pub distance: usize,
    pub rotary_theta: f64,
    pub feed_forward: FeedForwardKind,
    pub bias: bool,
    pub tied: bool,
    pub embedding_scale: bool,
    pub embedding_norm: bool,
    pub score_scale: bool,
    pub head_scale: bool,
    pub head_bias: bool,
    pub cross: CrossKind,
    pub vocabulary: usize,
    pub padding: Option<u32>,
    pub start: Option<u32>,
    pub end: Option<u32>,
}

impl Seq2SeqConfig {
    /// Fills in what is absent and refuses what cannot be. `tokens` is the tokenizer's number of ids.
    pub fn resolve(&self, tokens: usize) -> Result<Seq2SeqPlan, Fault> {
        let channels = self.checked_channels()?;
        let style = self.style.unwrap_or_default();
        let parts = style.parts();
        let feed_forward = self.feed_forward.unwrap_or(parts.feed_forward);
        let (dropout, tied) = (self.dropout.unwrap_or(0.0), self.tied.unwrap_or(true));
        let plan = Seq2SeqPlan {
            family: "seq2seq",
            style,
            layers: self.layers,
            decoder_layers: self.decoder_layers.unwrap_or(self.layers),
            heads: self.heads,
            channels,
            width: self.width,
            hidden: self.hidden.unwrap_or(feed_forward.usual_hidden(self.width)),
            context: self.context,
            dropout,
            attention_dropout: self.attention_dropout.unwrap_or(dropout),
            norm: self.norm.unwrap_or(parts.norm),
            norm_epsilon: self.norm_epsilon.unwrap_or(parts.norm_epsilon),
            norm_place: self.norm_place.unwrap_or(parts.norm_place),
            positions: self.positions.unwrap_or(parts.positions),
            unused_positions: self.unused_positions.unwrap_or(0),
            buckets: self.buckets.unwrap_or(32),
            distance: self.distance.unwrap_or(128),
            rotary_theta: self.rotary_theta.unwrap_or(10_000.0),
            feed_forward,
            bias: self.bias.unwrap_or(parts.bias),
            tied,
            embedding_scale: self.embedding_scale.unwrap_or(parts.embedding_scale),
            embedding_norm: self.embedding_norm.unwrap_or(parts.embedding_norm),
            score_scale: self.score_scale.unwrap_or(parts.score_scale),
            head_scale: self.head_scale.unwrap_or(parts.head_scale && tied),
            head_bias: self.head_bias.unwrap_or(false),
            cross: self.cross.unwrap_or_default(),
            vocabulary: self.vocabulary.unwrap_or(tokens),
            padding: self.padding,
            start: self.start,
            end: self.end,
        };
        plan.check(tokens)?;
        Ok(plan)
    }

    /// The channels of a head: as written, or what `heads` make of the width.
    fn checked_channels(&self) -> Result<usize, Fault> {
        Fault::counts([("heads", self.heads, MOST_WIDTH), ("width", self.width, MOST_WIDTH)])?;
        match self.channels {
            Some(channels) => Ok(channels),
            None => Fault::heads("heads", self.heads, ("width", self.width)).map(|()| self.width / self.heads),
        }
    }
}

/// What far distances leave of the buckets of a side, and near ones: at least one each.
const FEWEST_BUCKETS: usize = 4;

/// More rows that nothing reads are a slip of the finger.
const MOST_UNUSED: usize = 1_000;

impl Seq2SeqPlan {
    fn check(&self, tokens: usize) -> Result<(), Fault> {
        Fault::counts([
            ("layers", self.layers, MOST_LAYERS),
            ("decoder_layers", self.decoder_layers, MOST_LAYERS),
            ("channels", self.channels, MOST_WIDTH / self.heads),
            ("hidden", self.hidden, 4 * MOST_WIDTH),
            ("context", self.context, MOST_CONTEXT),
            ("vocabulary", self.vocabulary, MOST_CONTEXT),
        ])?;
        self.check_cross()?;
        self.check_relative()?;
        self.check_rotary()?;
        self.check_unused()?;
        self.check_ids()?;
        Fault::share("dropout", self.dropout)?;
        Fault::share("attention_dropout", self.attention_dropout)?;
        Fault::epsilon(self.norm_epsilon)?;
        Fault::vocabulary(self.vocabulary, tokens)
    }

    /// Multiplicative attention compares with the memory itself, whose heads are what the width gives them.
    fn check_cross(&self) -> Result<(), Fault> {
        let whole = self.heads * self.channels == self.width;
        if self.cross != CrossKind::Multiplicative || whole {
            return Ok(());
        }
        let reason = "needs heads whose channels make up the width; leave `model.channels` out, or take `scaled`";
        Err(Fault::new("cross", "multiplicative", reason))
    }

    fn check_relative(&self) -> Result<(), Fault> {
        if !(FEWEST_BUCKETS..=MOST_WIDTH).contains(&self.buckets) {
            let reason = format!("is out of range; give {FEWEST_BUCKETS} to {MOST_WIDTH}");
            return Err(Fault::new("buckets", self.buckets, reason));
        }
        let near = self.buckets / 2;
        if !(near + 1..=MOST_CONTEXT).contains(&self.distance) {
            let reason =
                format!("must be more than half of `model.buckets = {}`, and at most {MOST_CONTEXT}", self.buckets);
            return Err(Fault::new("distance", self.distance, reason));
        }
        Ok(())
    }

    fn check_unused(&self) -> Result<(), Fault> {
        if self.unused_positions <= MOST_UNUSED {
            return Ok(());
        }
        let reason = format!("is out of range; give 0 to {MOST_UNUSED}");
        Err(Fault::new("unused_positions", self.unused_positions, reason))
    }

    /// The tables hold every id that is named.
    fn check_ids(&self) -> Result<(), Fault> {
        let named = [("padding", self.padding), ("start", self.start), ("end", self.end)];
        let beyond = |id: u32| id as usize >= self.vocabulary;
        match named.into_iter().find_map(|(key, id)| Some((key, id.filter(|&id| beyond(id))?))) {
            None => Ok(()),
            Some((key, id)) => {
                let reason = format!("is beyond the {} ids of the vocabulary, which count from 0", self.vocabulary);
                Err(Fault::new(key, id, reason))
            }
        }
    }

    fn check_rotary(&self) -> Result<(), Fault> {
        let (theta, channels) = (self.rotary_theta, self.channels);
        if self.positions == Positions::Rotary && !channels.is_multiple_of(2) {
            let reason = "is odd, and rotary positions pair channels; choose an even number, or other positions";
            return Err(Fault::new("channels", channels, reason));
        }
        if !theta.is_finite() || theta <= 1.0 {
            return Err(Fault::new("rotary_theta", theta, "must be above 1 and finite; 10000 is usual"));
        }
        Ok(())
    }
}
