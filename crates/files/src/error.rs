//! What can go wrong with files on this machine.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// A failure on the file system of this machine.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("cannot {action} {path}; {remedy}", remedy = remedy(source))]
    Io { action: &'static str, path: PathBuf, source: Error },

    #[error("{path} is locked by another process; wait until it ends, or choose another folder")]
    Locked { path: PathBuf },

    #[error("`{name}` cannot name a file in {folder}: expected a plain name other than `manifest.json`")]
    Name { folder: PathBuf, name: String },

    #[error("{path} is not a readable manifest; restore the folder or make it again")]
    Manifest { path: PathBuf, source: serde_json::Error },

    #[error("{path} is missing; restore the folder or make it again")]
    Missing { path: PathBuf },

    #[error("{path} holds {found} bytes, expected {expected}; restore the folder or make it again")]
    Size { path: PathBuf, expected: u64, found: u64 },

    #[error("{path} was altered: sha256 {found}, expected {expected}; restore the folder or make it again")]
    Altered { path: PathBuf, expected: String, found: String },
}

impl FileError {
    /// Names the action and the path of a system error: for use in `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

fn remedy(source: &Error) -> &'static str {
    match source.kind() {
        ErrorKind::NotFound => "check that the path is right and that its folder exists",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "check the permissions, or choose another folder"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some space, or choose another folder",
        ErrorKind::FileTooLarge => "raise the limit on file sizes (`ulimit -f`), or choose another folder",
        ErrorKind::NotADirectory => "a part of the path is a file, where a folder is expected",
        ErrorKind::IsADirectory => "the path is a folder, where a file is expected",
        _ => "check the path and the disk",
    }
}
