//! The affine layer.

use attentive_kernels::{Activation, Affine, add_linear, linear, linear_activated};
use burn::{
    module::{Module, Param},
    tensor::Tensor,
};

use crate::{Initial, Precision};

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
    #[module(skip)]
    precision: Precision,
}

impl Linear {
    pub fn new(dims: [usize; 2], bias: Bias, deviation: f64, initial: &Initial) -> Self {
        let bias = bias.parameter(dims[1], initial);
        Self { weight: initial.normal(dims, deviation), bias, precision: initial.precision() }
    }

    /// `[batch, query, in]` to `[batch, query, out]`.
    pub fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        linear(input, self.affine())
    }

    /// The same with an activation behind it.
    pub fn activated(&self, input: Tensor<3>, activation: Activation) -> Tensor<3> {
        linear_activated(input, self.affine(), activation)
    }

    /// The same added to a residual stream.
    pub fn onto(&self, stream: Tensor<3>, input: Tensor<3>) -> Tensor<3> {
        add_linear(stream, input, self.affine())
    }

    fn affine(&self) -> Affine {
        let bias = self.bias.as_ref().map(Param::val);
        Affine { weight: self.weight.val(), bias, precision: self.precision }
    }
}
