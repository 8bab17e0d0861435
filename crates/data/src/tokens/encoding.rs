//! Documents to ids, on all cores, with no more text in memory than is encoded at once.

use rayon::prelude::*;

use super::growing::Growing;
use crate::{DataError, Part, Tokenizer, Told};

/// What stands between documents when no token ends them.
const BETWEEN: &str = "\n\n";

/// How much is done between two steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Bytes of text that are read before they are encoded together.
    pub(super) batch: usize,
    /// Bytes of text after which what is written is made to last.
    pub(super) shard: u64,
}

impl Default for Pace {
    /// Enough for each core to have something to do, and some seconds of work to lose.
    fn default() -> Self {
        Self { batch: 1 << 22, shard: 1 << 27 }
    }
}

/// Tokenizing, from where the last one left it.
pub(super) struct Encoding<'a> {
    tokenizer: &'a Tokenizer,
    growing: Growing,
    total: u64,
    pace: Pace,
    /// The ids between two documents, once there are two.
    between: Option<Vec<u32>>,
}

impl<'a> Encoding<'a> {
    pub(super) fn new(tokenizer: &'a Tokenizer, growing: Growing, total: u64, pace: Pace) -> Self {
        Self { tokenizer, growing, total, pace, between: None }
    }

    /// Encodes the parts that are not yet encoded, and puts the file in its place.
    pub(super) fn run<'p>(
        mut self,
        parts: impl Iterator<Item = Result<Part<'p>, DataError>>,
        told: &mut dyn FnMut(Told),
    ) -> Result<(), DataError> {
        let grown = self.grow(parts, told);
        // What cannot be encoded today cannot be tomorrow: then nobody will come for what is there.
        if let Err(DataError::UnknownCharacter { .. } | DataError::UnknownToken { .. } | DataError::Tokenizer { .. }) =
            grown
        {
            self.growing.give_up();
        }
        grown?;
        self.growing.finish()
    }

    fn grow<'p>(
        &mut self,
        parts: impl Iterator<Item = Result<Part<'p>, DataError>>,
        told: &mut dyn FnMut(Told),
    ) -> Result<(), DataError> {
        let done = self.growing.parts();
        let (mut batch, mut held) = (Vec::new(), 0);
        for (number, part) in (0..).zip(parts) {
            let part = part?;
            if number < done {
                continue;
            }
            held += part.text.len();
            batch.push(part);
            if held >= self.pace.batch {
                self.encode(std::mem::take(&mut batch), told)?;
                held = 0;
            }
            if self.growing.unnoted() >= self.pace.shard {
                self.growing.note()?;
            }
        }
        if batch.is_empty() { Ok(()) } else { self.encode(batch, told) }
    }

    /// Encodes these parts together.
    fn encode(&mut self, parts: Vec<Part<'_>>, told: &mut dyn FnMut(Told)) -> Result<(), DataError> {
        let division = self.tokenizer.division();
        let pieces: Vec<(usize, &str)> = parts
            .iter()
            .enumerate()
            .flat_map(|(index, part)| division.parts(&part.text).into_iter().map(move |piece| (index, piece)))
            .collect();
        let encoded: Result<Vec<Vec<u32>>, DataError> =
            pieces.par_iter().map(|(_, piece)| self.tokenizer.encode(piece)).collect();
        let mut encoded = pieces.iter().map(|(index, _)| *index).zip(encoded?).peekable();
        for (index, part) in parts.iter().enumerate() {
            self.separate()?;
            while let Some((_, ids)) = encoded.next_if(|(of, _)| *of == index) {
                self.write(&ids)?;
            }
            self.close(part)?;
        }
        told(Told::Encoding { done: self.growing.bytes(), total: self.total });
        Ok(())
    }

    fn close(&mut self, part: &Part<'_>) -> Result<(), DataError> {
        if part.closes {
            self.write(self.tokenizer.closing().as_slice())?;
        }
        self.growing.count(part);
        Ok(())
    }

    /// Where a document begins after others, and nothing ended those.
    fn separate(&mut self) -> Result<(), DataError> {
        if self.tokenizer.closing().is_some() || !self.growing.between_documents() {
            return Ok(());
        }
        if self.between.is_none() {
            self.between = Some(self.tokenizer.encode(BETWEEN)?);
        }
        let between = self.between.take().unwrap_or_default();
        self.write(&between)?;
        self.between = Some(between);
        Ok(())
    }

    fn write(&mut self, ids: &[u32]) -> Result<(), DataError> {
        let vocabulary = self.tokenizer.vocabulary();
        match ids.iter().find(|id| **id as usize >= vocabulary) {
            Some(id) => Err(DataError::UnknownToken { id: *id, vocabulary }),
            None => self.growing.write(ids),
        }
    }
}
