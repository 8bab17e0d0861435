//! Normalization over the last axis.

#[cfg(feature = "flex")]
mod cpu;
#[cfg(feature = "flex")]
pub(crate) mod fused;
pub(crate) mod reference;
pub(crate) mod subjects;

use burn::tensor::Tensor;

/// Layer normalization (Ba et al. 2016): zero mean and unit variance per position, then scale and shift.
pub fn layer_norm(input: Tensor<3>, weight: Tensor<1>, bias: Option<Tensor<1>>, epsilon: f64) -> Tensor<3> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&input.device()) {
        return fused::layer_norm(input, weight, bias, epsilon);
    }
    reference::layer_norm(input, weight, bias, epsilon)
}

/// Root-mean-square normalization (Zhang and Sennrich 2019): no mean, no shift.
pub fn rms_norm(input: Tensor<3>, weight: Tensor<1>, epsilon: f64) -> Tensor<3> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&input.device()) {
        return fused::rms_norm(input, weight, epsilon);
    }
    reference::rms_norm(input, weight, epsilon)
}
