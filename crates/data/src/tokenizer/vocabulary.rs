//! A token a word, where words stand between spaces: for texts of few words, such as the commands and actions of SCAN.

use serde_json::{Map, Value, json};
use tokenizers::Tokenizer as Library;
use tokenizers::models::wordlevel::WordLevel;
use tokenizers::pre_tokenizers::whitespace::WhitespaceSplit;

use super::counting::{Counts, counted};
use super::pipeline::{Added, Kind, Pipeline};
use super::roles::Role;
use crate::{DataError, Text, Told};

const SPECIAL: [(&str, Role); 3] = [("<pad>", Role::Padding), ("</s>", Role::End), ("<unk>", Role::Unknown)];
const UNKNOWN: &str = SPECIAL[2].0;

/// The most frequent words of the text; of equally frequent ones those that come first in the alphabet.
pub(super) fn build(text: &Text, vocabulary: usize, told: &mut dyn FnMut(Told)) -> Result<String, DataError> {
    let mut library = Library::new(WordLevel::default());
    library.with_pre_tokenizer(Some(WhitespaceSplit));
    let least = SPECIAL.len() + 1;
    if vocabulary < least {
        return Err(DataError::SmallVocabulary { vocabulary, what: "the special tokens and a word", least });
    }
    let words = frequent(counted(text, &library, told)?, vocabulary - SPECIAL.len());
    Ok(pipeline().around(model(&words)))
}

fn frequent(counts: Counts, most: usize) -> Vec<String> {
    let special = |word: &str| SPECIAL.iter().any(|(name, _)| *name == word);
    let mut words: Vec<(String, u64)> = counts.into_iter().filter(|(word, _)| !special(word)).collect();
    words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    words.into_iter().take(most).map(|(word, _)| word).collect()
}

fn model(words: &[String]) -> Value {
    let names = SPECIAL.iter().map(|(name, _)| *name).chain(words.iter().map(String::as_str));
    let ids: Map<String, Value> = names.zip(0_u32..).map(|(name, id)| (name.to_owned(), id.into())).collect();
    json!({"type": "WordLevel", "vocab": ids, "unk_token": UNKNOWN})
}

fn pipeline() -> Pipeline {
    let added = |((name, role), id): (&(&str, Role), u32)| Added {
        id,
        content: (*name).to_owned(),
        kind: Kind::Special,
        roles: vec![*role],
    };
    Pipeline {
        added: SPECIAL.iter().zip(0..).map(added).collect(),
        pre_tokenizer: json!({"type": "WhitespaceSplit"}),
        ..Pipeline::default()
    }
}
