//! A file of tokens while it is made: it grows beside its place, and a note says how far it is safely there.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use attentive_files::{FileError, rename, write_atomically};
use serde::{Deserialize, Serialize};

use super::header::{self, Header};
use crate::{DataError, Part};

/// Far more than a note needs.
const LONGEST_NOTE: u64 = 1 << 12;

pub(super) struct Growing {
    /// Where the file belongs.
    path: PathBuf,
    file: BufWriter<File>,
    width: usize,
    so_far: SoFar,
    /// Bytes of text that the last note speaks of.
    noted: u64,
}

/// What the ids that are written stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SoFar {
    parts: u64,
    bytes: u64,
    characters: u64,
    ids: u64,
    /// Whether the last part left its document open.
    open: bool,
}

impl Growing {
    /// Goes on from the last note if there is one and what it speaks of is there, else from nothing.
    pub(super) fn resume(path: &Path, width: usize) -> Result<Self, FileError> {
        let partial = partial(path);
        let failed = failed("write", &partial);
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&partial);
        let mut file = file.map_err(&failed)?;
        let there = file.metadata().map_err(&failed)?.len();
        let noted = noted(path).and_then(|so_far| Some((place(so_far.ids, width)?, so_far)));
        let noted = noted.filter(|(end, _)| *end <= there);
        let (end, so_far) = noted.unwrap_or((header::LENGTH as u64, SoFar::default()));
        // What was written after the note is not known to be whole.
        file.set_len(end).map_err(&failed)?;
        file.seek(SeekFrom::Start(end)).map_err(&failed)?;
        Ok(Self {
            path: path.to_owned(),
            file: BufWriter::with_capacity(1 << 16, file),
            width,
            so_far,
            noted: so_far.bytes,
        })
    }

    pub(super) fn parts(&self) -> u64 {
        self.so_far.parts
    }

    pub(super) fn bytes(&self) -> u64 {
        self.so_far.bytes
    }

    /// Bytes of text since the last note.
    pub(super) fn unnoted(&self) -> u64 {
        self.so_far.bytes - self.noted
    }

    /// Whether the next part begins a document that is not the first one with ids.
    pub(super) fn between_documents(&self) -> bool {
        self.so_far.ids > 0 && !self.so_far.open
    }

    pub(super) fn write(&mut self, ids: &[u32]) -> Result<(), DataError> {
        for id in ids {
            let written = self.file.write_all(&id.to_le_bytes()[..self.width]);
            written.map_err(failed("write", &self.path)).map_err(|source| self.refused(source))?;
        }
        self.so_far.ids += ids.len() as u64;
        Ok(())
    }

    /// The part's ids are all written.
    pub(super) fn count(&mut self, part: &Part<'_>) {
        self.so_far.parts += 1;
        self.so_far.bytes += part.text.len() as u64;
        self.so_far.characters += part.text.chars().count() as u64;
        self.so_far.open = !part.closes;
    }

    /// Makes all that is written last, then says so: whoever comes later may rely on it.
    pub(super) fn note(&mut self) -> Result<(), DataError> {
        let note = serde_json::to_vec(&self.so_far).expect("numbers can be written");
        let lasting = self.sync().and_then(|()| write_atomically(&note_of(&self.path), &note));
        lasting.map_err(|source| self.refused(source))?;
        self.noted = self.so_far.bytes;
        Ok(())
    }

    /// Writes the header, and gives the file its name.
    pub(super) fn finish(mut self) -> Result<(), DataError> {
        let placed = self.write_header().and_then(|()| self.sync());
        let placed = placed.and_then(|()| rename(&partial(&self.path), &self.path));
        placed.map_err(|source| self.refused(source))?;
        // Without its file a note says nothing.
        let _ = std::fs::remove_file(note_of(&self.path));
        Ok(())
    }

    /// Leaves nothing behind.
    pub(super) fn give_up(&self) {
        for path in [note_of(&self.path), partial(&self.path)] {
            let _ = std::fs::remove_file(path);
        }
    }

    fn write_header(&mut self) -> Result<(), FileError> {
        let SoFar { bytes, characters, ids, .. } = self.so_far;
        let header = Header { width: self.width, count: ids, bytes, characters };
        let written = self.file.seek(SeekFrom::Start(0)).and_then(|_| self.file.write_all(&header.to_bytes()));
        written.map_err(failed("write", &self.path))
    }

    fn sync(&mut self) -> Result<(), FileError> {
        let lasting = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        lasting.map_err(failed("write", &self.path))
    }

    fn refused(&self, source: FileError) -> DataError {
        DataError::Cache { path: self.path.clone(), source }
    }
}

fn noted(path: &Path) -> Option<SoFar> {
    let note = note_of(path);
    let short = std::fs::metadata(&note).ok()?.len() <= LONGEST_NOTE;
    serde_json::from_slice(&short.then(|| std::fs::read(note).ok()).flatten()?).ok()
}

/// The byte at which the next id belongs; none if no file can be so long.
fn place(ids: u64, width: usize) -> Option<u64> {
    ids.checked_mul(width as u64)?.checked_add(header::LENGTH as u64)
}

fn partial(path: &Path) -> PathBuf {
    path.with_extension("partial")
}

fn note_of(path: &Path) -> PathBuf {
    path.with_extension("note")
}

fn failed(action: &'static str, path: &Path) -> impl Fn(std::io::Error) -> FileError {
    move |source| FileError::Io { action, path: path.to_owned(), source }
}
