//! The layouts in which captions are listed.

use std::path::Path;

use super::{Caption, coco};
use crate::rows::folder::is_picture;
use crate::rows::input::Lines;
use crate::rows::{Encoding, Format, Separated, rows};
use crate::{DataError, Place, Row};

const NAMES: [&str; 6] = ["file_name", "filename", "file", "image", "picture", "name"];
const TEXTS: [&str; 4] = ["captions", "caption", "text", "texts"];

type Captions = Box<dyn Iterator<Item = Result<Caption, DataError>>>;

/// Every caption in a file.
pub(super) fn captions(path: &Path) -> Result<Captions, DataError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    if name.ends_with(".token") || name.ends_with(".txt") && has_tabs(path)? {
        return tokens(path);
    }
    if name.ends_with(".txt") {
        return of_rows(path, &Format::Csv(Separated::default()));
    }
    match Format::of(path)? {
        Format::Json if coco::is_coco(path)? => coco::captions(path),
        format => of_rows(path, &format),
    }
}

fn has_tabs(path: &Path) -> Result<bool, DataError> {
    Ok(Lines::open(path, Encoding::Utf8)?.read()?.is_some_and(|line| line.contains('\t')))
}

/// Flickr's `name.jpg#0<tab>caption`. Flickr8k captions one name that ends in `.jpg.1` and has no picture: names
/// of no picture are passed over.
fn tokens(path: &Path) -> Result<Captions, DataError> {
    let mut lines = Lines::open(path, Encoding::Utf8)?;
    let mut next = move || loop {
        let Some(line) = lines.read()?.map(|line| line.into_owned()) else { return Ok(None) };
        if line.is_empty() {
            continue;
        }
        let caption = token(&line, lines.place())?;
        if is_picture(Path::new(&caption.name)) {
            return Ok(Some(caption));
        }
    };
    Ok(Box::new(std::iter::from_fn(move || next().transpose())))
}

fn token(line: &str, place: Place) -> Result<Caption, DataError> {
    let Some((name, text)) = line.split_once('\t') else {
        return Err(place.malformed("the line has no tab", "`name#0`, a tab and a caption were expected"));
    };
    let numbered = name.rsplit_once('#').filter(|(_, number)| number.parse::<u32>().is_ok());
    Ok(Caption { place, name: numbered.map_or(name, |(name, _)| name).to_owned(), text: text.to_owned() })
}

fn of_rows(path: &Path, format: &Format) -> Result<Captions, DataError> {
    Ok(Box::new(rows(path, format)?.flat_map(|row| match row.and_then(|row| of_row(&row)) {
        Ok(captions) => captions.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    })))
}

fn of_row(row: &Row) -> Result<Vec<Caption>, DataError> {
    let column = |known: &[&'static str]| known.iter().copied().find(|name| row.cell(name).is_some());
    let (Some(name), Some(text)) = (column(&NAMES), column(&TEXTS)) else {
        let problem = "the row lacks a column for the picture's name or for its captions";
        return Err(row.place.clone().malformed(problem, "call them `file_name` and `captions`"));
    };
    let name = row.text(name)?;
    let caption = |text: &str| Caption { place: row.place.clone(), name: name.to_owned(), text: text.to_owned() };
    Ok(row.texts(text)?.into_iter().map(caption).collect())
}
