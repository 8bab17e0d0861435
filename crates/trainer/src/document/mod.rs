//! Config files as one tree: TOML with inheritance and overrides, where each value knows its place.
//!
//! A file is laid over what it `extends`, command-line assignments over the file, and sections of the tree are
//! deserialized into plain serde structs. Every error names the place, what was expected and the remedy. This is not a
//! config: no key but `extends` means anything here.

mod error;
mod fault;
mod nearest;
mod origin;
mod parse;
mod reader;
mod reading;
#[cfg(test)]
mod tests;
mod tree;
mod variant;

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use fault::{Fault, found};
use reading::Reading;
use tree::{Content, Entry, Node, Reach, Table};

pub use error::DocumentError;
pub use nearest::nearest;
pub use origin::Origin;

/// A tree of tables, lists and values; paths into it are dotted, as in `model.heads`, and `""` is the whole.
#[derive(Clone, Debug)]
pub struct Document {
    /// The root. Its origin is the main file, whatever that extends.
    root: Node,
    files: Vec<PathBuf>,
}

impl Document {
    /// Reads a file and what it extends.
    ///
    /// `extends = "base.toml"`, or a list, is relative to the file that says so. A later base wins over an earlier one,
    /// and the file itself over all: tables merge, everything else replaces.
    pub fn read(path: &Path) -> Result<Self, DocumentError> {
        let mut reading = Reading::default();
        let table = reading.file(path, None)?;
        let origin = Origin::File { path: path.to_owned(), line: 1, column: 1 };
        Ok(Self { root: Node { origin, content: Content::Table(table) }, files: reading.files })
    }

    /// A document that no file begins: all of it comes from the command line.
    pub fn empty() -> Self {
        let origin = Origin::Flag { text: "the command line".to_owned() };
        Self { root: Node { origin, content: Content::Table(Table::new()) }, files: Vec::new() }
    }

    /// Lays an assignment such as `training.steps=500` over the document.
    ///
    /// What is not meant as TOML, such as a bare word or a path, is a string.
    pub fn set(&mut self, assignment: &str) -> Result<(), DocumentError> {
        let malformed = || DocumentError::Assignment { text: origin::one_line(assignment) };
        let (keys, value) = split(assignment).ok_or_else(malformed)?;
        let at = Origin::Override { text: assignment.to_owned() };
        let node = parse::argument(value, &at, keys.len())?;
        self.refuse_value_above(&keys, at)?;
        self.lay(&keys, node);
        Ok(())
    }

    /// Lays the value of a command-line flag over the document; `text` is the flag as its user knows it.
    ///
    /// # Panics
    ///
    /// If `key`, which the program names and not its user, is not a dotted path.
    pub fn set_flag(&mut self, key: &str, value: &str, text: &str) {
        let keys = parse::path(key).expect("a flag names a dotted path");
        let at = Origin::Flag { text: text.to_owned() };
        let node = parse::argument(value, &at, keys.len()).unwrap_or_else(|_| parse::string(value, &at));
        self.lay(&keys, node);
    }

    /// Where a value was written, or where a table was first.
    pub fn origin(&self, path: &str) -> Option<&Origin> {
        self.find(path).map(|node| &node.origin)
    }

    /// The string at `path`, if there is one.
    pub fn text(&self, path: &str) -> Option<&str> {
        match &self.find(path)?.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn contains(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    /// Deserializes what lies at `path`; an absent table is an empty one.
    ///
    /// Structs should be `#[serde(deny_unknown_fields)]`. An untagged enum reads best with an `expecting` that says
    /// what to give.
    pub fn section<T: DeserializeOwned>(&self, path: &str) -> Result<T, DocumentError> {
        let absent = Node { origin: self.root.origin.clone(), content: Content::Table(Table::new()) };
        let node = self.reach(path)?.unwrap_or(&absent);
        reader::read(std::marker::PhantomData, node).map_err(|fault| fault.finish(&self.root.origin, path))
    }

    /// Refuses a key of the table at `path` that is not one of `known`.
    pub fn only(&self, path: &str, known: &[&str]) -> Result<(), DocumentError> {
        let Some(node) = self.reach(path)? else { return Ok(()) };
        let Content::Table(table) = &node.content else { return Err(self.not_a_table(path, node)) };
        let Some((key, entry)) = table.iter().find(|(key, _)| !known.contains(&key.as_str())) else { return Ok(()) };
        Err(Fault::unknown_key(key, known).at(&entry.key).finish(&self.root.origin, path))
    }

    /// All files that were read, bases first.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    fn find(&self, path: &str) -> Option<&Node> {
        self.reach(path).ok().flatten()
    }

    /// The node at `path`. That a value stands where a table should is an error, or its keys would be passed over.
    fn reach(&self, path: &str) -> Result<Option<&Node>, DocumentError> {
        let keys = keys(path);
        match self.root.reach(&keys) {
            Reach::Found(node) => Ok(Some(node)),
            Reach::Absent => Ok(None),
            Reach::Blocked(taken, node) => Err(self.not_a_table(&dotted(&keys[..taken]), node)),
        }
    }

    fn not_a_table(&self, path: &str, node: &Node) -> DocumentError {
        Fault::wants("a table", found(node.unexpected())).of(node).finish(&self.root.origin, path)
    }

    fn refuse_value_above(&self, keys: &[String], at: Origin) -> Result<(), DocumentError> {
        let Reach::Blocked(taken, node) = self.root.reach(keys) else { return Ok(()) };
        let found = format!("{} ({})", found(node.unexpected()), node.origin);
        Err(DocumentError::NotATable { at, path: dotted(&keys[..taken]), found })
    }

    fn lay(&mut self, keys: &[String], node: Node) {
        let Content::Table(table) = &mut self.root.content else { unreachable!("the root is always a table") };
        let (first, rest) = keys.split_first().expect("a parsed path has a key");
        tree::merge(table, Table::from([(first.clone(), Entry::nested(rest, node))]));
    }
}

/// The keys before the first `=` that no quotes hold, and the value behind it, which must be there.
fn split(assignment: &str) -> Option<(Vec<String>, &str)> {
    let mut sides = assignment.match_indices('=').map(|(at, _)| (&assignment[..at], &assignment[at + 1..]));
    let (keys, value) = sides.find_map(|(key, value)| Some((parse::path(key)?, value)))?;
    (!value.trim().is_empty()).then_some((keys, value))
}

/// The keys of a path that the program gives.
fn keys(path: &str) -> Vec<String> {
    if path.is_empty() { Vec::new() } else { parse::path(path).unwrap_or_else(|| vec![path.to_owned()]) }
}

fn dotted(keys: &[String]) -> String {
    keys.iter().map(|key| parse::quoted(key)).collect::<Vec<_>>().join(".")
}
