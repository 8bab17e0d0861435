//! What a user writes about a BERT, and what that and the data's task come to.

use std::fmt;

use attentive_attention::{Fault, FeedForwardKind, MOST_CONTEXT, MOST_LAYERS, MOST_WIDTH, NormKind, NormPlace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the model knows where a token stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Positions {
    /// A learned vector for each position.
    #[default]
    Learned,
    /// Fixed waves, as large as fresh embeddings are.
    Sinusoidal,
    /// Queries and keys turned by their positions.
    Rotary,
    /// Not at all: a text is a bag of its tokens.
    None,
}

/// How the vectors of a text's tokens become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The first token's, which tokenizers put there for this.
    #[default]
    Class,
    /// Their mean, padding left out.
    Mean,
}

/// What a head applies behind its first layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeadActivation {
    Tanh,
    /// Gaussian error linear unit, exact.
    Gelu,
    /// Its tanh approximation, as in GPT-2.
    GeluTanh,
    /// A rougher one, as in CLIP.
    QuickGelu,
    Relu,
    /// `x σ(x)`, also called swish.
    Silu,
}

/// What the model is asked, which the data's task decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "head", content = "classes", rename_all = "snake_case")]
pub enum Head {
    /// Which token a mask hides.
    Masked,
    /// Which of so many classes a text, or a pair of texts, belongs to.
    Classes(usize),
    /// A number for a text or a pair.
    Number,
    /// Which of so many tags each token has.
    Tags(usize),
}

/// The same without its number of classes, as configs name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeadName {
    Masked,
    Classes,
    Number,
    Tags,
}

/// The table `[model]` of a config with `family = "bert"`, as written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BertConfig {
    /// The model family: `bert`.
    pub family: Option<String>,
    /// What the model is asked: `masked`, `classes`, `number` or `tags`. The data's task decides it; leave it out.
    pub head: Option<HeadName>,
    /// Number of classes or tags; at least as many as the data has. Default: the data's.
    pub classes: Option<usize>,
    /// Number of blocks.
    pub layers: usize,
    /// Attention heads per block; must divide `width`.
    pub heads: usize,
    /// Width of the residual stream.
    pub width: usize,
    /// Width inside the feed-forward. Default: 4 × width, or for gated ones 8/3 × width rounded up to a multiple of 32.
    pub hidden: Option<usize>,
    /// Longest text, or pair of texts, in tokens, special ones counted.
    pub context: usize,
    /// Number of kinds of segments, such as the first and the second text of a pair; 0 for none. Default: 2.
    pub kinds: Option<usize>,
    /// Share of entries dropped in training, at embeddings, attention weights, residual branches and before the head. Default: 0.
    pub dropout: Option<f64>,
    /// The share for attention weights. Default: `dropout`.
    pub attention_dropout: Option<f64>,
    /// The share before the last layer of a head of classes, tags or a number. Default: `dropout`.
    pub head_dropout: Option<f64>,
    /// Whether entries are dropped before the pooler too, as in RoBERTa; as many as `head_dropout` says. Default: false.
    pub pooler_dropout: Option<bool>,
    /// Normalization: `layer` (default) or `rms`.
    pub norm: Option<NormKind>,
    /// Added to variances. Default: 1e-12.
    pub norm_epsilon: Option<f64>,
    /// Where blocks normalize: `after` each branch, and behind the embedding (default), or `before` it, and behind the last block.
    pub norm_place: Option<NormPlace>,
    /// Positions: `learned` (default), `sinusoidal`, `rotary` or `none`.
    pub positions: Option<Positions>,
    /// Rows of the table of learned positions before the first one that is read, as in RoBERTa, which has 2. Default: 0.
    pub position_offset: Option<usize>,
    /// Feed-forward: `gelu` (default), `gelu_tanh`, `quick_gelu`, `relu`, `silu`, or gated: `swiglu`, `geglu`.
    pub feed_forward: Option<FeedForwardKind>,
    /// Whether layers add biases. Default: true.
    pub bias: Option<bool>,
    /// Whether the head that names masked tokens shares the token embedding's weights. Default: true.
    pub tied: Option<bool>,
    /// Number of token ids; at least the tokenizer's. Default: the tokenizer's.
    pub vocabulary: Option<usize>,
    /// How a text becomes one vector: `class`, its first token's (default), or `mean`, of all its tokens.
    pub pooling: Option<Pooling>,
    /// Behind the pooler, which reads a text's vector for classes or a number: `tanh` (default), `relu` as in DistilBERT, `gelu`,
    /// `gelu_tanh`, `quick_gelu` or `silu`.
    pub pooler_activation: Option<HeadActivation>,
    /// Behind the first layer of the head that names masked tokens: `gelu` (default), or one of the others.
    pub transform_activation: Option<HeadActivation>,
}

