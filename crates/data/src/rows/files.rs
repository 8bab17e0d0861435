//! Many files as one stream of rows.

use std::path::Path;

use super::{Format, rows, until_error};
use crate::local::matching;
use crate::{DataError, Rows};

/// The rows of all files that the patterns name, in the sorted order of the files. Without a format, each file's name
/// tells its own. A file is opened when its turn comes.
pub fn files(patterns: &[String], base: &Path, format: Option<&Format>) -> Result<Rows, DataError> {
    let mut paths = matching(patterns, base)?.into_iter();
    let format = format.cloned();
    let mut current: Rows = Box::new(std::iter::empty());
    Ok(until_error(move || {
        loop {
            if let Some(row) = current.next() {
                return row.map(Some);
            }
            let Some(path) = paths.next() else { return Ok(None) };
            current = rows(&path, &format.clone().map_or_else(|| Format::of(&path), Ok)?)?;
        }
    }))
}
