//! The pre-norm transformer block (Radford et al. 2019; Touvron et al. 2023).

use burn::{module::Module, tensor::Tensor};

use crate::{Attention, AttentionConfig, Bias, FeedForward, FeedForwardKind, Initial, Norm, NormKind, Pass};

/// Everything that a block is made from.
#[derive(Clone, Debug)]
pub struct BlockConfig {
    pub width: usize,
    pub hidden: usize,
    pub attention: AttentionConfig,
    pub feed_forward: FeedForwardKind,
    pub norm: NormKind,
    pub norm_epsilon: f64,
    pub bias: Bias,
    pub dropout: f64,
    /// Standard deviation of fresh weights, and of those that write into the residual stream.
    pub deviation: f64,
    pub residual_deviation: f64,
}

impl BlockConfig {
    pub(crate) fn norm(&self, initial: &Initial) -> Norm {
        Norm::new(self.norm, self.width, self.bias, self.norm_epsilon, initial)
    }
}

#[derive(Module, Debug)]
pub struct Block {
    pub attention_norm: Norm,
    pub attention: Attention,
    pub feed_forward_norm: Norm,
    pub feed_forward: FeedForward,
}

impl Block {
    pub fn new(config: &BlockConfig, initial: &Initial) -> Self {
        Self {
            attention_norm: config.norm(&initial.at("attention_norm")),
            attention: Attention::new(config, &initial.at("attention")),
            feed_forward_norm: config.norm(&initial.at("feed_forward_norm")),
            feed_forward: FeedForward::new(config, &initial.at("feed_forward")),
        }
    }

    pub fn forward(&self, input: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let middle = self.attention.forward(self.attention_norm.forward(input.clone()), input, pass);
        self.feed_forward.forward(self.feed_forward_norm.forward(middle.clone()), middle, pass)
    }
}
