//! The exponential moving average of the weights.

use std::collections::BTreeMap;

use attentive_attention::{parameters, updated};
use burn::{module::Module, tensor::Tensor};

/// Averaged weights by path.
#[derive(Debug)]
pub(crate) struct Average(pub(crate) BTreeMap<String, Tensor<1>>);

impl Average {
    pub(crate) fn of<M: Module>(model: &M) -> Self {
        Self(parameters(model).into_iter().map(|(path, parameter)| (path, parameter.values)).collect())
    }

    pub(crate) fn follow<M: Module>(&mut self, model: &M, decay: f64) {
        for (path, parameter) in parameters(model) {
            if let Some(average) = self.0.get_mut(&path) {
                let next = average.clone() * decay + parameter.values * (1.0 - decay);
                *average = next;
            }
        }
    }

    /// The model with its weights averaged.
    pub(crate) fn applied<M: Module>(&self, model: &M) -> M {
        updated(model.valid(), |path, values| self.0.get(path).cloned().unwrap_or(values))
    }
}
