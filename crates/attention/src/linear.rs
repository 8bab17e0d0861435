//! The affine layer.

use attentive_kernels::{Affine, Operand, add_linear, linear};
use burn::{
    module::{Module, Param},
    tensor::Tensor,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Initial, Pass, Precision, adapter::Adapter};

/// Whether a layer adds a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bias {
    With,
    Without,
}

impl Bias {
    /// The entries that maps to so many outputs have by it.
    pub(crate) fn entries(self, outputs: u64) -> u64 {
        if self == Self::With { outputs } else { 0 }
    }

    pub fn parameter(self, width: usize, initial: &Initial) -> Option<Param<Tensor<1>>> {
        (self == Self::With).then(|| initial.constant([width], 0.0))
    }
}

/// Which of attention's maps add biases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttentionBias {
    /// None of them.
    None,
    /// Those to queries, keys and values, as in Qwen 2 (Yang et al. 2024).
    Inputs,
    /// Those and the map back.
    All,
}

impl AttentionBias {
    /// Of the maps to queries, keys and values.
    pub fn inputs(self) -> Bias {
        if self == Self::None { Bias::Without } else { Bias::With }
    }

    /// Of the map back.
    pub fn output(self) -> Bias {
        if self == Self::All { Bias::With } else { Bias::Without }
    }
}

/// Which parts of a block add biases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Biases {
    pub norms: Bias,
    pub attention: AttentionBias,
    pub feed_forward: Bias,
}

/// All parts or none.
impl From<Bias> for Biases {
    fn from(bias: Bias) -> Self {
        let attention = if bias == Bias::With { AttentionBias::All } else { AttentionBias::None };
        Self { norms: bias, attention, feed_forward: bias }
    }
}

/// weight `[in, out]`, bias `[out]`.
#[derive(Module, Debug)]
pub struct Linear {
    pub weight: Param<Tensor<2>>,
    pub bias: Option<Param<Tensor<1>>>,
    /// A low-rank path beside the matrix, where one was asked for.
    pub adapter: Option<Adapter>,
    #[module(skip)]
    precision: Precision,
}

impl Linear {
    pub fn new(dims: [usize; 2], bias: Bias, deviation: f64, initial: &Initial) -> Self {
        let bias = bias.parameter(dims[1], initial);
        let adapter = Adapter::new(dims, initial);
        Self { weight: initial.normal(dims, deviation), bias, adapter, precision: initial.precision() }
    }

    /// `[batch, query, in]` to `[batch, query, out]`.
    pub fn forward(&self, input: impl Into<Operand>, pass: &Pass) -> Tensor<3> {
        let Some(adapter) = &self.adapter else { return linear(input, self.affine()) };
        let input = input.into().made();
        adapter.onto(linear(input.clone(), self.affine()), input, pass)
    }

    /// The same added to a residual stream.
    pub fn onto(&self, stream: Tensor<3>, input: impl Into<Operand>, pass: &Pass) -> Tensor<3> {
        let Some(adapter) = &self.adapter else { return add_linear(stream, input, self.affine()) };
        let input = input.into().made();
        adapter.onto(add_linear(stream, input.clone(), self.affine()), input, pass)
    }

    fn affine(&self) -> Affine {
        let bias = self.bias.as_ref().map(Param::val);
        Affine { weight: self.weight.val(), bias, precision: self.precision }
    }
}
