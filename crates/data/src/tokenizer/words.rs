//! The quick way of GPT-2's byte-level BPE: most words of a text were seen before, and their ids are looked up.
//!
//! Words are those of the library, and words not seen before are encoded by it: the ids are the same by construction.
//! What the library does beside is left out: it keeps track of where each byte came from, which ids do not need.

use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;
use tokenizers::{Model, ModelWrapper, PreTokenizerWrapper, Tokenizer as Library};

use super::{bytes, careful, failed};
use crate::DataError;

/// GPT-2's pattern but for its look ahead, which `first_word` makes up for: it keeps the last of several spaces for the
/// word after them.
static WORD: LazyLock<Regex> = LazyLock::new(|| {
    let word = r"\A(?:'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+)";
    Regex::new(word).expect("the pattern is right")
});
/// Words that are remembered at most, and their bytes each.
const MOST_WORDS: usize = 1 << 16;
const LONGEST_WORD: usize = 64;

/// A tokenizer that works as GPT-2's.
pub(super) struct Words {
    /// Finds the tokens that must not be cut; none if there are no such tokens.
    added: Option<Regex>,
    /// How each byte is written.
    characters: [char; 256],
    /// As many as there were threads at once.
    memories: Mutex<Vec<Memory>>,
}

/// The ids of words, as ranges of one list.
#[derive(Clone, Debug, Default)]
struct Memory {
    words: HashMap<Box<str>, (u32, u32)>,
    ids: Vec<u32>,
}

impl Words {
    pub(super) fn recognized(library: &Library) -> Option<Self> {
        let level = matches!(library.get_pre_tokenizer(),
            Some(PreTokenizerWrapper::ByteLevel(level)) if bytes::cuts_as_gpt2(level));
        let model =
            matches!(library.get_model(), ModelWrapper::BPE(model) if model.dropout.is_none_or(|rate| rate == 0.0));
        if !level || !model || library.get_normalizer().is_some() {
            return None;
        }
        let added = library.get_added_tokens_decoder();
        let added: Vec<String> = added.values().map(|token| regex::escape(&token.content)).collect();
        let added = if added.is_empty() { None } else { Some(Regex::new(&added.join("|")).ok()?) };
        Some(Self { added, characters: bytes::character_of_byte(), memories: Mutex::default() })
    }

    /// None if the text holds tokens that are not cut into words; the library knows their rules.
    pub(super) fn encode(&self, library: &Library, text: &str) -> Option<Result<Vec<u32>, DataError>> {
        if self.added.as_ref().is_some_and(|added| added.is_match(text)) {
            return None;
        }
        let mut memory = self.memories().pop().unwrap_or_default();
        let ids = self.encode_words(library, text, &mut memory);
        self.memories().push(memory);
        Some(ids)
    }

    fn memories(&self) -> std::sync::MutexGuard<'_, Vec<Memory>> {
        self.memories.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn encode_words(&self, library: &Library, text: &str, memory: &mut Memory) -> Result<Vec<u32>, DataError> {
        let mut ids = Vec::with_capacity(text.len() / 4);
        let mut rest = text;
        while !rest.is_empty() {
            let (word, after) = rest.split_at(first_word(rest));
            match memory.ids_of(word) {
                Some(known) => ids.extend_from_slice(known),
                None => {
                    let new = self.encode_word(library, word)?;
                    memory.remember(word, &new);
                    ids.extend(new);
                }
            }
            rest = after;
        }
        Ok(ids)
    }

    fn encode_word(&self, library: &Library, word: &str) -> Result<Vec<u32>, DataError> {
        let written: String = word.bytes().map(|byte| self.characters[usize::from(byte)]).collect();
        let tokens = careful(|| library.get_model().tokenize(&written)).map_err(failed("encode"))?;
        Ok(tokens.into_iter().map(|token| token.id).collect())
    }
}

/// Where the first word ends.
fn first_word(text: &str) -> usize {
    let end = WORD.find(text).map_or(text.len(), |word| word.end());
    let last = text[..end].chars().next_back().filter(|last| last.is_whitespace());
    match last {
        Some(last) if end < text.len() && end > last.len_utf8() => end - last.len_utf8(),
        _ => end,
    }
}

impl Memory {
    fn ids_of(&self, word: &str) -> Option<&[u32]> {
        let (from, to) = *self.words.get(word)?;
        Some(&self.ids[from as usize..to as usize])
    }

    fn remember(&mut self, word: &str, ids: &[u32]) {
        if self.words.len() < MOST_WORDS && word.len() <= LONGEST_WORD {
            let from = self.ids.len() as u32;
            self.ids.extend_from_slice(ids);
            self.words.insert(word.into(), (from, self.ids.len() as u32));
        }
    }
}

impl Clone for Words {
    /// A clone remembers for itself.
    fn clone(&self) -> Self {
        Self { added: self.added.clone(), characters: self.characters, memories: Mutex::default() }
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Words").field("added", &self.added).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
