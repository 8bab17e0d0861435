//! Documents for language models: whole files, articles, and what lies between marks.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::layout::Unit;
use super::lines::{Encoding, Lines};
use super::shape::{Shape, named};
use crate::card::CardSplit;
use crate::text::{contents, share};
use crate::{Cell, DataError, Place, Row, Rows};

/// Each file's share, read when its turn comes.
pub(super) fn shares(paths: &[PathBuf], unit: Unit, split: &CardSplit) -> Rows {
    let shape = Shape::new(["text"]);
    // With a column that decides, the shares are of its hash.
    let (from, to) = if split.by.is_none() { (split.from, split.to) } else { (0.0, 1.0) };
    let document = move |path: &Path| {
        let text = contents(path)?;
        let part = match unit {
            Unit::Characters => share(&text, from, to),
            Unit::Bytes => byte_share(&text, from, to),
        };
        Ok(shape.row(Place { file: named(path), line: 1 }, [Cell::Text(part.to_owned())]))
    };
    let paths = paths.to_vec();
    Box::new(paths.into_iter().map(move |path| document(&path)))
}

fn byte_share(text: &str, from: f64, to: f64) -> &str {
    let place = |share: f64| text.ceil_char_boundary((share * text.len() as f64) as usize);
    &text[place(from)..place(to)]
}

/// Documents that begin with a heading of the first level: ` = Title = `, but not ` = = Section = = `.
pub(super) fn articles(paths: &[PathBuf]) -> Result<Rows, DataError> {
    gathered(paths, |line, document| {
        let begins = is_title(line) && follows_a_blank_line(document) && !document.trim().is_empty();
        if begins { Turn::Begins } else { Turn::Goes }
    })
}

fn is_title(line: &str) -> bool {
    let inner = line.trim().strip_prefix("= ").and_then(|rest| rest.strip_suffix(" ="));
    inner.is_some_and(|title| !title.starts_with('=') && !title.ends_with('='))
}

/// In two places of the test split a formula broken over lines looks like a title otherwise.
fn follows_a_blank_line(document: &str) -> bool {
    document.strip_suffix('\n').is_some_and(|text| text.rsplit('\n').next().is_some_and(|line| line.trim().is_empty()))
}

/// Documents between lines that hold only the mark; surrounding blank lines are dropped.
pub(super) fn marked(paths: &[PathBuf], mark: &str) -> Result<Rows, DataError> {
    let mark = mark.to_owned();
    let rows = gathered(paths, move |line, _| if line == mark { Turn::Ends } else { Turn::Goes })?;
    Ok(Box::new(rows.map(|row| row.map(trimmed)).filter(|row| !matches!(row, Ok(row) if is_blank(row)))))
}

fn trimmed(mut row: Row) -> Row {
    for (_, cell) in &mut row.cells {
        if let Cell::Text(text) = cell {
            *text = text.trim().to_owned();
        }
    }
    row
}

fn is_blank(row: &Row) -> bool {
    row.cells.iter().all(|(_, cell)| cell.text().is_some_and(str::is_empty))
}

/// What a line is to the document before it.
enum Turn {
    Goes,
    /// The line begins the next document.
    Begins,
    /// The line ends the document and belongs to none.
    Ends,
}

type Judge = Arc<dyn Fn(&str, &str) -> Turn + Send + Sync>;

fn gathered(paths: &[PathBuf], turn: impl Fn(&str, &str) -> Turn + Send + Sync + 'static) -> Result<Rows, DataError> {
    let (turn, shape): (Judge, _) = (Arc::new(turn), Shape::new(["text"]));
    let gathering = |path: &PathBuf| -> Result<Gathering, DataError> {
        let lines = Lines::open(path, Encoding::Utf8)?;
        Ok(Gathering { lines, turn: turn.clone(), shape: shape.clone(), held: None })
    };
    let files: Vec<Gathering> = paths.iter().map(gathering).collect::<Result<_, _>>()?;
    Ok(Box::new(files.into_iter().flatten()))
}

/// Lines on their way into documents.
struct Gathering {
    lines: Lines,
    turn: Judge,
    shape: Shape,
    held: Option<(Place, String)>,
}

impl Gathering {
    fn row(&self, (place, document): (Place, String)) -> Row {
        self.shape.row(place, [Cell::Text(document)])
    }

    fn add(&mut self, place: Place, line: &str) {
        let (_, document) = self.held.get_or_insert_with(|| (place, String::new()));
        document.push_str(line);
        document.push('\n');
    }
}

impl Iterator for Gathering {
    type Item = Result<Row, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(line) = self.lines.next() {
            let (place, line) = match line {
                Ok(line) => line,
                Err(error) => return Some(Err(error)),
            };
            let before = self.held.as_ref().map_or("", |(_, document)| document);
            let ended = match (self.turn)(&line, before) {
                Turn::Goes => {
                    self.add(place, &line);
                    continue;
                }
                Turn::Ends => self.held.take(),
                Turn::Begins => {
                    let ended = self.held.take();
                    self.add(place, &line);
                    ended
                }
            };
            if let Some(document) = ended {
                return Some(Ok(self.row(document)));
            }
        }
        self.held.take().map(|document| Ok(self.row(document)))
    }
}
