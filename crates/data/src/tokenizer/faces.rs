//! Tokenizers with two faces, as Marian's: SentencePiece models cut sources and targets, each its own way, and a list beside them
//! gives the ids of all pieces. Both models lie as `faces` in a `tokenizer.json` that by itself decodes, and encodes nothing.

use std::borrow::Cow;
use std::path::Path;

use regex::Regex;
use serde_json::{Map, Value, json};
use tokenizers::Tokenizer as Library;

use super::companions::Companions;
use super::pipeline::{Added, Kind, Pipeline, ended, replace, sequence, substitute};
use super::roles::Role;
use super::{careful, failed, parsed, sentencepiece};
use crate::DataError;

/// The key that holds both models.
const KEY: &str = "faces";

/// Which of the two a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Target,
}

/// What cuts texts.
#[derive(Clone, Debug)]
pub(super) struct Faces {
    source: Library,
    /// Absent where targets are cut as sources are.
    target: Option<Library>,
    /// Finds special tokens.
    special: Regex,
    unknown: u32,
}

/// The files of a folder.
pub(super) struct Files<'a> {
    pub(super) source: (&'a Path, &'a [u8]),
    pub(super) target: (&'a Path, &'a [u8]),
    pub(super) vocabulary: (&'a Path, &'a str),
}

/// The `tokenizer.json` of a folder.
pub(super) fn read(files: &Files<'_>, companions: &Companions) -> Result<String, DataError> {
    let (path, content) = files.vocabulary;
    let unfit =
        |reason: String| DataError::NotAVocabulary { path: path.to_owned(), kind: "Marian's list of pieces", reason };
    let vocabulary: Map<String, Value> = serde_json::from_str(content).map_err(|error| unfit(error.to_string()))?;
    if companions.truth("separate_vocabs") == Some(true) {
        return Err(unfit("targets have a list of their own, which is not supported".to_owned()));
    }
    let pipeline = pipeline(&vocabulary, companions).map_err(unfit)?;
    // Nothing is in the place of what is unknown: whoever does not ask a face gets an error.
    let whole = pipeline.around(json!({"type": "WordLevel", "vocab": vocabulary, "unk_token": ""}));
    let mut whole: Value = serde_json::from_str(&whole).expect("it was just written");
    let one = files.source.1 == files.target.1;
    let target = if one { Value::Null } else { sentencepiece::cutting(files.target.0, files.target.1)? };
    whole[KEY] = json!({"source": sentencepiece::cutting(files.source.0, files.source.1)?, "target": target});
    Ok(serde_json::to_string_pretty(&whole).expect("JSON values can be written"))
}

fn pipeline(vocabulary: &Map<String, Value>, companions: &Companions) -> Result<Pipeline, String> {
    let token = |role, usual: &'static str| {
        let name = companions.token(role).unwrap_or(usual);
        let id = vocabulary.get(name).and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
        let id = id.ok_or_else(|| format!("it has no token `{name}`"))?;
        Ok::<_, String>(Added { id, content: name.to_owned(), kind: Kind::Special, roles: vec![role] })
    };
    let end = token(Role::End, "</s>")?;
    let post_processor = ended(&end.content, end.id);
    let added = vec![end, token(Role::Unknown, "<unk>")?, token(Role::Padding, "<pad>")?];
    let ends = substitute((r"\A +| +\z", ""));
    let decoder = sequence("decoders", vec![replace("▁", " "), json!({"type": "Fuse"}), ends]);
    Ok(Pipeline { added, post_processor, decoder, ..Pipeline::default() })
}

/// What a `tokenizer.json` says of faces, and the rest of it.
pub(super) fn taken(json: &str) -> Result<(Option<Value>, Cow<'_, str>), String> {
    if !json.contains(KEY) {
        return Ok((None, json.into()));
    }
    let mut whole: Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
    match whole.as_object_mut().and_then(|whole| whole.remove(KEY)) {
        None => Ok((None, json.into())),
        Some(faces) => Ok((Some(faces), whole.to_string().into())),
    }
}

impl Faces {
    pub(super) fn new(said: &Value, library: &Library) -> Result<Self, String> {
        let target = Some(&said["target"]).filter(|target| !target.is_null());
        let added = library.get_added_tokens_decoder();
        let mut names: Vec<String> = added.values().map(|token| regex::escape(&token.content)).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let unknown = super::roles::roles(library, "").get(&Role::Unknown).copied();
        Ok(Self {
            source: parsed(&said["source"].to_string())?,
            target: target.map(|target| parsed(&target.to_string())).transpose()?,
            special: Regex::new(&names.join("|")).map_err(|error| error.to_string())?,
            unknown: unknown.ok_or_else(|| "it has no token for what is unknown".to_owned())?,
        })
    }

    /// Special tokens are found in a text, and each stretch between them is a text of its own.
    pub(super) fn encode(&self, library: &Library, side: Side, text: &str) -> Result<Vec<u32>, DataError> {
        let (mut ids, mut from) = (Vec::new(), 0);
        for found in self.special.find_iter(text).filter(|found| !found.is_empty()) {
            self.stretch(library, side, &text[from..found.start()], &mut ids)?;
            ids.push(self.id(library, found.as_str()));
            from = found.end();
        }
        self.stretch(library, side, &text[from..], &mut ids)?;
        Ok(ids)
    }

    fn stretch(&self, library: &Library, side: Side, text: &str, ids: &mut Vec<u32>) -> Result<(), DataError> {
        let (code, text) = coded(text);
        ids.extend(code.map(|code| self.id(library, code)));
        let face = self.target.as_ref().filter(|_| side == Side::Target).unwrap_or(&self.source);
        let cut = careful(|| face.encode(text, false)).map_err(failed("encode"))?;
        ids.extend(cut.get_tokens().iter().map(|piece| self.id(library, piece)));
        Ok(())
    }

    fn id(&self, library: &Library, piece: &str) -> u32 {
        library.token_to_id(piece).unwrap_or(self.unknown)
    }
}

/// The code of a language before a text, as `>>fr<<`, and the text.
fn coded(text: &str) -> (Option<&str>, &str) {
    match text.find("<<").filter(|_| text.starts_with(">>")) {
        Some(place) => (Some(&text[..place + 2]), &text[place + 2..]),
        None => (None, text),
    }
}
