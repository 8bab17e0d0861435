//! Documents of a split: from a generator, from published files, or from files of the user's own.

use std::path::{Path, PathBuf};

use attentive_files::{Fetching, sha256};
use rayon::prelude::*;

use crate::card::{CardSource, CardSplit};
use crate::rows::{Columns, Format};
use crate::{Card, DataError, Told, local, registry, sets, stories};

/// Where text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A data set with a card. Of generated ones the training split has `stories` documents, and the validation split a
    /// twentieth of that, at least `FEWEST_HELD_OUT`.
    Known { name: String, seed: u64, stories: usize },
    /// Files of one's own, each a document. `validation` names what is held out; when it is empty, the last tenth is:
    /// of the files when there are at least ten, else of each file's characters.
    Files { patterns: Vec<String>, base: PathBuf, validation: Vec<String> },
    /// Rows of one's own, whose texts are documents, or whose pairs are: held out like files, but by rows where there are few
    /// files.
    Rows { patterns: Vec<String>, base: PathBuf, validation: Vec<String>, format: Format, columns: Columns },
}

/// A validation loss over fewer stories would say little.
const FEWEST_HELD_OUT: usize = 100;
/// Stories between two reports of progress.
const STORIES_AT_ONCE: usize = 1000;

/// The documents of one split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub documents: Vec<String>,
}

impl Text {
    pub fn bytes(&self) -> u64 {
        self.documents.iter().map(|document| document.len() as u64).sum()
    }

    pub fn characters(&self) -> u64 {
        self.documents.iter().map(|document| document.chars().count() as u64).sum()
    }

    /// A hash of the content that also tells where one document ends and the next begins.
    pub fn sha256(&self) -> String {
        let hashes: Vec<String> = self.documents.iter().map(|document| sha256(document.as_bytes())).collect();
        sha256(hashes.join("\n").as_bytes())
    }
}

/// The documents of `split`, fetched or generated if need be.
pub fn read(source: &Source, split: &str, fetching: &Fetching, told: &mut dyn FnMut(Told)) -> Result<Text, DataError> {
    let documents = match source {
        Source::Known { name, seed, stories } => {
            let card = registry::card(name)?;
            match &card.source {
                CardSource::Generated {} if card.name == "stories" => {
                    generated(*seed, card.split(split)?, *stories, told)
                }
                CardSource::Generated {} | CardSource::Files { .. } => {
                    published(&card, card.split(split)?, fetching, told)?
                }
            }
        }
        Source::Files { patterns, base, validation } => local::documents(patterns, base, validation, split)?,
        Source::Rows { patterns, base, validation, format, columns } => {
            local::rows((patterns, base, validation), (format, columns), split)?
        }
    };
    filled(documents, source, split)
}

fn filled(mut documents: Vec<String>, source: &Source, split: &str) -> Result<Text, DataError> {
    documents.retain(|document| !document.is_empty());
    if documents.is_empty() { Err(no_text(source, split)) } else { Ok(Text { documents }) }
}

pub(crate) fn no_text(source: &Source, split: &str) -> DataError {
    let (of, remedy) = match source {
        Source::Known { name, .. } => (format!("`{name}`"), "ask for at least one story"),
        Source::Files { .. } | Source::Rows { .. } => {
            ("your files".to_owned(), "give more text, or name other files for validation")
        }
    };
    DataError::NoText { split: split.to_owned(), of, remedy }
}

fn generated(seed: u64, split: &CardSplit, stories: usize, told: &mut dyn FnMut(Told)) -> Vec<String> {
    let count = if split.name == "train" { stories } else { (stories / 20).max(FEWEST_HELD_OUT) };
    let mut documents = Vec::with_capacity(count);
    while documents.len() < count {
        let next = documents.len()..count.min(documents.len() + STORIES_AT_ONCE);
        let story = |index| stories::numbered(seed, &split.name, index as u64).text;
        documents.par_extend(next.into_par_iter().map(story));
        told(Told::Generating { done: documents.len() as u64, total: count as u64 });
    }
    documents
}

/// What the split's rows have as text.
fn published(
    card: &Card,
    split: &CardSplit,
    fetching: &Fetching,
    told: &mut dyn FnMut(Told),
) -> Result<Vec<String>, DataError> {
    sets::rows(card, split, fetching, told)?.map(|row| sets::document(&row?)).collect()
}

/// A file's text.
pub(crate) fn contents(path: &Path) -> Result<String, DataError> {
    if path.is_dir() {
        return Err(DataError::Folder { path: path.to_owned() });
    }
    let bytes = std::fs::read(path).map_err(crate::error::unreadable(path))?;
    String::from_utf8(bytes)
        .map_err(|error| DataError::NotUtf8 { path: path.to_owned(), offset: error.utf8_error().valid_up_to() })
}

/// The characters between two shares of a text, cut at `int(share * characters)` in double precision, as nanoGPT does.
pub(crate) fn share(text: &str, from: f64, to: f64) -> &str {
    let characters = text.chars().count();
    let place = |share: f64| {
        let index = (share * characters as f64) as usize;
        text.char_indices().nth(index).map_or(text.len(), |(byte, _)| byte)
    };
    &text[place(from)..place(to)]
}

#[cfg(test)]
mod tests;
