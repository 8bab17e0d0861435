//! The ids of a text in a memory-mapped cache file, so that a text is tokenized once, and a large one needs no memory.
//!
//! The file: a [`Header`], then the ids, little-endian, in two bytes each where the vocabulary allows it. While it is
//! made it grows under another name; what is safely there is noted now and then, and whoever comes after a kill goes on
//! from the last note. The ids do not depend on threads, on how much is encoded at once, nor on kills.

mod encoding;
mod growing;
mod header;

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use attentive_files::{Lock, sha256};
use memmap2::Mmap;

use crate::{DataError, Documents, Part, Text, Tokenizer, Told};
use encoding::{Encoding, Pace};
use growing::Growing;
use header::{Header, VERSION};

/// The ids of one split.
#[derive(Debug)]
pub struct Tokens {
    map: Mmap,
    header: Header,
}

/// The tokens of the text, from the cache if they are there, else encoded and put there.
pub fn tokens(
    text: &Text,
    tokenizer: &Tokenizer,
    cache: &Path,
    told: &mut dyn FnMut(Told),
) -> Result<Tokens, DataError> {
    let origin = Origin { sha256: &text.sha256(), bytes: text.bytes() };
    cached(&origin, text.parts(), (tokenizer, cache), &Pace::default(), told)
}

/// The tokens of documents in files, as [`tokens`] gives them, in little memory however large the files are.
pub fn tokens_of(
    documents: &Documents,
    tokenizer: &Tokenizer,
    cache: &Path,
    told: &mut dyn FnMut(Told),
) -> Result<Tokens, DataError> {
    let origin = Origin { sha256: documents.sha256(), bytes: documents.bytes() };
    cached(&origin, documents.parts(tokenizer), (tokenizer, cache), &Pace::default(), told)
}

/// What the parts are the parts of.
#[derive(Clone, Copy, Debug)]
struct Origin<'a> {
    /// Of the documents, and of where each ends.
    sha256: &'a str,
    /// All bytes of text, to tell progress.
    bytes: u64,
}

fn cached<'a>(
    origin: &Origin<'_>,
    parts: impl Iterator<Item = Result<Part<'a>, DataError>>,
    (tokenizer, cache): (&Tokenizer, &Path),
    pace: &Pace,
    told: &mut dyn FnMut(Told),
) -> Result<Tokens, DataError> {
    let path = place(origin.sha256, tokenizer, cache);
    if let Some(tokens) = Tokens::open(&path) {
        told(Told::Cached { path });
        return Ok(tokens);
    }
    let folder = path.parent().expect("the place is below the cache");
    std::fs::create_dir_all(folder).map_err(|source| DataError::CacheFolder { path: folder.to_owned(), source })?;
    let refused = |source| DataError::Cache { path: path.clone(), source };
    let _lock = Lock::wait(&path.with_extension("lock")).map_err(refused)?;
    // Another process may have made them while this one waited.
    if let Some(tokens) = Tokens::open(&path) {
        return Ok(tokens);
    }
    let growing = Growing::resume(&path, header::width(tokenizer.vocabulary())).map_err(refused)?;
    Encoding::new(tokenizer, growing, origin.bytes, *pace).run(parts, told)?;
    Tokens::open(&path).ok_or(DataError::Tokens { path })
}

/// Named by all that the content depends on: what is there under this name is what would be made.
fn place(text: &str, tokenizer: &Tokenizer, cache: &Path) -> PathBuf {
    let origin = format!("{text}\n{}\n{VERSION}", sha256(tokenizer.to_json().as_bytes()));
    cache.join("tokens").join(sha256(origin.as_bytes())).with_extension("tokens")
}

impl Tokens {
    /// None if the file is absent or is not what was written there.
    fn open(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        let map = mapped(&file).ok()?;
        let header = Header::read(&map)?;
        (header.file_length() == Some(map.len() as u64)).then_some(Self { map, header })
    }

    pub fn len(&self) -> usize {
        self.header.count as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the text, to give a loss in bits per byte.
    pub fn bytes(&self) -> u64 {
        self.header.bytes
    }

    /// Characters of the text.
    pub fn characters(&self) -> u64 {
        self.header.characters
    }

    /// Fills `into` with the ids from `start` on.
    ///
    /// # Panics
    /// When they reach beyond the end.
    pub fn copy(&self, start: usize, into: &mut [i32]) {
        let ids = &self.map[self.place(start..start + into.len())];
        let (pairs, quads) = (ids.chunks_exact(2), ids.chunks_exact(4));
        match self.header.width {
            2 => {
                into.iter_mut().zip(pairs).for_each(|(into, id)| *into = i32::from(u16::from_le_bytes([id[0], id[1]])))
            }
            _ => into
                .iter_mut()
                .zip(quads)
                .for_each(|(into, id)| *into = i32::from_le_bytes([id[0], id[1], id[2], id[3]])),
        }
    }

    fn place(&self, ids: Range<usize>) -> Range<usize> {
        assert!(ids.end <= self.len(), "tokens {ids:?} of {} were asked for", self.len());
        let byte = |id| header::LENGTH + id * self.header.width;
        byte(ids.start)..byte(ids.end)
    }
}

#[expect(unsafe_code, reason = "a memory map is the one way to read a file larger than the memory as a slice")]
fn mapped(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: files of the cache are put in place by a rename and never written to again, so the mapped bytes stay as
    // they are; a rebuilt file is another one.
    unsafe { Mmap::map(file) }
}

#[cfg(test)]
mod tests;
