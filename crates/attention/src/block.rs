//! The transformer block, normalized before or after its branches, with or without a look at another sequence.

use std::sync::Arc;

use attentive_kernels::Operand;
use burn::{module::Module, tensor::Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Attention, AttentionConfig, Biases, CrossAttention, CrossConfig, FeedForward, FeedForwardKind, Initial, Memory,
    Norm, NormKind, Pass, ResidualConfig,
};

/// Where a block normalizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NormPlace {
    /// What a branch reads (Radford et al. 2019).
    #[default]
    Before,
    /// The stream behind a branch (Vaswani et al. 2017).
    After,
}

/// Everything that a block is made from.
#[derive(Clone, Debug)]
pub struct BlockConfig {
    pub width: usize,
    pub hidden: usize,
    pub attention: AttentionConfig,
    /// Present: between attention and feed-forward, the block attends to a memory.
    pub cross: Option<CrossConfig>,
    pub feed_forward: FeedForwardKind,
    pub norm: NormKind,
    pub norm_epsilon: f64,
    pub norm_place: NormPlace,
    pub bias: Biases,
    /// Share of attention weights dropped.
    pub dropout: f64,
    pub residual: ResidualConfig,
    /// Standard deviation of fresh weights, and of those that write into the residual stream.
    pub deviation: f64,
    pub residual_deviation: f64,
}

impl BlockConfig {
    pub(crate) fn norm(&self, initial: &Initial) -> Norm {
        Norm::new(self.norm, self.width, self.bias.norms, self.norm_epsilon, initial)
    }
}

/// What a block may see beside its input.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// How many positions of each row are no padding.
    pub lengths: Option<Arc<[usize]>>,
    /// Added to the scores of self-attention, `[batch or 1, head or 1, query, key]`.
    pub bias: Option<Tensor<4>>,
    /// What cross-attention attends to.
    pub memory: Option<Memory>,
}

impl From<Arc<[usize]>> for Sight {
    fn from(lengths: Arc<[usize]>) -> Self {
        Self { lengths: Some(lengths), ..Self::default() }
    }
}

#[derive(Module, Debug)]
pub struct Block {
    pub attention_norm: Norm,
    pub attention: Attention,
    pub cross_norm: Option<Norm>,
    pub cross: Option<CrossAttention>,
    pub feed_forward_norm: Norm,
    pub feed_forward: FeedForward,
    #[module(skip)]
    norm_place: NormPlace,
}

impl Block {
    pub fn new(config: &BlockConfig, initial: &Initial) -> Self {
        let cross = config.cross.as_ref();
        Self {
            attention_norm: config.norm(&initial.at("attention_norm")),
            attention: Attention::new(config, &initial.at("attention")),
            cross_norm: cross.map(|_| config.norm(&initial.at("cross_norm"))),
            cross: cross.map(|cross| CrossAttention::new(cross, config, &initial.at("cross"))),
            feed_forward_norm: config.norm(&initial.at("feed_forward_norm")),
            feed_forward: FeedForward::new(config, &initial.at("feed_forward")),
            norm_place: config.norm_place,
        }
    }

    /// The stream `[batch, query, width]` behind the block.
    pub fn forward(&self, input: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        self.seeing(input, &Sight::default(), pass)
    }

    /// The same with more, or less, in sight.
    pub fn seeing(&self, input: Tensor<3>, sight: &Sight, pass: &mut Pass) -> Tensor<3> {
        let stream = self.around(&self.attention_norm, input, |normal, stream| {
            self.attention.forward(normal.made(), stream, sight, pass)
        });
        let stream = match (&self.cross_norm, &self.cross, &sight.memory) {
            (Some(norm), Some(cross), Some(memory)) => {
                self.around(norm, stream, |normal, stream| cross.forward(normal, stream, memory, pass))
            }
            _ => stream,
        };
        self.around(&self.feed_forward_norm, stream, |normal, stream| self.feed_forward.forward(normal, stream, pass))
    }

    /// A branch with its norm before or behind it.
    fn around(
        &self,
        norm: &Norm,
        stream: Tensor<3>,
        branch: impl FnOnce(Operand, Tensor<3>) -> Tensor<3>,
    ) -> Tensor<3> {
        match self.norm_place {
            NormPlace::Before => branch(norm.operand(stream.clone()), stream),
            NormPlace::After => norm.forward(branch(stream.clone().into(), stream)),
        }
    }
}
