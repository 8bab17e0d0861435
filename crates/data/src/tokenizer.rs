//! Text to ids and back, over the Hugging Face library, so that a tokenizer is always a standard `tokenizer.json`.
//!
//! Two shapes have a direct way: encoding where each character is a token, and decoding where it is plain
//! concatenation. All else goes through the library.

mod bytes;
mod characters;
mod encoding;
mod stream;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use tokenizers::Tokenizer as Library;

use crate::{DataError, Text, Told};
use characters::Characters;

pub use stream::Stream;

/// The token that ends a document.
pub(crate) const END: &str = "<|endoftext|>";

/// Some published tokenizers leave gaps in their ids, none such large ones.
const MOST_IDS_PER_TOKEN: usize = 4;

/// How a tokenizer comes about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipe {
    /// One token for each distinct character of the text.
    Characters,
    /// Byte-level BPE as GPT-2's, learned from the text; fewer tokens come out when the text has no more to merge.
    Bytes { vocabulary: usize },
    /// A `tokenizer.json`.
    File { path: PathBuf },
}

/// A tokenizer with what it needs to be quick.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    library: Library,
    json: String,
    vocabulary: usize,
    end: Option<u32>,
    characters: Option<Characters>,
    /// The bytes of each id, when decoding is nothing but their concatenation.
    pieces: Option<Vec<Vec<u8>>>,
}

impl Tokenizer {
    /// The same text gives the same `tokenizer.json`, byte for byte.
    pub fn build(recipe: &Recipe, text: &Text, told: &mut dyn FnMut(Told)) -> Result<Self, DataError> {
        let library = match recipe {
            Recipe::File { path } => return Self::load(path),
            _ if text.bytes() == 0 => return Err(DataError::NothingToLearn),
            Recipe::Characters => characters::build(text),
            Recipe::Bytes { vocabulary } => bytes::build(text, *vocabulary, told),
        }?;
        let json = library.to_string(true).map_err(failed("be written as JSON"))?;
        Self::from_json(&json, Path::new("tokenizer.json"))
    }

    pub fn load(path: &Path) -> Result<Self, DataError> {
        let unfit = |reason| DataError::NotATokenizer { path: path.to_owned(), reason };
        // What would help with a text does not help here.
        let json = crate::text::contents(path).map_err(|error| match error {
            DataError::Folder { .. } => unfit("it is a folder".to_owned()),
            DataError::NotUtf8 { offset, .. } => unfit(format!("it is not UTF-8 at byte {offset}")),
            other => other,
        })?;
        Self::from_json(&json, path)
    }

    /// `name` is the place to blame in errors.
    pub fn from_json(json: &str, name: &Path) -> Result<Self, DataError> {
        let unfit = |reason: String| DataError::NotATokenizer { path: name.to_owned(), reason };
        if json.trim().is_empty() {
            return Err(unfit("it is empty".to_owned()));
        }
        let mut library = parsed(json).map_err(&unfit)?;
        // What a file says about lengths is for other uses: a training text is never cut or padded.
        library.with_truncation(None).map_err(failed("be set up"))?;
        library.with_padding(None);
        let vocabulary = numbered(&library).map_err(&unfit)?;
        Ok(Self::shaped(library, json.to_owned(), vocabulary))
    }

    fn shaped(library: Library, json: String, vocabulary: usize) -> Self {
        let characters = Characters::recognized(&library, vocabulary);
        let pieces = match &characters {
            Some(characters) => Some(characters.pieces()),
            None => bytes::pieces(&library, vocabulary),
        };
        Self { end: library.token_to_id(END), library, json, vocabulary, characters, pieces }
    }

    /// The content of its `tokenizer.json`.
    pub fn to_json(&self) -> String {
        self.json.clone()
    }

    /// The number of ids: one more than the highest.
    pub fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    /// The id that ends a document, if the tokenizer has one.
    pub fn end(&self) -> Option<u32> {
        self.end
    }

    pub fn encode(&self, text: &str) -> Result<Vec<u32>, DataError> {
        match &self.characters {
            Some(characters) => characters.encode(text),
            None => encoding::encode(&self.library, text),
        }
    }

    /// Bytes that are not UTF-8 come out as `U+FFFD`, as the library does it.
    pub fn decode(&self, ids: &[u32]) -> Result<String, DataError> {
        self.check(ids)?;
        match &self.pieces {
            Some(pieces) => {
                let bytes: Vec<u8> = ids.iter().flat_map(|id| &pieces[*id as usize]).copied().collect();
                Ok(String::from_utf8_lossy(&bytes).into_owned())
            }
            None => self.library.decode(ids, false).map_err(failed("decode")),
        }
    }

    /// Decoding while the ids come.
    pub fn stream(&self) -> Stream<'_> {
        Stream::new(self)
    }

    fn check(&self, ids: &[u32]) -> Result<(), DataError> {
        let unknown = ids.iter().find(|id| **id as usize >= self.vocabulary);
        unknown.map_or(Ok(()), |id| Err(DataError::UnknownToken { id: *id, vocabulary: self.vocabulary }))
    }
}

/// The library panics at some damaged files: at broken JSON within a decoder, at a broken table within a normalizer.
fn parsed(json: &str) -> Result<Library, String> {
    serde_json::from_str::<serde::de::IgnoredAny>(json).map_err(|error| error.to_string())?;
    let library = std::panic::catch_unwind(|| Library::from_str(json));
    let library = library.map_err(|_| "the library gave up on it".to_owned())?;
    library.map_err(|error| error.to_string())
}

/// The number of ids, if they leave few gaps: one number too high would ask for a huge model.
fn numbered(library: &Library) -> Result<usize, String> {
    let ids = library.get_vocab(true);
    let highest = ids.values().max().ok_or_else(|| "it has no tokens".to_owned())?;
    let vocabulary = *highest as usize + 1;
    if vocabulary > MOST_IDS_PER_TOKEN * ids.len() {
        return Err(format!("it has an id {highest}, but only {} tokens", ids.len()));
    }
    Ok(vocabulary)
}

fn failed(action: &'static str) -> impl Fn(tokenizers::Error) -> DataError {
    move |source| DataError::Tokenizer { action, source }
}

#[cfg(test)]
mod tests;
