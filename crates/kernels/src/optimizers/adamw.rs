//! One AdamW update (Loshchilov and Hutter 2019): weight decay apart from the gradient.

use burn::tensor::Tensor;

#[cfg(feature = "flex")]
use super::cpu;

/// The settings of one update. `step` counts from one.
#[derive(Clone, Copy, Debug)]
pub struct AdamW {
    pub learning_rate: f64,
    pub betas: [f64; 2],
    pub epsilon: f64,
    pub decay: f64,
    pub step: u64,
    /// What the gradient is multiplied with first.
    pub factor: f64,
}

/// Running means of the gradient and of its square.
#[derive(Clone, Debug)]
pub struct Moments {
    pub first: Tensor<1>,
    pub second: Tensor<1>,
}

impl Moments {
    pub fn zeros_like(parameter: &Tensor<1>) -> Self {
        Self { first: parameter.zeros_like(), second: parameter.zeros_like() }
    }
}

/// The updated parameter and moments.
///
/// The order of operations is PyTorch's, so that both follow the same curve.
pub fn adamw(parameter: Tensor<1>, gradient: Tensor<1>, moments: Moments, settings: &AdamW) -> (Tensor<1>, Moments) {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&parameter.device()) {
        return fused(parameter, gradient, moments, settings);
    }
    reference(parameter, gradient, moments, settings)
}

#[cfg(feature = "flex")]
fn fused(parameter: Tensor<1>, gradient: Tensor<1>, moments: Moments, settings: &AdamW) -> (Tensor<1>, Moments) {
    let device = parameter.device();
    let [mut parameter, gradient, mut first, mut second] =
        [parameter, gradient, moments.first, moments.second].map(crate::flex::host);
    cpu::adamw(settings, &mut parameter, &gradient, &mut first, &mut second);
    let [parameter, first, second] = [parameter, first, second].map(|values| crate::flex::tensor(values, &device));
    (parameter, Moments { first, second })
}

pub(crate) fn reference(
    parameter: Tensor<1>,
    gradient: Tensor<1>,
    moments: Moments,
    settings: &AdamW,
) -> (Tensor<1>, Moments) {
    let [beta_1, beta_2] = settings.betas;
    let corrections = [beta_1, beta_2].map(|beta| 1.0 - beta.powf(settings.step as f64));
    let gradient = gradient * settings.factor;
    let first = moments.first * beta_1 + gradient.clone() * (1.0 - beta_1);
    let second = moments.second * beta_2 + gradient.clone() * gradient * (1.0 - beta_2);
    let denominator = second.clone().sqrt() / corrections[1].sqrt() + settings.epsilon;
    let update = first.clone() / denominator * (settings.learning_rate / corrections[0]);
    let decayed = parameter * (1.0 - settings.learning_rate * settings.decay);
    (decayed - update, Moments { first, second })
}
