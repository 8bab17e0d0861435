//! What serves any model: the fit loop and its parts.
//!
//! ```text
//! batch(at) -> loss -> gradients -> (reduce) -> norm -> guard -> clip -> update -> evaluate -> journal -> checkpoint
//! ```
//!
//! The loop knows a [`Task`], never a model. Everything that it needs in order to go on lies in one checkpoint folder, and every
//! random draw is a pure function of the seed and the step: a run may stop anywhere and go on to the same bits.

mod average;
mod checkpoint;
mod decoding;
mod error;
mod evaluate;
mod event;
mod fit;
mod gradients;
mod guard;
mod journal;
mod memory;
mod optimizer;
mod pace;
mod plan;
mod prefetch;
mod preflight;
mod sampling;
mod schedule;
mod search;
mod state;
mod step;
mod task;
mod tensors;
mod tuning;

pub use attentive_kernels::Precision;
pub use checkpoint::{Checkpoints, Which};
pub use decoding::{Found, Hypothesis};
pub use error::{CheckpointError, FitError};
pub use evaluate::{Judged, judge};
pub use event::{Event, StepReport};
pub use fit::{Ending, Fit, Outcome, Start};
pub use gradients::Gradients;
pub use journal::{Line, read_journal};
pub use memory::{peak_memory, resident_memory};
pub use optimizer::{Optimizer, Role};
pub use plan::{
    AveragePlan, CheckpointPlan, Clip, EvaluationPlan, FitPlan, GuardPlan, JournalPlan, Off, OptimizerKind,
    OptimizerPlan, TrainingPlan,
};
pub use preflight::{Check, preflight};
pub use sampling::Sampling;
pub use schedule::{Schedule, ScheduleKind};
pub use search::{Search, Stopping};
pub use state::{Best, Progress};
pub use step::{Lesson, Step};
pub use task::{At, Item, Loss, Split, Task, TaskError};
pub use tuning::{Tuning, TuningPlan};
