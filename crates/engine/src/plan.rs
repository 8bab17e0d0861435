//! Everything that the loop follows, resolved and checked; how a user writes it is the trainer's matter.

use attentive_kernels::Precision;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Schedule, TuningPlan};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FitPlan {
    pub training: TrainingPlan,
    pub schedule: Schedule,
    pub optimizer: OptimizerPlan,
    /// Present: not all learn alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuning: Option<TuningPlan>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<AveragePlan>,
    pub guard: GuardPlan,
    pub evaluation: EvaluationPlan,
    pub checkpoint: CheckpointPlan,
    pub journal: JournalPlan,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrainingPlan {
    /// Updates in all.
    pub steps: u64,
    /// Rows per update.
    pub batch: usize,
    /// Rows per forward and backward pass; gradients accumulate over them.
    pub micro_batch: usize,
    pub learning_rate: f64,
    pub precision: Precision,
    pub seed: u64,
    pub clip: Clip,
    /// Keep only the inputs of blocks, and run them again in the backward pass.
    pub recompute: bool,
}

/// The largest global norm that a gradient may have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "give a number above 0, or \"off\"")]
pub enum Clip {
    Norm(f64),
    Off(Off),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Off {
    Off,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    #[default]
    AdamW,
    /// The sign of a mixture of gradient and momentum (Chen et al. 2023); wants about a tenth of AdamW's learning rate.
    Lion,
    /// Gradient descent with momentum.
    Sgd,
    /// Orthogonalized momentum (Jordan et al. 2024) for matrices between hidden layers, AdamW for the rest.
    Muon,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OptimizerPlan {
    pub kind: OptimizerKind,
    pub betas: [f64; 2],
    pub epsilon: f64,
    /// Of `sgd` and of Muon's matrices.
    pub momentum: f64,
    pub decay: f64,
}

/// An exponential moving average of the weights, which evaluation and generation then use.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AveragePlan {
    pub decay: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GuardPlan {
    /// A loss above the running mean by this many running deviations is a spike, and its step is skipped.
    pub spike: f64,
    /// Skipped steps in a row after which the run stops.
    pub patience: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvaluationPlan {
    /// Steps between evaluations; the last step is always evaluated.
    pub every: u64,
    /// Batches per evaluation; the whole split when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batches: Option<usize>,
    /// Evaluations without a new best after which the run stops; never when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckpointPlan {
    /// Steps between checkpoints; the last step is always saved, and so is each new best.
    pub every: u64,
    /// How many of the newest stay, beside the best.
    pub keep: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JournalPlan {
    /// Steps between lines; the first, the last and evaluated steps are always written.
    pub every: u64,
}
