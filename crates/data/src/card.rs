//! The card of a data set: where it comes from, under which license, how it is split and read, what others reached on
//! it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::DataError;
use crate::sets::Layout;

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
    /// Where its files lie in the mirror and in the cache, if not below its name: sets that share files share this.
    pub folder: Option<String>,
    pub source: CardSource,
    /// How rows are read, unless the split says otherwise; generated sets have none.
    pub layout: Option<Layout>,
    /// Which column has which role. Layouts that give the roles by themselves need none.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// The names of the classes: a `label` is an index into them.
    #[serde(default)]
    pub labels: Vec<String>,
    /// The classes as the files write them, where that differs from their names.
    #[serde(default)]
    pub written: Vec<String>,
    pub splits: Vec<CardSplit>,
    #[serde(default)]
    pub references: Vec<Reference>,
}

/// What is learned from the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    LanguageModelling,
    Classification,
    Regression,
    /// A class for each word.
    Tagging,
    Translation,
    ImageClassification,
    ImageText,
    MultipleChoice,
    Completion,
    SequenceToSequence,
    Reading,
}

impl Task {
    /// As a card writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LanguageModelling => "language-modelling",
            Self::Classification => "classification",
            Self::Regression => "regression",
            Self::Tagging => "tagging",
            Self::Translation => "translation",
            Self::ImageClassification => "image-classification",
            Self::ImageText => "image-text",
            Self::MultipleChoice => "multiple-choice",
            Self::Completion => "completion",
            Self::SequenceToSequence => "sequence-to-sequence",
            Self::Reading => "reading",
        }
    }
}

/// Where the content comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CardSource {
    /// Made by a generator of this crate. The braces matter: of a variant without, serde would accept any keys.
    Generated {},
    /// Files as their authors published them.
    Files {
        #[serde(default)]
        files: Vec<Listed>,
        /// What users do themselves about files that are not listed, or that are listed without an address.
        needs: Option<String>,
    },
}

/// One published file. Size and checksum are of the uncompressed content; those of an archive are its own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    pub file: String,
    #[serde(default)]
    pub addresses: Vec<String>,
    pub size: u64,
    pub sha256: String,
    #[serde(default)]
    pub kind: FileKind,
    /// The file as it is published compressed, for want of an address that serves it plain.
    pub packed: Option<Packed>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    #[default]
    Plain,
    /// A zip or a tar. A split names what lies within as if it were a folder: `archive.zip/path/within`.
    Archive,
}

/// A file compressed by gzip.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packed {
    pub addresses: Vec<String>,
    pub size: u64,
    pub sha256: String,
}

/// A split: the files that it is read from, and the share of them that it covers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardSplit {
    pub name: String,
    /// All listed files when empty.
    #[serde(default)]
    pub files: Vec<String>,
    /// Where this split is written otherwise than the others.
    pub layout: Option<Layout>,
    /// Whether labels, scores and answers are published.
    #[serde(default = "published")]
    pub labelled: bool,
    pub rows: Option<u64>,
    #[serde(default)]
    pub from: f64,
    #[serde(default = "whole")]
    pub to: f64,
    /// The column whose hash decides, for sets without splits of their own: a row belongs to the split when the hash,
    /// as a number from 0 to 1, lies in the share. Rows equal in this column stay together.
    pub by: Option<String>,
}

const fn whole() -> f64 {
    1.0
}

const fn published() -> bool {
    true
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

    /// Where its files lie in the mirror and in the cache.
    pub fn folder(&self) -> &str {
        self.folder.as_deref().unwrap_or(&self.name)
    }

    /// The classes as the files write them.
    pub(crate) fn written(&self) -> &[String] {
        if self.written.is_empty() { &self.labels } else { &self.written }
    }
}
