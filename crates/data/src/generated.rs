//! The generators by name: data sets that are pure functions of seed, split and number, so that every family of models
//! can be trained without a download.
//!
//! Each generator is a module of its own; here is only what they share, and the table from a card's name to its rows.

use std::ops::Range;
use std::sync::Arc;

use attentive_random::{Key, permuted};
use rayon::prelude::*;

use crate::error::listed;
use crate::{Card, Cell, DataError, Place, Row, Rows, numbers, scenes, shapes, stories};

/// A data set that is made rather than read.
#[derive(Clone, Copy, Debug)]
pub struct Generator {
    /// As on its card.
    pub name: &'static str,
    pub splits: &'static [&'static str],
    row: fn(seed: u64, split: &str, index: u64) -> Row,
}

const GENERATORS: [Generator; 10] = [
    Generator { name: "stories", splits: &["train", "validation"], row: stories::tasks::row },
    Generator { name: "stories-who", splits: &stories::tasks::SPLITS, row: stories::tasks::who::row },
    Generator { name: "stories-statements", splits: &stories::tasks::SPLITS, row: stories::tasks::statements::row },
    Generator { name: "stories-tags", splits: &stories::tasks::SPLITS, row: stories::tasks::tags::row },
    Generator { name: "numbers-en-de", splits: &numbers::SPLITS, row: numbers::english_to_german },
    Generator { name: "numbers-de-en", splits: &numbers::SPLITS, row: numbers::german_to_english },
    Generator { name: "shapes", splits: &shapes::SPLITS, row: shapes::row },
    Generator { name: "scenes-captions", splits: &scenes::SPLITS, row: scenes::captions::row },
    Generator { name: "scenes-questions", splits: &scenes::SPLITS, row: scenes::questions::row },
    Generator { name: "scenes-statements", splits: &scenes::SPLITS, row: scenes::statements::row },
];

/// All generators, in the order in which they are listed to users.
pub fn generators() -> impl Iterator<Item = &'static Generator> {
    const { &GENERATORS }.iter()
}

/// The generator of the data set with this name.
pub fn generator(name: &str) -> Option<&'static Generator> {
    generators().find(|generator| generator.name == name)
}

/// The classes of a data set, of those too whose card would be too long with them.
pub fn classes(card: &Card) -> Vec<String> {
    if card.name == "stories-who" { stories::tasks::who::labels() } else { card.labels.clone() }
}

impl Generator {
    /// The first `count` rows of a split.
    pub fn rows(&self, seed: u64, split: &str, count: u64) -> Result<Rows, DataError> {
        let (row, splits) = (self.row, self.splits);
        let split = *splits.iter().find(|known| **known == split).ok_or_else(|| DataError::UnknownSplit {
            split: split.to_owned(),
            of: format!("`{}`", self.name),
            known: listed(splits.iter().copied()),
        })?;
        let make = Box::new(move |index| row(seed, split, index));
        Ok(Box::new(Ahead { make, places: 0..count, ready: Vec::new().into_iter(), at_once: 1 }))
    }
}

/// Rows made at once at most.
const MOST_AT_ONCE: u64 = 256;

/// Rows that are made on all cores before they are asked for: few at first, because many readers want few.
struct Ahead {
    make: Box<dyn Fn(u64) -> Row + Send + Sync>,
    /// What is not made yet.
    places: Range<u64>,
    ready: std::vec::IntoIter<Row>,
    at_once: u64,
}

impl Ahead {
    fn refill(&mut self) {
        let next = self.places.start..self.places.end.min(self.places.start.saturating_add(self.at_once));
        self.places.start = next.end;
        self.at_once = MOST_AT_ONCE.min(2 * self.at_once);
        self.ready = next.into_par_iter().map(&self.make).collect::<Vec<Row>>().into_iter();
    }
}

impl Iterator for Ahead {
    type Item = Result<Row, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.as_slice().is_empty() {
            self.refill();
        }
        self.ready.next().map(Ok)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.places.end - self.places.start).ok();
        let left = left.and_then(|left| left.checked_add(self.ready.len()));
        (left.unwrap_or(usize::MAX), left)
    }
}

/// A row of a generator, placed by its number.
pub(crate) fn row<const CELLS: usize>(name: &str, index: u64, cells: [(&str, Cell); CELLS]) -> Row {
    let place = Place { file: format!("{name} (generated)").into(), line: index + 1 };
    Row { place, cells: cells.into_iter().map(|(role, cell)| (Arc::from(role), cell)).collect() }
}

/// One of `classes` for each index, such that each is drawn once in every block of so many indices.
pub(crate) fn balanced(key: Key, index: u64, classes: usize) -> usize {
    let (block, place) = (index / classes as u64, index % classes as u64);
    permuted(key.nth(block), place as usize, classes)
}

#[cfg(test)]
mod tests;
