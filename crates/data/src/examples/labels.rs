//! The names of classes, and the number of each.

use std::collections::{BTreeSet, HashMap};

use crate::error::listed;
use crate::{Cell, DataError, Row, Rows};

/// A head over more classes than this is a mistake: the column of labels is one of numbers or of texts.
const MOST: usize = 1 << 16;
/// How many names an error lists.
const SHOWN: usize = 12;

/// The classes in the order of their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
    /// Where every name is a whole number, such a label is a name; elsewhere it is the number of a class.
    numeric: bool,
}

impl Labels {
    /// Classes with these names, as on a card or from an earlier run.
    pub fn named(names: Vec<String>) -> Result<Self, DataError> {
        if !(2..=MOST).contains(&names.len()) {
            return Err(DataError::LabelCount { found: names.len(), most: MOST });
        }
        let mut numbers = HashMap::new();
        for (name, index) in names.iter().zip(0..) {
            if numbers.insert(name.clone(), index).is_some() {
                return Err(DataError::RepeatedLabel { name: name.clone() });
            }
        }
        let numeric = names.iter().all(|name| number(name).is_some());
        Ok(Self { names, numbers, numeric })
    }

    /// The different labels in this column, or in its lists, sorted: as numbers if all are whole numbers, else as texts.
    pub fn of(rows: Rows, column: &str) -> Result<Self, DataError> {
        let mut found = BTreeSet::new();
        for row in rows {
            collect(&row?, column, &mut found)?;
            if found.len() > MOST {
                return Err(DataError::LabelCount { found: found.len(), most: MOST });
            }
        }
        let mut names: Vec<String> = found.into_iter().collect();
        if names.iter().all(|name| number(name).is_some()) {
            names.sort_by_key(|name| number(name));
        }
        Self::named(names)
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of the row's `label`.
    pub fn index(&self, row: &Row) -> Result<usize, DataError> {
        match row.cell("label") {
            Some(cell) => self.number(row, "label", cell),
            None => Err(row.unfit("label", EXPECTED, None)),
        }
    }

    /// The number of each of the row's `tags`.
    pub(super) fn tags(&self, row: &Row) -> Result<Vec<usize>, DataError> {
        match row.cell("tags") {
            Some(Cell::List(tags)) => tags.iter().map(|tag| self.number(row, "tags", tag)).collect(),
            found => Err(row.unfit("tags", "a list of labels", found)),
        }
    }

    fn number(&self, row: &Row, column: &str, cell: &Cell) -> Result<usize, DataError> {
        let found = match cell {
            Cell::Text(name) => self.numbers.get(name).copied(),
            Cell::Integer(name) if self.numeric => self.numbers.get(&name.to_string()).copied(),
            Cell::Integer(index) => usize::try_from(*index).ok().filter(|index| *index < self.names.len()),
            other => return Err(row.unfit(column, EXPECTED, Some(other))),
        };
        found.ok_or_else(|| self.unknown(row, cell))
    }

    fn unknown(&self, row: &Row, cell: &Cell) -> DataError {
        let found = spelled(cell).unwrap_or_default();
        let mut known = listed(self.names.iter().take(SHOWN).map(String::as_str));
        if self.names.len() > SHOWN {
            known.push_str(&format!(" and {} more", self.names.len() - SHOWN));
        }
        DataError::UnknownLabel { place: row.place.clone(), found, known }
    }
}

const EXPECTED: &str = "a label, text or a whole number";

fn collect(row: &Row, column: &str, found: &mut BTreeSet<String>) -> Result<(), DataError> {
    let cell = row.cell(column);
    let cells = match cell {
        Some(Cell::List(cells)) => cells,
        Some(cell) => std::slice::from_ref(cell),
        None => &[],
    };
    let names: Option<Vec<String>> = cells.iter().map(spelled).collect();
    let names = names.filter(|_| cell.is_some()).ok_or_else(|| row.unfit(column, EXPECTED, cell))?;
    found.extend(names);
    Ok(())
}

fn spelled(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Text(text) => Some(text.clone()),
        Cell::Integer(integer) => Some(integer.to_string()),
        _ => None,
    }
}

/// The whole number that this spells in the one usual way.
fn number(name: &str) -> Option<i64> {
    name.parse().ok().filter(|number: &i64| number.to_string() == name)
}
