//! One token for each character: a standard file for others, a table for ourselves.

use std::collections::{BTreeSet, HashMap};

use tokenizers::decoders::fuse::Fuse;
use tokenizers::models::wordlevel::WordLevel;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::SplitDelimiterBehavior;
use tokenizers::{DecoderWrapper, ModelWrapper, Tokenizer as Library};

use super::failed;
use crate::{DataError, Text};

/// Any character; `.` would leave out line ends.
const ANY: &str = r"[\s\S]";

/// The characters of the text in the order of their code points. Where documents are joined, the line end that joins
/// them belongs to the alphabet.
pub(super) fn build(text: &Text) -> Result<Library, DataError> {
    let mut alphabet: BTreeSet<char> = text.documents.iter().flat_map(|document| document.chars()).collect();
    if text.documents.len() > 1 {
        alphabet.insert('\n');
    }
    let ids = alphabet.into_iter().zip(0..).map(|(character, id)| (character.to_string(), id));
    let model = WordLevel::builder().vocab(ids.collect()).build().map_err(failed("be built"))?;
    let mut library = Library::new(model);
    library.with_pre_tokenizer(Some(single_characters()?));
    library.with_decoder(Some(Fuse::new()));
    Ok(library)
}

fn single_characters() -> Result<Split, DataError> {
    let pattern = SplitPattern::Regex(ANY.to_owned());
    Split::new(pattern, SplitDelimiterBehavior::Isolated, false).map_err(failed("be built"))
}

/// The table of a tokenizer that has exactly the shape made above.
#[derive(Clone, Debug)]
pub(super) struct Characters {
    alphabet: Vec<char>,
    ids: HashMap<char, u32>,
}

impl Characters {
    pub(super) fn recognized(library: &Library, vocabulary: usize) -> Option<Self> {
        if !is_plain(library) {
            return None;
        }
        let alphabet: Option<Vec<char>> = (0..vocabulary as u32).map(|id| single(&library.id_to_token(id)?)).collect();
        let alphabet = alphabet?;
        let ids = alphabet.iter().copied().zip(0..).collect();
        Some(Self { alphabet, ids })
    }

    pub(super) fn pieces(&self) -> Vec<Vec<u8>> {
        self.alphabet.iter().map(|character| character.to_string().into_bytes()).collect()
    }

    pub(super) fn encode(&self, text: &str) -> Result<Vec<u32>, DataError> {
        let id = |(place, character)| {
            let id = self.ids.get(&character).copied();
            id.ok_or_else(|| unknown(&text[..place], character))
        };
        text.char_indices().map(id).collect()
    }
}

fn unknown(before: &str, character: char) -> DataError {
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|before| *before != '\n').count() + 1;
    DataError::UnknownCharacter { character, line, column }
}

fn is_plain(library: &Library) -> bool {
    let splits = match library.get_pre_tokenizer() {
        Some(PreTokenizerWrapper::Split(split)) => single_characters().is_ok_and(|expected| *split == expected),
        _ => false,
    };
    let fuses = matches!(library.get_decoder(), Some(DecoderWrapper::Fuse(_)));
    let added = library.get_added_vocabulary().get_vocab();
    let bare = library.get_normalizer().is_none() && library.get_post_processor().is_none() && added.is_empty();
    splits && fuses && bare && matches!(library.get_model(), ModelWrapper::WordLevel(_))
}

fn single(token: &str) -> Option<char> {
    let mut characters = token.chars();
    characters.next().filter(|_| characters.next().is_none())
}
