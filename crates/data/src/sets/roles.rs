//! From the columns of a file to the roles of a task: names, classes as indices, scores as numbers, splits by hash.

use std::collections::BTreeMap;
use std::sync::Arc;

use attentive_random::Key;

use super::shape::quoted;
use crate::card::CardSplit;
use crate::error::listed;
use crate::{Card, Cell, DataError, Row, Rows, rows};

/// Roles that a split without published labels lacks.
const TOLD: [&str; 4] = ["label", "score", "answer", "truth"];

struct Roles {
    columns: BTreeMap<Arc<str>, String>,
    classes: Vec<String>,
    labelled: bool,
}

/// The rows with the roles that the card gives to their columns, less those of other splits.
pub(super) fn given(rows: Rows, card: &Card, split: &CardSplit) -> Rows {
    let columns = card.columns.iter().map(|(role, column)| (role.as_str().into(), column.clone())).collect();
    let roles = Roles { columns, classes: card.written().to_vec(), labelled: split.labelled };
    let rows = rows.map(move |row| roles.give(row?));
    let Some(by) = split.by.clone() else { return Box::new(rows) };
    let share = split.from..split.to;
    let within = move |row: &Row| Ok(share.contains(&portion(row.text(&by)?)));
    Box::new(rows.filter_map(move |row| match row.and_then(|row| Ok((within(&row)?, row))) {
        Ok((true, row)) => Some(Ok(row)),
        Ok((false, _)) => None,
        Err(error) => Some(Err(error)),
    }))
}

/// A text's place between 0 and 1: the same forever, and unrelated to its place in the file.
fn portion(text: &str) -> f64 {
    let [draw, ..] = Key::new(0).at("split").at(text).block(0);
    f64::from(draw) / (f64::from(u32::MAX) + 1.0)
}

impl Roles {
    fn give(&self, mut row: Row) -> Result<Row, DataError> {
        for (role, column) in &self.columns {
            self.rename(&mut row, role, column)?;
        }
        if !self.labelled {
            row.cells.retain(|(name, _)| !TOLD.contains(&&**name));
            return Ok(row);
        }
        self.number_label(&mut row)?;
        number_score(&mut row)?;
        Ok(row)
    }

    fn rename(&self, row: &mut Row, role: &Arc<str>, column: &str) -> Result<(), DataError> {
        if let Some((name, _)) = row.cells.iter_mut().find(|(name, _)| **name == *column) {
            *name = role.clone();
            return Ok(());
        }
        if !self.labelled && TOLD.contains(&&**role) {
            return Ok(());
        }
        Err(rows::absent(row, role, column))
    }

    /// Puts the index of the class in place of its name.
    fn number_label(&self, row: &mut Row) -> Result<(), DataError> {
        let Some((_, cell)) = row.cells.iter_mut().find(|(name, _)| &**name == "label") else { return Ok(()) };
        let index = match &*cell {
            Cell::Text(text) => self.classes.iter().position(|class| class == text),
            Cell::Integer(index) => usize::try_from(*index).ok().filter(|index| *index < self.classes.len()),
            _ => None,
        };
        if let Some(index) = index {
            *cell = Cell::Integer(index as i64);
            return Ok(());
        }
        let (found, known) = match &*cell {
            Cell::Integer(index) => (index.to_string(), format!("the {} classes", self.classes.len())),
            Cell::Text(text) => (quoted(text), listed(self.classes.iter().map(String::as_str))),
            other => (other.kind().to_owned(), listed(self.classes.iter().map(String::as_str))),
        };
        Err(DataError::Label { place: row.place.clone(), found, known })
    }
}

fn number_score(row: &mut Row) -> Result<(), DataError> {
    let place = row.place.clone();
    let Some((_, cell)) = row.cells.iter_mut().find(|(name, _)| &**name == "score") else { return Ok(()) };
    if let Cell::Text(text) = cell {
        let score = text.trim().parse().ok().filter(|score: &f64| score.is_finite());
        let score = score.ok_or_else(|| super::shape::unfit(place, "a number as score", quoted(text)))?;
        *cell = Cell::Number(score);
    }
    Ok(())
}
