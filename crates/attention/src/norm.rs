//! Normalization as a layer.

use attentive_kernels::Operand;
use burn::{
    module::{Module, Param},
    tensor::Tensor,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bias, Initial};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NormKind {
    /// Layer normalization (Ba et al. 2016).
    Layer,
    /// Root-mean-square normalization (Zhang and Sennrich 2019).
    Rms,
}

/// weight and bias `[width]`.
#[derive(Module, Debug)]
pub struct Norm {
    pub weight: Param<Tensor<1>>,
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    kind: NormKind,
    #[module(skip)]
    epsilon: f64,
}

impl Norm {
    /// RMS normalization has no bias, whatever is asked.
    pub fn new(kind: NormKind, width: usize, bias: Bias, epsilon: f64, initial: &Initial) -> Self {
        let bias = if kind == NormKind::Rms { Bias::Without } else { bias };
        Self { weight: initial.constant([width], 1.0), bias: bias.parameter(width, initial), kind, epsilon }
    }

    pub fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        self.operand(input).made()
    }

    /// The same for one map alone, which makes it again on the way back.
    pub fn operand(&self, input: Tensor<3>) -> Operand {
        let weight = self.weight.val();
        match self.kind {
            NormKind::Layer => Operand::LayerNorm(input, weight, self.bias.as_ref().map(Param::val), self.epsilon),
            NormKind::Rms => Operand::RmsNorm(input, weight, self.epsilon),
        }
    }
}
