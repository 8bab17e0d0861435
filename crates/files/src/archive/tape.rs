//! Tar archives, entry by entry as they come.
//!
//! Entries that only describe the next one are read here, not by the `tar` crate: it reads them whole whatever their
//! size, and trusts the sums of a sparse file's map.

use std::cell::Cell;
use std::io::{self, Error, ErrorKind, Read};

use tar::{Archive, Entry, EntryType, PaxExtensions};

use super::ArchiveError;
use super::target::Target;

/// The longest description of an entry. Names take a few kilobytes.
const LONGEST_DESCRIPTION: u64 = 1 << 20;

/// The longest filling behind the end, which records on tape once needed. A second archive there is not overlooked.
const LONGEST_FILLING: u64 = 16 << 20;

pub(crate) fn extract(reader: Box<dyn Read + '_>, target: &mut Target<'_>) -> Result<(), ArchiveError> {
    let ended = Cell::new(false);
    let mut archive = Archive::new(Watched { reader, ended: &ended });
    let mut described = Described::default();
    for entry in archive.entries().map_err(target.damaged("its beginning"))?.raw(true) {
        let mut entry = entry.map_err(target.damaged("a header"))?;
        described = take(&mut entry, described, target)?;
    }
    if ended.get() {
        return Err(target.damaged("its end")(Error::from(ErrorKind::UnexpectedEof))); // the block of zeros is missing
    }
    read_filling(archive.into_inner(), target)
}

/// Reads to the end, because a decoder checks its own checksum there.
fn read_filling(reader: impl Read, target: &Target<'_>) -> Result<(), ArchiveError> {
    let filling = io::copy(&mut reader.take(LONGEST_FILLING), &mut io::sink()).map_err(target.damaged("its end"))?;
    if filling < LONGEST_FILLING {
        return Ok(());
    }
    Err(target.damaged("its end")(Error::new(ErrorKind::InvalidData, "more comes behind it")))
}

/// Takes an entry, and returns what is known of the one that follows.
fn take<R: Read>(
    entry: &mut Entry<'_, R>,
    mut described: Described,
    target: &mut Target<'_>,
) -> Result<Described, ArchiveError> {
    match entry.header().entry_type() {
        EntryType::GNULongName => described.name = Some(ended_by_nul(description(entry, target)?)),
        EntryType::XHeader => described.extend(&description(entry, target)?, target)?,
        // The first says where a link leads, which is refused when it comes; the other speaks of all entries alike.
        EntryType::GNULongLink | EntryType::XGlobalHeader => drop(description(entry, target)?),
        kind => {
            place(entry, kind, &described, target)?;
            described = Described::default();
        }
    }
    Ok(described)
}

fn description(entry: &mut impl Read, target: &mut Target<'_>) -> Result<Vec<u8>, ArchiveError> {
    let place = "a description of an entry";
    target.budget.enter(place)?;
    let mut bytes = Vec::new();
    entry.take(LONGEST_DESCRIPTION + 1).read_to_end(&mut bytes).map_err(target.damaged(place))?;
    if bytes.len() as u64 > LONGEST_DESCRIPTION {
        return Err(target.damaged(place)(Error::new(ErrorKind::InvalidData, "it is too long")));
    }
    target.budget.spend(place, 0, bytes.len() as u64)?;
    Ok(bytes)
}

fn ended_by_nul(mut name: Vec<u8>) -> Vec<u8> {
    name.pop_if(|last| *last == 0);
    name
}

fn place<R: Read>(
    entry: &mut Entry<'_, R>,
    kind: EntryType,
    described: &Described,
    target: &mut Target<'_>,
) -> Result<(), ArchiveError> {
    let name = described.name.clone().unwrap_or_else(|| entry.header().path_bytes().into_owned());
    let folder = kind.is_dir() || name.ends_with(b"/"); // the oldest tars know folders by the slash alone
    let name = target.enter(&name)?;
    let size = entry.size();
    match kind {
        _ if !target.wants(&name) => write(entry, &name, size, target),
        EntryType::Regular | EntryType::Directory if folder => target.folder(&name),
        EntryType::Regular if described.sparse => Err(target.special(&name, "a sparse file")),
        EntryType::Regular if described.size.is_some_and(|listed| listed != size) => {
            Err(target.special(&name, "a file whose header does not tell its size"))
        }
        EntryType::Regular => write(entry, &name, size, target),
        _ => Err(target.special(&name, spelled(kind))),
    }
}

fn write(entry: &mut impl Read, name: &str, size: u64, target: &mut Target<'_>) -> Result<(), ArchiveError> {
    if target.file(name, entry)? == size {
        return Ok(());
    }
    Err(target.damaged(name)(Error::from(ErrorKind::UnexpectedEof)))
}

fn spelled(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Symlink => "a symbolic link",
        EntryType::Link => "a hard link",
        EntryType::Char | EntryType::Block => "a device",
        EntryType::Fifo => "a pipe",
        EntryType::GNUSparse => "a sparse file",
        _ => "no file",
    }
}

/// What entries told of the next one.
#[derive(Default)]
struct Described {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

impl Described {
    /// Reads the pairs of an extended header (POSIX.1-2001, pax).
    fn extend(&mut self, pairs: &[u8], target: &Target<'_>) -> Result<(), ArchiveError> {
        for pair in PaxExtensions::new(pairs) {
            let pair = pair.map_err(target.damaged("an extended header"))?;
            match pair.key_bytes() {
                b"path" => self.name = Some(pair.value_bytes().to_vec()),
                b"size" => self.size = Some(pair.value().ok().and_then(|size| size.parse().ok()).unwrap_or(u64::MAX)),
                key => self.sparse |= key.starts_with(b"GNU.sparse."),
            }
        }
        Ok(())
    }
}

/// A reader that remembers whether it came to its end.
struct Watched<'a> {
    reader: Box<dyn Read + 'a>,
    ended: &'a Cell<bool>,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.reader.read(buffer)?;
        self.ended.set(self.ended.get() || length == 0 && !buffer.is_empty());
        Ok(length)
    }
}
