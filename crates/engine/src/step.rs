//! One step: forward and backward over micro-batches, norm, clip, update. The loop puts its guard in between; a measurement
//! takes the same steps without a loop.

use std::collections::BTreeMap;

use attentive_attention::{Mode, Pass, gradients};
use attentive_random::Key;
use burn::tensor::Tensor;

use crate::{
    Clip, FitError, Gradients, Optimizer, OptimizerPlan, Task, TrainingPlan, Tuning, gradients::host, optimizer::Pace,
    prefetch::micro_batches,
};

/// Added to the norm before dividing by it, as the reference implementation does.
const CLIP_MARGIN: f64 = 1e-6;

/// How steps are taken.
#[derive(Debug)]
pub struct Step<'a, T> {
    pub task: &'a T,
    pub training: &'a TrainingPlan,
    pub optimizer: &'a OptimizerPlan,
    pub tuning: &'a Tuning,
}

/// What the batch of one step teaches, before it changes anything.
#[derive(Debug)]
pub struct Lesson {
    /// Of the summed loss.
    gradients: Gradients,
    /// The mean over targets.
    pub loss: f64,
    /// The global norm of the gradient of that mean.
    pub norm: f64,
    pub targets: u64,
    /// The means of the loss's parts.
    pub parts: BTreeMap<String, f64>,
    /// The first gradient, in order of paths, that is not finite.
    pub bad: Option<String>,
}

impl<T: Task> Step<'_, T> {
    /// Learns from the micro-batches of step number `step`, counted from zero; `None` when `next` has no more of them.
    pub fn learn(
        &self,
        model: &T::Model,
        step: u64,
        mut next: impl FnMut() -> Result<Option<T::Batch>, FitError>,
    ) -> Result<Option<Lesson>, FitError> {
        let training = self.training;
        let key = Key::new(training.seed).at("steps").nth(step);
        let (mut sum, mut losses, mut targets) = (Gradients::default(), Vec::new(), 0);
        let mut parts: BTreeMap<&str, Vec<Tensor<1>>> = BTreeMap::new();
        for rows in micro_batches(training.batch, training.micro_batch) {
            let Some(batch) = next()? else { return Ok(None) };
            let mut pass = Pass::new(Mode::Training { key, row: rows.start, recompute: training.recompute });
            let loss = self.task.loss(model, batch, &mut pass);
            pass.backward(&loss.sum, |left| sum.add(gradients(model, left)));
            losses.push(loss.sum.inner());
            loss.parts.into_iter().for_each(|(name, part)| parts.entry(name).or_default().push(part.inner()));
            targets += loss.count;
        }
        sum.0.retain(|path, _| self.tuning.learns(path, step));
        let (loss, parts) =
            (added(losses), parts.into_iter().map(|(name, part)| (name.to_owned(), added(part))).collect());
        // Here gradients, losses and targets may be summed over ranks before anything depends on them.
        Ok(Some(Lesson::new(sum, (loss, parts), targets)))
    }

    /// The model after one update; `update` counts from one.
    pub fn update(
        &self,
        model: T::Model,
        optimizer: &mut Optimizer,
        lesson: Lesson,
        (learning_rate, update): (f64, u64),
    ) -> T::Model {
        let factor = lesson.factor(self.training.clip);
        let pace = Pace { learning_rate, update, factor };
        let role = |path: &str| (self.task.role(path), self.tuning.rate(path));
        optimizer.update(model, lesson.gradients, self.optimizer, pace, role)
    }
}

impl Lesson {
    fn new(gradients: Gradients, (loss, mut parts): (f64, BTreeMap<String, f64>), targets: u64) -> Self {
        let norm = gradients.norm(mean(targets));
        parts.values_mut().for_each(|part| *part /= targets.max(1) as f64);
        Self { gradients, loss: loss / targets.max(1) as f64, norm: norm.global, targets, parts, bad: norm.bad }
    }

    /// What the gradients are to be multiplied with: then they are those of the mean loss, no longer than `clip` allows.
    fn factor(&self, clip: Clip) -> f64 {
        let share = match clip {
            Clip::Norm(most) => (most / (self.norm + CLIP_MARGIN)).min(1.0),
            Clip::Off(_) => 1.0,
        };
        mean(self.targets) * share
    }
}

fn added(losses: Vec<Tensor<1>>) -> f64 {
    host(Tensor::cat(losses, 0)).into_iter().map(f64::from).sum()
}

/// What turns a sum over targets into their mean.
fn mean(targets: u64) -> f64 {
    1.0 / targets.max(1) as f64
}
