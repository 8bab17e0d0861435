//! The rows of one split: held in memory where they fit, and else read anew whenever they are wanted.

use std::path::Path;

use attentive_data::{Card, Cell, Columns, Digest, Format, Picture, Row, Rows, files, rename};

use crate::{Event, TrainerError, text};

/// What a row and a cell take beside their content.
const AROUND: usize = 64;
/// Rows that are hashed together.
const AT_ONCE: usize = 512;
/// How many of the first rows are always held.
const LOOKED_AT: usize = 16;
/// Of so many rows one is held out where nothing is held out by name.
const HELD_OUT: usize = 20;

/// How rows are read, as often as need be.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(super) origin: Origin,
    pub(super) portion: Portion,
    /// At most so many, the first ones.
    pub(super) most: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// Splits of a data set, one after the other.
    Known { card: Box<Card>, splits: Vec<String> },
    /// Files of one's own.
    Own { patterns: Vec<String>, format: Option<Format>, columns: Columns },
}

/// Which of the rows are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Portion {
    All,
    /// Those that are left where some are held out.
    Kept,
    HeldOut,
}

#[derive(Debug)]
pub(crate) enum Split {
    Held(Vec<Row>),
    Left { beginning: Vec<Row>, reading: Box<Reading> },
}

impl Reading {
    fn rows(&self, told: &mut dyn FnMut(Event)) -> Result<Rows, TrainerError> {
        let rows: Rows = match &self.origin {
            Origin::Known { card, splits } => {
                let splits: Result<Vec<Rows>, _> = splits.iter().map(|split| text::rows(card, split, told)).collect();
                Box::new(splits?.into_iter().flatten())
            }
            Origin::Own { patterns, format, columns } => {
                rename(files(patterns, Path::new("/"), format.as_ref())?, columns)
            }
        };
        Ok(self.portion.of(rows, self.most))
    }
}

impl Portion {
    fn of(self, rows: Rows, most: usize) -> Rows {
        let meant = move |index: usize| match self {
            Self::All => true,
            Self::Kept => index % HELD_OUT != HELD_OUT - 1,
            Self::HeldOut => index % HELD_OUT == HELD_OUT - 1,
        };
        Box::new(rows.enumerate().filter(move |(index, _)| meant(*index)).map(|(_, row)| row).take(most))
    }
}

impl Split {
    /// All rows, and their digest.
    pub(super) fn read(
        reading: Reading,
        most: usize,
        told: &mut dyn FnMut(Event),
    ) -> Result<(Self, String), TrainerError> {
        let (mut rows, mut digest, mut bytes) = (reading.rows(told)?, Digest::default(), 0);
        let mut split = Self::Held(Vec::new());
        loop {
            let portion: Vec<Row> = rows.by_ref().take(AT_ONCE).collect::<Result<_, _>>()?;
            if portion.is_empty() {
                return Ok((split, digest.done()));
            }
            digest.add(&portion);
            bytes += portion.iter().map(size).sum::<usize>();
            split = split.and(portion);
            if bytes > most {
                split = split.left(&reading);
            }
        }
    }

    /// With more rows, if they are held.
    fn and(mut self, more: Vec<Row>) -> Self {
        if let Self::Held(rows) = &mut self {
            rows.extend(more);
        }
        self
    }

    /// Without the rows, but for the first ones.
    fn left(self, reading: &Reading) -> Self {
        match self {
            Self::Held(mut rows) => {
                rows.truncate(LOOKED_AT);
                rows.shrink_to_fit();
                Self::Left { beginning: rows, reading: Box::new(reading.clone()) }
            }
            left @ Self::Left { .. } => left,
        }
    }

    /// The first rows.
    pub(super) fn beginning(&self) -> &[Row] {
        match self {
            Self::Held(rows) => &rows[..rows.len().min(LOOKED_AT)],
            Self::Left { beginning, .. } => beginning,
        }
    }

