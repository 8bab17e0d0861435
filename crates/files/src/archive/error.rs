//! Why an archive was not unpacked.

use std::io;
use std::path::{Path, PathBuf};

use crate::FileError;

/// A failure to unpack an archive, of which nothing stays behind. Names of entries are shown with what is not
/// printable in them escaped.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("{archive} cannot be unpacked: expected a zip, tar, gzip or bzip2 file; check that it is an archive")]
    Kind { archive: PathBuf },

    #[error("{archive} is damaged at {place}; get a fresh copy")]
    Damaged { archive: PathBuf, place: String, source: io::Error },

    #[error(
        "{archive} holds {entry:?}, whose name {flaw}: expected a plain path within the archive; do not trust this archive"
    )]
    Name { archive: PathBuf, entry: String, flaw: &'static str },

    #[error("{archive} holds {entry:?}, which is {what}, where only files and folders are unpacked; unpack it by hand")]
    Special { archive: PathBuf, entry: String, what: &'static str },

    #[error("{archive} holds {entry:?} twice, or a file where it has a folder; unpack it by hand")]
    Twice { archive: PathBuf, entry: String },

    #[error("{archive} holds {entry:?} encrypted; unpack it by hand with its password")]
    Encrypted { archive: PathBuf, entry: String },

    #[error("{archive} holds {entry:?} in a way that cannot be read ({what}); unpack it by hand")]
    Unsupported { archive: PathBuf, entry: String, what: String },

    #[error("{archive} goes beyond {allowed} {limit} with {entry:?}; raise this limit only if you trust the archive")]
    Limit { archive: PathBuf, entry: String, limit: &'static str, allowed: u64 },

    #[error("{archive} does not hold `{member}`; correct the list of members")]
    Member { archive: PathBuf, member: String },

    #[error("{folder} is there already, and was not unpacked from an archive; remove it, or choose another folder")]
    Occupied { folder: PathBuf },

    #[error(transparent)]
    File(#[from] FileError),
}

impl ArchiveError {
    /// Names the archive and the place of a failed read: for use in `map_err`.
    pub(crate) fn damaged(archive: &Path, place: &str) -> impl FnOnce(io::Error) -> Self + use<> {
        let (archive, place) = (archive.to_path_buf(), place.to_owned());
        move |source| Self::Damaged { archive, place, source }
    }
}
