//! The position-wise feed-forward.

use attentive_kernels::{Activation, Operand};
use burn::{module::Module, tensor::Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Initial, Linear, Pass, Residual};

const GATED_STEP: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedForwardKind {
    /// Gaussian error linear unit, exact.
    Gelu,
    /// Its tanh approximation, as in GPT-2.
    GeluTanh,
    /// A rougher one, as in CLIP.
    QuickGelu,
    /// `max(x, 0)`, as in the first transformer.
    Relu,
    /// `x σ(x)`, also called swish.
    Silu,
    /// A gated feed-forward (Shazeer 2020), as in Llama.
    Swiglu,
    /// The same with GELU by tanh, as in T5 1.1.
    Geglu,
}

impl FeedForwardKind {
    /// Whether a third matrix gates the hidden channels.
    pub fn is_gated(self) -> bool {
        matches!(self, Self::Swiglu | Self::Geglu)
    }

    /// The hidden width that a model has where nobody has chosen one: about as many weights, gated or not.
    pub fn usual_hidden(self, width: usize) -> usize {
        // A width that no model has is refused later, whatever this comes to.
        if self.is_gated() {
            width.saturating_mul(8).div_ceil(3).next_multiple_of(GATED_STEP)
        } else {
            width.saturating_mul(4)
        }
    }

    /// By the name that transformers gives an activation, without a gate.
    pub fn known_as(name: &str) -> Option<Self> {
        Some(match name {
            "gelu" | "gelu_python" => Self::Gelu,
            "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" => Self::GeluTanh,
            "quick_gelu" => Self::QuickGelu,
            "relu" => Self::Relu,
            "silu" | "swish" => Self::Silu,
            _ => return None,
        })
    }

    /// The name that transformers gives its activation.
    pub fn known(self) -> &'static str {
        match self {
            Self::Gelu => "gelu",
            Self::GeluTanh | Self::Geglu => "gelu_new",
            Self::QuickGelu => "quick_gelu",
            Self::Relu => "relu",
            Self::Silu | Self::Swiglu => "silu",
        }
    }

    fn activation(self) -> Activation {
        match self {
            Self::Gelu => Activation::Gelu,
            Self::GeluTanh | Self::Geglu => Activation::GeluTanh,
            Self::QuickGelu => Activation::QuickGelu,
            Self::Relu => Activation::Relu,
            Self::Silu | Self::Swiglu => Activation::Silu,
        }
    }
}

/// `[batch, query, width]` up to `hidden` and down again.
#[derive(Module, Debug)]
pub struct FeedForward {
    pub up: Linear,
    pub gate: Option<Linear>,
    pub down: Linear,
    pub residual: Residual,
    #[module(skip)]
    kind: FeedForwardKind,
}

impl FeedForward {
    pub fn new(config: &crate::BlockConfig, initial: &Initial) -> Self {
        let (wide, narrow) = ([config.width, config.hidden], [config.hidden, config.width]);
        let bias = config.bias.feed_forward;
        Self {
            up: Linear::new(wide, bias, config.deviation, &initial.at("up")),
            gate: config
                .feed_forward
                .is_gated()
                .then(|| Linear::new(wide, bias, config.deviation, &initial.at("gate"))),
            down: Linear::new(narrow, bias, config.residual_deviation, &initial.at("down")),
            kind: config.feed_forward,
            residual: Residual::new(config, &initial.at("residual")),
        }
    }

    /// What the input comes to, added to the residual stream.
    pub fn forward(&self, input: impl Into<Operand>, stream: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let activation = self.kind.activation();
        let hidden = match &self.gate {
            Some(gate) => {
                let input = input.into().made();
                Operand::Gated(gate.forward(input.clone(), pass), self.up.forward(input, pass), activation)
            }
            None => Operand::Activated(self.up.forward(input, pass), activation),
        }; // [batch, query, hidden]
        self.residual.add(stream, &self.down, hidden, pass) // [batch, query, width]
    }
}
