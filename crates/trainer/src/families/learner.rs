//! What all families do alike, once each has said how its model is made and what it costs.

use std::collections::BTreeMap;

use attentive_attention::{Cost, Parameter, is_lens, merged, parameters};
use attentive_engine::{Check, Event as FitEvent, Fit, Outcome, Start, Task, preflight};
use burn::tensor::Device;

use super::{Ground, Trained};
use crate::{
    Prediction, RunPlan, TrainerError,
    plan::AdapterPlan,
    predict::{Rows, Speed, predict},
};

/// What becomes of low-rank paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LowRank {
    /// They stay beside their matrices.
    Apart,
    /// They are multiplied out and added to them.
    Merged,
}

/// A family of models as a task.
pub(super) trait Family: Task + Sized {
    fn plan(&self) -> &RunPlan;

    /// A model of the plan, with weights that nothing was learned by.
    fn fresh(&self, device: &Device) -> Self::Model;

    /// Of one row, as long as the model reads.
    fn cost(&self) -> Cost;

    /// How long a row is in training, on average, as a share of that.
    fn length(&self) -> f64 {
        1.0
    }

    /// What it costs to ask a teacher about a row.
    fn teaching(&self) -> Option<&Cost> {
        None
    }

    /// How many rows of a step a preflight looks at.
    fn checked_rows(&self) -> usize {
        2
    }

    /// Whether gradients flow as they should.
    fn checks(&self, device: &Device) -> Result<Vec<Check>, TrainerError> {
        Ok(preflight(self, device, (self.checked_rows(), self.plan().fit.training.seed))?)
    }

    /// A model with the weights, and the step that they are of.
    fn trained(&self, trained: &Trained<'_>) -> Result<(Self::Model, u64), TrainerError> {
        trained.open(self.fresh(trained.device), self.plan())
    }
}

/// A model that can be trained, whatever its family.
pub trait Learner {
    /// The shapes of all parameters, by path.
    fn shapes(&self) -> BTreeMap<String, Vec<usize>>;

    /// All parameters, by path; what served their training alone is none of them.
    fn weights(&self, trained: &Trained<'_>, paths: LowRank) -> Result<BTreeMap<String, Parameter>, TrainerError>;

    fn predict(&self, speed: Speed<'_>) -> Prediction;
    fn preflight(&self, device: &Device) -> Result<Vec<Check>, TrainerError>;
    fn fit(&self, ground: &Ground<'_>, start: Start, told: &mut dyn FnMut(FitEvent)) -> Result<Outcome, TrainerError>;
}

impl<F: Family> Learner for F {
    fn shapes(&self) -> BTreeMap<String, Vec<usize>> {
        let fresh = self.fresh(&Device::default());
        parameters(&fresh).into_iter().map(|(path, parameter)| (path, parameter.shape)).collect()
    }

    fn weights(&self, trained: &Trained<'_>, paths: LowRank) -> Result<BTreeMap<String, Parameter>, TrainerError> {
        let (model, _) = trained.open_own(self.fresh(trained.device), self.plan())?;
        let mut found = parameters(&model);
        found.retain(|path, _| !is_lens(path));
        let scale = self.plan().adapter.as_ref().map_or(1.0, AdapterPlan::scale);
        Ok(if paths == LowRank::Merged { merged(found, scale) } else { found })
    }

    fn predict(&self, speed: Speed<'_>) -> Prediction {
        let training = &self.plan().fit.training;
        let rows = Rows::of(training, self.length());
        predict(&self.cost(), training, rows, speed).taught(self.teaching(), rows, speed)
    }

    fn preflight(&self, device: &Device) -> Result<Vec<Check>, TrainerError> {
        self.checks(device)
    }

    fn fit(&self, ground: &Ground<'_>, start: Start, told: &mut dyn FnMut(FitEvent)) -> Result<Outcome, TrainerError> {
        let &Ground { folder, device, peak, interrupt } = ground;
        Ok(Fit { task: self, plan: &self.plan().fit, folder, device, peak, interrupt }.run(start, told)?)
    }
}
