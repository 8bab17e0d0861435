//! The affine map, alone and added to a residual stream, of a tensor or of what is made of it on the way.

#[cfg(feature = "flex")]
mod fused;
pub(crate) mod subjects;

use burn::tensor::Tensor;

use crate::{Activation, Precision, activate, gated, layer_norm, rms_norm};

/// The parameters of an affine map: weight `[in, out]`, bias `[out]`.
#[derive(Clone, Debug)]
pub struct Affine {
    pub weight: Tensor<2>,
    pub bias: Option<Tensor<1>>,
    pub precision: Precision,
}

/// What is mapped, `[batch, query, in]`: a tensor, or what is made of others, which is made again on the way back where fused code runs,
/// and not kept.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "it is taken as soon as it is made")]
pub enum Operand {
    Tensor(Tensor<3>),
    /// [`activate`] of an input.
    Activated(Tensor<3>, Activation),
    /// [`gated`] of a gate and what it multiplies.
    Gated(Tensor<3>, Tensor<3>, Activation),
    /// [`layer_norm`] of an input, with weight, bias and epsilon.
    LayerNorm(Tensor<3>, Tensor<1>, Option<Tensor<1>>, f64),
    /// [`rms_norm`] of an input, with weight and epsilon.
    RmsNorm(Tensor<3>, Tensor<1>, f64),
}

impl From<Tensor<3>> for Operand {
    fn from(input: Tensor<3>) -> Self {
        Self::Tensor(input)
    }
}

impl Operand {
    /// As a tensor.
    pub fn made(self) -> Tensor<3> {
        match self {
            Self::Tensor(input) => input,
            Self::Activated(input, activation) => activate(input, activation),
            Self::Gated(gate, input, activation) => gated(gate, input, activation),
            Self::LayerNorm(input, weight, bias, epsilon) => layer_norm(input, weight, bias, epsilon),
            Self::RmsNorm(input, weight, epsilon) => rms_norm(input, weight, epsilon),
        }
    }
}

/// `input · weight + bias`, `[batch, query, in]` to `[batch, query, out]`.
pub fn linear(input: impl Into<Operand>, affine: Affine) -> Tensor<3> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&affine.weight.device()) {
        return fused::map(None, input.into(), affine);
    }
    reference(input.into().made(), affine)
}

/// `stream + linear(input)`, where the stream is `[batch, query, out]`.
pub fn add_linear(stream: Tensor<3>, input: impl Into<Operand>, affine: Affine) -> Tensor<3> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&affine.weight.device()) {
        return fused::map(Some(stream), input.into(), affine);
    }
    stream + reference(input.into().made(), affine)
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
