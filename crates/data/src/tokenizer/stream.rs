//! Decoding while the ids come: what is given out is never taken back, and no character is split.

use super::Tokenizer;
use crate::DataError;

/// The text of ids pushed one by one; all of it together is what [`Tokenizer::decode`] gives.
#[derive(Clone, Debug)]
pub struct Stream<'a> {
    tokenizer: &'a Tokenizer,
    pending: Pending,
}

#[derive(Clone, Debug)]
enum Pending {
    /// Where decoding is concatenation: the bytes that may still become a character.
    Bytes(Vec<u8>),
    /// Otherwise: all ids, and how many bytes of their text were given out.
    Ids { ids: Vec<u32>, given: usize },
}

impl<'a> Stream<'a> {
    pub(super) fn new(tokenizer: &'a Tokenizer) -> Self {
        let pending = match tokenizer.pieces {
            Some(_) => Pending::Bytes(Vec::new()),
            None => Pending::Ids { ids: Vec::new(), given: 0 },
        };
        Self { tokenizer, pending }
    }

    /// The text that is certain now and was not before.
    pub fn push(&mut self, id: u32) -> Result<String, DataError> {
        self.tokenizer.check(&[id])?;
        match (&mut self.pending, &self.tokenizer.pieces) {
            (Pending::Bytes(bytes), Some(pieces)) => {
                bytes.extend(&pieces[id as usize]);
                Ok(settled(bytes))
            }
            (Pending::Ids { ids, given }, _) => {
                ids.push(id);
                let text = self.tokenizer.decode(ids)?;
                Ok(if text.ends_with(char::REPLACEMENT_CHARACTER) { String::new() } else { fresh(&text, given) })
            }
            (Pending::Bytes(_), None) => unreachable!("bytes are pending only where there are pieces"),
        }
    }

    /// What was held back, once no more ids come.
    pub fn finish(self) -> Result<String, DataError> {
        match self.pending {
            Pending::Bytes(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Pending::Ids { ids, mut given } => Ok(fresh(&self.tokenizer.decode(&ids)?, &mut given)),
        }
    }
}

/// Takes all that is decided from the bytes: characters, and `U+FFFD` for what can't become one; leaves an open
/// beginning.
fn settled(bytes: &mut Vec<u8>) -> String {
    let open = bytes.utf8_chunks().last().map_or(0, |chunk| open_beginning(chunk.invalid()));
    let rest = bytes.split_off(bytes.len() - open);
    let text = String::from_utf8_lossy(bytes).into_owned();
    *bytes = rest;
    text
}

/// The length of these last bytes if more could complete them to a character, else zero.
fn open_beginning(invalid: &[u8]) -> usize {
    match std::str::from_utf8(invalid) {
        Err(error) if error.error_len().is_none() => invalid.len(),
        _ => 0,
    }
}

fn fresh(text: &str, given: &mut usize) -> String {
    let new = text.get(*given..).unwrap_or_default().to_owned();
    *given += new.len();
    new
}
