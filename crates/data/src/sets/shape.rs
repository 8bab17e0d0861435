//! The columns that a layout gives, named once for all its rows, and the errors about what does not fit.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{Cell, DataError, Place, Row};

/// Column names, shared by the rows that have them.
#[derive(Clone)]
pub(super) struct Shape(Arc<[Arc<str>]>);

impl Shape {
    pub(super) fn new<Name: AsRef<str>>(columns: impl IntoIterator<Item = Name>) -> Self {
        Self(columns.into_iter().map(|name| Arc::from(name.as_ref())).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// A row with one cell a column.
    pub(super) fn row(&self, place: Place, cells: impl IntoIterator<Item = Cell>) -> Row {
        Row { place, cells: self.0.iter().cloned().zip(cells).collect() }
    }
}

/// The name of a file in places.
pub(super) fn named(path: &Path) -> Arc<str> {
    path.display().to_string().into()
}

/// The files of a layout that needs just so many, which its card lists (a test reads all cards).
pub(super) fn files<const COUNT: usize>(paths: &[PathBuf]) -> &[PathBuf; COUNT] {
    paths.try_into().expect("the card lists the files of its layout")
}

pub(super) fn unfit(place: Place, expected: impl Into<String>, found: impl Into<String>) -> DataError {
    DataError::Layout { place, expected: expected.into(), found: found.into() }
}

/// As much of a text as an error shows.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}
