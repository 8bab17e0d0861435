//! What can go wrong between a data set's name and its batches: each error says where, what was expected and the
//! remedy.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use attentive_files::{FetchError, FileError};

use crate::Place;

#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error(
        "there is no data set `{name}`{suggestion} `attentive data list` names all; to train on files of your own, name \
         them by patterns instead"
    )]
    UnknownDataSet { name: String, suggestion: String },
    #[error("{of} has no split `{split}`; its splits are {known}")]
    UnknownSplit { split: String, of: String, known: String },
    #[error("`{file}` of the data set `{name}` cannot be had")]
    Fetch { name: String, file: String, source: Box<FetchError> },

    #[error(
        "`{name}` is made by a generator, which needs a seed and a count; train a language model on it, or name a data \
         set of files"
    )]
    Generated { name: String },
    #[error("{} is missing: {needs}", .path.display())]
    Placed { path: PathBuf, needs: String },
    #[error(
        "the mirror is not set, and the file `{file}` of `{name}` comes from nowhere else: {needs}; set \
         ATTENTIVE_MIRROR to the folder that holds `{name}`"
    )]
    NoMirror { name: String, file: String, needs: String },
    #[error(
        "{} cannot be unpacked into {}; free some space, or remove the archive so that it is fetched again",
        .archive.display(),
        .into.display()
    )]
    Unpack { archive: PathBuf, into: PathBuf, source: std::io::Error },
    #[error("{place}: expected {expected}, found {found}; compare the file with `format` on the card of the data set")]
    Layout { place: Place, expected: String, found: String },
    #[error("{place}: the label {found} is none of {known}; mend the row, or the labels on the card")]
    Label { place: Place, found: String, known: String },
    #[error(
        "{first} has {first_lines} lines and {second} has {second_lines}, where line by line one translates the other; \
         use files of one release"
    )]
    Unequal { first: Arc<str>, first_lines: u64, second: Arc<str>, second_lines: u64 },

    #[error(
        "`{pattern}` is not a pattern of file names; see `*`, `**`, `?` and `[…]` in the documentation of patterns"
    )]
    Pattern { pattern: String, source: glob::PatternError },
    #[error("no file matches `{pattern}`{}", relative(.pattern, .base))]
    NoMatch { pattern: String, base: PathBuf },
    #[error("{} cannot be read; check that it exists and that you may read it", .path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error(
        "{} is a folder where a text file was expected; name its files, such as `{}`",
        .path.display(),
        .path.join("*.txt").display()
    )]
    Folder { path: PathBuf },
    #[error("{} is empty; remove it or leave it out of the patterns", .path.display())]
    EmptyFile { path: PathBuf },
    #[error(
        "{} is not UTF-8 at byte {offset}; convert it, for example with `iconv -t UTF-8`, or leave it out of the \
         patterns",
        .path.display()
    )]
    NotUtf8 { path: PathBuf, offset: usize },
    #[error("{} became shorter while it was read; leave it as it is until its tokens are made", .path.display())]
    Shrunk { path: PathBuf },
    #[error("the split `{split}` of {of} has no text; {remedy}")]
    NoText { split: String, of: String, remedy: &'static str },

    #[error("{place}: the column `{column}` should hold {expected}, found {found}")]
    Cell { place: Place, column: String, expected: &'static str, found: &'static str },
    #[error("{place}: {problem}; {remedy}")]
    Malformed { place: Place, problem: String, remedy: &'static str },
    #[error("{} {problem}; {remedy}", .path.display())]
    UnfitFile { path: PathBuf, problem: String, remedy: &'static str },
    #[error("{} cannot be read as {format} ({reason}); {remedy}", .path.display())]
    Damaged { path: PathBuf, format: &'static str, reason: String, remedy: &'static str },
    #[error(
        "the name of {} does not tell its format; say `format = \"…\"`, one of {known}",
        .path.display()
    )]
    UnknownFormat { path: PathBuf, known: String },
    #[error("{place}: there is no column `{column}` to be `{role}`{suggestion} The columns are {known}")]
    NoColumn { place: Place, role: String, column: String, suggestion: String, known: String },

    #[error("a vocabulary of {vocabulary} cannot hold {what}; ask for at least {least}")]
    SmallVocabulary { vocabulary: usize, what: &'static str, least: usize },
    #[error("a tokenizer cannot be built from no text; give it at least one document that is not empty")]
    NothingToLearn,
    #[error(
        "{} is not a tokenizer ({reason}); a tokenizer.json as the Hugging Face library writes it was expected",
        .path.display()
    )]
    NotATokenizer { path: PathBuf, reason: String },
    #[error(
        "{} cannot be read as {kind} ({reason}); fetch it again from where it was published, or give the model's \
         tokenizer.json",
        .path.display()
    )]
    NotAVocabulary { path: PathBuf, kind: &'static str, reason: String },
    #[error("{} is alone; {missing} was expected beside it", .path.display())]
    Companion { path: PathBuf, missing: &'static str },
    #[error("{most} tokens hold no text: the tokenizer adds {added} of its own; ask for more than that")]
    NoRoom { most: usize, added: usize },
    #[error(
        "the character {character:?} at line {line}, column {column} is not in the tokenizer's vocabulary; remove it \
         from the text, build the tokenizer from a text that has it, or use a tokenizer over \
         bytes"
    )]
    UnknownCharacter { character: char, line: usize, column: usize },
    #[error("token {id} is outside the tokenizer's vocabulary of {vocabulary}; use the tokenizer that made the tokens")]
    UnknownToken { id: u32, vocabulary: usize },
    #[error("the tokenizer could not {action}; check the text and the tokenizer.json against each other")]
    Tokenizer { action: &'static str, source: Box<dyn std::error::Error + Send + Sync> },

    #[error(
        "the cache of tokens at {} cannot be used; free some space or set ATTENTIVE_CACHE to a folder you may write \
         to",
        .path.display()
    )]
    Cache { path: PathBuf, source: FileError },
    #[error("the folder {} cannot be made; set ATTENTIVE_CACHE to a folder you may write to", .path.display())]
    CacheFolder { path: PathBuf, source: std::io::Error },
    #[error(
        "the tokens just written to {} cannot be read back; check the disk, or set ATTENTIVE_CACHE to another one",
        .path.display()
    )]
    Tokens { path: PathBuf },
    #[error("a context of 0 tokens holds nothing; ask for at least 1")]
    NoContext,
    #[error(
        "the split has {tokens} tokens, and a window of context {context} needs {}; use a longer text or a context of \
         at most {}",
        .context + 1,
        .tokens.saturating_sub(1)
    )]
    TooShort { tokens: usize, context: usize },
    #[error("the split has no rows; give more rows, or name other files for it")]
    NoItems,
    #[error("{place}: the picture cannot be used; mend it or leave the row out")]
    Picture { place: Place, source: attentive_pictures::PictureError },
    #[error("{place}: the text cannot be encoded; mend it or leave the row out")]
    Unencoded { place: Place, source: Box<DataError> },
    #[error("{place}: the label `{found}` is none of {known}; mend the row, or train on rows that have this label too")]
    UnknownLabel { place: Place, found: String, known: String },
    #[error("from 2 to {most} different labels were expected, found {found}; check which column has the labels")]
    LabelCount { found: usize, most: usize },
    #[error("the label `{name}` is listed twice; list each once")]
    RepeatedLabel { name: String },
    #[error(
        "the chat template cannot be used: {reason}; mend it where the tokenizer comes from (chat_template.jinja, or \
         tokenizer_config.json), or mend the conversation"
    )]
    ChatTemplate { reason: String },
    #[error("the tokenizer has no token that ends a text; use one that has, or build one of bytes or pieces of words")]
    NoClosing,
    #[error(
        "the tokenizer has no token that hides others; use the tokenizer of a masked model, or build one of pieces of words"
    )]
    NoMask,
}

/// Where a pattern was looked for; one that begins at the root says so itself.
fn relative(pattern: &str, base: &Path) -> String {
    if Path::new(pattern).is_absolute() {
        return "; check the path and the pattern".to_owned();
    }
    format!(" below {}; patterns are relative to that folder", base.display())
}

/// Names in a sentence: `a`, `b` and `c`.
pub(crate) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Names the path in an error of the system.
pub(crate) fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> DataError {
    move |source| DataError::Unreadable { path: path.to_owned(), source }
}
