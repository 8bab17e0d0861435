//! Where the files of a split lie on this machine: fetched, unpacked, or placed by the user.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use attentive_files::{Checksum, FetchError, Fetching, Limits, Lock, Members, Remote, fetch, sha256_file};

use super::Layout;
use crate::card::{CardSource, CardSplit, FileKind, Listed, Packed};
use crate::{Card, DataError, Told};

/// The files and folders of the split, in its order.
pub(super) fn paths(
    card: &Card,
    split: &CardSplit,
    layout: &Layout,
    fetching: &Fetching,
    told: &mut dyn FnMut(Told),
) -> Result<Vec<PathBuf>, DataError> {
    let all: Vec<String> = listed(card).iter().map(|listed| listed.file.clone()).collect();
    let names = if split.files.is_empty() { &all } else { &split.files };
    names.iter().map(|name| path(card, name, layout, fetching, told)).collect()
}

fn listed(card: &Card) -> &[Listed] {
    match &card.source {
        CardSource::Files { files, .. } => files,
        CardSource::Generated {} => &[],
    }
}

/// The listed file that is meant, and what within it.
pub(crate) fn meant<'a>(card: &'a Card, name: &'a str) -> Option<(&'a Listed, &'a str)> {
    listed(card).iter().find_map(|listed| match name.strip_prefix(listed.file.as_str())? {
        "" => Some((listed, "")),
        rest => rest.strip_prefix('/').filter(|_| listed.kind == FileKind::Archive).map(|within| (listed, within)),
    })
}

/// A path within an archive that the layout reads by itself leads through the archive as through a folder.
fn path(
    card: &Card,
    name: &str,
    layout: &Layout,
    fetching: &Fetching,
    told: &mut dyn FnMut(Told),
) -> Result<PathBuf, DataError> {
    let Some((listed, within)) = meant(card, name) else { return placed(card, name, fetching) };
    if listed.kind == FileKind::Plain {
        return plain(card, listed, fetching, told);
    }
    let remote = remote(card, listed);
    if layout.reads_archives() {
        return Ok(inside(fetched(card, &remote, fetching, told)?, within));
    }
    let told = &mut |transfer| told(Told::Fetching(transfer));
    let folder = attentive_files::unpacked(&remote, fetching, &Members::All, &Limits::default(), told)
        .map_err(failed(card, &listed.file))?;
    Ok(inside(folder, within))
}

fn inside(path: PathBuf, within: &str) -> PathBuf {
    if within.is_empty() { path } else { path.join(within) }
}

/// A file that cannot be fetched and that users put into the mirror themselves.
fn placed(card: &Card, name: &str, fetching: &Fetching) -> Result<PathBuf, DataError> {
    let CardSource::Files { needs, .. } = &card.source else { unreachable!("generated sets have no files") };
    let needs = needs.clone().unwrap_or_default();
    let Some(mirror) = &fetching.mirror else {
        return Err(DataError::NoMirror { name: card.name.clone(), file: name.to_owned(), needs });
    };
    let path = mirror.join(card.folder()).join(name);
    if path.exists() { Ok(path) } else { Err(DataError::Placed { path, needs }) }
}

fn remote(card: &Card, listed: &Listed) -> Remote {
    let Listed { file, addresses, size, sha256, .. } = listed.clone();
    Remote { folder: card.folder().to_owned(), file, addresses, size, checksum: Checksum::Sha256(sha256) }
}

fn fetched(
    card: &Card,
    remote: &Remote,
    fetching: &Fetching,
    told: &mut dyn FnMut(Told),
) -> Result<PathBuf, DataError> {
    fetch(remote, fetching, &mut |transfer| told(Told::Fetching(transfer))).map_err(failed(card, &remote.file))
}

fn failed(card: &Card, file: &str) -> impl Fn(FetchError) -> DataError {
    move |source| DataError::Fetch { name: card.name.clone(), file: file.to_owned(), source: Box::new(source) }
}

/// The file itself, or else the compressed one that is published in its place.
fn plain(card: &Card, listed: &Listed, fetching: &Fetching, told: &mut dyn FnMut(Told)) -> Result<PathBuf, DataError> {
    let remote = remote(card, listed);
    let whole = fetch(&remote, fetching, &mut |transfer| told(Told::Fetching(transfer)));
    let (Some(packed), Err(FetchError::NoAddress { .. })) = (&listed.packed, &whole) else {
        return whole.map_err(failed(card, &listed.file));
    };
    let Packed { addresses, size, sha256 } = packed.clone();
    let (file, checksum) = (format!("{}.gz", listed.file), Checksum::Sha256(sha256));
    let compressed = Remote { file, addresses, size, checksum, ..remote.clone() };
    let from = fetched(card, &compressed, &Fetching { mirror: None, ..fetching.clone() }, told)?;
    let into = fetching.cache.join(&remote.folder).join(&remote.file);
    decompressed(&from, &into, listed).map_err(|source| DataError::Unpack {
        archive: from,
        into: into.clone(),
        source,
    })?;
    Ok(into)
}

/// Writes the content beside its place and renames it when it is the one listed.
fn decompressed(from: &Path, into: &Path, listed: &Listed) -> io::Result<()> {
    let _lock = Lock::wait(&beside(into, ".unpacking")).map_err(io::Error::other)?;
    let part = beside(into, ".part-unpacked");
    let mut content = flate2::read::MultiGzDecoder::new(File::open(from)?).take(listed.size + 1);
    io::copy(&mut content, &mut File::create(&part)?)?;
    if sha256_file(&part).map_err(io::Error::other)? != listed.sha256 {
        return Err(io::Error::other("the content is not the one that the card lists"));
    }
    fs::rename(part, into)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
