//! Where a value was written, so that an error can send its reader there.

use std::{fmt, path::PathBuf};

/// Where a value, or the key before it, was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Lines and columns (in characters) count from one.
    File { path: PathBuf, line: usize, column: usize },
    /// The assignment after `--set`.
    Override { text: String },
    /// A command-line flag with its value, as its user knows it.
    Flag { text: String },
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, column } => write!(out, "{}:{line}:{column}", path.display()),
            Self::Override { text } => write!(out, "--set {}", one_line(text)),
            Self::Flag { text } => write!(out, "{}", one_line(text)),
        }
    }
}

/// The line and column of each byte of a text and of its end.
///
/// One entry per byte makes a lookup cost the same however long a line is; counting anew for each value would be
/// quadratic in a hostile file.
pub(super) struct Positions(Vec<(usize, usize)>);

impl Positions {
    pub(super) fn of(text: &str) -> Self {
        let mut positions = Vec::with_capacity(text.len() + 1);
        let (mut line, mut column) = (1, 1);
        for character in text.chars() {
            positions.resize(positions.len() + character.len_utf8(), (line, column));
            (line, column) = if character == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        positions.push((line, column));
        Self(positions)
    }

    pub(super) fn at(&self, offset: usize) -> (usize, usize) {
        self.0[offset.min(self.0.len() - 1)]
    }
}

/// The text without line breaks: errors and origins are read in one line.
pub(super) fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}
