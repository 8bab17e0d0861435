//! Files that hold a tokenizer, each kind under the names that it is published under.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::companions::Companions;
use super::faces::{self, Files};
use super::roles::Role;
use super::{Tokenizer, pairs, sentencepiece, wordpiece};
use crate::DataError;
use crate::error::unreadable;

/// No real one comes near; the library needs a hundred times the memory of a model's file.
const LARGEST_MODEL: u64 = 1 << 24;
const LARGEST: u64 = 1 << 28;

/// Marian's.
const SOURCE: &str = "source.spm";
const TARGET: &str = "target.spm";
const VOCABULARY: &str = "vocab.json";

/// Vocabularies of byte pairs, each with its merges.
const PAIRS: [(&str, &str); 2] = [("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe")];

impl Tokenizer {
    /// Reads a `tokenizer.json`, Marian's `source.spm` beside its `target.spm` and `vocab.json`, a `vocab.txt` of BERT, a
    /// `vocab.json` beside its `merges.txt`, a SentencePiece `.model`, or a folder that holds one of them. Files beside it that say how it is
    /// meant (`tokenizer_config.json`, `special_tokens_map.json`, `chat_template.jinja`) are heeded.
    pub fn load(path: &Path) -> Result<Self, DataError> {
        let path = if path.is_dir() { &within(path)? } else { path };
        let companions = Companions::beside(path);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name == SOURCE && path.with_file_name(VOCABULARY).is_file() {
            return Self::from_faces(path, &companions);
        }
        if let Some((vocabulary, merges)) = paired(path, &name) {
            return Self::from_pairs(&vocabulary, &merges, &companions);
        }
        let json = match path.extension().and_then(|extension| extension.to_str()) {
            Some("model" | "spm") => sentencepiece::read(path, &bounded(path, LARGEST_MODEL)?, &companions)?,
            Some("txt") => wordpiece::read(path, &text(path)?, &companions)?,
            _ => text(path)?,
        };
        Self::with_roles(&json, path, &companions)
    }

    fn from_faces(source: &Path, companions: &Companions) -> Result<Self, DataError> {
        let [target, list] = [TARGET, VOCABULARY].map(|name| source.with_file_name(name));
        if !target.is_file() {
            return Err(DataError::Companion { path: source.to_owned(), missing: "target.spm" });
        }
        let [read, written] = [source, &target].map(|path| bounded(path, LARGEST_MODEL));
        let (read, written, content) = (read?, written?, text(&list)?);
        let files = Files { source: (source, &read), target: (&target, &written), vocabulary: (&list, &content) };
        Self::with_roles(&faces::read(&files, companions)?, &list, companions)
    }

    fn from_pairs(vocabulary: &Path, merges: &Path, companions: &Companions) -> Result<Self, DataError> {
        let alone = |path: &Path, missing| DataError::Companion { path: path.to_owned(), missing };
        match (vocabulary.is_file(), merges.is_file()) {
            (true, false) => return Err(alone(vocabulary, "the file of its merges (merges.txt or vocab.bpe)")),
            (false, true) => return Err(alone(merges, "the file of its vocabulary (vocab.json or encoder.json)")),
            _ => {}
        }
        let json = pairs::read(vocabulary, &text(vocabulary)?, &text(merges)?, companions)?;
        Self::with_roles(&json, vocabulary, companions)
    }

    /// Adds to the JSON what companions say of its special tokens, so that it goes wherever the JSON goes.
    fn with_roles(json: &str, path: &Path, companions: &Companions) -> Result<Self, DataError> {
        let tokenizer = Self::from_json(json, path)?;
        let said = Role::ALL.into_iter().filter_map(|role| Some((role, companions.token(role)?)));
        let new = said.filter(|(role, token)| {
            let id = tokenizer.library.token_to_id(token);
            id.is_some() && id != tokenizer.role(*role)
        });
        let new: Vec<(Role, &str)> = new.collect();
        let tokenizer = if new.is_empty() { tokenizer } else { Self::from_json(&annotated(json, &new), path)? };
        Ok(Self { template: companions.template().map(ToOwned::to_owned), ..tokenizer })
    }
}

/// The same JSON with these roles on its added tokens; tokens of the vocabulary become added ones.
fn annotated(json: &str, roles: &[(Role, &str)]) -> String {
    let mut whole: Value = serde_json::from_str(json).expect("the tokenizer was just read from it");
    if !whole["added_tokens"].is_array() {
        whole["added_tokens"] = json!([]);
    }
    let added = whole["added_tokens"].as_array_mut().expect("it is an array by now");
    for (role, name) in roles {
        added.iter_mut().for_each(|token| forget(token, *role));
        match added.iter_mut().find(|token| token["content"] == *name) {
            Some(token) => remember(token, *role),
            None => added.push(json!({"id": 0, "content": name, "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true, "roles": [role]})),
        }
    }
    serde_json::to_string_pretty(&whole).expect("JSON values can be written")
}

fn forget(token: &mut Value, role: Role) {
    if let Some(roles) = token.get_mut("roles").and_then(Value::as_array_mut) {
        roles.retain(|other| *other != json!(role));
    }
}

fn remember(token: &mut Value, role: Role) {
    match token["roles"].as_array_mut() {
        Some(roles) => roles.push(json!(role)),
        None => token["roles"] = json!([role]),
    }
}

/// The file in a folder that holds its tokenizer.
fn within(folder: &Path) -> Result<PathBuf, DataError> {
    let marian = folder.join(VOCABULARY).is_file().then_some(SOURCE);
    let known = ["tokenizer.json"].into_iter().chain(marian).chain([VOCABULARY, "encoder.json"]);
    let known = known.map(|name| folder.join(name));
    let mut models: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(unreadable(folder))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "model"))
        .collect();
    models.sort();
    let mut all = known.chain(models).chain([folder.join("vocab.txt")]);
    let nothing = || DataError::NotATokenizer { path: folder.to_owned(), reason: "it is a folder".to_owned() };
    all.find(|path| path.is_file()).ok_or_else(nothing)
}

/// The two files of byte pairs, if this is one of them.
fn paired(path: &Path, name: &str) -> Option<(PathBuf, PathBuf)> {
    let (vocabulary, merges) = PAIRS.iter().find(|(vocabulary, merges)| name == *vocabulary || name == *merges)?;
    Some((path.with_file_name(vocabulary), path.with_file_name(merges)))
}

fn text(path: &Path) -> Result<String, DataError> {
    let unfit = |offset| {
        let reason = format!("it is not UTF-8 at byte {offset}");
        DataError::NotATokenizer { path: path.to_owned(), reason }
    };
    String::from_utf8(bounded(path, LARGEST)?).map_err(|error| unfit(error.utf8_error().valid_up_to()))
}

fn bounded(path: &Path, largest: u64) -> Result<Vec<u8>, DataError> {
    let size = std::fs::metadata(path).map_err(unreadable(path))?.len();
    if size > largest {
        let reason = format!("it has {size} bytes, and {largest} are the most");
        return Err(DataError::NotATokenizer { path: path.to_owned(), reason });
    }
    std::fs::read(path).map_err(unreadable(path))
}

#[cfg(test)]
mod tests;
