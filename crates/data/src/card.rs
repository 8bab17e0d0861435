//! The card of a data set: where it comes from, under which license, how it is split, what others reached on it.

use serde::Deserialize;

use crate::DataError;

/// What `datasets/<name>/dataset.toml` says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    pub name: String,
    pub title: String,
    pub task: Task,
    pub license: String,
    pub citation: String,
    pub format: String,
    pub source: CardSource,
    pub splits: Vec<CardSplit>,
    #[serde(default)]
    pub references: Vec<Reference>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    LanguageModelling,
}

/// Where the content comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CardSource {
    /// Made by a generator of this crate. The braces matter: of a variant without, serde would accept any keys.
    Generated {},
    /// Files as their authors published them; size and checksum are of the uncompressed content.
    Files { files: Vec<Listed> },
}

/// One published file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    pub file: String,
    pub addresses: Vec<String>,
    pub size: u64,
    pub sha256: String,
}

/// A split; of published files, the share of the characters that it covers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardSplit {
    pub name: String,
    #[serde(default)]
    pub from: f64,
    #[serde(default = "whole")]
    pub to: f64,
}

const fn whole() -> f64 {
    1.0
}

/// A score that others published, to hold one's own against.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    pub split: String,
    pub score: String,
    pub setup: String,
    pub source: String,
}

impl Card {
    /// The split of this name.
    pub fn split(&self, name: &str) -> Result<&CardSplit, DataError> {
        self.splits.iter().find(|split| split.name == name).ok_or_else(|| DataError::UnknownSplit {
            split: name.to_owned(),
            of: format!("`{}`", self.name),
            known: crate::error::listed(self.splits.iter().map(|split| split.name.as_str())),
        })
    }
}
