//! Readers of the user's own data: a file of any [`Format`] becomes [`Rows`], one at a time and never as a whole.
//!
//! Text formats may be compressed with gzip, which their first bytes tell. What a reader is given may be damaged or
//! hostile: lines, records, nesting and pages have bounds, and an error names the file and the line or the row. The first
//! error ends the rows. Pictures are named or handed on as they are stored; nothing here decodes one.

mod caption;
mod columns;
mod files;
mod folder;
mod format;
mod input;
mod json;
mod jsonl;
mod names;
mod parquet;
mod separated;
mod shuffle;
mod text;

use std::path::Path;

pub(crate) use columns::absent;
pub use columns::{Columns, rename};
pub use files::files;
pub use folder::classes;
pub use format::{Encoding, Format, Header, Quoting, Separated};
pub use shuffle::shuffled;

use crate::{DataError, Row, Rows};

/// The rows of one file, or of a folder of pictures.
pub fn rows(path: &Path, format: &Format) -> Result<Rows, DataError> {
    match format {
        Format::Text(encoding) => text::rows(path, *encoding),
        Format::Jsonl => jsonl::rows(path),
        Format::Json => json::rows(path),
        Format::Csv(separated) => separated::rows(path, separated.delimiter.unwrap_or(b','), *separated),
        Format::Tsv(separated) => separated::rows(path, separated.delimiter.unwrap_or(b'\t'), *separated),
        Format::Parquet => parquet::rows(path),
        Format::ImageFolder => folder::rows(path),
        Format::ImageCaption => caption::rows(path),
    }
}

/// How many rows there are, read to the end.
pub fn count(mut rows: Rows) -> Result<u64, DataError> {
    rows.try_fold(0, |count, row| row.map(|_| count + 1))
}

/// Rows up to the end or the first error, whichever comes first.
fn until_error(mut next: impl FnMut() -> Result<Option<Row>, DataError> + Send + 'static) -> Rows {
    let mut ended = false;
    Box::new(std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let row = next().transpose();
        ended = !matches!(row, Some(Ok(_)));
        row
    }))
}

#[cfg(test)]
mod tests;
