//! The architectures of transformers that our models follow.

use attentive_attention::{FeedForwardKind, NormKind, NormPlace};
use attentive_hub::{Config, Unfit};

use crate::{BertPlan, Head, HeadActivation, Pooling, Positions};

/// `model_type`s that [`super::config`] understands.
pub const KINDS: &[&str] = &["bert", "roberta", "xlm-roberta", "distilbert"];

/// Added to variances in a DistilBERT, whose config cannot say so.
pub(super) const DISTILLED_EPSILON: f64 = 1e-12;

/// Which architecture a model is. XLM-R is RoBERTa by another name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Has kinds of segments, and positions from 0 on.
    Bert,
    /// Has kinds of segments, and positions behind an offset.
    Roberta,
    /// Has no kinds of segments.
    DistilBert,
}

/// What a format calls what all have, and what transformers takes where a config lacks it.
pub(super) struct Keys {
    pub(super) layers: (&'static str, usize),
    pub(super) heads: (&'static str, usize),
    pub(super) width: (&'static str, usize),
    pub(super) hidden: (&'static str, usize),
    pub(super) activation: &'static str,
    pub(super) dropout: &'static str,
    pub(super) attention_dropout: &'static str,
    pub(super) head_dropout: &'static str,
}

const LONG: Keys = Keys {
    layers: ("num_hidden_layers", 12),
    heads: ("num_attention_heads", 12),
    width: ("hidden_size", 768),
    hidden: ("intermediate_size", 3072),
    activation: "hidden_act",
    dropout: "hidden_dropout_prob",
    attention_dropout: "attention_probs_dropout_prob",
    head_dropout: "classifier_dropout",
};

const SHORT: Keys = Keys {
    layers: ("n_layers", 6),
    heads: ("n_heads", 12),
    width: ("dim", 768),
    hidden: ("hidden_dim", 3072),
    activation: "activation",
    dropout: "dropout",
    attention_dropout: "attention_dropout",
    head_dropout: "seq_classif_dropout",
};

/// Classes of transformers by what their names begin with.
const CLASSES: [(&str, Format); 4] = [
    ("DistilBert", Format::DistilBert),
    ("XLMRoberta", Format::Roberta),
    ("Roberta", Format::Roberta),
    ("Bert", Format::Bert),
];

/// The format of a class of transformers, and the rest of its name.
pub(super) fn class(name: &str) -> Option<(Format, &str)> {
    CLASSES.into_iter().find_map(|(family, format)| Some((format, name.strip_prefix(family)?)))
}

impl Format {
    /// The architecture that a plan is, which must not have a part that this lacks.
    pub fn of(plan: &BertPlan) -> Result<Self, Unfit> {
        let format = Self::near(plan);
        let unmet = needs(plan).into_iter().chain(format.needs(plan)).find(|(_, met, _)| !met);
        match unmet {
            Some((key, _, reason)) => Err(Unfit::new(key, reason)),
            None => Ok(format),
        }
    }

    /// The architecture whose tensors a plan has, if any has them.
    pub(super) fn near(plan: &BertPlan) -> Self {
        match (plan.kinds, plan.position_offset) {
            (0, _) => Self::DistilBert,
            (_, 0) => Self::Bert,
            _ => Self::Roberta,
        }
    }

    /// The architecture that a config names.
    pub(super) fn named(said: &Config) -> Result<Self, Unfit> {
        match said.text("model_type")? {
            Some("bert") => Ok(Self::Bert),
            Some("roberta" | "xlm-roberta") => Ok(Self::Roberta),
            Some("distilbert") => Ok(Self::DistilBert),
            Some(kind) => {
                Err(said.unfit("model_type", &format!("is {kind}, and only {} are supported", KINDS.join(", "))))
            }
            // Configs of the first years have none.
            None => super::config::architecture(said)?.and_then(class).map(|(format, _)| format).ok_or_else(|| {
                said.unfit("model_type", &format!("is absent; write which of {} the model is", KINDS.join(", ")))
            }),
        }
    }

    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::Roberta => "roberta",
            Self::DistilBert => "distilbert",
        }
    }

    pub(super) fn keys(self) -> Keys {
        if self == Self::DistilBert { SHORT } else { LONG }
    }

    pub(super) fn pooler_activation(self) -> HeadActivation {
        if self == Self::DistilBert { HeadActivation::Relu } else { HeadActivation::Tanh }
    }

    /// RoBERTa's is the same whatever its blocks have.
    pub(super) fn transform_activation(self, blocks: FeedForwardKind) -> HeadActivation {
        match blocks {
            _ if self == Self::Roberta => HeadActivation::Gelu,
            FeedForwardKind::Gelu => HeadActivation::Gelu,
            FeedForwardKind::GeluTanh | FeedForwardKind::Geglu => HeadActivation::GeluTanh,
            FeedForwardKind::QuickGelu => HeadActivation::QuickGelu,
            FeedForwardKind::Relu => HeadActivation::Relu,
            FeedForwardKind::Silu | FeedForwardKind::Swiglu => HeadActivation::Silu,
        }
    }

    /// What this format has of a plan: keys, whether they are as they must be, and how that is.
    fn needs(self, plan: &BertPlan) -> Vec<Need> {
        let pooler = plan.pooler_activation == self.pooler_activation() || !plan.head.is_pooled();
        let transform =
            plan.transform_activation == self.transform_activation(plan.feed_forward) || plan.head != Head::Masked;
        match self {
            Self::Bert => vec![
                ("pooler_activation", pooler, "must be `tanh`, as in a BERT"),
                ("transform_activation", transform, "must be that of `feed_forward`, as in a BERT"),
            ],
            Self::Roberta => vec![
                (
                    "position_offset",
                    plan.position_offset <= plan.vocabulary,
                    "must be at most `vocabulary`: in a RoBERTa, it follows the padding token's id",
                ),
                ("pooler_activation", pooler, "must be `tanh`, as in a RoBERTa"),
                ("transform_activation", transform, "must be `gelu`, as in a RoBERTa"),
            ],
            Self::DistilBert => {
                let (offset, epsilon) = (plan.position_offset == 0, plan.norm_epsilon == DISTILLED_EPSILON);
                vec![
                    (
                        "position_offset",
                        offset,
                        "must be 0 without `kinds`, as in a DistilBERT; a RoBERTa has `kinds = 1`",
                    ),
                    (
                        "norm_epsilon",
                        epsilon,
                        "must be 1e-12 without `kinds`, as in a DistilBERT; a BERT has `kinds = 2`",
                    ),
                    (
                        "pooler_activation",
                        pooler,
                        "must be `relu` without `kinds`, as in a DistilBERT; a BERT has `kinds = 2`",
                    ),
                    ("transform_activation", transform, "must be that of `feed_forward`, as in a DistilBERT"),
                ]
            }
        }
    }
}

/// A key of a plan, whether it is as it must be, and how that is.
type Need = (&'static str, bool, &'static str);

/// What all formats need.
fn needs(plan: &BertPlan) -> [Need; 7] {
    let pooled = plan.head.is_pooled();
    [
        ("norm", plan.norm == NormKind::Layer, "must be `layer`, as in transformers' encoders"),
        ("norm_place", plan.norm_place == NormPlace::After, "must be `after`, as in transformers' encoders"),
        ("positions", plan.positions == Positions::Learned, "must be `learned`, as in transformers' encoders"),
        ("feed_forward", !plan.feed_forward.is_gated(), "must have no gate, as in transformers' encoders"),
        ("bias", plan.bias, "must be true, as in transformers' encoders"),
        ("pooling", plan.pooling == Pooling::Class || !pooled, "must be `class`, as in transformers' heads of classes"),
        ("classes", plan.head != Head::Classes(1), "must be at least 2, as in transformers' heads of classes"),
    ]
}
