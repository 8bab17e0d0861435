//! `manifest.json`: the size and checksum of every other file of a folder, written last, so that it vouches for them.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use crate::{FileError, sha256_file};

/// The name of the manifest in its folder.
pub(crate) const MANIFEST: &str = "manifest.json";

/// The files of a folder by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Manifest {
    pub files: BTreeMap<String, Entry>,
}

/// What a file must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub size: u64,
    pub sha256: String,
}

/// Reads the manifest of a folder and checks each file it names; says which one is missing, short or altered.
pub fn verify(folder: &Path) -> Result<Manifest, FileError> {
    let manifest = read(&folder.join(MANIFEST))?;
    for (name, entry) in &manifest.files {
        check_name(folder, name)?;
        entry.check(&folder.join(name))?;
    }
    Ok(manifest)
}

fn read(path: &Path) -> Result<Manifest, FileError> {
    let text = fs::read(path).map_err(missing_or("read", path))?;
    serde_json::from_slice(&text).map_err(|source| FileError::Manifest { path: path.to_path_buf(), source })
}

impl Entry {
    /// The size comes first: it costs nothing and tells a truncated file from an altered one.
    fn check(&self, path: &Path) -> Result<(), FileError> {
        let metadata = fs::metadata(path).map_err(missing_or("read", path))?;
        if metadata.is_dir() {
            return Err(FileError::io("read", path)(ErrorKind::IsADirectory.into()));
        }
        let found = metadata.len();
        if found != self.size {
            return Err(FileError::Size { path: path.to_path_buf(), expected: self.size, found });
        }
        let found = sha256_file(path)?;
        if found != self.sha256 {
            return Err(FileError::Altered { path: path.to_path_buf(), expected: self.sha256.clone(), found });
        }
        Ok(())
    }
}

/// A manifest speaks of the files directly in its folder, and not of itself.
pub(crate) fn check_name(folder: &Path, name: &str) -> Result<(), FileError> {
    let mut components = Path::new(name).components();
    let plain = matches!((components.next(), components.next()), (Some(Component::Normal(only)), None) if only == name);
    if plain && name != MANIFEST {
        return Ok(());
    }
    Err(FileError::Name { folder: folder.to_path_buf(), name: name.to_string() })
}

fn missing_or(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> FileError {
    move |source| match source.kind() {
        ErrorKind::NotFound => FileError::Missing { path: path.to_path_buf() },
        _ => FileError::io(action, path)(source),
    }
}
