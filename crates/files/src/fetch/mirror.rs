//! A compressed file of the mirror, unpacked into the cache.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::place::Places;
use super::stored::{check_content, check_size, remember};
use crate::atomic::{persist, temporary_file};
use crate::checksum::Hashing;
use crate::{FetchError, FileError, Remote};

/// Unpacks at most one byte more than the listed size: enough to see that a file is too large.
pub(crate) fn unpack(remote: &Remote, packed: &Path, places: &Places) -> Result<(), FetchError> {
    let file = File::open(packed).map_err(FileError::io("open", packed))?;
    let mut content = MultiGzDecoder::new(BufReader::new(file)).take(remote.size.saturating_add(1));
    let mut hashing = Hashing::like(&remote.checksum, remote.size, temporary_file(&places.cached)?);
    io::copy(&mut content, &mut hashing).map_err(|source| FetchError::Unpack {
        from: packed.to_path_buf(),
        to: places.cached.clone(),
        source,
    })?;
    let (temporary, size, digits) = hashing.finish();
    if size > remote.size {
        return Err(FetchError::TooLarge { place: packed.display().to_string(), limit: remote.size });
    }
    check_size(packed, remote, size)?;
    check_content(packed, remote, digits)?;
    persist(temporary, &places.cached)?;
    remember(&places.cached, remote, &places.stamp);
    Ok(())
}
