//! One Lion update (Chen et al. 2023): the sign of a mixture of gradient and momentum.

use burn::tensor::Tensor;

#[cfg(feature = "flex")]
use super::cpu;

/// The settings of one update.
#[derive(Clone, Copy, Debug)]
pub struct Lion {
    pub learning_rate: f64,
    pub betas: [f64; 2],
    pub decay: f64,
    /// What the gradient is multiplied with first.
    pub factor: f64,
}

/// The updated parameter and momentum.
pub fn lion(parameter: Tensor<1>, gradient: Tensor<1>, momentum: Tensor<1>, settings: &Lion) -> (Tensor<1>, Tensor<1>) {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&parameter.device()) {
        return fused(parameter, gradient, momentum, settings);
    }
    reference(parameter, gradient, momentum, settings)
}

#[cfg(feature = "flex")]
fn fused(parameter: Tensor<1>, gradient: Tensor<1>, momentum: Tensor<1>, settings: &Lion) -> (Tensor<1>, Tensor<1>) {
    let device = parameter.device();
    let [mut parameter, gradient, mut momentum] = [parameter, gradient, momentum].map(crate::flex::host);
    cpu::lion(settings, &mut parameter, &gradient, &mut momentum);
    (crate::flex::tensor(parameter, &device), crate::flex::tensor(momentum, &device))
}

pub(crate) fn reference(
    parameter: Tensor<1>,
    gradient: Tensor<1>,
    momentum: Tensor<1>,
    settings: &Lion,
) -> (Tensor<1>, Tensor<1>) {
    let [beta_1, beta_2] = settings.betas;
    let gradient = gradient * settings.factor;
    let direction = (momentum.clone() * beta_1 + gradient.clone() * (1.0 - beta_1)).sign();
    let momentum = momentum * beta_2 + gradient * (1.0 - beta_2);
    let decayed = parameter * (1.0 - settings.learning_rate * settings.decay);
    (decayed - direction * settings.learning_rate, momentum)
}
