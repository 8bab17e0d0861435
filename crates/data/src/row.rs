//! One example of a data set: named cells, and where it was read.
//!
//! Readers of every format give rows; a card or `data.columns` gives their columns the names of roles (`text`, `second`, `label`,
//! `source`, `target`, `picture`, …), and consumers ask for a role by name.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::DataError;

/// A value of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Missing,
    Text(String),
    Integer(i64),
    Number(f64),
    List(Vec<Cell>),
    Record(Vec<(String, Cell)>),
    Picture(Picture),
}

/// A picture that is not decoded before it is wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    File(PathBuf),
    /// The bytes of a PNG, JPEG, … file.
    Encoded(Vec<u8>),
    /// `[height, width, channel]`, one byte each.
    Pixels {
        height: usize,
        width: usize,
        channels: usize,
        bytes: Vec<u8>,
    },
}

/// Where a row was read: errors about its content name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: Arc<str>,
    /// Counted from 1, a header included, so that it is what an editor shows; of formats without lines the row's number.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.file, self.line)
    }
}

/// One example.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub place: Place,
    /// In the order of the file; a name occurs once.
    pub cells: Vec<(Arc<str>, Cell)>,
}

/// Rows as they are read, one at a time.
pub type Rows = Box<dyn Iterator<Item = Result<Row, DataError>> + Send>;

impl Row {
    pub fn cell(&self, column: &str) -> Option<&Cell> {
        self.cells.iter().find(|(name, _)| **name == *column).map(|(_, cell)| cell)
    }

    /// The text in a column that the row must have.
    pub fn text(&self, column: &str) -> Result<&str, DataError> {
        match self.cell(column) {
            Some(Cell::Text(text)) => Ok(text),
            found => Err(self.unfit(column, "text", found)),
        }
    }

    /// The whole number in a column that the row must have, or the one that its text spells.
    pub fn integer(&self, column: &str) -> Result<i64, DataError> {
        let cell = self.cell(column);
        let integer = match cell {
            Some(Cell::Integer(integer)) => Some(*integer),
            Some(Cell::Text(text)) => text.trim().parse().ok(),
            _ => None,
        };
        integer.ok_or_else(|| self.unfit(column, "a whole number", cell))
    }

    /// The number in a column that the row must have, or the one that its text spells. Text never spells an infinity.
    pub fn number(&self, column: &str) -> Result<f64, DataError> {
        let cell = self.cell(column);
        let number = match cell {
            Some(Cell::Number(number)) => Some(*number),
            Some(Cell::Integer(integer)) => Some(*integer as f64),
            Some(Cell::Text(text)) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        };
        number.ok_or_else(|| self.unfit(column, "a number", cell))
    }

    /// The texts in a column that the row must have; one text is a list of one.
    pub fn texts(&self, column: &str) -> Result<Vec<&str>, DataError> {
        match self.cell(column) {
            Some(Cell::Text(text)) => Ok(vec![text]),
            Some(found @ Cell::List(cells)) => cells
                .iter()
                .map(Cell::text)
                .collect::<Option<_>>()
                .ok_or_else(|| self.unfit(column, "texts", Some(found))),
            found => Err(self.unfit(column, "texts", found)),
        }
    }

    pub fn picture(&self, column: &str) -> Result<&Picture, DataError> {
        match self.cell(column) {
            Some(Cell::Picture(picture)) => Ok(picture),
            found => Err(self.unfit(column, "a picture", found)),
        }
    }

    pub(crate) fn unfit(&self, column: &str, expected: &'static str, found: Option<&Cell>) -> DataError {
        let found = found.map_or("the column is absent", Cell::kind);
        DataError::Cell { place: self.place.clone(), column: column.to_owned(), expected, found }
    }
}

impl Cell {
    /// The text, if it is one.
    pub const fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text.as_str()) } else { None }
    }

    /// As errors call it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "nothing",
            Self::Text(_) => "text",
            Self::Integer(_) => "a whole number",
            Self::Number(_) => "a number",
            Self::List(_) => "a list",
            Self::Record(_) => "a record",
            Self::Picture(_) => "a picture",
        }
    }
}
