//! Documents that are read one after the other, in parts if need be, so that they may be larger than the memory.

mod file;
mod listed;

use std::borrow::Cow;

use attentive_files::Fetching;

use crate::card::CardSource;
use crate::digest::Joined;
use crate::text::{Source, no_text};
use crate::tokenizer::{Division, Tokenizer};
use crate::{DataError, Text, Told, local, registry, sets};
use file::Stretch;
use listed::{Listed, Origin};

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

/// The documents of one split, which stay in their files until they are wanted.
#[derive(Clone, Debug)]
pub struct Documents {
    places: Vec<Lies>,
    sha256: String,
    bytes: u64,
}

/// Where documents lie.
#[derive(Clone, Debug)]
enum Lies {
    /// One, in a text file.
    Stretch(Stretch),
    /// One a row.
    Rows(Listed),
}

impl Documents {
    /// The documents that [`read`](crate::read) gives for this source, each seen once for its length and its checksum. None if
    /// they are no more than so many bytes, which the memory may as well hold, nor of those that are made by a generator.
    pub fn beyond(
        bytes: u64,
        (source, split): (&Source, &str),
        fetching: &Fetching,
        told: &mut dyn FnMut(Told),
    ) -> Result<Option<Self>, DataError> {
        let places = match source {
            Source::Files { patterns, base, validation } => {
                let chosen = local::chosen(patterns, base, validation, split)?;
                let stretches = chosen.iter().map(|chosen| Stretch::measured(chosen).map(Lies::Stretch));
                stretches.collect::<Result<Vec<_>, _>>()?
            }
            Source::Rows { patterns, base, validation, format, columns } => {
                let chosen = local::chosen(patterns, base, validation, split)?;
                let rows = chosen.iter().map(|chosen| Listed::chosen(chosen, format, columns).map(Lies::Rows));
                rows.collect::<Result<Vec<_>, _>>()?
            }
            Source::Known { name, .. } => {
                let Some(known) = known((name, split), bytes, fetching, told)? else { return Ok(None) };
                vec![Lies::Rows(Listed::whole(known))]
            }
        };
        let documents = Self::seen(places)?;
        match documents.bytes {
            0 => Err(no_text(source, split)),
            found => Ok((found > bytes).then_some(documents)),
        }
    }

    fn seen(places: Vec<Lies>) -> Result<Self, DataError> {
        let mut seen = Seen::default();
        for place in &places {
            match place {
                Lies::Stretch(stretch) if stretch.bytes() == 0 => {}
                Lies::Stretch(stretch) => seen.add(stretch.bytes(), &stretch.sha256),
                Lies::Rows(rows) => rows.see(&mut seen)?,
            }
        }
        Ok(Self { places, sha256: seen.hashes.done(), bytes: seen.bytes })
    }

    /// As [`Text::sha256`].
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
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
        self.places.iter().flat_map(move |place| place.parts(division, block))
    }
}

impl Lies {
    fn parts(&self, division: Division, block: usize) -> Box<dyn Iterator<Item = Result<Part<'static>, DataError>>> {
        match self {
            Self::Stretch(stretch) if stretch.bytes() == 0 => Box::new(std::iter::empty()),
            Self::Stretch(stretch) => Box::new(stretch.parts(division, block)),
            Self::Rows(rows) => Box::new(rows.parts()),
        }
    }
}

/// A known split whose files are more than so many bytes.
fn known(
    (name, split): (&str, &str),
    bytes: u64,
    fetching: &Fetching,
    told: &mut dyn FnMut(Told),
) -> Result<Option<Origin>, DataError> {
    let card = registry::card(name)?;
    let CardSource::Files { files, .. } = &card.source else { return Ok(None) };
    if files.iter().map(|file| file.size).sum::<u64>() <= bytes {
        return Ok(None);
    }
    drop(sets::rows(&card, card.split(split)?, fetching, told)?);
    Ok(Some(Origin::Known { split: split.to_owned(), fetching: fetching.clone(), card: Box::new(card) }))
}

/// What is known of documents that were seen one after the other.
#[derive(Default)]
struct Seen {
    /// As [`Text::sha256`] would say it.
    hashes: Joined,
    bytes: u64,
}

impl Seen {
    fn add(&mut self, bytes: u64, sha256: &str) {
        self.hashes.add(sha256);
        self.bytes += bytes;
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
