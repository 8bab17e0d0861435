//! Fetching from a mirror, and from a small HTTP server on this machine that answers as scripted.

mod asking;
mod child;
mod full_disk;
mod local;
mod network;
mod processes;
mod server;
mod token;
mod unpacking;

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use tempfile::TempDir;

const CONTENT: &[u8] = b"All happy families are alike; each unhappy family is unhappy in its own way.";

fn remote(addresses: &[String]) -> Remote {
    Remote {
        folder: "novels".to_string(),
        file: "opening.txt".to_string(),
        addresses: addresses.to_vec(),
        size: CONTENT.len() as u64,
        checksum: Checksum::Sha256(crate::sha256(CONTENT)),
    }
}

/// A temporary cache, and a mirror that a test may fill.
struct Home {
    folder: TempDir,
    fetching: Fetching,
    manners: Manners,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let fetching = Fetching { cache: folder.path().join("cache"), mirror: None, offline: false, token: None };
        // Nobody waits long in a test.
        let manners = Manners {
            stall: Duration::from_millis(200),
            retries: 3,
            pause: Duration::from_millis(1),
            ..Manners::default()
        };
        Self { folder, fetching, manners }
    }

    fn offline() -> Self {
        let mut home = Self::new();
        home.fetching.offline = true;
        home
    }

    fn with_mirror(mut self, name: &str, bytes: &[u8]) -> Self {
        let mirror = self.folder.path().join("mirror");
        let path = mirror.join("novels").join(name);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("writable");
        fs::write(path, bytes).expect("writable");
        self.fetching.mirror = Some(mirror);
        self
    }

    fn cached(&self, name: &str) -> PathBuf {
        self.fetching.cache.join("novels").join(name)
    }

    fn with_cached(self, name: &str, bytes: &[u8]) -> Self {
        fs::create_dir_all(self.cached("")).expect("writable");
        fs::write(self.cached(name), bytes).expect("writable");
        self
    }

    fn fetch(&self, remote: &Remote) -> Result<PathBuf, FetchError> {
        self.fetch_telling(remote, &mut |_| {})
    }

    fn fetch_telling(&self, remote: &Remote, told: &mut dyn FnMut(Transfer)) -> Result<PathBuf, FetchError> {
        fetch_with(remote, &self.fetching, &self.manners, told)
    }

    /// The fetched file must be the right one, and no part of a download may be left.
    fn expect_content(&self, remote: &Remote) -> PathBuf {
        let path = self.fetch(remote).expect("the file can be had");
        assert_eq!(fs::read(&path).expect("it exists"), CONTENT);
        assert!(!self.cached(".tmp-opening.txt.part").exists());
        path
    }

    fn complaint(&self, remote: &Remote) -> FetchError {
        let error = self.fetch(remote).expect_err("the file cannot be had");
        assert!(!self.cached("opening.txt").exists() || self.fetching.offline);
        error
    }
}

fn contains(path: &Path, text: &str) -> bool {
    path.to_string_lossy().contains(text)
}
