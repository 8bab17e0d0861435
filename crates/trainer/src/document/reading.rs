//! Files, and the files that they extend.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    DocumentError, Origin,
    fault::found,
    parse,
    tree::{Content, Entry, Node, Table, merge},
};

/// The longest file that is read, in bytes.
pub(super) const LENGTH: u64 = 1 << 20;

/// The most files that one config is read from: bases that each extend two more would double without end.
pub(super) const FILES: usize = 64;

/// One config being read.
#[derive(Default)]
pub(super) struct Reading {
    /// Each file once, bases before what extends them.
    pub(super) files: Vec<PathBuf>,
    begun: usize,
    extending: Vec<Extending>,
}

/// A file whose bases are being read.
struct Extending {
    path: PathBuf,
    /// Free of links and `..`, to know the file by.
    canonical: PathBuf,
    key: Origin,
}

impl Reading {
    /// The file laid over what it extends. `from` is where another file extends this one.
    pub(super) fn file(&mut self, path: &Path, from: Option<&Origin>) -> Result<Table, DocumentError> {
        let canonical = fs::canonicalize(path).map_err(|source| unreadable(path, from, source))?;
        self.refuse_circle(&canonical)?;
        self.refuse_crowd(from)?;
        let mut own = parse::file(path, &text(path, from)?)?;
        let mut table = match own.remove("extends") {
            Some(extends) => self.bases(path, canonical, extends)?,
            None => Table::new(),
        };
        merge(&mut table, own);
        if !self.files.iter().any(|file| file == path) {
            self.files.push(path.to_owned());
        }
        Ok(table)
    }

    fn bases(&mut self, path: &Path, canonical: PathBuf, extends: Entry) -> Result<Table, DocumentError> {
        self.extending.push(Extending { path: path.to_owned(), canonical, key: extends.key });
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut table = Table::new();
        for (name, origin) in names(extends.node)? {
            merge(&mut table, self.file(&folder.join(name), Some(&origin))?);
        }
        self.extending.pop();
        Ok(table)
    }

    fn refuse_circle(&self, canonical: &Path) -> Result<(), DocumentError> {
        let Some(first) = self.extending.iter().position(|file| file.canonical == canonical) else { return Ok(()) };
        let circle = &self.extending[first..];
        let folder = circle[0].path.parent().unwrap_or(Path::new(""));
        let shown = |file: &Extending| file.path.strip_prefix(folder).unwrap_or(&file.path).display().to_string();
        let chain: Vec<_> = circle.iter().chain([&circle[0]]).map(shown).collect();
        Err(DocumentError::Circle { at: circle[0].key.clone(), chain: chain.join(" -> ") })
    }

    fn refuse_crowd(&mut self, from: Option<&Origin>) -> Result<(), DocumentError> {
        self.begun += 1;
        match from {
            Some(at) if self.begun > FILES => Err(DocumentError::TooManyFiles { at: at.clone() }),
            _ => Ok(()),
        }
    }
}

/// The file names that `extends` gives, each with its place.
fn names(extends: Node) -> Result<Vec<(String, Origin)>, DocumentError> {
    match extends.content {
        Content::List(names) => names.into_iter().map(name).collect(),
        _ => Ok(vec![name(extends)?]),
    }
}

fn name(node: Node) -> Result<(String, Origin), DocumentError> {
    match node.content {
        Content::Text(name) => Ok((name, node.origin)),
        _ => Err(DocumentError::Extends { found: found(node.unexpected()), at: node.origin }),
    }
}

fn text(path: &Path, from: Option<&Origin>) -> Result<String, DocumentError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LENGTH + 1).read_to_end(&mut bytes));
    let length = read.map_err(|source| unreadable(path, from, source))?;
    if length as u64 > LENGTH {
        return Err(DocumentError::TooLong { path: path.to_owned() });
    }
    let foreign = |error| unreadable(path, from, io::Error::new(io::ErrorKind::InvalidData, error));
    String::from_utf8(bytes).map_err(foreign)
}

fn unreadable(path: &Path, from: Option<&Origin>, cause: io::Error) -> DocumentError {
    DocumentError::Unreadable { path: path.to_owned(), from: from.cloned(), cause }
}
