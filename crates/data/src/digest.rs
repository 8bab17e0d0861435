//! A checksum of rows, by which a run knows that it goes on with the data that it began with.

use std::path::Path;

use attentive_files::sha256;
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::{Cell, Picture, Row};

/// A hash of all cells with the names of their columns, in order. Of a picture in a file, its name counts.
pub fn digest(rows: &[Row]) -> String {
    let mut digest = Digest::default();
    digest.add(rows);
    digest.done()
}

/// The [`digest`] of rows that come in portions.
#[derive(Debug, Default)]
pub struct Digest(Joined);

impl Digest {
    pub fn add(&mut self, rows: &[Row]) {
        let hashes: Vec<String> = rows.par_iter().map(|row| sha256(&bytes(row))).collect();
        hashes.iter().for_each(|hash| self.0.add(hash));
    }

    pub fn done(self) -> String {
        self.0.done()
    }
}

/// The hash of lines, which are hashes themselves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Joined {
    hash: Sha256,
    begun: bool,
}

impl Joined {
    pub(crate) fn add(&mut self, line: &str) {
        if self.begun {
            self.hash.update(b"\n");
        }
        self.begun = true;
        self.hash.update(line.as_bytes());
    }

    pub(crate) fn done(self) -> String {
        self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn bytes(row: &Row) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, cell) in &row.cells {
        field(&mut bytes, b'c', name.as_bytes());
        write(&mut bytes, cell);
    }
    bytes
}

/// A mark of what follows, its length, and itself: no two lists of fields are written alike.
fn field(bytes: &mut Vec<u8>, mark: u8, content: &[u8]) {
    bytes.push(mark);
    bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
    bytes.extend_from_slice(content);
}

fn write(bytes: &mut Vec<u8>, cell: &Cell) {
    match cell {
        Cell::Missing => field(bytes, b'0', &[]),
        Cell::Text(text) => field(bytes, b't', text.as_bytes()),
        Cell::Integer(integer) => field(bytes, b'i', &integer.to_le_bytes()),
        Cell::Number(number) => field(bytes, b'n', &number.to_le_bytes()),
        Cell::List(cells) => {
            field(bytes, b'l', &(cells.len() as u64).to_le_bytes());
            cells.iter().for_each(|cell| write(bytes, cell));
        }
        Cell::Record(fields) => {
            field(bytes, b'r', &(fields.len() as u64).to_le_bytes());
            for (name, cell) in fields {
                field(bytes, b'c', name.as_bytes());
                write(bytes, cell);
            }
        }
        Cell::Picture(Picture::File(path)) => {
            let name = path.file_name().map(Path::new).unwrap_or(path);
            field(bytes, b'f', name.to_string_lossy().as_bytes());
        }
        Cell::Picture(Picture::Encoded(encoded)) => field(bytes, b'e', encoded),
        Cell::Picture(Picture::Pixels { height, width, channels, bytes: pixels }) => {
            let shape = [*height, *width, *channels].map(|size| (size as u64).to_le_bytes()).concat();
            field(bytes, b's', &shape);
            field(bytes, b'p', pixels);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated::row;

    fn text(name: &str, text: &str) -> Row {
        row("made", 0, [(name, Cell::Text(text.to_owned()))])
    }

    #[test]
    fn content_names_and_order_count() {
        let one = digest(&[text("text", "a"), text("text", "b")]);
        assert_eq!(one, digest(&[text("text", "a"), text("text", "b")]));
        for other in [
            vec![text("text", "b"), text("text", "a")],
            vec![text("text", "a"), text("source", "b")],
            vec![text("text", "ab")],
            vec![row("made", 0, [("text", Cell::List(vec![Cell::Text("a".to_owned()), Cell::Text("b".to_owned())]))])],
        ] {
            assert_ne!(one, digest(&other));
        }
    }

    #[test]
    fn portions_do_not_count() {
        let rows = ["a", "b", "c"].map(|letter| text("text", letter));
        let mut portions = Digest::default();
        [&rows[..2], &[], &rows[2..]].into_iter().for_each(|rows| portions.add(rows));
        assert_eq!(portions.done(), digest(&rows));
        assert_eq!(Digest::default().done(), sha256(b""));
    }

    #[test]
    fn places_do_not_count() {
        let moved = Row { place: crate::Place { file: "elsewhere".into(), line: 7 }, ..text("text", "a") };
        assert_eq!(digest(&[moved]), digest(&[text("text", "a")]));
    }
}
