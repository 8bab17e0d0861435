//! Rows of the known data sets: fetched, read in the layout that the card names, and given the columns of their roles.
//!
//! A file a layout. What a layout finds wrong is an error with the file and the row. Pictures stay undecoded.

mod archive;
mod choices;
mod documents;
mod fetched;
mod folders;
mod grids;
mod hellaswag;
mod json;
mod layout;
mod lines;
mod pictured;
mod questions;
mod roles;
mod shape;
mod tables;

use std::path::PathBuf;

use attentive_files::Fetching;

pub use layout::{Ending, Folded, Kept, Layout, Prompt, Ragged, Unit};

#[cfg(test)]
pub(crate) use fetched::meant;

use crate::card::{CardSource, CardSplit};
use crate::generated::generator;
use crate::{Card, DataError, Row, Rows, Told, registry};

/// Generated sets are the same for everybody.
const SEED: u64 = 1;

/// What users type, `NAME[:SPLIT]`, in its two parts.
pub fn parts(typed: &str) -> (&str, Option<&str>) {
    typed.split_once(':').map_or((typed, None), |(name, split)| (name, Some(split)))
}

/// The rows of a split of the data set with this name.
pub fn open(name: &str, split: &str, fetching: &Fetching, told: &mut dyn FnMut(Told)) -> Result<Rows, DataError> {
    let card = registry::card(name)?;
    rows(&card, card.split(split)?, fetching, told)
}

/// The rows of a split of this card, whose columns the caller may have given other roles.
pub fn rows(
    card: &Card,
    split: &CardSplit,
    fetching: &Fetching,
    told: &mut dyn FnMut(Told),
) -> Result<Rows, DataError> {
    if let CardSource::Generated {} = card.source {
        return made(card, split);
    }
    let layout = split.layout.as_ref().or(card.layout.as_ref());
    let (CardSource::Files { .. }, Some(layout)) = (&card.source, layout) else {
        return Err(DataError::Generated { name: card.name.clone() });
    };
    let paths = fetched::paths(card, split, layout, fetching, told)?;
    Ok(roles::given(layout.read(&paths, split)?, card, split))
}

/// As many rows of a generator as the card says.
fn made(card: &Card, split: &CardSplit) -> Result<Rows, DataError> {
    let absent = || DataError::Generated { name: card.name.clone() };
    let (generator, count) = generator(&card.name).zip(split.rows).ok_or_else(absent)?;
    generator.rows(SEED, &split.name, count)
}

/// All files of the card, fetched if need be.
pub fn fetch(card: &Card, fetching: &Fetching, told: &mut dyn FnMut(Told)) -> Result<Vec<PathBuf>, DataError> {
    let mut paths = Vec::new();
    for split in &card.splits {
        let Some(layout) = split.layout.as_ref().or(card.layout.as_ref()) else { continue };
        paths.extend(fetched::paths(card, split, layout, fetching, told)?);
    }
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// A pair as a language model reads it: the beginning that it goes on from. SCAN's own form, for all sets of pairs.
pub fn asked(source: &str) -> String {
    format!("IN: {source} OUT:")
}

/// What a language model learns of a row: its text, or its pair.
pub(crate) fn document(row: &Row) -> Result<String, DataError> {
    match (row.cell("source"), row.cell("target")) {
        (Some(_), Some(_)) => Ok(format!("{} {}", asked(row.text("source")?), row.text("target")?)),
        _ => Ok(row.text("text")?.to_owned()),
    }
}

#[cfg(test)]
mod tests;
