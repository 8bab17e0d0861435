//! A stretch of a text file, read block by block.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Part;
use crate::DataError;
use crate::error::unreadable;
use crate::local::Chosen;
use crate::tokenizer::Division;

/// Bytes read at once.
pub(super) const BLOCK: usize = 1 << 20;

/// A document: what lies between two bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    path: PathBuf,
    from: u64,
    to: u64,
    pub(super) sha256: String,
}

impl Stretch {
    /// Reads the file to find the bytes of its share of characters, and their checksum.
    pub(super) fn measured(chosen: &Chosen) -> Result<Self, DataError> {
        let path = &chosen.path;
        let whole = Self { path: path.clone(), from: 0, to: length(path)?, sha256: String::new() };
        if whole.to == 0 {
            return Err(DataError::EmptyFile { path: path.clone() });
        }
        let (from, to) = if (chosen.from, chosen.to) == (0.0, 1.0) { (0, whole.to) } else { whole.share(chosen)? };
        let mut stretch = Self { from, to, ..whole };
        let mut digest = Sha256::new();
        stretch.visit(&mut |text| digest.update(text.as_bytes()))?;
        stretch.sha256 = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(stretch)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.to - self.from
    }

    /// The bytes between two shares of the characters, as [`crate::text::share`] cuts them.
    fn share(&self, chosen: &Chosen) -> Result<(u64, u64), DataError> {
        let mut characters = 0;
        self.visit(&mut |text| characters += text.chars().count())?;
        let index = |share: f64| (share * characters as f64) as usize;
        Ok((self.place(index(chosen.from))?, self.place(index(chosen.to))?))
    }

    /// The byte at which the character with this index begins; the end of the file if there is none.
    fn place(&self, index: usize) -> Result<u64, DataError> {
        let (mut before, mut place) = (0, 0);
        self.visit(&mut |text| {
            let more = text.char_indices().nth(index.saturating_sub(before)).map_or(text.len(), |(byte, _)| byte);
            place += if before > index { 0 } else { more as u64 };
            before += text.chars().count();
        })?;
        Ok(place)
    }

    fn visit(&self, see: &mut dyn FnMut(&str)) -> Result<(), DataError> {
        for part in self.parts(Division::Anywhere, BLOCK) {
            see(&part?.text);
        }
        Ok(())
    }

    /// Parts of about a block each; longer where the document may not be cut sooner.
    pub(super) fn parts(&self, division: Division, block: usize) -> Parts {
        Parts {
            stretch: self.clone(),
            division,
            block,
            file: None,
            done: 0,
            pending: Vec::new(),
            over: self.bytes() == 0,
        }
    }
}

fn length(path: &Path) -> Result<u64, DataError> {
    if path.is_dir() {
        return Err(DataError::Folder { path: path.to_owned() });
    }
    Ok(std::fs::metadata(path).map_err(unreadable(path))?.len())
}

/// The parts of a stretch in order; after an error there are no more.
pub(super) struct Parts {
    stretch: Stretch,
    division: Division,
    block: usize,
    file: Option<File>,
    /// Bytes read so far.
    done: u64,
    /// What was read and is not given out yet.
    pending: Vec<u8>,
    over: bool,
}

impl Parts {
    fn part(&mut self) -> Result<Part<'static>, DataError> {
        loop {
            let fresh = self.pending.len();
            let ended = self.read()?;
            let text = self.readable()?;
            if ended {
                let text = text.to_owned().into();
                self.over = true;
                return Ok(Part { text, closes: true });
            }
            // What lies before was searched in vain already, but for its last two characters.
            let before = text.floor_char_boundary(fresh.saturating_sub(8));
            if let Some(place) = self.division.last_cut(&text[before..]) {
                let place = before + place;
                let text = text[..place].to_owned();
                self.pending.drain(..place);
                return Ok(Part { text: text.into(), closes: false });
            }
        }
    }

    /// Whether the stretch ends with what is pending.
    fn read(&mut self) -> Result<bool, DataError> {
        let failed = unreadable(&self.stretch.path);
        if self.file.is_none() {
            let mut file = File::open(&self.stretch.path).map_err(&failed)?;
            file.seek(SeekFrom::Start(self.stretch.from)).map_err(&failed)?;
            self.file = Some(file);
        }
        let file = self.file.as_mut().expect("it was just opened");
        let left = self.stretch.bytes() - self.done;
        let wanted = left.min(self.block as u64);
        let read = file.take(wanted).read_to_end(&mut self.pending).map_err(&failed)? as u64;
        self.done += read;
        if read < wanted {
            return Err(DataError::Shrunk { path: self.stretch.path.clone() });
        }
        Ok(wanted == left)
    }

    /// The text that is pending, but for a character that is not whole yet.
    fn readable(&self) -> Result<&str, DataError> {
        let whole = self.done == self.stretch.bytes();
        match std::str::from_utf8(&self.pending) {
            Ok(text) => Ok(text),
            Err(error) if error.error_len().is_none() && !whole => {
                Ok(std::str::from_utf8(&self.pending[..error.valid_up_to()]).expect("it is valid up to there"))
            }
            Err(error) => {
                let before = self.stretch.from + self.done - self.pending.len() as u64;
                let offset = before as usize + error.valid_up_to();
                Err(DataError::NotUtf8 { path: self.stretch.path.clone(), offset })
            }
        }
    }
}

impl Iterator for Parts {
    type Item = Result<Part<'static>, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let part = self.part();
        self.over |= part.is_err();
        Some(part)
    }
}
