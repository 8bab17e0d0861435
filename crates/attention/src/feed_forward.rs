//! The position-wise feed-forward.

use attentive_kernels::{Activation, gated};
use burn::{module::Module, tensor::Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Initial, Linear, Pass};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedForwardKind {
    /// Gaussian error linear unit, exact.
    Gelu,
    /// Its tanh approximation, as in GPT-2.
    GeluTanh,
    /// A gated feed-forward (Shazeer 2020), as in Llama.
    Swiglu,
}

/// `[batch, query, width]` up to `hidden` and down again.
#[derive(Module, Debug)]
pub struct FeedForward {
    pub up: Linear,
    pub gate: Option<Linear>,
    pub down: Linear,
    #[module(skip)]
    kind: FeedForwardKind,
    #[module(skip)]
    dropout: f64,
}

impl FeedForward {
    pub fn new(config: &crate::BlockConfig, initial: &Initial) -> Self {
        let (wide, narrow) = ([config.width, config.hidden], [config.hidden, config.width]);
        let gated = config.feed_forward == FeedForwardKind::Swiglu;
        Self {
            up: Linear::new(wide, config.bias, config.deviation, &initial.at("up")),
            gate: gated.then(|| Linear::new(wide, config.bias, config.deviation, &initial.at("gate"))),
            down: Linear::new(narrow, config.bias, config.residual_deviation, &initial.at("down")),
            kind: config.feed_forward,
            dropout: config.dropout,
        }
    }

    /// What the input comes to, added to the residual stream.
    pub fn forward(&self, input: Tensor<3>, stream: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let activation = match self.kind {
            FeedForwardKind::Gelu => Activation::Gelu,
            FeedForwardKind::GeluTanh => Activation::GeluTanh,
            FeedForwardKind::Swiglu => Activation::Silu,
        };
        let hidden = match &self.gate {
            Some(gate) => gated(gate.forward(input.clone()), self.up.forward(input), activation),
            None => self.up.activated(input, activation),
        }; // [batch, query, hidden]
        pass.add(stream, &self.down, hidden, self.dropout) // [batch, query, width]
    }
}
