//! AdamW over all parameters, its state by path.

use std::collections::BTreeMap;

use attentive_attention::updated;
use attentive_kernels::{AdamW, Moments, adamw};
use burn::module::Module;

use crate::{Gradients, OptimizerPlan};

#[derive(Debug, Default)]
pub(crate) struct Optimizer {
    pub(crate) moments: BTreeMap<String, Moments>,
}

impl Optimizer {
    /// The model after one update; `step` counts from one. Parameters without a gradient stay.
    pub(crate) fn update<M: Module>(
        &mut self,
        model: M,
        mut gradients: Gradients,
        plan: &OptimizerPlan,
        (learning_rate, step): (f64, u64),
        spared: impl Fn(&str) -> bool,
    ) -> M {
        updated(model, |path, parameter| {
            let Some(gradient) = gradients.0.remove(path) else { return parameter };
            let decay = if spared(path) { 0.0 } else { plan.decay };
            let settings = AdamW { learning_rate, betas: plan.betas, epsilon: plan.epsilon, decay, step };
            let moments = self.moments.remove(path).unwrap_or_else(|| Moments::zeros_like(&parameter));
            let (parameter, moments) = adamw(parameter, gradient, moments, &settings);
            self.moments.insert(path.to_owned(), moments);
            parameter
        })
    }
}
