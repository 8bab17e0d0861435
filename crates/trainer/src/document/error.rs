//! What can be wrong with a config, told in one line each.

use std::{io, path::PathBuf};

use thiserror::Error;

use super::{Origin, parse::DEPTH, reading::FILES};

#[derive(Debug, Error)]
pub enum DocumentError {
    /// The system's own words are in `cause`, which is no source: `reason` has told it better.
    #[error("{}cannot read `{}`: {}", before(.from.as_ref()), .path.display(), reason(.cause))]
    Unreadable { path: PathBuf, from: Option<Origin>, cause: io::Error },
    #[error("cannot read `{}`: it is longer than 1 MiB, which no config is", .path.display())]
    TooLong { path: PathBuf },
    #[error("{at}: {message}")]
    Syntax { at: Origin, message: String },
    #[error("{at}: nested more than {DEPTH} levels deep; flatten it")]
    TooDeep { at: Origin },
    #[error("{at}: `extends` leads to more than {FILES} files; extend fewer")]
    TooManyFiles { at: Origin },
    #[error("{at}: `extends` goes in a circle: {chain}")]
    Circle { at: Origin, chain: String },
    #[error("{at}: `extends` wants a file name or a list of them, not {found}")]
    Extends { at: Origin, found: String },
    #[error("--set wants KEY=VALUE, for example --set training.steps=500, not `{text}`")]
    Assignment { text: String },
    #[error("{at}: `{path}` is {found}, not a table, so nothing can be set in it")]
    NotATable { at: Origin, path: String, found: String },
    #[error("{at}: unknown key `{path}`{hint}")]
    UnknownKey { at: Origin, path: String, hint: String },
    #[error("{place}: `{path}` is missing; add it, or give `--set {path}=…`")]
    Missing { place: String, path: String },
    /// No override reaches into a list.
    #[error("{at}: `{path}` is missing; add it")]
    MissingInList { at: Origin, path: String },
    #[error("{at}: {} wants {wish}", subject(.path))]
    Unfit { at: Origin, path: String, wish: String },
    #[error("{at}: {}: {message}", subject(.path))]
    Refused { at: Origin, path: String, message: String },
}

fn before(from: Option<&Origin>) -> String {
    from.map(|origin| format!("{origin}: ")).unwrap_or_default()
}

/// The system's wording ends in a number that helps nobody.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    }
}

fn subject(path: &str) -> String {
    if path.is_empty() { "the config".to_owned() } else { format!("`{path}`") }
}
