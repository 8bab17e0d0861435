//! What a run will cost, before it starts.

use attentive_engine::{TrainingPlan, peak_memory, resident_memory};
use attentive_gpt::Cost;

/// Bytes of one number.
const NUMBER: u64 = 4;
/// Weights, gradients, two moments and what an update holds for a moment, in copies of the parameters.
const COPIES: u64 = 5;
/// What the program takes before it holds a model, where the system does not tell.
const GROUND: u64 = 25 << 20;
/// Seconds that one kept activation costs on the way forward and back, beside the matrix products: measured on flex.
const SECONDS_PER_ACTIVATION: f64 = 6e-9;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    pub parameters: u64,
    /// Floating-point operations of one step.
    pub operations: f64,
    /// Largest resident memory, in bytes.
    pub memory: u64,
    pub seconds_per_step: f64,
    pub steps: u64,
}

impl Prediction {
    pub fn seconds(&self) -> f64 {
        self.seconds_per_step * self.steps as f64
    }
}

/// From sizes alone, and the rate of a matrix product on this device.
pub(crate) fn predict(cost: &Cost, training: &TrainingPlan, peak: f64) -> Prediction {
    let steps = training.steps;
    let operations = 3.0 * cost.forward as f64 * training.batch as f64;
    let activations = cost.activations * training.micro_batch as u64;
    let moved = (cost.activations * training.batch as u64 + COPIES * cost.parameters) as f64;
    let ground = resident_memory().unwrap_or(GROUND);
    let training = ground + NUMBER * (COPIES * cost.parameters + activations);
    Prediction {
        parameters: cost.parameters,
        operations,
        memory: training.max(peak_memory().unwrap_or(0)),
        seconds_per_step: operations / peak + moved * SECONDS_PER_ACTIVATION,
        steps,
    }
}
