//! TOML text to tree. The only file that knows the parser.

use std::{ops::Range, path::Path};

use toml_edit::{Item, Key, TableLike, TomlError, Value};

use super::{
    DocumentError, Origin,
    origin::{Positions, one_line},
    tree::{Content, Entry, Node, Table},
};

/// Far more levels than a config needs, and few enough for any stack.
pub(super) const DEPTH: usize = 64;

/// The table that a file's text holds.
pub(super) fn file(path: &Path, text: &str) -> Result<Table, DocumentError> {
    let positions = Positions::of(text);
    let origin = |span: Option<Range<usize>>| {
        let (line, column) = positions.at(span.map_or(0, |span| span.start));
        Origin::File { path: path.to_owned(), line, column }
    };
    let document = toml_edit::Document::parse(text).map_err(|error| syntax(origin(error.span()), &error))?;
    Conversion { origin: &origin }.table(document.as_table(), 0)
}

/// The value in a command-line argument; what is not meant as TOML is a string.
///
/// `depth` counts the tables that the value will lie in.
pub(super) fn argument(text: &str, origin: &Origin, depth: usize) -> Result<Node, DocumentError> {
    refuse_depth(origin, depth)?;
    let text = text.trim();
    match text.parse::<Value>() {
        Ok(value) => Conversion { origin: &|_| origin.clone() }.value(origin.clone(), &value, depth),
        Err(error) if text.starts_with(['[', '{', '"', '\'']) => Err(syntax(origin.clone(), &error)),
        Err(_) => Ok(string(text, origin)),
    }
}

pub(super) fn string(text: &str, origin: &Origin) -> Node {
    Node { origin: origin.clone(), content: Content::Text(text.to_owned()) }
}

/// The keys of a dotted path; none if it is no path.
pub(super) fn path(text: &str) -> Option<Vec<String>> {
    let keys = Key::parse(text).ok().filter(|keys| !keys.is_empty())?;
    Some(keys.iter().map(|key| key.get().to_owned()).collect())
}

/// The key as a dotted path writes it: quoted where it must be.
pub(super) fn quoted(key: &str) -> String {
    Key::new(key).display_repr().into_owned()
}

fn syntax(at: Origin, error: &TomlError) -> DocumentError {
    DocumentError::Syntax { at, message: one_line(error.message()) }
}

/// From the parser's tree to ours. `origin` places a span of the text.
struct Conversion<'a> {
    origin: &'a dyn Fn(Option<Range<usize>>) -> Origin,
}

impl Conversion<'_> {
    fn table(&self, table: &dyn TableLike, depth: usize) -> Result<Table, DocumentError> {
        table.iter().map(|(key, item)| Ok((key.to_owned(), self.entry(table.key(key), item, depth)?))).collect()
    }

    fn entry(&self, key: Option<&Key>, item: &Item, depth: usize) -> Result<Entry, DocumentError> {
        let key = (self.origin)(key.and_then(Key::span));
        // A table that no header names, as `a` in `a.b = 1`, begins at its key.
        let origin = item.span().map_or_else(|| key.clone(), |span| (self.origin)(Some(span)));
        Ok(Entry { key, node: self.item(origin, item, depth + 1)? })
    }

    fn item(&self, origin: Origin, item: &Item, depth: usize) -> Result<Node, DocumentError> {
        refuse_depth(&origin, depth)?;
        let content = match item {
            Item::Table(table) => Content::Table(self.table(table, depth)?),
            Item::ArrayOfTables(tables) => {
                let node = |table: &toml_edit::Table| {
                    let content = Content::Table(self.table(table, depth + 1)?);
                    Ok(Node { origin: (self.origin)(table.span()), content })
                };
                Content::List(tables.iter().map(node).collect::<Result<_, DocumentError>>()?)
            }
            Item::Value(value) => return self.value(origin, value, depth),
            Item::None => unreachable!("a parsed table holds no empty items"),
        };
        Ok(Node { origin, content })
    }

    fn value(&self, origin: Origin, value: &Value, depth: usize) -> Result<Node, DocumentError> {
        refuse_depth(&origin, depth)?;
        let content = match value {
            Value::String(text) => Content::Text(text.value().clone()),
            Value::Integer(whole) => Content::Whole(*whole.value()),
            Value::Float(number) => Content::Number(*number.value()),
            Value::Boolean(truth) => Content::Truth(*truth.value()),
            Value::Datetime(date) => Content::Date(format!("the date {}", date.value())),
            Value::InlineTable(table) => Content::Table(self.table(table, depth)?),
            Value::Array(list) => {
                let node = |value: &Value| self.value((self.origin)(value.span()), value, depth + 1);
                Content::List(list.iter().map(node).collect::<Result<_, _>>()?)
            }
        };
        Ok(Node { origin, content })
    }
}

fn refuse_depth(origin: &Origin, depth: usize) -> Result<(), DocumentError> {
    if depth > DEPTH { Err(DocumentError::TooDeep { at: origin.clone() }) } else { Ok(()) }
}
