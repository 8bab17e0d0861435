//! Text to ids and back, over the Hugging Face library, so that a tokenizer is always a standard `tokenizer.json`.
//!
//! Three shapes have a direct way: encoding where each character is a token, encoding as GPT-2 does it, and decoding
//! where it is plain concatenation. All else goes through the library.

mod bytes;
mod characters;
mod companions;
mod counting;
mod division;
mod faces;
mod load;
mod pairs;
mod pipeline;
mod recipe;
mod roles;
mod sentencepiece;
mod sentences;
mod stream;
mod unigram;
mod vocabulary;
mod wordpiece;
mod words;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::str::FromStr;

use tokenizers::Tokenizer as Library;

use crate::{ChatTemplate, DataError, Text, Told};
use characters::Characters;
use faces::{Faces, Side};
use roles::Roles;
use words::Words;

pub(crate) use division::Division;
pub use recipe::{Case, Recipe};
pub use roles::Role;
pub use sentences::Encoded;
pub use stream::Stream;

/// Some published tokenizers leave gaps in their ids, none such large ones.
const MOST_IDS_PER_TOKEN: usize = 4;

/// A tokenizer with what it needs to be quick.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    library: Library,
    json: String,
    /// How it makes a text of a conversation, if that is told beside it.
    template: Option<String>,
    vocabulary: usize,
    roles: Roles,
    characters: Option<Characters>,
    words: Option<Words>,
    division: Division,
    /// What cuts texts in place of the library.
    faces: Option<Faces>,
    /// The bytes of each id, when decoding is nothing but their concatenation.
    pieces: Option<Vec<Vec<u8>>>,
}

impl Tokenizer {
    /// The same text gives the same `tokenizer.json`, byte for byte.
    pub fn build(recipe: &Recipe, text: &Text, told: &mut dyn FnMut(Told)) -> Result<Self, DataError> {
        let written = |library: Library| library.to_string(true).map_err(failed("be written as JSON"));
        let json = match recipe {
            Recipe::File { path } => return Self::load(path),
            _ if text.bytes() == 0 => return Err(DataError::NothingToLearn),
            Recipe::Characters => characters::build(text).and_then(written),
            Recipe::Bytes { vocabulary } => bytes::build(text, *vocabulary, told).and_then(written),
            Recipe::WordPiece { vocabulary, case } => wordpiece::build(text, *vocabulary, *case, told),
            Recipe::Unigram { vocabulary } => unigram::build(text, *vocabulary, told),
            Recipe::Words { vocabulary } => vocabulary::build(text, *vocabulary, told),
        }?;
        Self::from_json(&json, Path::new("tokenizer.json"))
    }

    /// `name` is the place to blame in errors.
    pub fn from_json(json: &str, name: &Path) -> Result<Self, DataError> {
        let unfit = |reason: String| DataError::NotATokenizer { path: name.to_owned(), reason };
        if json.trim().is_empty() {
            return Err(unfit("it is empty".to_owned()));
        }
        let (faces, alone) = faces::taken(json).map_err(&unfit)?;
        let mut library = parsed(&alone).map_err(&unfit)?;
        // What a file says about lengths is for other uses: a training text is never cut or padded.
        library.with_truncation(None).map_err(failed("be set up"))?;
        library.with_padding(None);
        let vocabulary = numbered(&library).map_err(&unfit)?;
        let faces = faces.map(|said| Faces::new(&said, &library)).transpose().map_err(&unfit)?;
        let shaped = Self::shaped(library, json.to_owned(), vocabulary);
        let division = if faces.is_some() { Division::Nowhere } else { shaped.division };
        let whole = Self { faces, division, ..shaped };
        match whole.beyond() {
            Some(id) => Err(unfit(format!("it puts an id {id} around texts, but has only {vocabulary} ids"))),
            None => Ok(whole),
        }
    }

    fn shaped(library: Library, json: String, vocabulary: usize) -> Self {
        let characters = Characters::recognized(&library, vocabulary);
        let words = Words::recognized(&library);
        let division = if characters.is_some() { Division::Anywhere } else { Division::of(&library) };
        let pieces = match &characters {
            Some(characters) => Some(characters.pieces()),
            None => bytes::pieces(&library, vocabulary),
        };
        let roles = roles::roles(&library, &json);
        Self { roles, library, json, template: None, vocabulary, characters, words, division, faces: None, pieces }
    }

