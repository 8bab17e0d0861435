//! Texts read line by line: one file, or several that translate each other line by line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::shape::{Shape, named, unfit};
use crate::error::unreadable;
use crate::{Cell, DataError, Place, Row, Rows};

/// No published line comes near; a file without line ends must not fill the memory.
const LONGEST: u64 = 1 << 26;

/// How bytes become characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Latin1,
}

/// The lines of a file with their places, without their ends.
pub(super) struct Lines {
    path: PathBuf,
    file: Arc<str>,
    reader: BufReader<File>,
    read: u64,
    encoding: Encoding,
    failed: bool,
}

impl Lines {
    pub(super) fn open(path: &Path, encoding: Encoding) -> Result<Self, DataError> {
        let reader = BufReader::new(File::open(path).map_err(unreadable(path))?);
        Ok(Self { path: path.to_owned(), file: named(path), reader, read: 0, encoding, failed: false })
    }

    fn line(&mut self) -> Result<Option<(Place, String)>, DataError> {
        let mut bytes = Vec::new();
        let mut limited = self.reader.by_ref().take(LONGEST);
        if limited.read_until(b'\n', &mut bytes).map_err(unreadable(&self.path))? == 0 {
            return Ok(None);
        }
        self.read += 1;
        let place = Place { file: self.file.clone(), line: self.read };
        if bytes.pop_if(|last| *last == b'\n').is_some() {
            bytes.pop_if(|last| *last == b'\r');
        } else if bytes.len() as u64 == LONGEST {
            return Err(unfit(place, format!("a line of at most {LONGEST} bytes"), "a longer one"));
        }
        if self.read == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3); // the mark with which some editors begin a file
        }
        Ok(Some((place.clone(), self.encoding.text(bytes, place)?)))
    }
}

impl Encoding {
    fn text(self, bytes: Vec<u8>, place: Place) -> Result<String, DataError> {
        match self {
            Self::Latin1 => Ok(bytes.into_iter().map(char::from).collect()),
            Self::Utf8 => String::from_utf8(bytes).map_err(|error| {
                let offset = error.utf8_error().valid_up_to();
                unfit(place, "text in UTF-8", format!("byte {:#04x} after {offset} bytes", error.as_bytes()[offset]))
            }),
        }
    }
}

impl Iterator for Lines {
    type Item = Result<(Place, String), DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let line = self.line();
        self.failed = line.is_err();
        line.transpose()
    }
}

/// A row for each line of the files, as `row` makes it.
pub(super) fn each<Make>(paths: &[PathBuf], encoding: Encoding, row: Make) -> Result<Rows, DataError>
where
    Make: Fn(Place, String) -> Result<Row, DataError> + Send + 'static,
{
    let files: Vec<Lines> = paths.iter().map(|path| Lines::open(path, encoding)).collect::<Result<_, _>>()?;
    Ok(Box::new(files.into_iter().flatten().map(move |line| line.and_then(|(place, text)| row(place, text)))))
}

/// A row a line.
pub(super) fn rows(paths: &[PathBuf]) -> Result<Rows, DataError> {
    let shape = Shape::new(["text"]);
    each(paths, Encoding::Utf8, move |place, text| Ok(shape.row(place, [Cell::Text(text)])))
}

/// Row by row the lines of as many files as there are columns, then of the next so many.
pub(super) fn parallel(paths: &[PathBuf], columns: &[String]) -> Result<Rows, DataError> {
    abreast(paths, columns, |path| Lines::open(path, Encoding::Utf8))
}

/// The same of the lines that hold a `<seg>`.
pub(super) fn segments(paths: &[PathBuf], columns: &[String]) -> Result<Rows, DataError> {
    abreast(paths, columns, |path| Ok(Lines::open(path, Encoding::Utf8)?.filter_map(segment)))
}

fn segment(line: Result<(Place, String), DataError>) -> Option<Result<(Place, String), DataError>> {
    let (place, line) = match line {
        Ok(line) => line,
        Err(error) => return Some(Err(error)),
    };
    let (_, rest) = line.split_once("<seg")?;
    let text = rest.split_once('>').and_then(|(_, rest)| rest.split_once("</seg>"));
    let text = text.map(|(text, _)| unescaped(text.trim()));
    Some(
        text.map(|text| (place.clone(), text)).ok_or_else(|| unfit(place, "`<seg …>text</seg>` on one line", "a part")),
    )
}

/// The five entities of XML; the ampersand comes last, so that nothing is unescaped twice.
fn unescaped(text: &str) -> String {
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    entities.into_iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}

fn abreast<Texts>(
    paths: &[PathBuf],
    columns: &[String],
    open: impl Fn(&Path) -> Result<Texts, DataError>,
) -> Result<Rows, DataError>
where
    Texts: Iterator<Item = Result<(Place, String), DataError>> + Send + 'static,
{
    let shape = Shape::new(columns);
    let group = |paths: &[PathBuf]| -> Result<Abreast<Texts>, DataError> {
        let files = paths.iter().map(|path| Ok(Counted { file: named(path), texts: open(path)?, read: 0 }));
        Ok(Abreast { files: files.collect::<Result<_, DataError>>()?, shape: shape.clone(), ended: false })
    };
    let groups: Vec<_> = paths.chunks(shape.len()).map(group).collect::<Result<_, _>>()?;
    Ok(Box::new(groups.into_iter().flatten()))
}

/// Files read in step.
struct Abreast<Texts> {
    files: Vec<Counted<Texts>>,
    shape: Shape,
    ended: bool,
}

struct Counted<Texts> {
    file: Arc<str>,
    texts: Texts,
    read: u64,
}

impl<Texts: Iterator<Item = Result<(Place, String), DataError>>> Counted<Texts> {
    fn next(&mut self) -> Result<Option<(Place, String)>, DataError> {
        let text = self.texts.next().transpose()?;
        self.read += u64::from(text.is_some());
        Ok(text)
    }

    fn count(&mut self) -> u64 {
        self.read += self.texts.by_ref().count() as u64;
        self.read
    }
}

impl<Texts: Iterator<Item = Result<(Place, String), DataError>>> Abreast<Texts> {
    fn row(&mut self) -> Result<Option<Row>, DataError> {
        let lines: Vec<_> = self.files.iter_mut().map(Counted::next).collect::<Result<_, _>>()?;
        if lines.iter().all(Option::is_none) {
            return Ok(None);
        }
        let lines: Option<Vec<(Place, String)>> = lines.into_iter().collect();
        let Some(lines) = lines else { return Err(self.unequal()) };
        let place = lines[0].0.clone();
        Ok(Some(self.shape.row(place, lines.into_iter().map(|(_, text)| Cell::Text(text)))))
    }

    fn unequal(&mut self) -> DataError {
        let counts: Vec<(Arc<str>, u64)> =
            self.files.iter_mut().map(|file| (file.file.clone(), file.count())).collect();
        let (first, first_lines) = counts[0].clone();
        let other = counts.into_iter().find(|(_, lines)| *lines != first_lines);
        let (second, second_lines) = other.unwrap_or_else(|| (first.clone(), first_lines));
        DataError::Unequal { first, first_lines, second, second_lines }
    }
}

impl<Texts: Iterator<Item = Result<(Place, String), DataError>>> Iterator for Abreast<Texts> {
    type Item = Result<Row, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let row = self.row().transpose();
        self.ended = !matches!(row, Some(Ok(_)));
        row
    }
}
