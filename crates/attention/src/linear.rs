//! The affine layer.

use attentive_kernels::linear;
use burn::{
    module::{Module, Param},
    tensor::Tensor,
};

use crate::Initial;

/// Whether a layer adds a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bias {
    With,
    Without,
}

impl Bias {
    pub fn parameter(self, width: usize, initial: &Initial) -> Option<Param<Tensor<1>>> {
        (self == Self::With).then(|| initial.constant([width], 0.0))
    }
}

/// weight `[in, out]`, bias `[out]`.
#[derive(Module, Debug)]
pub struct Linear {
    pub weight: Param<Tensor<2>>,
    pub bias: Option<Param<Tensor<1>>>,
}

impl Linear {
    pub fn new(dims: [usize; 2], bias: Bias, deviation: f64, initial: &Initial) -> Self {
        Self { weight: initial.normal(dims, deviation), bias: bias.parameter(dims[1], initial) }
    }

    /// `[batch, query, in]` to `[batch, query, out]`.
    pub fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        linear(input, self.weight.val(), self.bias.as_ref().map(Param::val))
    }
}
