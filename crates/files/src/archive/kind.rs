//! What an archive is, told from its first bytes: names lie, and downloads have none.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;

use super::ArchiveError;
use super::gauge::{Gauge, Gauged};
use crate::FileError;

/// The size of a header of a tar.
const BLOCK: usize = 512;

/// How much of the file is read ahead.
const AHEAD: usize = 64 * 1024;

/// A file to be read from its first byte.
pub(crate) type Source<'a> = BufReader<Gauged<'a>>;

/// An archive with the reader that its content takes.
pub(crate) enum Kind<'a> {
    Zip(Source<'a>),
    Tar(Box<dyn Read + 'a>),
    /// One file, compressed.
    Single(Box<dyn Read + 'a>),
}

pub(crate) fn detect<'a>(archive: &Path, gauge: &'a Gauge) -> Result<Kind<'a>, ArchiveError> {
    let file = File::open(archive).map_err(FileError::io("open", archive))?;
    let mut source = BufReader::with_capacity(AHEAD, Gauged { file, gauge });
    let head = first_block(&mut source).map_err(FileError::io("read", archive))?;
    source.seek(SeekFrom::Start(0)).map_err(FileError::io("read", archive))?;
    match head.as_slice() {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Ok(Kind::Zip(source)),
        [0x1f, 0x8b, ..] => look_within(archive, MultiGzDecoder::new(source)),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => look_within(archive, MultiBzDecoder::new(source)),
        head if is_tar(head) => Ok(Kind::Tar(Box::new(source))),
        _ => Err(ArchiveError::Kind { archive: archive.to_path_buf() }),
    }
}

/// A tar, or else a file of its own, is what comes out of a decoder.
fn look_within<'a>(archive: &Path, mut content: impl Read + 'a) -> Result<Kind<'a>, ArchiveError> {
    let head = first_block(&mut content).map_err(ArchiveError::damaged(archive, "its beginning"))?;
    let tar = is_tar(&head);
    let whole = Box::new(io::Cursor::new(head).chain(content));
    Ok(if tar { Kind::Tar(whole) } else { Kind::Single(whole) })
}

fn first_block(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut block = Vec::with_capacity(BLOCK);
    reader.take(BLOCK as u64).read_to_end(&mut block)?;
    Ok(block)
}

/// Either sign will do, so that a damaged header is not taken for something else.
fn is_tar(head: &[u8]) -> bool {
    head.len() == BLOCK && (head[257..].starts_with(b"ustar") || has_checksum(head))
}

/// The oldest tars are known by the sum of their header alone, in which the checksum itself counts as spaces.
fn has_checksum(head: &[u8]) -> bool {
    let (before, rest) = head.split_at(148);
    let (digits, after) = rest.split_at(8);
    let sum: u32 = before.iter().chain(after).map(|byte| u32::from(*byte)).sum();
    let digits = String::from_utf8_lossy(digits);
    u32::from_str_radix(digits.trim_matches([' ', '\0']), 8).is_ok_and(|listed| listed == sum + 8 * u32::from(b' '))
}
