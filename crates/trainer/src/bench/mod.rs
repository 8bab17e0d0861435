//! Training steps, timed: the engine's own steps on random ids, without data, evaluation and files around them.

mod kernels;
mod size;

use std::time::Instant;

use attentive_engine::{
    At, Clip, FitError, Optimizer, OptimizerKind, OptimizerPlan, Precision, Split, Step, Task, TrainingPlan, Tuning,
    peak_memory,
};
use burn::tensor::Device;
use serde::Serialize;

use crate::{
    TrainerError,
    device::{choose, median, peak},
    families::Drill,
    means::fits,
    predict::{Rows, Speed, predict},
    threads::threads,
};

pub use kernels::{Bound, KernelTiming, KernelTrial, Machine, Pass};
pub use size::Size;

/// Steps before the clock counts: caches fill, memory settles.
const WARM: u64 = 5;
const LEARNING_RATE: f64 = 3e-4;
const CLIP: f64 = 1.0;
const ADAMW: OptimizerPlan =
    OptimizerPlan { kind: OptimizerKind::AdamW, betas: [0.9, 0.95], epsilon: 1e-8, momentum: 0.0, decay: 0.1 };
const REMEDY: &str = "lower `--batch` or `--context`, or take a smaller `--model`";

/// What is to be timed.
#[derive(Clone, Debug)]
pub struct Trial {
    pub size: Size,
    pub precision: Precision,
    /// Absent: the size's own.
    pub batch: Option<usize>,
    /// Absent: the size's own.
    pub context: Option<usize>,
    /// How many are timed; a few come before them.
    pub steps: u64,
    pub recompute: bool,
    pub device: String,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Timing {
    pub model: Size,
    pub precision: Precision,
    pub device: String,
    pub threads: usize,
    pub batch: usize,
    pub context: usize,
    pub recompute: bool,
    pub steps: u64,
    pub parameters: u64,
    pub median_ms: f64,
    pub tokens_per_second: f64,
    /// In the model's matrix products; what is recomputed counts once.
    pub flops: f64,
    /// Of a large product in f32, measured in the same process.
    pub peak_flops: f64,
    pub share_of_peak: f64,
    /// Absent where the system does not tell.
    pub peak_mib: Option<u64>,
    /// The same, less what the process held before there was a model.
    pub work_mib: Option<u64>,
}

/// What is read off clocks and counters.
struct Measured {
    seconds: f64,
    /// FLOP/s that the device reaches at best.
    peak: f64,
    /// Largest resident memory before the model was made, and after the last step.
    memory: [Option<u64>; 2],
}

impl Trial {
    pub fn run(&self) -> Result<Timing, TrainerError> {
        let (chosen, drill) = (choose(&self.device)?, self.drill()?);
        let (rows, speed) = (Rows::of(&drill.training, 1.0), Speed { device: &chosen.name, peak: f64::INFINITY });
        let prediction = predict(&drill.cost(), &drill.training, rows, speed);
        fits(&chosen.name, &prediction, REMEDY)?;
        let before = peak_memory();
        let step = Step { task: &drill, training: &drill.training, optimizer: &ADAMW, tuning: &Tuning::default() };
        let seconds = median(timed(&step, &chosen.device, self.steps)?);
        let memory = [before, peak_memory()];
        // Last, so that the memory of it is not taken for memory of the steps.
        let peak = peak(&chosen.device);
        Ok(self.timing(&drill, chosen.name, &Measured { seconds, peak, memory }))
    }

    fn drill(&self) -> Result<Drill, TrainerError> {
        let shape = self.size.shape();
        let batch = self.batch.unwrap_or(shape.batch);
        let training = TrainingPlan {
            steps: WARM + self.steps,
            batch,
            micro_batch: batch,
            learning_rate: LEARNING_RATE,
            precision: self.precision,
            seed: 1,
            clip: Clip::Norm(CLIP),
            recompute: self.recompute,
        };
        Ok(Drill { model: shape.plan(self.context.unwrap_or(shape.context))?, training })
    }

    fn timing(&self, drill: &Drill, device: String, measured: &Measured) -> Timing {
        let &Measured { seconds, peak, memory: [before, after] } = measured;
        let (batch, context) = (drill.training.batch, drill.model.context);
        let flops = drill.operations() * batch as f64 / seconds;
        Timing {
            model: self.size,
            precision: self.precision,
            device,
            threads: threads(),
            batch,
            context,
            recompute: self.recompute,
            steps: self.steps,
            parameters: drill.cost().parameters,
            median_ms: rounded(1e3 * seconds, 1e3),
            tokens_per_second: rounded((batch * context) as f64 / seconds, 10.0),
            flops: flops.round(),
            peak_flops: peak.round(),
            share_of_peak: rounded(flops / peak, 1e4),
            peak_mib: after.map(mebibytes),
            work_mib: after.zip(before).map(|(after, before)| mebibytes(after - before)),
        }
    }
}

/// Seconds of each step: forward, backward, norm, clip and update, until the device has finished. Making the batch does not
/// count; training makes it on another thread.
fn timed<T: Task>(step: &Step<'_, T>, device: &Device, steps: u64) -> Result<Vec<f64>, FitError> {
    let mut model = step.task.model(&device.clone().autodiff()).map_err(FitError::Task)?;
    let mut optimizer = Optimizer::default();
    let mut times = Vec::new();
    for index in 0..WARM + steps {
        let at = At { split: Split::Train, step: index, rows: 0..step.training.batch };
        let mut batch = step.task.batch(&at).map_err(FitError::Task)?;
        let start = Instant::now();
        let lesson = step.learn(&model, index, || Ok(batch.take()))?.ok_or(FitError::Exhausted { step: index })?;
        model = step.update(model, &mut optimizer, lesson, (step.training.learning_rate, index + 1));
        device.sync().map_err(|error| FitError::Task(error.into()))?;
        times.push(start.elapsed().as_secs_f64());
    }
    Ok(times.split_off(WARM as usize))
}

fn mebibytes(bytes: u64) -> u64 {
    bytes >> 20
}

/// Without digits that say nothing.
fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(size: Size) -> Trial {
        let device = "flex".to_owned();
        Trial { size, precision: Precision::F32, batch: None, context: None, steps: 1, recompute: false, device }
    }

    /// Counted by PyTorch in the peer that this is measured beside.
    #[test]
    fn sizes_are_those_of_the_peer() {
        let parameters = Size::ALL.map(|size| trial(size).drill().expect("a plan").cost().parameters);
        assert_eq!(parameters, [809_856, 10_770_816, 123_886_080, 4_224_768]);
    }

    #[test]
    fn a_batch_is_random_and_repeats() {
        let drill = Trial { context: Some(7), ..trial(Size::Tiny) }.drill().expect("a plan");
        let batch =
            |step| drill.batch(&At { split: Split::Train, step, rows: 0..3 }).expect("a batch").expect("endless");
        let first = batch(0);
        assert_eq!((first.rows, first.length, first.inputs.len(), first.targets.len()), (3, 7, 21, 21));
        assert_eq!(first, batch(0));
        assert!(first.inputs != first.targets && first != batch(1));
    }

    #[test]
    fn a_context_of_nothing_is_refused() {
        let refused = Trial { context: Some(0), ..trial(Size::Tiny) }.run();
        assert!(matches!(refused, Err(TrainerError::Model { .. })));
    }
}
