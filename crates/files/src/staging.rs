//! A folder that appears whole or not at all.
//!
//! It is written under a temporary name beside its destination and renamed when its manifest is on the disk. To
//! replace a folder takes two renames; a kill between them leaves the former one under a name that [`sweep`] knows,
//! and puts back.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempDir};

use crate::atomic::{TEMPORARY, parent_and_name, readable_by_others, rename, sync_folder};
use crate::checksum::Hashing;
use crate::manifest::{MANIFEST, check_name};
use crate::{Entry, FileError, Manifest};

/// How the name of a folder ends that is being replaced. The name of a [`Staging`] cannot end so.
const FORMER: &str = ".former";

/// How many random characters end the name of a folder in the making.
const RANDOM: usize = 6;

/// A folder in the making, removed on drop unless published.
#[derive(Debug)]
pub struct Staging {
    destination: PathBuf,
    folder: TempDir,
    files: BTreeMap<String, Entry>,
}

impl Staging {
    /// Starts a folder beside `destination`, whose parent must exist.
    pub fn new(destination: &Path) -> Result<Self, FileError> {
        let (parent, name) = parent_and_name(destination)?;
        let prefix = format!("{TEMPORARY}{name}-");
        let mut builder = Builder::new();
        builder.prefix(&prefix).rand_bytes(RANDOM);
        readable_by_others(&mut builder, 0o777);
        let folder = builder.tempdir_in(parent).map_err(FileError::io("write", destination))?;
        Ok(Self { destination: destination.to_path_buf(), folder, files: BTreeMap::new() })
    }

    /// Where the folder is for now.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Adds a file.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.write_with(name, |file| file.write_all(bytes))
    }

    /// Adds a file piece by piece. A file that could not be written whole is removed again.
    pub fn write_with(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), FileError> {
        check_name(&self.destination, name)?;
        self.files.remove(name);
        let path = self.path().join(name);
        let entry = record(&path, write).map_err(|source| {
            let _ = fs::remove_file(&path); // the first failure is the one worth telling
            FileError::io("write", &self.destination.join(name))(source)
        })?;
        self.files.insert(name.to_string(), entry);
        Ok(())
    }

    /// Puts the folder into place, instead of the one that may be there. The manifest comes last: it vouches for all.
    pub fn publish(self) -> Result<(), FileError> {
        self.write_manifest()?;
        self.publish_as_it_is()
    }

    /// Puts the folder into place without a manifest: for content that came from elsewhere, or goes there.
    pub fn publish_as_it_is(self) -> Result<(), FileError> {
        sync_folder(self.path())?;
        let former = set_aside(&self.destination)?;
        if let Err(failure) = rename(self.path(), &self.destination) {
            let _ = fs::rename(&former, &self.destination); // without a former folder there is nothing to put back
            return Err(failure);
        }
        let _ = self.folder.keep(); // it has moved: nothing is left to remove
        remove(&former)
    }

    fn write_manifest(&self) -> Result<(), FileError> {
        let path = self.path().join(MANIFEST);
        let manifest = Manifest { files: self.files.clone() };
        let write = |file: &mut dyn Write| serde_json::to_writer_pretty(file, &manifest).map_err(io::Error::from);
        record(&path, write).map(drop).map_err(FileError::io("write", &path))
    }
}

/// Writes a file to the disk and says what it holds.
fn record(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Entry> {
    let mut hashing = Hashing::new(BufWriter::new(File::create(path)?));
    write(&mut hashing)?;
    let (writer, size, sha256) = hashing.finish();
    writer.into_inner()?.sync_all()?;
    Ok(Entry { size, sha256 })
}

/// Moves an existing folder out of the way; the place it moves to is known even if there was none.
fn set_aside(destination: &Path) -> Result<PathBuf, FileError> {
    let (parent, name) = parent_and_name(destination)?;
    let former = parent.join(format!("{TEMPORARY}{name}{FORMER}"));
    if destination.is_dir() {
        remove(&former)?; // a destination exists, so this older one was only waiting for a sweep
        rename(destination, &former)?;
    }
    Ok(former)
}

/// Clears away what processes that died left in `parent`: everything named `.tmp-*`, half a download too. A folder that
/// was set aside, but never replaced, returns to its place. Only to be called while holding the lock on `parent`.
pub fn sweep(parent: &Path) -> Result<(), FileError> {
    let names = fs::read_dir(parent)
        .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>());
    for name in names.map_err(FileError::io("read", parent))? {
        if let Some(rest) = name.to_string_lossy().strip_prefix(TEMPORARY) {
            sweep_one(parent, &parent.join(&name), rest)?;
        }
    }
    Ok(())
}

/// Clears away what processes that died left of this one destination. Only to be called while holding its lock.
pub(crate) fn sweep_for(destination: &Path) -> Result<(), FileError> {
    let (parent, name) = parent_and_name(destination)?;
    let prefix = format!("{TEMPORARY}{name}-");
    // What follows is random, and never long enough to belong to a destination with a longer name.
    let abandoned = |name: &str| name.strip_prefix(&prefix).is_some_and(|rest| rest.len() == RANDOM);
    for entry in fs::read_dir(parent).map_err(FileError::io("read", parent))? {
        let name = entry.map_err(FileError::io("read", parent))?.file_name();
        if abandoned(&name.to_string_lossy()) {
            remove(&parent.join(name))?;
        }
    }
    Ok(())
}

fn sweep_one(parent: &Path, leftover: &Path, rest: &str) -> Result<(), FileError> {
    match rest.strip_suffix(FORMER).map(|name| parent.join(name)) {
        Some(destination) if !destination.exists() => rename(leftover, &destination),
        _ => remove(leftover),
    }
}

fn remove(path: &Path) -> Result<(), FileError> {
    let removal = if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removal {
        Err(failure) if failure.kind() != io::ErrorKind::NotFound => Err(FileError::io("remove", path)(failure)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
