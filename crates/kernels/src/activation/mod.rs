//! Activations, and the gated products of Shazeer (2020).

#[cfg(feature = "flex")]
pub(crate) mod cpu;
#[cfg(feature = "flex")]
pub(crate) mod fused;
pub(crate) mod subjects;

use burn::tensor::{Tensor, activation};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Gaussian error linear unit in its exact form, `x Φ(x)` (Hendrycks and Gimpel 2016).
    Gelu,
    /// Its tanh approximation, which GPT-2 was trained with.
    GeluTanh,
    /// `x σ(x)`.
    Silu,
    /// `x σ(1.702 x)`, the rougher approximation of GELU that CLIP was trained with.
    QuickGelu,
    /// `max(x, 0)`.
    Relu,
}

/// The activation of each entry.
pub fn activate<const D: usize>(input: Tensor<D>, activation: Activation) -> Tensor<D> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&input.device()) {
        return fused::activate(input, activation);
    }
    reference(input, activation)
}

/// `activation(gate) * input`: with SiLU it is SwiGLU, with GELU it is GEGLU.
pub fn gated<const D: usize>(gate: Tensor<D>, input: Tensor<D>, activation: Activation) -> Tensor<D> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&input.device()) {
        return fused::gated(gate, input, activation);
    }
    reference(gate, activation) * input
}

/// How much steeper than SiLU's the gate of [`Activation::QuickGelu`] is.
pub(crate) const QUICK: f32 = 1.702;

pub(crate) fn reference<const D: usize>(input: Tensor<D>, activation: Activation) -> Tensor<D> {
    match activation {
        Activation::Gelu => activation::gelu(input),
        Activation::GeluTanh => gelu_tanh(input),
        Activation::Silu => activation::silu(input),
        Activation::QuickGelu => input.clone() * activation::sigmoid(input * f64::from(QUICK)),
        Activation::Relu => activation::relu(input),
    }
}

fn gelu_tanh<const D: usize>(input: Tensor<D>) -> Tensor<D> {
    let cube = input.clone() * input.clone() * input.clone();
    let inner = (cube * 0.044_715 + input.clone()) * (2.0 / std::f64::consts::PI).sqrt();
    input * 0.5 * (inner.tanh() + 1.0)
}
