//! The paths that belong to one remote file.

use std::path::{Component, Path, PathBuf};

use crate::atomic::TEMPORARY;
use crate::{FetchError, Fetching, Remote};

/// Every path that one remote file has to do with.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) mirrored: Option<PathBuf>,
    /// The file in the mirror, compressed.
    pub(crate) packed: Option<PathBuf>,
    pub(crate) cached: PathBuf,
    /// What has come of a download so far.
    pub(crate) part: PathBuf,
    /// Remembers that the file was verified.
    pub(crate) stamp: PathBuf,
    pub(crate) lock: PathBuf,
}

impl Places {
    /// Names come from lists that others write: they must not lead out of the cache.
    pub(crate) fn new(remote: &Remote, fetching: &Fetching) -> Result<Self, FetchError> {
        for name in [&remote.folder, &remote.file] {
            if !stays_within(name) {
                return Err(FetchError::Name { name: name.clone() });
            }
        }
        let mirrored = fetching.mirror.as_ref().map(|mirror| mirror.join(&remote.folder).join(&remote.file));
        let cached = fetching.cache.join(&remote.folder).join(&remote.file);
        Ok(Self {
            packed: mirrored.as_deref().map(|path| beside(path, "", ".gz")),
            mirrored,
            part: beside(&cached, TEMPORARY, ".part"),
            stamp: beside(&cached, "", ".verified"),
            lock: beside(&cached, ".", ".lock"),
            cached,
        })
    }

    /// Where an archive is unpacked to.
    pub(crate) fn unpacked(&self, digest: &str) -> PathBuf {
        beside(&self.cached, "", &format!(".unpacked-{digest}"))
    }

    /// Where a user may put the file by hand.
    pub(crate) fn remedy(&self) -> &Path {
        self.mirrored.as_deref().unwrap_or(&self.cached)
    }
}

/// Only one spelling of a path will do: with others, two names could stand for one file.
fn stays_within(name: &str) -> bool {
    let parts = Path::new(name).components().map(|component| match component {
        Component::Normal(part) => part.to_str(),
        _ => None,
    });
    let parts: Option<Vec<_>> = parts.collect();
    parts.is_some_and(|parts| !name.is_empty() && parts.join("/") == name && !name.contains(['\\', '\0']))
}

fn beside(path: &Path, prefix: &str, suffix: &str) -> PathBuf {
    let name = path.file_name().expect("names were checked to end in a file name").to_string_lossy();
    path.with_file_name(format!("{prefix}{name}{suffix}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_within_their_folder() {
        for name in ["input.txt", "train/part.0", "a..b", ".hidden"] {
            assert!(stays_within(name), "{name}");
        }
        for name in ["", ".", "..", "../a", "a/../../b", "/etc/passwd", "./a", "a/", "a//b", "a/./b", "a\\b", "a\0b"] {
            assert!(!stays_within(name), "{name}");
        }
    }
}
