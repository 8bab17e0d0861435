//! Archives made here, sound and hostile, unpacked into a temporary folder.

mod damaged;
mod hostile;
mod kinds;
mod limits;
mod make;
mod whole;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;

/// What all sound archives here hold.
const FILES: [(&str, &[u8]); 3] =
    [("readme.txt", b"seven pictures"), ("train/cat/1.png", b"a cat"), ("train/dog/2.png", b"")];

/// A folder with an archive in it.
struct Bench {
    parent: TempDir,
    name: &'static str,
}

impl Bench {
    fn new(archive: &[u8]) -> Self {
        Self::named("archive", archive)
    }

    fn named(name: &'static str, archive: &[u8]) -> Self {
        let parent = in_memory().expect("a temporary folder");
        fs::write(parent.path().join(name), archive).expect("writable");
        Self { parent, name }
    }

    fn archive(&self) -> PathBuf {
        self.parent.path().join(self.name)
    }

    fn whole(&self) -> PathBuf {
        self.parent.path().join("whole")
    }

    fn unpack(&self) -> Result<Unpacked, ArchiveError> {
        self.unpack_within(&Limits::default())
    }

    fn unpack_within(&self, limits: &Limits) -> Result<Unpacked, ArchiveError> {
        unpack(&self.archive(), &self.whole(), &Members::All, limits, &mut |_| ())
    }

    fn unpack_members(&self, members: &[&str]) -> Result<Unpacked, ArchiveError> {
        let members = Members::Named(members.iter().map(ToString::to_string).collect());
        unpack(&self.archive(), &self.whole(), &members, &Limits::default(), &mut |_| ())
    }

    fn complaint(&self) -> ArchiveError {
        self.refusal(self.unpack())
    }

    /// The error, after which nothing of the archive may be anywhere.
    fn refusal(&self, result: Result<Unpacked, ArchiveError>) -> ArchiveError {
        let error = result.expect_err("this must not be unpacked");
        self.expect_nothing_left();
        error
    }

    fn expect_nothing_left(&self) {
        let mut left = names(self.parent.path());
        left.retain(|name| name != self.name && name != ".whole.lock");
        assert!(left.is_empty(), "{left:?}");
    }

    fn expect_files(&self) {
        expect_files(&self.whole(), &FILES);
    }
}

/// Thousands of small files wear out patience on a disk.
fn in_memory() -> std::io::Result<TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

fn expect_files(folder: &Path, files: &[(&str, &[u8])]) {
    let mut found = Vec::new();
    collect(folder, folder, &mut found);
    found.retain(|(name, _)| name != ".unpacked.json");
    found.sort();
    let expected: Vec<_> = files.iter().map(|(name, bytes)| (name.to_string(), bytes.to_vec())).collect();
    assert_eq!(found, expected);
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for name in names(folder) {
        let path = folder.join(name);
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let name = path.strip_prefix(root).expect("it is below").to_string_lossy().into_owned();
            found.push((name, fs::read(&path).expect("readable")));
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder exists");
    entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect()
}
