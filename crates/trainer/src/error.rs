//! What can go wrong, and whose matter it is.

use std::path::PathBuf;

use attentive_data::DataError;
use attentive_engine::{CheckpointError, FitError};
use attentive_files::FileError;
use attentive_hub::HubError;
use attentive_pictures::PictureError;

use crate::{device::DeviceError, document::DocumentError};

#[derive(Debug, thiserror::Error)]
pub enum TrainerError {
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A value that cannot be; `place` is where it was written.
    #[error("{place}: {message}")]
    Refused { place: String, message: String },
    #[error("{place}: {source}")]
    Model { place: String, source: attentive_attention::Fault },
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Picture(#[from] PictureError),
    #[error(transparent)]
    Hub(#[from] HubError),
    #[error(
        "{} is neither a run nor a model folder: it has no plan.toml and no config.json; name one that has, or `organization/name` of a model \
         on the hub",
        .path.display()
    )]
    NoModel { path: PathBuf },
    #[error("no folder {name} is here, so it was taken for a model of the hub")]
    NotHere { name: String, source: HubError },
    #[error("{}: {reason}", .path.display())]
    Unlike { path: PathBuf, reason: String },
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{} holds no run (no plan.toml); train first: `attentive train CONFIG --run {}`", .folder.display(), .folder.display())]
    NoRun { folder: PathBuf },
    #[error("{} already holds a run; add `--resume` to go on with it, or `--run ANOTHER` to begin a new one", .folder.display())]
    Taken { folder: PathBuf },
    #[error(
        "{} was begun with another plan, so going on would not be the same run:\n{}\nUndo the change, or begin a new run with \
         `--run ANOTHER`",
        .folder.display(),
        .changes.join("\n")
    )]
    Changed { folder: PathBuf, changes: Vec<String> },
    #[error("{} is a file, and a run wants a folder; name another with `--run ANOTHER`", .path.display())]
    NoFolder { path: PathBuf },
    #[error("cannot make the run folder {}; name another with `--run ANOTHER`", .path.display())]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("another process trains in {}; wait until it ends, or begin a new run with `--run ANOTHER`", .folder.display())]
    Busy { folder: PathBuf },
    #[error("{} cannot be used; restore it, or train anew with `--run ANOTHER`", .path.display())]
    Plan { path: PathBuf, source: Box<TrainerError> },
    #[error(
        "{} has {ids} token ids, and the model only {most}; restore the one that the run was trained with",
        .path.display()
    )]
    ForeignTokenizer { path: PathBuf, ids: usize, most: usize },
    #[error(
        "training takes about {} of memory, and this machine has {}; {remedy}",
        gibibytes(*.needed),
        gibibytes(*.held)
    )]
    TooLarge { needed: u64, held: u64, remedy: &'static str },
    #[error("cannot start {count} threads: {source}; give a lower `--threads`")]
    Threads { count: usize, source: rayon::ThreadPoolBuildError },
    #[error(
        "the answers of `{name}:{split}` are not published, so nothing can be judged on it; name another split: `attentive data show \
         {name}` lists them"
    )]
    Unlabelled { name: String, split: String },
    #[error("{} cannot be used ({reason}); make it anew with `attentive evaluate`", .path.display())]
    Evaluation { path: PathBuf, reason: String },
    #[error("{0}")]
    Asked(String),
}

fn gibibytes(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

/// Whose matter a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// What the user wrote: arguments, config, files that they named.
    Writing,
    /// What failed on the way.
    Running,
}

impl TrainerError {
    pub fn fault(&self) -> Fault {
        match self {
            Self::Data(
                DataError::Fetch { .. }
                | DataError::Cache { .. }
                | DataError::CacheFolder { .. }
                | DataError::Tokens { .. },
            )
            | Self::Fit(_)
            | Self::File(_)
            | Self::Busy { .. } => Fault::Running,
            Self::Checkpoint(
                CheckpointError::None { .. } | CheckpointError::NoSuchStep { .. } | CheckpointError::TooFew { .. },
            ) => Fault::Writing,
            Self::Checkpoint(_) => Fault::Running,
            _ => Fault::Writing,
        }
    }
}