    /// What is made of each row, one after the other.
    pub(super) fn map<'a, Made: 'a>(
        &'a self,
        make: impl Fn(&Row) -> Made + 'a,
    ) -> Result<Box<dyn Iterator<Item = Result<Made, TrainerError>> + 'a>, TrainerError> {
        Ok(match self {
            Self::Held(rows) => Box::new(rows.iter().map(move |row| Ok(make(row)))),
            Self::Left { reading, .. } => Box::new(reading.rows(&mut |_| ())?.map(move |row| Ok(make(&row?)))),
        })
    }

    /// Each row with nothing but one of its cells: pictures are not copied for their labels.
    pub(super) fn column(&self, role: &'static str) -> Result<Rows, TrainerError> {
        match self {
            Self::Held(rows) => {
                let rows: Vec<Row> = rows.iter().map(|row| alone(row, role)).collect();
                Ok(Box::new(rows.into_iter().map(Ok)))
            }
            Self::Left { reading, .. } => {
                Ok(Box::new(reading.rows(&mut |_| ())?.map(move |row| row.map(|row| alone(&row, role)))))
            }
        }
    }

    pub(crate) fn into_rows(self) -> Result<Rows, TrainerError> {
        match self {
            Self::Held(rows) => Ok(Box::new(rows.into_iter().map(Ok))),
            Self::Left { reading, .. } => reading.rows(&mut |_| ()),
        }
    }
}

fn alone(row: &Row, role: &str) -> Row {
    let cells = row.cells.iter().filter(|(name, _)| **name == *role).cloned().collect();
    Row { place: row.place.clone(), cells }
}

/// About how many bytes a row takes.
fn size(row: &Row) -> usize {
    AROUND + row.cells.iter().map(|(_, cell)| content(cell)).sum::<usize>()
}

fn content(cell: &Cell) -> usize {
    AROUND
        + match cell {
            Cell::Text(text) => text.len(),
            Cell::List(cells) => cells.iter().map(content).sum(),
            Cell::Record(fields) => fields.iter().map(|(name, cell)| name.len() + content(cell)).sum(),
            Cell::Picture(Picture::Encoded(bytes) | Picture::Pixels { bytes, .. }) => bytes.len(),
            Cell::Picture(Picture::File(path)) => path.as_os_str().len(),
            Cell::Missing | Cell::Integer(_) | Cell::Number(_) => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(folder: &Path, portion: Portion, most: usize) -> Reading {
        let text: String =
            (0..600).map(|row| format!("{{\"text\": \"row {row}\", \"label\": {}}}\n", row % 3)).collect();
        std::fs::write(folder.join("rows.jsonl"), text).expect("it can be written to");
        let patterns = vec![folder.join("rows.jsonl").to_string_lossy().into_owned()];
        let origin = Origin::Own { patterns, format: Some(Format::Jsonl), columns: Columns::default() };
        Reading { origin, portion, most }
    }

    fn told(_: Event) {}

    #[test]
    fn rows_that_are_left_in_files_are_those_that_are_held() {
        let folder = tempfile::tempdir().expect("a place for tests");
        for (portion, rows) in [(Portion::All, 600), (Portion::Kept, 570), (Portion::HeldOut, 30)] {
            let reading = reading(folder.path(), portion, usize::MAX);
            let read = |most| Split::read(reading.clone(), most, &mut told).expect("rows");
            let ((held, digest), (left, other)) = (read(usize::MAX), read(0));
            assert!(matches!(held, Split::Held(_)) && matches!(left, Split::Left { .. }) && digest == other);
            assert_eq!(held.beginning(), left.beginning());
            let collected = |rows: Rows| rows.collect::<Result<Vec<Row>, _>>().expect("rows");
            assert_eq!(collected(held.column("label").expect("rows")), collected(left.column("label").expect("rows")));
            let texts = |split: &Split| -> Vec<String> {
                let texts = split.map(|row| row.text("text").expect("a text").to_owned()).expect("rows");
                texts.collect::<Result<_, _>>().expect("rows")
            };
            assert_eq!(texts(&held), texts(&left));
            let all = collected(held.into_rows().expect("rows"));
            assert_eq!((all.len(), &all), (rows, &collected(left.into_rows().expect("rows"))));
        }
    }

    #[test]
    fn what_is_held_out_does_not_depend_on_how_many_are_wanted() {
        let folder = tempfile::tempdir().expect("a place for tests");
        let (split, _) = Split::read(reading(folder.path(), Portion::Kept, 21), usize::MAX, &mut told).expect("rows");
        let texts: Vec<String> =
            split.map(|row| row.text("text").expect("a text").to_owned()).and_then(Iterator::collect).expect("rows");
        assert_eq!((texts.len(), texts[19].as_str(), texts[20].as_str()), (21, "row 20", "row 21"));
    }
}
