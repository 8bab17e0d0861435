//! Pictures in folders by class, as ImageNet lies on disks: `<class>/…`, or `<split>/<class>/…`.
//!
//! Hidden files and what systems leave in folders are passed over. Any other file that is no picture is an error: rows have no
//! way to say how many files were passed over, and a format that is not known yet should not vanish from a data set.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::input::named;
use super::until_error;
use crate::error::unreadable;
use crate::{Cell, DataError, Picture, Place, Row, Rows};

const PICTURES: [&str; 6] = ["bmp", "gif", "jpeg", "jpg", "png", "webp"];
const SPLITS: [&str; 6] = ["train", "val", "valid", "validation", "dev", "test"];
const LITTER: [&str; 2] = ["Thumbs.db", "desktop.ini"];
/// Folders below a class, as in Tiny ImageNet's `<class>/images`.
const DEEPEST: usize = 8;
/// How many unfit files an error names.
const SHOWN: usize = 3;

/// One folder of pictures: its split, if there are splits, and its label.
struct Class {
    folder: PathBuf,
    split: Option<String>,
    label: String,
}

/// Columns `picture` and `label`, and `split` if all folders bear names of splits. Sorted by split, label and path; a
/// row is known by its number.
pub(super) fn rows(root: &Path) -> Result<Rows, DataError> {
    let mut folders = labeled(root)?.into_iter();
    let (file, root) = (named(root), root.canonicalize().map_err(unreadable(root))?);
    let [picture, label, split]: [Arc<str>; 3] = ["picture", "label", "split"].map(Arc::from);
    let mut current = None;
    let mut line = 0;
    Ok(until_error(move || {
        loop {
            if let Some((class, pictures)) = &mut current
                && let Some(path) = Iterator::next(pictures)
            {
                let Class { split: of, label: name, .. }: &Class = class;
                let mut cells = vec![(picture.clone(), Cell::Picture(Picture::File(path)))];
                cells.push((label.clone(), Cell::Text(name.clone())));
                cells.extend(of.clone().map(|of| (split.clone(), Cell::Text(of))));
                line += 1;
                return Ok(Some(Row { place: Place { file: file.clone(), line }, cells }));
            }
            let Some(class) = folders.next() else { return Ok(None) };
            let pictures = pictures(&class.folder, &root)?;
            current = Some((class, pictures.into_iter()));
        }
    }))
}

/// The names of the classes in a folder, sorted: of all its splits together if it has splits.
pub fn classes(root: &Path) -> Result<Vec<String>, DataError> {
    let mut labels: Vec<String> = labeled(root)?.into_iter().map(|class| class.label).collect();
    labels.sort_unstable();
    labels.dedup();
    Ok(labels)
}

fn labeled(root: &Path) -> Result<Vec<Class>, DataError> {
    let outer = folders(root)?;
    if outer.iter().any(|(_, name)| !SPLITS.contains(&name.as_str())) {
        return Ok(outer.into_iter().map(|(folder, label)| Class { folder, split: None, label }).collect());
    }
    let mut classes = Vec::new();
    for (split, name) in outer {
        let inner = folders(&split)?.into_iter();
        classes.extend(inner.map(|(folder, label)| Class { folder, split: Some(name.clone()), label }));
    }
    Ok(classes)
}

/// The folders in a folder and their names. There must be some, and no picture beside them; other files, such as lists
/// and licenses, do not matter here.
fn folders(root: &Path) -> Result<Vec<(PathBuf, String)>, DataError> {
    let entries = entries(root)?;
    if let Some(stray) = entries.iter().find(|path| is_picture(path) && path.is_file()) {
        return Err(unfit(stray, "lies beside the folders of classes", "move it into the folder of its class"));
    }
    let folders: Vec<PathBuf> = entries.into_iter().filter(|path| path.is_dir()).collect();
    if folders.is_empty() {
        return Err(unfit(root, "holds no folders", "put the pictures of each class into a folder with its name"));
    }
    let named = |path: PathBuf| {
        within(&path, root)?;
        name(&path).map(|name| (path, name))
    };
    folders.into_iter().map(named).collect()
}

fn name(path: &Path) -> Result<String, DataError> {
    let name = path.file_name().and_then(|name| name.to_str());
    name.map(str::to_owned).ok_or_else(|| unfit(path, "has a name that is not UTF-8", "rename it"))
}

/// The pictures of one class, sorted.
fn pictures(class: &Path, root: &Path) -> Result<Vec<PathBuf>, DataError> {
    let (mut pictures, mut others) = (Vec::new(), Vec::new());
    walk(class, root, DEEPEST, &mut |path| if is_picture(&path) { pictures.push(path) } else { others.push(path) })?;
    if !others.is_empty() {
        return Err(foreign(class, &others));
    }
    if pictures.is_empty() {
        return Err(unfit(
            class,
            "holds no picture",
            "fill the folder, or remove it: it would be a class without examples",
        ));
    }
    Ok(pictures)
}

fn walk(folder: &Path, root: &Path, depth: usize, found: &mut dyn FnMut(PathBuf)) -> Result<(), DataError> {
    if depth == 0 {
        return Err(unfit(folder, "lies too deep in the folder of a class", "move its pictures up"));
    }
    for path in entries(folder)? {
        within(&path, root)?;
        if path.is_dir() { walk(&path, root, depth - 1, found)? } else { found(path) }
    }
    Ok(())
}

/// Refuses links that lead out of the folder, or to another folder, which may hold the first one again.
fn within(path: &Path, root: &Path) -> Result<(), DataError> {
    let link = path.symlink_metadata().map_err(unreadable(path))?.is_symlink();
    if link && (path.is_dir() || !path.canonicalize().map_err(unreadable(path))?.starts_with(root)) {
        return Err(leads_out(path));
    }
    Ok(())
}

pub(super) fn leads_out(path: &Path) -> DataError {
    unfit(path, "is a link out of the folder or to a folder", "put a copy in its place")
}

/// What a folder holds and is not hidden, sorted.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let entries = fs::read_dir(folder).map_err(unreadable(folder))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut paths = paths.map_err(unreadable(folder))?;
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !name.starts_with('.') && !LITTER.contains(&&*name)
    });
    paths.sort_unstable();
    Ok(paths)
}

pub(super) fn is_picture(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    PICTURES.contains(&extension.as_str())
}

fn foreign(class: &Path, others: &[PathBuf]) -> DataError {
    let names = others.iter().take(SHOWN).filter_map(|path| path.strip_prefix(class).ok());
    let names: Vec<String> = names.map(|path| format!("`{}`", path.display())).collect();
    let more = if others.len() > SHOWN { ", …" } else { "" };
    let problem = format!("holds {} files that are no pictures: {}{more}", others.len(), names.join(", "));
    unfit(class, &problem, "move them away; pictures end in bmp, gif, jpeg, jpg, png or webp")
}

fn unfit(path: &Path, problem: &str, remedy: &'static str) -> DataError {
    DataError::UnfitFile { path: path.to_owned(), problem: problem.to_owned(), remedy }
}
