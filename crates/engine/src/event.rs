//! What a run tells on its way. The command line draws it, a test reads it.

use std::path::PathBuf;

use crate::{Best, Outcome};

#[derive(Clone, Debug)]
pub enum Event {
    /// The loop starts after `step` of `steps`.
    Started {
        step: u64,
        steps: u64,
        parameters: u64,
    },
    /// Something worth a line that is no trouble.
    Note(String),
    /// A checkpoint that cannot be used, and why; the one before it is tried.
    Damaged {
        path: PathBuf,
        reason: String,
    },
    Step(StepReport),
    Evaluating {
        done: usize,
        total: Option<usize>,
    },
    Evaluated {
        step: u64,
        loss: f64,
        best: Option<Best>,
    },
    Sample {
        step: u64,
        text: String,
    },
    Saved {
        step: u64,
        path: PathBuf,
    },
    /// A step that was not taken, and why.
    Skipped {
        step: u64,
        reason: String,
        in_a_row: u32,
    },
    Ended(Outcome),
}

/// One step, as measured.
#[derive(Clone, Debug)]
pub struct StepReport {
    pub step: u64,
    pub steps: u64,
    pub loss: f64,
    pub learning_rate: f64,
    pub gradient_norm: f64,
    /// Over the stretch since the last report, of what the task counts.
    pub targets_per_second: f64,
    pub counted: &'static str,
}
