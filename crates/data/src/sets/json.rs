//! JSON, a record a line or a file whole, read into what a layout expects of it.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::lines::{Encoding, each};
use super::shape::{named, unfit};
use crate::text::contents;
use crate::{DataError, Place, Row, Rows};

/// A row for each line, as `row` makes it of the record there.
pub(super) fn lines<Record, Make>(paths: &[PathBuf], row: Make) -> Result<Rows, DataError>
where
    Record: DeserializeOwned,
    Make: Fn(Place, Record) -> Result<Row, DataError> + Send + 'static,
{
    each(paths, Encoding::Utf8, move |place, line| {
        let record = serde_json::from_str(&line).map_err(|error| broken(&place, &error))?;
        row(place, record)
    })
}

/// The file as one record.
pub(super) fn whole<Record: DeserializeOwned>(path: &Path) -> Result<Record, DataError> {
    let place = |line| Place { file: named(path), line };
    serde_json::from_str(&contents(path)?).map_err(|error| broken(&place(error.line() as u64), &error))
}

fn broken(place: &Place, error: &serde_json::Error) -> DataError {
    unfit(place.clone(), "a record in JSON with the fields of its layout", error.to_string())
}
