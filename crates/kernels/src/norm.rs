//! Normalization over the last axis.

use burn::tensor::Tensor;

/// Layer normalization (Ba et al. 2016): zero mean and unit variance per position, then scale and shift.
pub fn layer_norm(input: Tensor<3>, weight: Tensor<1>, bias: Option<Tensor<1>>, epsilon: f64) -> Tensor<3> {
    let centered = input.clone() - input.mean_dim(2);
    let variance = (centered.clone() * centered.clone()).mean_dim(2);
    let normal = centered * (variance + epsilon).sqrt().recip() * weight.unsqueeze();
    match bias {
        Some(bias) => normal + bias.unsqueeze(),
        None => normal,
    }
}

/// Root-mean-square normalization (Zhang and Sennrich 2019): no mean, no shift.
pub fn rms_norm(input: Tensor<3>, weight: Tensor<1>, epsilon: f64) -> Tensor<3> {
    let square = (input.clone() * input.clone()).mean_dim(2);
    input * (square + epsilon).sqrt().recip() * weight.unsqueeze()
}
