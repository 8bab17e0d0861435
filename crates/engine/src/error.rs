//! What can go wrong in a run.

use std::path::PathBuf;

use attentive_files::FileError;

use crate::task::TaskError;

#[derive(Debug, thiserror::Error)]
pub enum FitError {
    #[error("{0}")]
    Task(#[source] TaskError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error("cannot write the journal {path}: {source}")]
    Journal { path: PathBuf, source: std::io::Error },
    #[error("the training split ended at step {step}; it should never end")]
    Exhausted { step: u64 },
    #[error(
        "{reason} at step {step}, {count} steps in a row; the state before them is saved in {path}. Try a lower \
         `training.learning_rate`, a longer `schedule.warmup` or a smaller `training.clip`"
    )]
    Diverged { step: u64, count: u32, reason: String, path: PathBuf },
}

#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("cannot read {path}: {source}; restore it, or use another checkpoint")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path}: not a safetensors file: {source}; restore it, or use another checkpoint")]
    Format { path: PathBuf, source: safetensors::SafeTensorError },
    #[error("{path}: not a state of this program: {source}; restore it, or use another checkpoint")]
    State { path: PathBuf, source: serde_json::Error },
    #[error("{path}: tensor `{name}` is missing; the checkpoint belongs to another model than the plan describes")]
    Missing { path: PathBuf, name: String },
    #[error(
        "{path}: tensor `{name}` is unknown to the model; the checkpoint belongs to another model than the plan describes"
    )]
    Unknown { path: PathBuf, name: String },
    #[error(
        "{path}: tensor `{name}` has shape {found:?}, and the model wants {wanted:?}; the checkpoint belongs to \
         another model than the plan describes"
    )]
    Shape { path: PathBuf, name: String, found: Vec<usize>, wanted: Vec<usize> },
    #[error(
        "{path}: tensor `{name}` holds {found}, and this program writes F32; restore it, or use another checkpoint"
    )]
    Type { path: PathBuf, name: String, found: String },
    #[error("{path} vouches for no `{name}`; restore the checkpoint, or use another one")]
    Unvouched { path: PathBuf, name: &'static str },
    #[error("{folder} holds no checkpoint; train first: `attentive train CONFIG --run RUN --resume`")]
    None { folder: PathBuf },
    #[error("{folder} holds no checkpoint of step {step}; it has {}", listed(.found))]
    NoSuchStep { folder: PathBuf, step: u64, found: Vec<u64> },
    #[error(
        "{folder} holds no {count} checkpoints to average; it has {}; ask for fewer, or set `checkpoint.keep = {count}` and \
         train on", listed(.found)
    )]
    TooFew { folder: PathBuf, count: usize, found: Vec<u64> },
    #[error("no checkpoint in {folder} is whole; restore one, or begin a new run; the newest fails with: {reason}")]
    AllDamaged { folder: PathBuf, reason: String },
}

fn listed(steps: &[u64]) -> String {
    let steps: Vec<String> = steps.iter().map(u64::to_string).collect();
    if steps.is_empty() { "none".to_owned() } else { steps.join(", ") }
}
