//! Texts about pictures: emoji and their names, drawings and statements, photographs and captions.

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::archive::members;
use super::layout::Ragged;
use super::lines::{Encoding, Lines};
use super::shape::{Shape, files, named, quoted, unfit};
use super::{json, tables};
use crate::{Cell, DataError, Picture, Place, Row, Rows};

/// Every box of a drawing may stand in three places: six pictures show the same.
const NLVR_ORDERS: usize = 6;

/// The rows of the table whose picture the archive has: there are archives with different choices of them.
pub(super) fn emoji(paths: &[PathBuf]) -> Result<Rows, DataError> {
    let [table, archive] = files(paths);
    let rows = tables::tabs(std::slice::from_ref(table), &[], Ragged::Refuse)?;
    let (mut pictures, columns): (_, [Arc<str>; 2]) = (members(archive)?, ["picture".into(), "base".into()]);
    let mut add = move |mut row: Row| {
        let Some(picture) = pictures.remove(row.text("file")?) else { return Ok(None) };
        let base = base(row.text("name")?).to_owned();
        let cells = [Cell::Picture(Picture::Encoded(picture)), Cell::Text(base)];
        row.cells.extend(columns.iter().cloned().zip(cells));
        Ok(Some(row))
    };
    Ok(Box::new(rows.filter_map(move |row| row.and_then(&mut add).transpose())))
}

/// The name without its variants: those of one emoji must not be split between training and test.
fn base(name: &str) -> &str {
    name.split_once(": ").map_or(name, |(base, _)| base)
}

#[derive(Deserialize)]
struct Statement {
    sentence: String,
    label: String,
    identifier: String,
}

/// Statements with the six pictures of each. Not every split says in which folder of the archive these lie.
pub(super) fn nlvr(paths: &[PathBuf]) -> Result<Rows, DataError> {
    let [statements, archive] = files(paths);
    let split = statements.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let shape = Shape::new(["sentence", "truth", "pictures"]);
    let pictures = members(archive)?.into_iter();
    let pictures: HashMap<String, Vec<u8>> =
        pictures.map(|(name, bytes)| (name.rsplit('/').next().unwrap_or_default().to_owned(), bytes)).collect();
    json::lines(std::slice::from_ref(statements), move |place, Statement { sentence, label, identifier }| {
        let truth = match label.as_str() {
            "true" => 1,
            "false" => 0,
            _ => return Err(unfit(place, "`true` or `false` as label", quoted(&label))),
        };
        let picture = |order| {
            let name = format!("{split}-{identifier}-{order}.png");
            let bytes = pictures.get(&name).cloned();
            let absent = || unfit(place.clone(), "a picture among those of the split", quoted(&name));
            bytes.map(|bytes| Cell::Picture(Picture::Encoded(bytes))).ok_or_else(absent)
        };
        let pictures = (0..NLVR_ORDERS).map(picture).collect::<Result<_, DataError>>()?;
        Ok(shape.row(place.clone(), [Cell::Text(sentence), Cell::Integer(truth), Cell::List(pictures)]))
    })
}

/// A row a picture of the list, with all its captions in their order.
pub(super) fn flickr(paths: &[PathBuf]) -> Result<Rows, DataError> {
    let [captions, list, folder] = files(paths);
    let (mut captions, folder) = (captions_by_picture(captions)?, folder.clone());
    let shape = Shape::new(["picture", "captions"]);
    let names = Lines::open(list, Encoding::Utf8)?.filter(|line| !matches!(line, Ok((_, name)) if name.is_empty()));
    Ok(Box::new(names.map(move |line| {
        let (place, name) = line?;
        let Some(captions) = captions.remove(&name) else {
            return Err(unfit(place, "a picture that has captions and was not listed before", quoted(&name)));
        };
        let picture = Cell::Picture(Picture::File(within(&folder, &name, &place)?));
        Ok(shape.row(place, [picture, Cell::List(captions.into_iter().map(Cell::Text).collect())]))
    })))
}

/// `name.jpg#0`, a tab, a caption.
fn captions_by_picture(path: &Path) -> Result<BTreeMap<String, Vec<String>>, DataError> {
    let mut captions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in Lines::open(path, Encoding::Utf8)? {
        let (place, line) = line?;
        let parts = line.split_once('\t').and_then(|(name, caption)| Some((name.rsplit_once('#')?.0, caption)));
        let (name, caption) = parts.ok_or_else(|| unfit(place, "`name#number`, a tab, a caption", quoted(&line)))?;
        captions.entry(name.to_owned()).or_default().push(caption.trim().to_owned());
    }
    if captions.is_empty() {
        return Err(unfit(Place { file: named(path), line: 1 }, "captions", "an empty file"));
    }
    Ok(captions)
}

/// A path below the folder, whatever the name says.
fn within(folder: &Path, name: &str, place: &Place) -> Result<PathBuf, DataError> {
    let plain = !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if plain {
        Ok(folder.join(name))
    } else {
        Err(unfit(place.clone(), "the name of a file in the folder", quoted(name)))
    }
}
