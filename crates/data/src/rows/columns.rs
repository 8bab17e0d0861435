//! The columns of the user's files under the names of their roles.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::error::listed;
use crate::{Cell, DataError, Row, Rows};

/// Which column plays a role: `{ text = "sentence", label = "is_spam" }`. One column may play several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Columns(pub BTreeMap<String, String>);

/// How unlike a column's name may be and still be suggested (0 is unlike, 1 is equal).
const LIKENESS: f64 = 0.7;

/// The rows with roles for names. Other columns keep theirs, except one whose name a role has taken.
pub fn rename(rows: Rows, columns: &Columns) -> Rows {
    let pairs = columns.0.iter().map(|(role, column)| (role.as_str().into(), column.clone()));
    let roles = Roles(pairs.collect());
    Box::new(rows.map(move |row| roles.renamed(row?)))
}

/// Each role with its column.
struct Roles(Vec<(Arc<str>, String)>);

impl Roles {
    fn renamed(&self, row: Row) -> Result<Row, DataError> {
        if let Some((role, column)) = self.0.iter().find(|(_, column)| row.cell(column).is_none()) {
            return Err(absent(&row, role, column));
        }
        let cells = row.cells.into_iter().flat_map(|(name, cell)| self.named(name, cell)).collect();
        Ok(Row { place: row.place, cells })
    }

    /// A cell under the roles that its column plays, or under its own name if no other column plays a role of that name.
    fn named(&self, name: Arc<str>, cell: Cell) -> Vec<(Arc<str>, Cell)> {
        let mut roles = self.0.iter().filter(|(_, column)| **column == *name).map(|(role, _)| role.clone()).peekable();
        if roles.peek().is_some() {
            return roles.map(|role| (role, cell.clone())).collect();
        }
        if self.0.iter().any(|(role, _)| *role == name) { Vec::new() } else { vec![(name, cell)] }
    }
}

pub(crate) fn absent(row: &Row, role: &str, column: &str) -> DataError {
    let names = || row.cells.iter().map(|(name, _)| &**name);
    let likeness = |known: &str| strsim::jaro_winkler(&column.to_lowercase(), &known.to_lowercase());
    let nearest = names().max_by(|first, second| likeness(first).total_cmp(&likeness(second)));
    let near = nearest.filter(|known| likeness(known) > LIKENESS);
    DataError::NoColumn {
        place: row.place.clone(),
        role: role.to_owned(),
        column: column.to_owned(),
        suggestion: near.map_or_else(|| ".".to_owned(), |known| format!("; did you mean `{known}`?")),
        known: listed(names()),
    }
}
