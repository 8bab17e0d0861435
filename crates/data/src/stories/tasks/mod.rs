//! Labelled tasks over the stories: the story knows what happened, so every label is true.
//!
//! The tasks of a split are about the stories of the same number in the split of the same name.

mod predicate;
pub mod statements;
pub mod tags;
pub mod who;

use super::numbered;
use crate::{Cell, Row, generated};

pub const SPLITS: [&str; 3] = ["train", "validation", "test"];

/// A story alone, with the role `text`.
pub fn row(seed: u64, split: &str, index: u64) -> Row {
    generated::row("stories", index, [("text", Cell::Text(numbered(seed, split, index).text))])
}

#[cfg(test)]
mod tests;
