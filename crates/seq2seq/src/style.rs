//! Well-known sets of parts.

use attentive_attention::{FeedForwardKind, NormKind, NormPlace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A well-known set of parts; each part may still be chosen by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Layer normalization behind each branch, sinusoidal positions, ReLU, scaled embeddings (Vaswani et al. 2017).
    #[default]
    Transformer,
    /// The same normalized before each branch and behind the last block, which trains without a warm-up (Xiong et al. 2020).
    PreNorm,
    /// RMS normalization before each branch, positions as a bias by distance, no other biases, unscaled scores (Raffel et al.
    /// 2020); with the feed-forward `geglu` and `tied = false` it is T5 1.1.
    T5,
    /// Layer normalization behind each branch and behind the embedding, learned positions, GELU (Lewis et al. 2020).
    Bart,
}

/// How the model knows where a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Positions {
    /// Fixed waves added to the embedding.
    Sinusoidal,
    /// A learned vector for each position of a side.
    Learned,
    /// A learned number for each distance and head, added to the scores of every block of a side.
    Relative,
    /// Queries and keys turned by their positions.
    Rotary,
    /// Not at all, but for the decoder's causal mask.
    None,
}

/// What a style takes for each part.
pub(crate) struct Parts {
    pub norm: NormKind,
    pub norm_epsilon: f64,
    pub norm_place: NormPlace,
    pub positions: Positions,
    pub feed_forward: FeedForwardKind,
    pub bias: bool,
    pub embedding_scale: bool,
    pub embedding_norm: bool,
    pub score_scale: bool,
    /// Of a head that is tied; one of its own needs none.
    pub head_scale: bool,
}

impl Style {
    pub(crate) fn parts(self) -> Parts {
        let first = Parts {
            norm: NormKind::Layer,
            norm_epsilon: 1e-5,
            norm_place: NormPlace::After,
            positions: Positions::Sinusoidal,
            feed_forward: FeedForwardKind::Relu,
            bias: true,
            embedding_scale: true,
            embedding_norm: false,
            score_scale: true,
            head_scale: false,
        };
        match self {
            Self::Transformer => first,
            Self::PreNorm => Parts { norm_place: NormPlace::Before, ..first },
            Self::T5 => Parts {
                norm: NormKind::Rms,
                norm_epsilon: 1e-6,
                norm_place: NormPlace::Before,
                positions: Positions::Relative,
                bias: false,
                embedding_scale: false,
                score_scale: false,
                head_scale: true,
                ..first
            },
            Self::Bart => Parts {
                positions: Positions::Learned,
                feed_forward: FeedForwardKind::Gelu,
                embedding_scale: false,
                embedding_norm: true,
                ..first
            },
        }
    }
}
