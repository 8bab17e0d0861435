//! A JSON object a line.

use std::path::Path;

use super::input::{LONGEST, Lines};
use super::json::object;
use super::names::Names;
use super::{Encoding, until_error};
use crate::{DataError, Row, Rows};

pub(super) fn rows(path: &Path) -> Result<Rows, DataError> {
    bounded(path, LONGEST)
}

pub(super) fn bounded(path: &Path, longest: usize) -> Result<Rows, DataError> {
    let mut lines = Lines::bounded(path, Encoding::Utf8, longest)?;
    let mut names = Names::default();
    Ok(until_error(move || {
        let cells = loop {
            let Some(line) = lines.read()? else { return Ok(None) };
            if !line.trim_ascii().is_empty() {
                break object(&line, &mut names);
            }
        };
        match cells {
            Ok(cells) => Ok(Some(Row { place: lines.place(), cells })),
            Err(reason) => {
                Err(lines.place().malformed(reason, "a JSON object a line was expected; mend or remove the line"))
            }
        }
    }))
}
