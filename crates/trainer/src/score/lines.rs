//! A file with a line an item.

use std::path::{Path, PathBuf};

use crate::TrainerError;

#[derive(Debug)]
pub(super) struct Lines {
    pub(super) path: PathBuf,
    pub(super) lines: Vec<String>,
}

impl Lines {
    pub(super) fn read(path: &Path) -> Result<Self, TrainerError> {
        let unreadable = |reason: String| TrainerError::Asked(format!("{} cannot be scored: {reason}", path.display()));
        let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let text = String::from_utf8(bytes)
            .map_err(|error| unreadable(format!("it is not UTF-8 at byte {}", error.utf8_error().valid_up_to())))?;
        let lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
        if lines.is_empty() {
            return Err(unreadable("it is empty, and a line an item was expected".to_owned()));
        }
        Ok(Self { path: path.to_owned(), lines })
    }

    pub(super) fn expect_as_many(&self, other: &Self) -> Result<(), TrainerError> {
        let (found, expected) = (self.lines.len(), other.lines.len());
        if found == expected {
            return Ok(());
        }
        Err(TrainerError::Asked(format!(
            "{} has {found} lines and {} has {expected}; each line of the one answers a line of the other",
            self.path.display(),
            other.path.display()
        )))
    }

    pub(super) fn numbers(&self) -> Result<Vec<f64>, TrainerError> {
        let number = |(index, line): (usize, &String)| {
            let parsed = line.trim().parse().ok().filter(|number: &f64| number.is_finite());
            parsed.ok_or_else(|| {
                let place = format!("{}:{}", self.path.display(), index + 1);
                TrainerError::Asked(format!("{place}: `{line}` is not a number, and the score compares numbers"))
            })
        };
        self.lines.iter().enumerate().map(number).collect()
    }
}
