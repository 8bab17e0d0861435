//! The affine map, alone and added to a residual stream, of a tensor or of what an activation makes of it.

#[cfg(feature = "flex")]
mod fused;
pub(crate) mod subjects;

use burn::tensor::Tensor;

use crate::{Activation, Precision, activate, gated};

/// The parameters of an affine map: weight `[in, out]`, bias `[out]`.
#[derive(Clone, Debug)]
pub struct Affine {
    pub weight: Tensor<2>,
    pub bias: Option<Tensor<1>>,
    pub precision: Precision,
}

/// What is mapped, `[batch, query, in]`: a tensor, or what an activation makes of one or two, which is made again on the way back where
/// fused code runs, and not kept.
#[derive(Clone, Debug)]
pub struct Operand {
    inputs: Vec<Tensor<3>>,
    activation: Option<Activation>,
}

impl From<Tensor<3>> for Operand {
    fn from(input: Tensor<3>) -> Self {
        Self { inputs: vec![input], activation: None }
    }
}

impl Operand {
    /// [`activate`] of an input.
    pub fn activated(input: Tensor<3>, activation: Activation) -> Self {
        Self { inputs: vec![input], activation: Some(activation) }
    }

    /// [`gated`] of a gate and what it multiplies.
    pub fn gated(gate: Tensor<3>, input: Tensor<3>, activation: Activation) -> Self {
        Self { inputs: vec![gate, input], activation: Some(activation) }
    }

    /// As a tensor.
    pub fn made(self) -> Tensor<3> {
        let mut inputs = self.inputs.into_iter();
        let first = inputs.next().expect("an operand has an input");
        match (self.activation, inputs.next()) {
            (None, _) => first,
            (Some(activation), None) => activate(first, activation),
            (Some(activation), Some(input)) => gated(first, input, activation),
        }
    }

    #[cfg(feature = "flex")]
    fn is_served(&self) -> bool {
        crate::flex::serves(&self.inputs[0].device())
    }
}

/// `input · weight + bias`, `[batch, query, in]` to `[batch, query, out]`.
pub fn linear(input: impl Into<Operand>, affine: Affine) -> Tensor<3> {
    let input = input.into();
    #[cfg(feature = "flex")]
    if input.is_served() {
        return fused::map(None, input, affine);
    }
    reference(input.made(), affine)
}

/// `stream + linear(input)`, where the stream is `[batch, query, out]`.
pub fn add_linear(stream: Tensor<3>, input: impl Into<Operand>, affine: Affine) -> Tensor<3> {
    let input = input.into();
    #[cfg(feature = "flex")]
    if input.is_served() {
        return fused::map(Some(stream), input, affine);
    }
    stream + reference(input.made(), affine)
}

/// The product is taken over `batch * query` rows at once: left batched, a backend may run one small product per item.
pub(crate) fn reference(input: Tensor<3>, affine: Affine) -> Tensor<3> {
    let Affine { weight, bias, .. } = affine;
    let [batch, queries, width] = input.dims();
    let [_, out] = weight.dims();
    let product = input.reshape([batch * queries, width]).matmul(weight); // [batch * query, out]
    let output = match bias {
        Some(bias) => product + bias.reshape([1, out]),
        None => product,
    };
    output.reshape([batch, queries, out])
}