/// The same with every value resolved and checked; written to a plan, it reads back as a config.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BertPlan {
    pub family: &'static str,
    #[serde(flatten)]
    pub head: Head,
    pub layers: usize,
    pub heads: usize,
    pub width: usize,
    pub hidden: usize,
    pub context: usize,
    pub kinds: usize,
    pub dropout: f64,
    pub attention_dropout: f64,
    pub head_dropout: f64,
    pub pooler_dropout: bool,
    pub norm: NormKind,
    pub norm_epsilon: f64,
    pub norm_place: NormPlace,
    pub positions: Positions,
    pub position_offset: usize,
    pub feed_forward: FeedForwardKind,
    pub bias: bool,
    pub tied: bool,
    pub vocabulary: usize,
    pub pooling: Pooling,
    pub pooler_activation: HeadActivation,
    pub transform_activation: HeadActivation,
}

/// More kinds of segments than this are a slip of the finger.
const MOST_KINDS: usize = 1_000;

impl BertConfig {
    /// Fills in what is absent and refuses what cannot be. `tokens` is the tokenizer's number of ids, `head` what the data asks for.
    pub fn resolve(&self, tokens: usize, head: Head) -> Result<BertPlan, Fault> {
        let feed_forward = self.feed_forward.unwrap_or(FeedForwardKind::Gelu);
        let dropout = self.dropout.unwrap_or(0.0);
        let plan = BertPlan {
            family: "bert",
            head: self.agreed(head)?,
            layers: self.layers,
            heads: self.heads,
            width: self.width,
            hidden: self.hidden.unwrap_or_else(|| feed_forward.usual_hidden(self.width)),
            context: self.context,
            kinds: self.kinds.unwrap_or(2),
            dropout,
            attention_dropout: self.attention_dropout.unwrap_or(dropout),
            head_dropout: self.head_dropout.unwrap_or(dropout),
            pooler_dropout: self.pooler_dropout.unwrap_or(false),
            norm: self.norm.unwrap_or(NormKind::Layer),
            norm_epsilon: self.norm_epsilon.unwrap_or(1e-12),
            norm_place: self.norm_place.unwrap_or(NormPlace::After),
            positions: self.positions.unwrap_or_default(),
            position_offset: self.position_offset.unwrap_or(0),
            feed_forward,
            bias: self.bias.unwrap_or(true),
            tied: self.tied.unwrap_or(true),
            vocabulary: self.vocabulary.unwrap_or(tokens),
            pooling: self.pooling.unwrap_or_default(),
            pooler_activation: self.pooler_activation.unwrap_or(HeadActivation::Tanh),
            transform_activation: self.transform_activation.unwrap_or(HeadActivation::Gelu),
        };
        plan.check(tokens)?;
        Ok(plan)
    }

    /// The head that a plan was written with, for a model that is used without its data.
    pub fn written_head(&self) -> Option<Head> {
        match (self.head?, self.classes) {
            (HeadName::Masked, _) => Some(Head::Masked),
            (HeadName::Number, _) => Some(Head::Number),
            (HeadName::Classes, classes) => classes.map(Head::Classes),
            (HeadName::Tags, classes) => classes.map(Head::Tags),
        }
    }

