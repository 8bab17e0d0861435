//! JSON as cells: integers beyond 64 bits become numbers, truth 1 and 0, and null nothing. serde_json bounds the nesting.

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::input::{named, open};
use super::names::{Names, repeated};
use crate::error::unreadable;
use crate::{Cell, DataError, Place, Row, Rows};

type Cells = Vec<(Arc<str>, Cell)>;

/// The largest file that is read as a whole, in bytes.
pub(super) const LARGEST: u64 = 1 << 30;

/// One list of objects; a row is known by its number.
pub(super) fn rows(path: &Path) -> Result<Rows, DataError> {
    let text = whole(path)?;
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    let list = Objects.deserialize(&mut deserializer).and_then(|list| deserializer.end().map(|()| list));
    let list = list.map_err(|error| damaged(path, &error))?;
    let file = named(path);
    let row = move |(index, cells)| Ok(Row { place: Place { file: file.clone(), line: index as u64 + 1 }, cells });
    Ok(Box::new(list.into_iter().enumerate().map(row)))
}

/// A file's text, if it is not too much to hold.
pub(super) fn whole(path: &Path) -> Result<String, DataError> {
    let mut text = String::new();
    open(path)?.take(LARGEST + 1).read_to_string(&mut text).map_err(unreadable(path))?;
    if text.len() as u64 <= LARGEST {
        return Ok(text);
    }
    let problem = format!("is more than {LARGEST} bytes of JSON in one piece");
    Err(DataError::UnfitFile {
        path: path.to_owned(),
        problem,
        remedy: "write it as JSON lines, which are read one at a time",
    })
}

pub(super) fn damaged(path: &Path, error: &serde_json::Error) -> DataError {
    let remedy = "a list of objects was expected; if each line is an object, say `format = \"jsonl\"`";
    DataError::Damaged { path: path.to_owned(), format: "JSON", reason: error.to_string(), remedy }
}

/// The cells of one object, or the reason why the text is none.
pub(super) fn object(text: &str, names: &mut Names) -> Result<Cells, String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let cells = Object(names).deserialize(&mut deserializer);
    cells.and_then(|cells| deserializer.end().map(|()| cells)).map_err(|error| reason(&error))
}

/// The error without its line, which is that of the file here.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    format!("{} at byte {}", text.strip_suffix(&place).unwrap_or(&text), error.column())
}

struct Objects;

impl<'de> DeserializeSeed<'de> for Objects {
    type Value = Vec<Cells>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Objects {
    type Value = Vec<Cells>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let (mut objects, mut names) = (Vec::new(), Names::default());
        while let Some(cells) = list.next_element_seed(Object(&mut names))? {
            objects.push(cells);
        }
        Ok(objects)
    }
}

struct Object<'a>(&'a mut Names);

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = Cells;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cells, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Cells;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cells, A::Error> {
        let mut cells = Cells::new();
        while let Some(name) = map.next_key_seed(Name { names: self.0, position: cells.len() })? {
            cells.push((name, map.next_value::<Value>()?.0));
        }
        once(cells.iter().map(|(name, _)| &**name))?;
        Ok(cells)
    }
}

fn once<'a, E: Error>(names: impl Iterator<Item = &'a str>) -> Result<(), E> {
    repeated(names).map_or(Ok(()), |name| Err(E::custom(format!("the name {name:?} occurs twice"))))
}

struct Name<'a> {
    names: &'a mut Names,
    position: usize,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Arc<str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Arc<str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Arc<str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Arc<str>, E> {
        Ok(self.names.shared(self.position, name))
    }
}

struct Value(Cell);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyCell).map(Self)
    }
}

struct AnyCell;

impl<'de> Visitor<'de> for AnyCell {
    type Value = Cell;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Cell, E> {
        Ok(Cell::Missing)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Cell, E> {
        Ok(Cell::Integer(truth.into()))
    }

    fn visit_i64<E>(self, integer: i64) -> Result<Cell, E> {
        Ok(Cell::Integer(integer))
    }

    fn visit_u64<E>(self, integer: u64) -> Result<Cell, E> {
        Ok(i64::try_from(integer).map_or(Cell::Number(integer as f64), Cell::Integer))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Cell, E> {
        Ok(Cell::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Cell, E> {
        Ok(Cell::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Cell, A::Error> {
        let mut cells = Vec::new();
        while let Some(Value(cell)) = list.next_element()? {
            cells.push(cell);
        }
        Ok(Cell::List(cells))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
        let mut cells = Vec::new();
        while let Some((name, Value(cell))) = map.next_entry::<String, Value>()? {
            cells.push((name, cell));
        }
        once(cells.iter().map(|(name, _)| name.as_str()))?;
        Ok(Cell::Record(cells))
    }
}
