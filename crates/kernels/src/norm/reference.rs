//! The norms in plain tensor operations.

use burn::tensor::Tensor;

pub(crate) fn layer_norm(input: Tensor<3>, weight: Tensor<1>, bias: Option<Tensor<1>>, epsilon: f64) -> Tensor<3> {
    let centered = input.clone() - input.mean_dim(2);
    let variance = (centered.clone() * centered.clone()).mean_dim(2);
    let normal = centered * (variance + epsilon).sqrt().recip() * weight.unsqueeze();
    match bias {
        Some(bias) => normal + bias.unsqueeze(),
        None => normal,
    }
}

pub(crate) fn rms_norm(input: Tensor<3>, weight: Tensor<1>, epsilon: f64) -> Tensor<3> {
    let square = (input.clone() * input.clone()).mean_dim(2);
    input * (square + epsilon).sqrt().recip() * weight.unsqueeze()
}
