//! Documents that are read one after the other, in parts if need be, so that they may be larger than the memory.

mod file;

use std::borrow::Cow;
use std::path::Path;

use attentive_files::sha256;

use crate::tokenizer::{Division, Tokenizer};
use crate::{DataError, Text, local};
use file::Stretch;

/// A document, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    pub text: Cow<'a, str>,
    /// Whether the document ends here.
    pub closes: bool,
}

impl<'a> Part<'a> {
    /// A whole document.
    pub fn whole(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), closes: true }
    }
}

/// The documents of one split of files, which stay in their files until they are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documents {
    stretches: Vec<Stretch>,
    sha256: String,
}

impl Documents {
    /// The documents that [`read`](crate::read) gives for these files, each seen once for its length and its checksum.
    /// Those without text are left out.
    pub fn of_files(patterns: &[String], base: &Path, validation: &[String], split: &str) -> Result<Self, DataError> {
        let chosen = local::chosen(patterns, base, validation, split)?;
        let stretches: Result<Vec<Stretch>, DataError> = chosen.iter().map(Stretch::measured).collect();
        let stretches: Vec<Stretch> = stretches?.into_iter().filter(|stretch| stretch.bytes() > 0).collect();
        if stretches.is_empty() {
            let remedy = "give more text, or name other files for validation";
            return Err(DataError::NoText { split: split.to_owned(), of: "your files".to_owned(), remedy });
        }
        let checksums: Vec<&str> = stretches.iter().map(|stretch| stretch.sha256.as_str()).collect();
        Ok(Self { sha256: sha256(checksums.join("\n").as_bytes()), stretches })
    }

    /// As [`Text::sha256`].
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    pub fn bytes(&self) -> u64 {
        self.stretches.iter().map(Stretch::bytes).sum()
    }

    /// What the documents begin with: parts of about so many bytes together, for a tokenizer to learn from.
    pub fn beginning(&self, bytes: u64) -> Result<Text, DataError> {
        let (mut documents, mut held) = (Vec::new(), 0);
        for part in self.parts_by(Division::Anywhere, file::BLOCK) {
            let part = part?.text.into_owned();
            held += part.len() as u64;
            documents.push(part);
            if held >= bytes {
                break;
            }
        }
        Ok(Text { documents })
    }

    /// The documents in order, cut where this tokenizer allows it.
    pub fn parts(&self, tokenizer: &Tokenizer) -> impl Iterator<Item = Result<Part<'static>, DataError>> {
        self.parts_by(tokenizer.division(), file::BLOCK)
    }

    fn parts_by(&self, division: Division, block: usize) -> impl Iterator<Item = Result<Part<'static>, DataError>> {
        self.stretches.iter().flat_map(move |stretch| stretch.parts(division, block))
    }
}

impl Text {
    /// The documents as parts.
    pub fn parts(&self) -> impl Iterator<Item = Result<Part<'_>, DataError>> {
        self.documents.iter().map(|document| Ok(Part::whole(document.as_str())))
    }
}

#[cfg(test)]
mod tests;
