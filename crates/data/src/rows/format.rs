//! The formats and what can be said about them.

use std::path::Path;

use crate::DataError;
use crate::error::listed;

/// How rows lie in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// A row a line, in the column `text`.
    Text(Encoding),
    /// A JSON object a line; blank lines are skipped.
    Jsonl,
    /// One JSON list of objects, read as a whole.
    Json,
    Csv(Separated),
    Tsv(Separated),
    Parquet,
    /// A folder a class: columns `picture` and `label`, and `split` where the folders of classes lie in folders of splits.
    ImageFolder,
    /// Pictures and a file of their captions: columns `picture` and `captions`.
    ImageCaption,
}

/// How fields are separated. Every field is text; `Row::integer` and `Row::number` parse it where a number is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Separated {
    /// Absent: the format's own.
    pub delimiter: Option<u8>,
    pub header: Header,
    pub quoting: Quoting,
    pub encoding: Encoding,
}

/// Whether the first record names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    #[default]
    Names,
    /// The columns are called `0`, `1`, ….
    None,
}

/// Whether a field may stand in quotes. With `Off` a quote is a character like any other, as in GLUE's files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quoting {
    #[default]
    On,
    Off,
}

/// How bytes spell characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    #[default]
    Utf8,
    /// ISO 8859-1: a byte is the character of its number.
    Latin1,
}

const KINDS: [&str; 8] = ["text", "jsonl", "json", "csv", "tsv", "parquet", "image-folder", "image-caption"];

impl Format {
    /// The format that a file's extension tells, before a `.gz` if there is one. A folder with captions is
    /// `ImageCaption`, any other `ImageFolder`.
    pub fn of(path: &Path) -> Result<Self, DataError> {
        if path.is_dir() {
            return Ok(if super::caption::present(path) { Self::ImageCaption } else { Self::ImageFolder });
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let extension =
            name.strip_suffix(".gz").unwrap_or(&name).rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension {
            "txt" | "text" => Ok(Self::Text(Encoding::default())),
            "jsonl" | "ndjson" => Ok(Self::Jsonl),
            "json" => Ok(Self::Json),
            "csv" => Ok(Self::Csv(Separated::default())),
            "tsv" => Ok(Self::Tsv(Separated::default())),
            "parquet" => Ok(Self::Parquet),
            _ => Err(DataError::UnknownFormat { path: path.to_owned(), known: listed(KINDS.into_iter()) }),
        }
    }
}
