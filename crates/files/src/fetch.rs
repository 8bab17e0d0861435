//! Files from elsewhere: from a mirror folder, the cache, or the addresses where they are published, in this order.
//!
//! A file is known by its size and checksum, so that it does not matter where it comes from. It is not interpreted
//! here.

mod answer;
mod asked;
mod date;
mod download;
mod error;
mod mirror;
mod pace;
mod place;
mod settings;
mod stored;
mod unpacked;

use std::fs;
use std::path::PathBuf;

pub use asked::asked;
pub use error::FetchError;
pub use settings::Fetching;
pub use unpacked::unpacked;

use crate::{Checksum, FileError, Lock};
use place::Places;
use settings::Manners;
use stored::{Stored, inspect};

/// A file that is published somewhere. Size and checksum are those of the uncompressed content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Keeps files of the same name apart: the name of a data set, for instance.
    pub folder: String,
    pub file: String,
    pub addresses: Vec<String>,
    pub size: u64,
    pub checksum: Checksum,
}

/// How far a download, or an unpacking, has come: in bytes of the file. What an earlier run left counts as done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    pub file: String,
    pub done: u64,
    pub total: u64,
}

/// The path of the verified file, from the mirror, the cache or one of its addresses, in this order.
pub fn fetch(remote: &Remote, fetching: &Fetching, progress: &mut dyn FnMut(Transfer)) -> Result<PathBuf, FetchError> {
    fetch_with(remote, fetching, &Manners::default(), progress)
}

fn fetch_with(
    remote: &Remote,
    fetching: &Fetching,
    manners: &Manners,
    progress: &mut dyn FnMut(Transfer),
) -> Result<PathBuf, FetchError> {
    let places = Places::new(remote, fetching)?;
    if let Some(path) = ready(remote, &places)? {
        return Ok(path);
    }
    let packed = places.packed.as_deref().filter(|packed| packed.is_file());
    if packed.is_none() {
        expect_addresses(remote, fetching, &places)?;
    }
    let folder = places.cached.parent().expect("the cached file lies in a folder of the cache");
    fs::create_dir_all(folder).map_err(FileError::io("create", folder))?;
    let _lock = Lock::wait(&places.lock)?;
    if let Some(path) = ready(remote, &places)? {
        return Ok(path); // whoever held the lock has fetched it
    }
    match packed {
        Some(packed) => mirror::unpack(remote, packed, &places)?,
        None => download::download(remote, &places, fetching.token.as_deref(), manners, progress)?,
    }
    Ok(places.cached)
}

/// The file where it already lies, uncompressed. A damaged one is an error in the mirror, which its owner must mend,
/// but in the cache as good as none.
fn ready(remote: &Remote, places: &Places) -> Result<Option<PathBuf>, FetchError> {
    if let Some(path) = &places.mirrored {
        match inspect(path, remote, &places.stamp)? {
            Stored::Right => return Ok(Some(path.clone())),
            Stored::Wrong(reason) => return Err(reason),
            Stored::Absent => {}
        }
    }
    let cached = inspect(&places.cached, remote, &places.stamp)?;
    Ok(matches!(cached, Stored::Right).then(|| places.cached.clone()))
}

fn expect_addresses(remote: &Remote, fetching: &Fetching, places: &Places) -> Result<(), FetchError> {
    let (file, place) = (remote.file.clone(), places.remedy().to_path_buf());
    match (fetching.offline, remote.addresses.is_empty()) {
        (true, _) => Err(FetchError::Offline { file, place }),
        (false, true) => Err(FetchError::NoAddress { file, place }),
        (false, false) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
