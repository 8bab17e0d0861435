//! Files of the user's own: which ones the patterns name, and which of their text is held out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::DataError;
use crate::error::listed;
use crate::rows::{Columns, Format, rename};
use crate::sets::document;
use crate::text::{contents, share};

const SPLITS: [&str; 2] = ["train", "validation"];
/// The share of the text that is trained on when the user holds nothing out by name.
const TRAINED: f64 = 0.9;
/// From so many files on, whole files are held out.
const FILES_TO_SPLIT_BY: usize = 10;

/// A file of the split, and the share of its characters that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chosen {
    pub(crate) path: PathBuf,
    pub(crate) from: f64,
    pub(crate) to: f64,
}

impl Chosen {
    fn whole(path: &Path) -> Self {
        Self { path: path.to_owned(), from: 0.0, to: 1.0 }
    }

    fn text(&self) -> Result<String, DataError> {
        let text = filled(&self.path)?;
        Ok(if (self.from, self.to) == (0.0, 1.0) { text } else { share(&text, self.from, self.to).to_owned() })
    }
}

/// Each file's text, or its part of the split.
pub(crate) fn documents(
    patterns: &[String],
    base: &Path,
    validation: &[String],
    split: &str,
) -> Result<Vec<String>, DataError> {
    chosen(patterns, base, validation, split)?.iter().map(Chosen::text).collect()
}

/// The documents in each file's rows, or those of its part of the split.
pub(crate) fn rows(
    (patterns, base, validation): (&[String], &Path, &[String]),
    (format, columns): (&Format, &Columns),
    split: &str,
) -> Result<Vec<String>, DataError> {
    let mut documents = Vec::new();
    for Chosen { path, from, to } in chosen(patterns, base, validation, split)? {
        let rows = rename(crate::rows::rows(&path, format)?, columns);
        let all: Vec<String> = rows.map(|row| document(&row?)).collect::<Result<_, _>>()?;
        let place = |share: f64| (share * all.len() as f64) as usize;
        documents.extend_from_slice(&all[place(from)..place(to)]);
    }
    Ok(documents)
}

/// The files of the split, none of which is read.
pub(crate) fn chosen(
    patterns: &[String],
    base: &Path,
    validation: &[String],
    split: &str,
) -> Result<Vec<Chosen>, DataError> {
    let held_out = match split {
        "train" => false,
        "validation" => true,
        _ => return Err(unknown_split(split)),
    };
    if validation.is_empty() {
        return Ok(tenth(&matching(patterns, base)?, held_out));
    }
    let validation = matching(validation, base)?;
    if held_out {
        return Ok(validation.iter().map(|path| Chosen::whole(path)).collect());
    }
    let all = matching(patterns, base)?;
    Ok(all.difference(&validation).map(|path| Chosen::whole(path)).collect())
}

fn unknown_split(split: &str) -> DataError {
    DataError::UnknownSplit {
        split: split.to_owned(),
        of: "a set of files".to_owned(),
        known: listed(SPLITS.into_iter()),
    }
}

/// The last tenth, or what comes before it: of the files in sorted order, or of each file's characters.
fn tenth(files: &BTreeSet<PathBuf>, held_out: bool) -> Vec<Chosen> {
    if files.len() >= FILES_TO_SPLIT_BY {
        let trained = (TRAINED * files.len() as f64) as usize;
        let (skipped, taken) = if held_out { (trained, usize::MAX) } else { (0, trained) };
        return files.iter().skip(skipped).take(taken).map(|path| Chosen::whole(path)).collect();
    }
    let (from, to) = if held_out { (TRAINED, 1.0) } else { (0.0, TRAINED) };
    files.iter().map(|path| Chosen { path: path.clone(), from, to }).collect()
}

fn filled(path: &Path) -> Result<String, DataError> {
    let text = contents(path)?;
    if text.is_empty() { Err(DataError::EmptyFile { path: path.to_owned() }) } else { Ok(text) }
}

/// The files that the patterns name, each once and sorted, so that neither the order of the patterns nor that of the
/// system matters.
pub(crate) fn matching(patterns: &[String], base: &Path) -> Result<BTreeSet<PathBuf>, DataError> {
    let mut files = BTreeSet::new();
    for pattern in patterns {
        let found = found(pattern, base)?;
        if found.is_empty() {
            return Err(DataError::NoMatch { pattern: pattern.clone(), base: base.to_owned() });
        }
        files.extend(found);
    }
    Ok(files)
}

/// The pattern from the root. The folder's own name is no pattern, even if it holds a bracket.
pub fn absolute(pattern: &str, base: &Path) -> String {
    PathBuf::from(glob::Pattern::escape(&base.to_string_lossy())).join(pattern).to_string_lossy().into_owned()
}

fn found(pattern: &str, base: &Path) -> Result<Vec<PathBuf>, DataError> {
    let within = absolute(pattern, base);
    let invalid = |source| DataError::Pattern { pattern: pattern.to_owned(), source };
    let paths = glob::glob(&within).map_err(invalid)?;
    let unreadable = |error: glob::GlobError| {
        let path = error.path().to_owned();
        DataError::Unreadable { path, source: error.into() }
    };
    paths.map(|path| path.map_err(unreadable)).collect()
}

#[cfg(test)]
mod tests;
