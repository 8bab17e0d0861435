//! Pictures with captions: a folder, and in it a file that names pictures and says what they show.
//!
//! Understood are rows of any format with a column for the name and one for a caption or a list of captions (Hugging Face's
//! `metadata.jsonl`), Flickr8k's lines `name#0<tab>caption`, and COCO's JSON. Captions are held in memory, pictures are not.

mod coco;
mod listing;

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::folder::leads_out;
use crate::error::unreadable;
use crate::{Cell, DataError, Picture, Place, Row, Rows};

/// Where captions are looked for, in this order.
const FILES: [&str; 10] = [
    "captions.jsonl",
    "captions.json",
    "captions.csv",
    "captions.tsv",
    "captions.txt",
    "metadata.jsonl",
    "metadata.csv",
    "metadata.parquet",
    "Flickr8k.token.txt",
    "results.token",
];
/// A folder beside the captions in which pictures may lie.
const INNER: &str = "images";

/// One caption, where it was read, and the picture's name as it was written.
struct Caption {
    place: Place,
    name: String,
    text: String,
}

/// Whether a folder holds a file of captions.
pub(super) fn present(folder: &Path) -> bool {
    FILES.iter().any(|file| folder.join(file).is_file())
}

/// Columns `picture` and `captions`, a row a picture, in the order in which the captions name them first. `path` is the folder,
/// or the file of captions itself.
pub(super) fn rows(path: &Path) -> Result<Rows, DataError> {
    let captions = file_of_captions(path)?;
    let folder = captions.parent().map(Path::to_owned).unwrap_or_default();
    let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
    let root = folder.canonicalize().map_err(unreadable(&folder))?;
    let [picture, texts]: [Arc<str>; 2] = ["picture", "captions"].map(Arc::from);
    let gathered = gathered(listing::captions(&captions)?)?;
    let mut rows = gathered.into_iter().map(move |(place, name, captions)| {
        let path = located(&folder, &root, &name, &place)?;
        let captions = Cell::List(captions.into_iter().map(Cell::Text).collect());
        let cells = vec![(picture.clone(), Cell::Picture(Picture::File(path))), (texts.clone(), captions)];
        Ok(Row { place, cells })
    });
    Ok(super::until_error(move || rows.next().transpose()))
}

fn file_of_captions(path: &Path) -> Result<PathBuf, DataError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let found = FILES.iter().map(|file| path.join(file)).find(|file| file.is_file());
    found.ok_or_else(|| DataError::UnfitFile {
        path: path.to_owned(),
        problem: "holds no file of captions".to_owned(),
        remedy: "put a `captions.jsonl` with `file_name` and `captions` beside the pictures, or name the file of captions itself",
    })
}

/// Captions of one picture together.
fn gathered(
    captions: impl Iterator<Item = Result<Caption, DataError>>,
) -> Result<Vec<(Place, String, Vec<String>)>, DataError> {
    let mut pictures: Vec<(Place, String, Vec<String>)> = Vec::new();
    let mut known = HashMap::new();
    for caption in captions {
        let Caption { place, name, text } = caption?;
        let index = *known.entry(name.clone()).or_insert(pictures.len());
        if index == pictures.len() {
            pictures.push((place, name, Vec::new()));
        }
        pictures[index].2.push(text);
    }
    Ok(pictures)
}

/// The picture's path. A name may lead into folders, and not out of the one that holds the captions.
fn located(folder: &Path, root: &Path, name: &str, place: &Place) -> Result<PathBuf, DataError> {
    let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !plain || name.is_empty() {
        let problem = format!("the picture `{name}` is not below the folder of the captions");
        return Err(place.clone().malformed(problem, "name pictures by their path in that folder"));
    }
    let places = [folder.join(name), folder.join(INNER).join(name)];
    let Some(path) = places.into_iter().find(|path| path.is_file()) else {
        let problem = format!("there is no picture `{name}` in {} or its folder `{INNER}`", folder.display());
        return Err(place.clone().malformed(problem, "add the picture, or remove its captions"));
    };
    let real = path.canonicalize().map_err(unreadable(&path))?;
    if real.starts_with(root) { Ok(path) } else { Err(leads_out(&path)) }
}
