//! COCO's captions: one JSON object with a list of images and a list of annotations that refer to them.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::Caption;
use crate::rows::input::{named, open};
use crate::rows::json::{damaged, whole};
use crate::{DataError, Place};

#[derive(Deserialize)]
struct Coco {
    images: Vec<Image>,
    annotations: Vec<Annotation>,
}

#[derive(Deserialize)]
struct Image {
    id: u64,
    file_name: String,
}

#[derive(Deserialize)]
struct Annotation {
    image_id: u64,
    caption: String,
}

/// Whether the file is an object, where other files of captions are lists.
pub(super) fn is_coco(path: &Path) -> Result<bool, DataError> {
    let mut input = open(path)?;
    let start = input.fill_buf().map_err(crate::error::unreadable(path))?;
    Ok(start.trim_ascii_start().starts_with(b"{"))
}

/// Every caption; its place is the number of its annotation.
pub(super) fn captions(path: &Path) -> Result<Box<dyn Iterator<Item = Result<Caption, DataError>>>, DataError> {
    let coco: Coco = serde_json::from_str(&whole(path)?).map_err(|error| damaged(path, &error))?;
    let names: HashMap<u64, String> = coco.images.into_iter().map(|image| (image.id, image.file_name)).collect();
    let file = named(path);
    Ok(Box::new(coco.annotations.into_iter().zip(1..).map(move |(Annotation { image_id, caption }, line)| {
        let place = Place { file: file.clone(), line };
        match names.get(&image_id) {
            Some(name) => Ok(Caption { place, name: name.clone(), text: caption }),
            None => Err(place.malformed(format!("no image has the id {image_id}"), "add it to `images`")),
        }
    })))
}
