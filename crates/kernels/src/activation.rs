//! Activations.

use burn::tensor::{Tensor, activation};

/// Gaussian error linear unit in its exact form, `x Φ(x)` (Hendrycks and Gimpel 2016).
pub fn gelu<const D: usize>(input: Tensor<D>) -> Tensor<D> {
    activation::gelu(input)
}

/// The tanh approximation of [`gelu`] that GPT-2 was trained with.
pub fn gelu_tanh<const D: usize>(input: Tensor<D>) -> Tensor<D> {
    let cube = input.clone() * input.clone() * input.clone();
    let inner = (cube * 0.044_715 + input.clone()) * (2.0 / std::f64::consts::PI).sqrt();
    input * 0.5 * (inner.tanh() + 1.0)
}

/// `x σ(x)`, the gate of SwiGLU (Shazeer 2020).
pub fn silu<const D: usize>(input: Tensor<D>) -> Tensor<D> {
    activation::silu(input)
}
