//! Gradient descent with momentum (Polyak 1964; Sutskever et al. 2013), as PyTorch has it: decay is part of the gradient.

use burn::tensor::Tensor;

#[cfg(feature = "flex")]
use super::cpu;

/// The settings of one update.
#[derive(Clone, Copy, Debug)]
pub struct Sgd {
    pub learning_rate: f64,
    pub momentum: Momentum,
    pub decay: f64,
    /// What the gradient is multiplied with first.
    pub factor: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Momentum {
    Heavy(f64),
    /// Looks ahead along the momentum.
    Nesterov(f64),
}

/// The updated parameter and velocity.
pub fn sgd(parameter: Tensor<1>, gradient: Tensor<1>, velocity: Tensor<1>, settings: &Sgd) -> (Tensor<1>, Tensor<1>) {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&parameter.device()) {
        return fused(parameter, gradient, velocity, settings);
    }
    reference(parameter, gradient, velocity, settings)
}

#[cfg(feature = "flex")]
fn fused(parameter: Tensor<1>, gradient: Tensor<1>, velocity: Tensor<1>, settings: &Sgd) -> (Tensor<1>, Tensor<1>) {
    let device = parameter.device();
    let [mut parameter, gradient, mut velocity] = [parameter, gradient, velocity].map(crate::flex::host);
    cpu::sgd(settings, &mut parameter, &gradient, &mut velocity);
    (crate::flex::tensor(parameter, &device), crate::flex::tensor(velocity, &device))
}

pub(crate) fn reference(
    parameter: Tensor<1>,
    gradient: Tensor<1>,
    velocity: Tensor<1>,
    settings: &Sgd,
) -> (Tensor<1>, Tensor<1>) {
    let gradient = gradient * settings.factor + parameter.clone() * settings.decay;
    let (velocity, step) = match settings.momentum {
        Momentum::Heavy(momentum) => {
            let velocity = velocity * momentum + gradient;
            (velocity.clone(), velocity)
        }
        Momentum::Nesterov(momentum) => {
            let velocity = velocity * momentum + gradient.clone();
            (velocity.clone(), gradient + velocity * momentum)
        }
    };
    (parameter - step * settings.learning_rate, velocity)
}
