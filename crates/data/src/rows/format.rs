//! The formats and what can be said about them: `format = "csv"`, or `format = { kind = "csv", header = "none" }`.

use std::fmt;
use std::path::Path;

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

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
    pub header: Header,
    pub quoting: Quoting,
    pub encoding: Encoding,
}

/// Whether the first record names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Header {
    #[default]
    Names,
    /// The columns are called `0`, `1`, ….
    None,
}

/// Whether a field may stand in quotes. With `Off` a quote is a character like any other, as in GLUE's files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quoting {
    #[default]
    On,
    Off,
}

/// How bytes spell characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Encoding {
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// ISO 8859-1: a byte is the character of its number.
    #[serde(rename = "latin-1")]
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

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Text,
    Jsonl,
    Json,
    Csv,
    Tsv,
    Parquet,
    ImageFolder,
    ImageCaption,
}

/// A format as a table. What is absent has its default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    kind: Kind,
    header: Option<Header>,
    quoting: Option<Quoting>,
    encoding: Option<Encoding>,
}

impl Table {
    const fn of(kind: Kind) -> Self {
        Self { kind, header: None, quoting: None, encoding: None }
    }

    /// The format, or the key that says nothing about a format of this kind.
    fn format(self) -> Result<Format, &'static str> {
        let encoding = self.encoding.unwrap_or_default();
        let separated =
            Separated { header: self.header.unwrap_or_default(), quoting: self.quoting.unwrap_or_default(), encoding };
        let format = match self.kind {
            Kind::Csv => return Ok(Format::Csv(separated)),
            Kind::Tsv => return Ok(Format::Tsv(separated)),
            Kind::Text => Format::Text(encoding),
            Kind::Jsonl => Format::Jsonl,
            Kind::Json => Format::Json,
            Kind::Parquet => Format::Parquet,
            Kind::ImageFolder => Format::ImageFolder,
            Kind::ImageCaption => Format::ImageCaption,
        };
        match (&format, self.header, self.quoting, self.encoding) {
            (_, Some(_), ..) => Err("header"),
            (_, _, Some(_), _) => Err("quoting"),
            (Format::Text(_), ..) | (.., None) => Ok(format),
            (.., Some(_)) => Err("encoding"),
        }
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

/// Reads a name or a table, and keeps the errors of both, which an untagged enum would hide.
struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = Format;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a format's name, or a table with its `kind`")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Format, E> {
        let kind = Kind::deserialize(StrDeserializer::new(name))?;
        Ok(Table::of(kind).format().expect("a name alone says nothing that could be amiss"))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Format, A::Error> {
        let table = Table::deserialize(MapAccessDeserializer::new(map))?;
        table
            .format()
            .map_err(|key| A::Error::custom(format!("`{key}` says nothing about this kind of format; remove it")))
    }
}
