//! An archive with a folder a class and a file an example.

use std::path::PathBuf;

use super::archive::{members, place};
use super::layout::Folded;
use super::shape::{Shape, files, unfit};
use crate::card::CardSplit;
use crate::{Cell, DataError, Picture, Place, Rows};

/// Rows by class and file name; of a split without labels, the files of the folder itself.
pub(super) fn rows(paths: &[PathBuf], of: Folded, names: &[String], split: &CardSplit) -> Result<Rows, DataError> {
    let [root] = files(paths);
    let (root, wanted, labelled) = (root.clone(), names.to_vec(), split.labelled);
    let content = if of == Folded::Texts { "text" } else { "picture" };
    let shape = if labelled { Shape::new(vec![content, "label"]) } else { Shape::new(vec![content]) };
    let members = members(&root)?;
    let row = move |(name, bytes): (String, Vec<u8>)| {
        let class = match name.split_once('/') {
            Some((class, file)) => (labelled && !file.contains('/')).then_some(Some(class))?,
            None => (!labelled).then_some(None)?,
        };
        let unwanted = |class: &str| !wanted.is_empty() && wanted.iter().all(|name| name != class);
        if class.is_some_and(unwanted) {
            return None;
        }
        let place = place(&root, &name);
        let class = class.map(|class| Cell::Text(class.to_owned()));
        Some(example(bytes, of, &place).map(|content| shape.row(place, [content].into_iter().chain(class))))
    };
    Ok(Box::new(members.into_iter().filter_map(row)))
}

fn example(bytes: Vec<u8>, of: Folded, place: &Place) -> Result<Cell, DataError> {
    match of {
        Folded::Pictures => Ok(Cell::Picture(Picture::Encoded(bytes))),
        Folded::Texts => {
            String::from_utf8(bytes).map(Cell::Text).map_err(|_| unfit(place.clone(), "text in UTF-8", "other bytes"))
        }
    }
}
