//! Zip archives. The list at the end says what there is; sizes and checksums are checked as the content is read.

use std::io::{Error, ErrorKind};

use zip::read::ZipFile;
use zip::result::ZipError;
use zip::{SUPPORTED_COMPRESSION_METHODS, ZipArchive};

use super::ArchiveError;
use super::gauge::Gauge;
use super::kind::Source;
use super::name::shown;
use super::target::Target;

/// Where Unix keeps the kind of a file in its mode.
const KIND: u32 = 0o170_000;

pub(crate) fn extract(source: Source<'_>, gauge: &Gauge, target: &mut Target<'_>) -> Result<(), ArchiveError> {
    gauge.allow(target.budget.longest_list());
    let mut archive = ZipArchive::new(source).map_err(|failure| unreadable(failure, "its list of entries", target))?;
    gauge.allow(u64::MAX);
    if archive.has_duplicate_names() {
        let twice = Error::new(ErrorKind::InvalidData, "it has a name twice");
        return Err(target.damaged("its list of entries")(twice));
    }
    (0..archive.len()).try_for_each(|index| place(&mut archive, index, target))
}

fn place(archive: &mut ZipArchive<Source<'_>>, index: usize, target: &mut Target<'_>) -> Result<(), ArchiveError> {
    let position = format!("entry {index}");
    let listed = archive.by_index_data(index).map_err(|failure| unreadable(failure, &position, target))?;
    let name = listed.name().map_err(|failure| unreadable(failure, &position, target))?;
    let name = target.enter(name.as_bytes())?;
    if !target.wants(&name) {
        return Ok(());
    }
    if listed.encrypted() {
        return Err(ArchiveError::Encrypted { archive: target.archive.to_path_buf(), entry: shown(&name) });
    }
    let method = listed.compression();
    if !SUPPORTED_COMPRESSION_METHODS.contains(&method) {
        return Err(unsupported(&name, &method.to_string(), target));
    }
    let (folder, mode) = (listed.is_dir(), listed.unix_mode().unwrap_or(0));
    match (mode & KIND, folder) {
        (0o120_000, _) => Err(target.special(&name, "a symbolic link")),
        (0o040_000, _) | (0, true) => target.folder(&name),
        (0 | 0o100_000, false) => {
            let file = archive.by_index(index).map_err(|failure| unreadable(failure, &name, target));
            write(file?, &name, target)
        }
        _ => Err(target.special(&name, "no file")),
    }
}

fn write(mut file: ZipFile<'_, Source<'_>>, name: &str, target: &mut Target<'_>) -> Result<(), ArchiveError> {
    let listed = file.size();
    let written = target.file(name, &mut file)?;
    if written == listed {
        return Ok(());
    }
    let short = Error::new(ErrorKind::InvalidData, format!("it holds {written} bytes, and {listed} are listed"));
    Err(target.damaged(name)(short))
}

fn unreadable(failure: ZipError, place: &str, target: &Target<'_>) -> ArchiveError {
    match failure {
        ZipError::Io(source) => target.damaged(place)(source),
        ZipError::UnsupportedArchive(what) => unsupported(place, what, target),
        ZipError::CompressionMethodNotSupported(method) => {
            unsupported(place, &format!("compression method {method}"), target)
        }
        other => target.damaged(place)(Error::new(ErrorKind::InvalidData, other)),
    }
}

fn unsupported(entry: &str, what: &str, target: &Target<'_>) -> ArchiveError {
    ArchiveError::Unsupported { archive: target.archive.to_path_buf(), entry: shown(entry), what: what.to_owned() }
}
