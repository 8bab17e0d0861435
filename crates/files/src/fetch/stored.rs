//! Whether a file at hand is the one that was asked for.

use std::fs::{self, Metadata};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::{FetchError, FileError, Remote, write_atomically};

/// What was found at a path.
pub(crate) enum Stored {
    Absent,
    Right,
    Wrong(FetchError),
}

/// Checks size and checksum. A file that was found right before, and has not changed since, is not read again.
pub(crate) fn inspect(path: &Path, remote: &Remote, stamp: &Path) -> Result<Stored, FetchError> {
    let Some(metadata) = metadata(path)? else { return Ok(Stored::Absent) };
    if let Err(wrong) = check_size(path, remote, metadata.len()) {
        return Ok(Stored::Wrong(wrong));
    }
    let current = Stamp::new(path, &metadata, remote.checksum.digits());
    if Stamp::read(stamp).is_some_and(|remembered| remembered == current) {
        return Ok(Stored::Right);
    }
    if let Err(wrong) = check_content(path, remote, remote.checksum.of_file(path, remote.size)?) {
        return Ok(Stored::Wrong(wrong));
    }
    current.write(stamp);
    Ok(Stored::Right)
}

/// Remembers a file that was verified just before it came here.
pub(crate) fn remember(path: &Path, remote: &Remote, stamp: &Path) {
    if let Ok(Some(metadata)) = metadata(path) {
        Stamp::new(path, &metadata, remote.checksum.digits()).write(stamp);
    }
}

pub(crate) fn check_size(place: impl AsRef<Path>, remote: &Remote, found: u64) -> Result<(), FetchError> {
    if found == remote.size {
        return Ok(());
    }
    Err(FetchError::Size { place: place.as_ref().display().to_string(), expected: remote.size, found })
}

pub(crate) fn check_content(place: impl AsRef<Path>, remote: &Remote, found: String) -> Result<(), FetchError> {
    if found.eq_ignore_ascii_case(remote.checksum.digits()) {
        return Ok(());
    }
    let (kind, expected) = (remote.checksum.kind(), remote.checksum.digits().to_owned());
    Err(FetchError::Checksum { place: place.as_ref().display().to_string(), kind, expected, found })
}

fn metadata(path: &Path) -> Result<Option<Metadata>, FileError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(FileError::io("read", path)(Error::from(ErrorKind::IsADirectory))),
        Ok(metadata) => Ok(Some(metadata)),
        Err(absent) if matches!(absent.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(FileError::io("read", path)(source)),
    }
}

/// What a verified file looked like from outside. Whoever changes the content changes the size or the time as well.
#[derive(PartialEq, Serialize, Deserialize)]
struct Stamp {
    path: PathBuf,
    size: u64,
    modified_nanoseconds: Option<u128>,
    digits: String,
}

impl Stamp {
    fn new(path: &Path, metadata: &Metadata, digits: &str) -> Self {
        let since_epoch = |time: SystemTime| time.duration_since(UNIX_EPOCH).ok();
        let modified = metadata.modified().ok().and_then(since_epoch).map(|age| age.as_nanos());
        Self {
            path: path.to_path_buf(),
            size: metadata.len(),
            modified_nanoseconds: modified,
            digits: digits.to_string(),
        }
    }

    fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// A stamp that cannot be written, as in a cache that is read-only, costs no more than another reading of the file.
    fn write(&self, path: &Path) {
        let folder = path.parent().unwrap_or(path);
        if let (Ok(text), Ok(())) = (serde_json::to_vec(self), fs::create_dir_all(folder)) {
            let _ = write_atomically(path, &text);
        }
    }
}
