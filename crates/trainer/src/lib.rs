//! From a config file to a run: `RunConfig` (as written) to [`RunPlan`] (resolved and checked) to [`Run`] (fit, evaluate,
//! generate). The only crate that meets every model and the one place where a device is chosen. Prints nothing.

mod bench;
mod config;
pub mod device;
pub mod document;
mod error;
mod evaluation;
mod event;
mod export;
mod families;
mod foreign;
mod material;
mod means;
mod picture;
mod plan;
mod predict;
mod prepare;
mod provenance;
mod resolve;
mod run;
mod score;
mod sections;
mod teacher;
mod text;
mod threads;

pub use attentive_data::Told;
pub use attentive_engine::{
    Best, Check, Checkpoints, Ending, Event as FitEvent, Outcome, Precision, Sampling, Start, StepReport, Which,
    peak_memory,
};
pub use attentive_kernels::keep_memory;
pub use bench::{Bound, KernelTiming, KernelTrial, Machine, Pass, Size, Timing, Trial};
pub use config::{RunConfig, schema};
pub use error::{Fault, TrainerError};
pub use evaluation::{Compared, Comparison, Difference, Evaluation, Measure, On, Standing, compare};
pub use event::Event;
pub use export::{Exported, Exporting, Type, What, Written, export};
pub use families::{
    Asking, Chat, Chatting, Classes, Generated, Ground, Item, Learner, LowRank, Pooling, Ranked, Run, Trained,
    Translating, Translation, Verdict, Wanted, Weights, ranked,
};
pub use means::affordable;
pub use plan::RunPlan;
pub use predict::Prediction;
pub use prepare::{Prepared, Wishes, prepare};
pub use provenance::Entry;
pub use run::{Opened, open, open_telling, train, vacant};
pub use score::{Against, Average, By, Scored, Scoring};
pub use threads::use_threads;
