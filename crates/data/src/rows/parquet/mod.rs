//! Parquet through the record interface of the crate `parquet`, a page of each column in memory at a time.
//!
//! That crate trusts what a file says of itself more than a reader of foreign files may. `footer` and `pages` check beforehand
//! whatever would make it overflow the stack or reserve memory without bound, neither of which can be caught. Its assertions
//! (`record/reader.rs` on the shape of lists and maps, `record/api.rs` on types it does not convert, `byte_range` on negative
//! offsets) are caught here and told as damage. What remains: a page may say that it unpacks to as much as 2 GiB, because the
//! format can, and a row that is a list may be as long as memory allows.

mod cells;
mod footer;
mod pages;
mod whole;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::{ReaderIter, TreeBuilder};

use super::input::{named, regular};
use super::names::{Names, repeated};
use super::until_error;
use crate::{DataError, Place, Row, Rows};
use whole::Whole;

const REMEDY: &str = "get the file again, or write it anew";

/// A row is known by its number in the file.
pub(super) fn rows(path: &Path) -> Result<Rows, DataError> {
    let mut records = Records::open(path)?;
    let mut names = Names::default();
    let mut place = Place { file: named(path), line: 0 };
    Ok(until_error(move || {
        place.line += 1;
        let Some(record) = records.read(&place)? else { return Ok(None) };
        let cells =
            cells::cells(record, &mut names).map_err(|problem| place.clone().malformed(problem, cells::REMEDY))?;
        Ok(Some(Row { place: place.clone(), cells }))
    }))
}

/// The records of all row groups.
struct Records {
    file: SerializedFileReader<Whole>,
    next_group: usize,
    group: Option<ReaderIter>,
}

impl Records {
    fn open(path: &Path) -> Result<Self, DataError> {
        let mut file = regular(path)?;
        let opened = guarded(|| {
            footer::check(&mut file).map_err(ParquetError::General)?;
            let file = SerializedFileReader::new(Whole(file))?;
            Ok(file)
        });
        let file = opened.map_err(|reason| damaged(path.to_owned(), reason))?;
        let length = path.metadata().map_err(crate::error::unreadable(path))?.len();
        guarded(|| sound(file.metadata(), length)).map_err(|reason| damaged(path.to_owned(), reason))?;
        Ok(Self { file, next_group: 0, group: None })
    }

    fn read(&mut self, place: &Place) -> Result<Option<parquet::record::Row>, DataError> {
        guarded(|| self.advance())
            .map_err(|reason| place.clone().malformed(format!("the row cannot be read ({reason})"), REMEDY))
    }

    fn advance(&mut self) -> ParquetResult<Option<parquet::record::Row>> {
        loop {
            if let Some(record) = self.group.as_mut().and_then(Iterator::next) {
                return record.map(Some);
            }
            if self.next_group == self.file.num_row_groups() {
                return Ok(None);
            }
            let group = pages::Checked(self.file.get_row_group(self.next_group)?);
            let schema = self.file.metadata().file_metadata().schema_descr_ptr();
            self.group = Some(TreeBuilder::new().as_iter(schema, &group)?);
            self.next_group += 1;
        }
    }
}

/// Whether the metadata's numbers can be true of a file of this length.
fn sound(metadata: &ParquetMetaData, length: u64) -> ParquetResult<()> {
    let wrong = |reason: String| Err(ParquetError::General(reason));
    let fields = metadata.file_metadata().schema().get_fields();
    if fields.is_empty() {
        return wrong("the file has no columns".to_owned());
    }
    if let Some(name) = repeated(fields.iter().map(|field| field.name())) {
        return wrong(format!("two columns are named `{name}`"));
    }
    for group in metadata.row_groups() {
        let ends =
            group.columns().iter().map(|column| column.byte_range()).map(|(start, size)| start.checked_add(size));
        if group.num_rows() < 0 || ends.into_iter().any(|end| end.is_none_or(|end| end > length)) {
            return wrong("the footer speaks of more than the file holds".to_owned());
        }
    }
    Ok(())
}

fn damaged(path: PathBuf, reason: String) -> DataError {
    DataError::Damaged { path, format: "parquet", reason, remedy: REMEDY }
}

/// The result of the foreign crate, whose panic is an error like any other. What it was working on is not used again.
fn guarded<T>(action: impl FnOnce() -> ParquetResult<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(action)) {
        Ok(result) => result.map_err(|error| match error {
            ParquetError::General(reason) => reason,
            other => other.to_string(),
        }),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            Err(text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it breaks the reader").to_owned())
        }
    }
}
