//! Tables of text: cells between tabs as GLUE writes them, MRPC's held-out pairs, AG News' quoted cells.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::layout::{Kept, Ragged};
use super::lines::{Encoding, Lines};
use super::shape::{Shape, files, named, quoted, unfit};
use crate::{Cell, DataError, Format, Header, Place, Row, Rows, Separated, rows};

/// Rows of cells between tabs. A quotation mark is a character like any other.
pub(super) fn tabs(paths: &[PathBuf], names: &[String], ragged: Ragged) -> Result<Rows, DataError> {
    let tables: Vec<Rows> = paths.iter().map(|path| table(path, names, ragged)).collect::<Result<_, _>>()?;
    Ok(Box::new(tables.into_iter().flatten()))
}

fn table(path: &Path, names: &[String], ragged: Ragged) -> Result<Rows, DataError> {
    let mut lines = Lines::open(path, Encoding::Utf8)?;
    let shape = if names.is_empty() { header(&mut lines, path)? } else { Shape::new(names) };
    let row = move |line: Result<(Place, String), DataError>| {
        let (place, line) = match line {
            Ok(line) => line,
            Err(error) => return Some(Err(error)),
        };
        let cells = line.split('\t').count();
        match (cells == shape.len(), ragged) {
            (true, _) => Some(Ok(shape.row(place, line.split('\t').map(|cell| Cell::Text(cell.to_owned()))))),
            (false, Ragged::Skip) => None,
            (false, Ragged::Refuse) => Some(Err(unfit(place, format!("{} cells", shape.len()), format!("{cells}")))),
        }
    };
    Ok(Box::new(lines.filter_map(row)))
}

fn header(lines: &mut Lines, path: &Path) -> Result<Shape, DataError> {
    let expected = "a first line that names the columns, each once";
    let Some(line) = lines.next() else {
        return Err(unfit(Place { file: named(path), line: 1 }, expected, "an empty file"));
    };
    let (place, line) = line?;
    let mut seen = HashSet::new();
    match line.split('\t').find(|name| !seen.insert(*name)) {
        Some(twice) => Err(unfit(place, expected, format!("{} twice", quoted(twice)))),
        None => Ok(Shape::new(line.split('\t'))),
    }
}

/// The rows of MRPC's training file whose pair of ids GLUE holds out, or the others.
pub(super) fn mrpc(paths: &[PathBuf], kept: Kept) -> Result<Rows, DataError> {
    let [pairs, ids] = files(paths);
    let lines = Lines::open(ids, Encoding::Utf8)?;
    let held_out: HashSet<String> = lines.map(|line| line.map(|(_, ids)| ids)).collect::<Result<_, _>>()?;
    let chosen = move |row: &Row| {
        let ids = format!("{}\t{}", row.text("#1 ID")?, row.text("#2 ID")?);
        Ok(held_out.contains(&ids) == (kept == Kept::Listed))
    };
    let rows = table(pairs, &[], Ragged::Refuse)?;
    Ok(Box::new(rows.filter_map(move |row| match row.and_then(|row| Ok((chosen(&row)?, row))) {
        Ok((true, row)) => Some(Ok(row)),
        Ok((false, _)) => None,
        Err(error) => Some(Err(error)),
    })))
}

/// Class, title and description, the latter two as one text, which is how scores on AG News are published.
pub(super) fn news(paths: &[PathBuf]) -> Result<Rows, DataError> {
    let [path] = files(paths);
    let shape = Shape::new(["label", "text"]);
    let row = move |row: Result<Row, DataError>| {
        let Row { place, cells } = row?;
        match cells.iter().map(|(_, cell)| cell.text()).collect::<Vec<_>>()[..] {
            [Some(class), Some(title), Some(description)] => {
                let text = format!("{title} {description}");
                Ok(shape.row(place, [Cell::Text(class.to_owned()), Cell::Text(text)]))
            }
            ref cells => Err(unfit(place, "class, title and description", format!("{} cells", cells.len()))),
        }
    };
    let unnamed = Separated { header: Header::None, ..Separated::default() };
    Ok(Box::new(rows::rows(path, &Format::Csv(unnamed))?.map(row)))
}