    /// The head that the data asks for, which a config may repeat, with room for more classes.
    fn agreed(&self, asked: Head) -> Result<Head, Fault> {
        if let Some(name) = self.head.filter(|&name| name != asked.name()) {
            let reason = format!("is not what the data's task asks for, `{}`; leave it out", asked.name());
            return Err(Fault::new("head", name, reason));
        }
        match asked {
            Head::Classes(least) => Ok(Head::Classes(self.classes_from(least)?)),
            Head::Tags(least) => Ok(Head::Tags(self.classes_from(least)?)),
            Head::Masked | Head::Number => match self.classes {
                None => Ok(asked),
                Some(classes) => Err(Fault::new("classes", classes, "has no meaning for this task; leave it out")),
            },
        }
    }

    fn classes_from(&self, least: usize) -> Result<usize, Fault> {
        let classes = self.classes.unwrap_or(least);
        if classes >= least {
            return Ok(classes);
        }
        let reason = format!("is less than the data's {least}; leave it out, or give at least {least}");
        Err(Fault::new("classes", classes, reason))
    }
}

impl Head {
    pub fn name(self) -> HeadName {
        match self {
            Self::Masked => HeadName::Masked,
            Self::Classes(_) => HeadName::Classes,
            Self::Number => HeadName::Number,
            Self::Tags(_) => HeadName::Tags,
        }
    }

    /// Whether it reads a text as a whole, rather than each of its tokens.
    pub fn is_pooled(self) -> bool {
        matches!(self, Self::Classes(_) | Self::Number)
    }
}

impl fmt::Display for HeadName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Masked => "masked",
            Self::Classes => "classes",
            Self::Number => "number",
            Self::Tags => "tags",
        })
    }
}

impl BertPlan {
    /// Scores that the head gives at a time.
    pub fn outputs(&self) -> usize {
        match self.head {
            Head::Masked => self.vocabulary,
            Head::Classes(classes) | Head::Tags(classes) => classes,
            Head::Number => 1,
        }
    }

    fn check(&self, tokens: usize) -> Result<(), Fault> {
        Fault::counts([
            ("layers", self.layers, MOST_LAYERS),
            ("heads", self.heads, MOST_WIDTH),
            ("width", self.width, MOST_WIDTH),
            ("hidden", self.hidden, 4 * MOST_WIDTH),
            ("context", self.context, MOST_CONTEXT),
            ("vocabulary", self.vocabulary, MOST_CONTEXT),
            ("classes", self.outputs(), MOST_CONTEXT),
        ])?;
        Fault::heads("heads", self.heads, ("width", self.width))?;
        self.check_rotary()?;
        self.check_kinds()?;
        self.check_offset()?;
        Fault::share("dropout", self.dropout)?;
        Fault::share("attention_dropout", self.attention_dropout)?;
        Fault::share("head_dropout", self.head_dropout)?;
        Fault::epsilon(self.norm_epsilon)?;
        Fault::vocabulary(self.vocabulary, tokens)
    }

    fn check_rotary(&self) -> Result<(), Fault> {
        let channels = self.width / self.heads;
        if self.positions == Positions::Rotary && !channels.is_multiple_of(2) {
            let reason =
                format!("gives heads of {channels} channels, and rotary positions pair them; make width / heads even");
            return Err(Fault::new("width", self.width, reason));
        }
        Ok(())
    }

    fn check_kinds(&self) -> Result<(), Fault> {
        let reason = format!("is out of range; give 0 to {MOST_KINDS}");
        if self.kinds <= MOST_KINDS { Ok(()) } else { Err(Fault::new("kinds", self.kinds, reason)) }
    }
    fn check_offset(&self) -> Result<(), Fault> {
        let fault = |reason: &str| Err(Fault::new("position_offset", self.position_offset, reason));
        match (self.position_offset, self.positions) {
            (0, _) => Ok(()),
            (1..=MOST_CONTEXT, Positions::Learned) => Ok(()),
            (_, Positions::Learned) => fault(&format!("is out of range; give 0 to {MOST_CONTEXT}")),
            _ => fault("has no meaning without learned positions; leave it out"),
        }
    }
}