    /// The content of its `tokenizer.json`.
    pub fn to_json(&self) -> String {
        self.json.clone()
    }

    /// The chat template that lies beside it, in Jinja.
    pub fn template(&self) -> Option<&str> {
        self.template.as_deref()
    }

    /// With the built-in chat template where it has none.
    #[must_use]
    pub fn conversing(mut self) -> Self {
        self.template.get_or_insert_with(|| ChatTemplate::built_in_text().to_owned());
        self
    }

    /// The number of ids: one more than the highest.
    pub fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    /// The id that ends a document, if the tokenizer has one.
    pub fn end(&self) -> Option<u32> {
        self.role(Role::End)
    }

    /// Whether this token goes on with the word of the one before it, as BERT's `##` tells.
    pub fn continues(&self, id: u32) -> bool {
        self.library.id_to_token(id).is_some_and(|token| token.starts_with(wordpiece::CONTINUES))
    }

    /// The id of the special token with this role, if the tokenizer has one.
    pub fn role(&self, role: Role) -> Option<u32> {
        self.roles.get(&role).copied()
    }

    /// The special tokens that have a role, each under the name that it has in `tokenizer_config.json`.
    pub fn names(&self) -> Vec<(&'static str, String)> {
        let closing = self.closing().filter(|_| self.end().is_none()).map(|id| (Role::End, id));
        let roles = self.roles.iter().map(|(role, id)| (*role, *id)).chain(closing);
        roles.filter_map(|(role, id)| Some((role.key(), self.library.id_to_token(id)?))).collect()
    }

    /// The ids of all special tokens, in ascending order.
    pub fn special(&self) -> Vec<u32> {
        let added = self.library.get_added_tokens_decoder();
        let special = added.into_iter().filter(|(_, token)| token.special).map(|(id, _)| id);
        special.chain(self.roles.values().copied()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What follows each document: its end, or what separates sentences.
    pub fn closing(&self) -> Option<u32> {
        self.end().or(self.role(Role::Separator))
    }

    /// Where documents may be cut.
    pub(crate) fn division(&self) -> Division {
        self.division
    }

    /// The ids of the text alone, without tokens around it.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, DataError> {
        if let Some(faces) = &self.faces {
            return faces.encode(&self.library, Side::Source, text);
        }
        if let Some(characters) = &self.characters {
            return characters.encode(text);
        }
        let quick = self.words.as_ref().and_then(|words| words.encode(&self.library, text));
        quick.unwrap_or_else(|| by_library(&self.library, text))
    }

    /// The same of a text that a model is to write: some tokenizers cut those in another way than what it reads.
    pub fn encode_target(&self, text: &str) -> Result<Vec<u32>, DataError> {
        match &self.faces {
            Some(faces) => faces.encode(&self.library, Side::Target, text),
            None => self.encode(text),
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
            None => careful(|| self.library.decode(ids, false)).map_err(failed("decode")),
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

/// The ids that the library gives, without the tokens that some models want around a sentence.
fn by_library(library: &Library, text: &str) -> Result<Vec<u32>, DataError> {
    let encoding = careful(|| library.encode_fast(text, false)).map_err(failed("encode"))?;
    Ok(encoding.get_ids().to_vec())
}

/// The library panics at some damaged files: at broken JSON within a decoder, at a broken table within a normalizer.
fn parsed(json: &str) -> Result<Library, String> {
    serde_json::from_str::<serde::de::IgnoredAny>(json).map_err(|error| error.to_string())?;
    careful(|| Library::from_str(json)).map_err(|error| error.to_string())
}

/// A panic of the library as an error: its files are foreign, and what it trusts in them may show only in use.
fn careful<T>(work: impl FnOnce() -> tokenizers::Result<T>) -> tokenizers::Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("the library gave up on it".into()))
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
mod recipe_tests;
#[cfg(test)]
mod tests;
