//! Archives from elsewhere, unpacked into the cache.

use std::fs;
use std::path::PathBuf;

use super::place::Places;
use super::{Fetching, Remote, Transfer, fetch};
use crate::archive::{Origin, ready, unpack_known};
use crate::{FetchError, FileError, Limits, Members};

/// The folder of an archive's members, unpacked once below the cache: `<folder>/<file>.unpacked-<digest>`.
///
/// The digest is of the archive and of the members asked for. The folder alone is enough from then on: the archive
/// may go. Progress is told of the download first, then of the unpacking, which begins again at zero.
pub fn unpacked(
    remote: &Remote,
    fetching: &Fetching,
    members: &Members,
    limits: &Limits,
    progress: &mut dyn FnMut(Transfer),
) -> Result<PathBuf, FetchError> {
    let origin = Origin::new(remote.checksum.digits(), members);
    let into = Places::new(remote, fetching)?.unpacked(&origin.digest());
    if ready(&into, &origin)?.is_some() {
        return Ok(into);
    }
    let archive = fetch(remote, fetching, progress)?;
    let folder = into.parent().expect("it lies in a folder of the cache");
    fs::create_dir_all(folder).map_err(FileError::io("create", folder))?;
    unpack_known(&archive, &origin, &into, limits, progress)?;
    Ok(into)
}
