//! A row a line, in the column `text`.

use std::path::Path;
use std::sync::Arc;

use super::input::Lines;
use super::{Encoding, until_error};
use crate::{Cell, DataError, Row, Rows};

pub(super) fn rows(path: &Path, encoding: Encoding) -> Result<Rows, DataError> {
    let mut lines = Lines::open(path, encoding)?;
    let column: Arc<str> = "text".into();
    Ok(until_error(move || {
        let Some(text) = lines.read()?.map(|line| line.into_owned()) else { return Ok(None) };
        Ok(Some(Row { place: lines.place(), cells: vec![(column.clone(), Cell::Text(text))] }))
    }))
}
