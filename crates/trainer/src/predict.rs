//! What a run will cost, before it starts.

use attentive_attention::Cost;
use attentive_engine::{TrainingPlan, peak_memory, resident_memory};

/// Bytes of one number.
const NUMBER: u64 = 4;
/// Weights, gradients and two moments, in copies of the parameters.
const COPIES: u64 = 4;
/// What the program takes before it holds a model, where the system does not tell.
const GROUND: u64 = 25 << 20;
/// Seconds that one kept activation costs on the way forward and back, beside the matrix products: measured on flex, where fused code
/// runs, and with the reference.
const SECONDS_FUSED: f64 = 1.7e-9;
const SECONDS_REFERENCE: f64 = 6e-9;

/// Where a step is computed.
#[derive(Clone, Copy, Debug)]
pub struct Speed<'a> {
    /// Name of the device.
    pub device: &'a str,
    /// Floating-point operations per second of a matrix product on it.
    pub peak: f64,
}

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

impl Prediction {
    /// The same with a teacher, which goes forward alone and keeps no more than a block does.
    pub(crate) fn taught(self, teacher: Option<&Cost>, rows: Rows, speed: Speed<'_>) -> Self {
        let Some(teacher) = teacher else { return self };
        let operations = teacher.forward as f64 * rows.all;
        let held = (teacher.recomputed_activations as f64 * rows.at_once) as u64;
        let memory = NUMBER.saturating_mul(held.saturating_add(teacher.parameters));
        Self {
            operations: self.operations + operations,
            memory: self.memory.saturating_add(memory),
            seconds_per_step: self.seconds_per_step + operations / speed.peak,
            ..self
        }
    }
}

/// The rows of a step, counted in rows of the length that costs are of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    all: f64,
    /// Of a forward and backward pass, at most.
    at_once: f64,
}

impl Rows {
    /// Where a row is so long on average; a batch may be of longer ones.
    pub(crate) fn of(training: &TrainingPlan, length: f64) -> Self {
        Self { all: training.batch as f64 * length, at_once: training.micro_batch as f64 * length.max(1.0) }
    }
}

/// From sizes alone, and the rate of a matrix product on this device.
pub(crate) fn predict(cost: &Cost, training: &TrainingPlan, rows: Rows, speed: Speed<'_>) -> Prediction {
    let operations = 3.0 * cost.forward as f64 * rows.all;
    let fused = speed.device == "flex";
    let (kept, seconds) =
        if fused { (cost.activations, SECONDS_FUSED) } else { (cost.reference_activations, SECONDS_REFERENCE) };
    let moved = kept as f64 * rows.all + (COPIES * cost.parameters) as f64;
    let kept = if training.recompute { cost.recomputed_activations } else { kept };
    let numbers = ((kept as f64 * rows.at_once) as u64).saturating_add(COPIES * cost.parameters);
    let memory = NUMBER.saturating_mul(numbers).saturating_add(resident_memory().unwrap_or(GROUND));
    Prediction {
        parameters: cost.parameters,
        operations,
        memory: memory.max(peak_memory().unwrap_or(0)),
        seconds_per_step: operations / speed.peak + moved * seconds,
        steps: training.steps,
    }
}
