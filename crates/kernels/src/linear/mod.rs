//! The affine map, alone and with what follows it at once.

#[cfg(feature = "flex")]
mod fused;
pub(crate) mod subjects;

use burn::tensor::Tensor;

use crate::{Activation, Precision, activate};

/// The parameters of an affine map: weight `[in, out]`, bias `[out]`.
#[derive(Clone, Debug)]
pub struct Affine {
    pub weight: Tensor<2>,
    pub bias: Option<Tensor<1>>,
    pub precision: Precision,
}

/// `input · weight + bias`, `[batch, query, in]` to `[batch, query, out]`.
pub fn linear(input: Tensor<3>, affine: Affine) -> Tensor<3> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&input.device()) {
        return fused::linear(input, affine);
    }
    reference(input, affine)
}

/// `activation(linear(input))`.
pub fn linear_activated(input: Tensor<3>, affine: Affine, activation: Activation) -> Tensor<3> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&input.device()) {
        return fused::linear_activated(input, affine, activation);
    }
    activate(reference(input, affine), activation)
}

/// `stream + linear(input)`, where the stream is `[batch, query, out]`.
pub fn add_linear(stream: Tensor<3>, input: Tensor<3>, affine: Affine) -> Tensor<3> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&input.device()) {
        return fused::add_linear(stream, input, affine);
    }
    stream + reference(input, affine)
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
