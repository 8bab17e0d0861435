//! Archives from elsewhere, unpacked into a folder that appears whole or not at all.
//!
//! An archive is not trusted: its names must stay within the folder, it holds only files and folders, and what counts
//! against the limits is what is really read, never what a header announces. Owners, permissions and times are ignored.

mod budget;
mod error;
mod gauge;
mod kind;
mod name;
mod single;
mod stamp;
mod tape;
mod target;
mod zipped;

use std::fs;
use std::path::Path;

pub use budget::Limits;
pub use error::ArchiveError;
pub use stamp::{Members, Unpacked};

use crate::staging::sweep_for;
use crate::{FileError, Lock, Staging, Transfer, sha256_file};
use gauge::Gauge;
use kind::Kind;
pub(crate) use stamp::{Origin, ready};
use target::Target;

/// Unpacks a zip, a tar (plain, gzip or bzip2), or a single gzip or bzip2 file, as its content tells.
///
/// The folder appears when all is in it, on the disk. If it is there already, from the same archive and with as many
/// files and bytes as it should have, nothing is done; of several processes at once, one does the work.
/// Its parent must exist. Beside the members it holds `.unpacked.json`, which says where they came from.
pub fn unpack(
    archive: &Path,
    into: &Path,
    members: &Members,
    limits: &Limits,
    progress: &mut dyn FnMut(Transfer),
) -> Result<Unpacked, ArchiveError> {
    let origin = Origin::new(&sha256_file(archive)?, members);
    unpack_known(archive, &origin, into, limits, progress)
}

/// Unpacks an archive whose checksum is known.
pub(crate) fn unpack_known(
    archive: &Path,
    origin: &Origin,
    into: &Path,
    limits: &Limits,
    progress: &mut dyn FnMut(Transfer),
) -> Result<Unpacked, ArchiveError> {
    if let Some(unpacked) = ready(into, origin)? {
        return Ok(unpacked);
    }
    let _lock = Lock::wait(&stamp::lock(into)?)?;
    if let Some(unpacked) = ready(into, origin)? {
        return Ok(unpacked); // whoever held the lock has unpacked it
    }
    stamp::expect_room(into)?;
    sweep_for(into)?;
    let staging = Staging::new(into)?;
    extract(archive, staging.path(), origin, limits, progress)?;
    let unpacked = stamp::seal(staging.path(), origin)?;
    staging.publish_as_it_is()?;
    Ok(unpacked)
}

fn extract(
    archive: &Path,
    folder: &Path,
    origin: &Origin,
    limits: &Limits,
    progress: &mut dyn FnMut(Transfer),
) -> Result<(), ArchiveError> {
    let length = fs::metadata(archive).map_err(FileError::io("read", archive))?.len();
    let gauge = Gauge::new(length);
    let mut target = Target::new(archive, folder, &origin.members, limits, &gauge, progress);
    match kind::detect(archive, &gauge)? {
        Kind::Zip(reader) => zipped::extract(reader, &gauge, &mut target)?,
        Kind::Tar(reader) => tape::extract(reader, &mut target)?,
        Kind::Single(reader) => single::extract(reader, &mut target)?,
    }
    target.finish()
}

#[cfg(test)]
mod tests;
