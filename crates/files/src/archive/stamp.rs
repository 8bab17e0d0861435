//! Where an unpacked folder came from, and whether it is still whole.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ArchiveError;
use crate::atomic::parent_and_name;
use crate::{FileError, sha256};

/// The name of the stamp in its folder: hidden, so that whoever lists the folder sees the members.
const STAMP: &str = ".unpacked.json";

/// Which members of an archive to unpack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Members {
    #[default]
    All,
    /// Each names a file, or a folder with all below it.
    Named(Vec<String>),
}

impl Members {
    pub(crate) fn names(&self) -> &[String] {
        match self {
            Self::All => &[],
            Self::Named(names) => names,
        }
    }
}

/// What a folder holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpacked {
    pub files: u64,
    pub bytes: u64,
}

/// What a folder is unpacked from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    sha256: String,
    pub(crate) members: Members,
}

impl Origin {
    pub(crate) fn new(sha256: &str, members: &Members) -> Self {
        Self { sha256: sha256.to_ascii_lowercase(), members: members.clone() }
    }

    /// A short name that another archive, or other members, would not have. Checksums come from lists that others
    /// write, so it is a checksum of its own.
    pub(crate) fn digest(&self) -> String {
        let all = [&self.sha256].into_iter().chain(self.members.names());
        let all: Vec<_> = all.map(String::as_str).collect();
        sha256(all.join("\n").as_bytes())[..12].to_owned()
    }
}

#[derive(PartialEq, Serialize, Deserialize)]
struct Stamp {
    origin: Origin,
    unpacked: Unpacked,
}

/// What the folder holds, if it is all that its origin gave.
pub(crate) fn ready(folder: &Path, origin: &Origin) -> Result<Option<Unpacked>, FileError> {
    let Some(stamp) = read(folder).filter(|stamp| stamp.origin == *origin) else { return Ok(None) };
    let mut found = Unpacked::default();
    walk(folder, &mut |path, metadata| found.count(path, metadata)).map_err(FileError::io("read", folder))?;
    Ok(Some(found).filter(|found| *found == stamp.unpacked))
}

impl Unpacked {
    fn count(&mut self, path: &Path, metadata: &Metadata) -> io::Result<()> {
        if metadata.is_file() && !path.ends_with(STAMP) {
            self.files += 1;
            self.bytes += metadata.len();
        }
        Ok(())
    }
}

/// Brings a folder that was just unpacked to the disk, and stamps it.
pub(crate) fn seal(folder: &Path, origin: &Origin) -> Result<Unpacked, ArchiveError> {
    let mut unpacked = Unpacked::default();
    walk(folder, &mut |path, metadata| unpacked.count(path, metadata)).map_err(FileError::io("read", folder))?;
    let stamp = Stamp { origin: origin.clone(), unpacked };
    let path = folder.join(STAMP);
    let write = || serde_json::to_writer(File::create_new(&path)?, &stamp).map_err(io::Error::from);
    write().map_err(FileError::io("write", &path))?;
    sync(folder).map_err(FileError::io("write", folder))?;
    Ok(unpacked)
}

/// One call for the whole file system: thousands of small files, each waited for, would take minutes.
#[cfg(target_os = "linux")]
fn sync(folder: &Path) -> io::Result<()> {
    rustix::fs::syncfs(File::open(folder)?).map_err(io::Error::from)
}

#[cfg(not(target_os = "linux"))]
fn sync(folder: &Path) -> io::Result<()> {
    walk(folder, &mut |path, metadata| match metadata.is_dir() {
        true => crate::atomic::sync_folder(path).map_err(io::Error::other),
        false => File::open(path)?.sync_all(),
    })
}

/// A folder of somebody else is not replaced, unless it is empty.
pub(crate) fn expect_room(folder: &Path) -> Result<(), ArchiveError> {
    let ours = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none() || read(folder).is_some(),
        Err(failure) => failure.kind() == ErrorKind::NotFound,
    };
    if ours { Ok(()) } else { Err(ArchiveError::Occupied { folder: folder.to_path_buf() }) }
}

/// The lock on a folder, which lies beside it.
pub(crate) fn lock(folder: &Path) -> Result<PathBuf, FileError> {
    let (parent, name) = parent_and_name(folder)?;
    Ok(parent.join(format!(".{name}.lock")))
}

fn read(folder: &Path) -> Option<Stamp> {
    serde_json::from_slice(&fs::read(folder.join(STAMP)).ok()?).ok()
}

/// Visits all files and folders below a folder, links as what they are.
fn walk(folder: &Path, visit: &mut dyn FnMut(&Path, &Metadata) -> io::Result<()>) -> io::Result<()> {
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let (entry, path) = entry.map(|entry| (entry.metadata(), entry.path()))?;
            let metadata = entry?;
            visit(&path, &metadata)?;
            if metadata.is_dir() {
                folders.push(path);
            }
        }
    }
    Ok(())
}
