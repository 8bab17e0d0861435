//! SentencePiece models (Kudo and Richardson 2018) as the pipeline that transformers makes of them, T5's and Llama's
//! kinds: unigram and byte pairs, with and without a table of characters.
//!
//! Three differences to SentencePiece itself remain, as they do in transformers: the table of characters is applied to
//! what readers take for one character, not to the longest match, which drops a combining mark after some; special
//! tokens are found in a text, and each stretch between them is a text of its own; and where bytes stand for what is
//! unknown, unigram models take `<0x41>` in a text for the byte.

mod charsmap;
mod merges;
mod model;
mod protobuf;

use std::path::Path;

use serde_json::{Value, json};
use tokenizers::normalizers::Precompiled;

use super::companions::Companions;
use super::division::{LAST, SEVERAL};
use super::pipeline::{Added, Kind, Pipeline, ended, metaspace, replace, sequence, substitute, template};
use super::roles::Role;
use crate::DataError;
use model::{Algorithm, Model, PieceKind};

/// T5 has these beyond its model: `<extra_id_0>` is the last.
const SENTINELS: u64 = 100;
/// More would be a mistake.
const MOST_SENTINELS: u64 = 10_000;
const SPACE: char = '▁';
/// Begins the names of pieces that no text holds.
const NO_CHARACTER: char = '\u{10ffff}';

/// The `tokenizer.json` of a model's file.
pub(super) fn read(path: &Path, file: &[u8], companions: &Companions) -> Result<String, DataError> {
    let unfit = |reason| DataError::NotAVocabulary { path: path.to_owned(), kind: "a SentencePiece model", reason };
    let model = Model::read(file).map_err(unfit)?;
    let sentinels = sentinels(companions).min(MOST_SENTINELS);
    Ok(pipeline(&model, sentinels, companions).map_err(unfit)?.around(vocabulary(&model, sentinels)))
}

/// What cuts a text into the pieces of a model, and knows no token beside them.
pub(super) fn cutting(path: &Path, file: &[u8]) -> Result<Value, DataError> {
    let unfit = |reason| DataError::NotAVocabulary { path: path.to_owned(), kind: "a SentencePiece model", reason };
    let mut model = Model::read(file).map_err(unfit)?;
    for (number, piece) in model.pieces.iter_mut().enumerate().filter(|(_, piece)| piece.kind == PieceKind::Control) {
        piece.text = format!("{NO_CHARACTER}{number}");
    }
    let added = added(&model, 0).into_iter().filter(|token| token.kind == Kind::Ordinary).collect();
    let normalizer = sequence("normalizers", normalizers(&model).map_err(unfit)?);
    let pipeline = Pipeline { added, normalizer, pre_tokenizer: pre_tokenizer(&model), ..Pipeline::default() };
    Ok(serde_json::from_str(&pipeline.around(vocabulary(&model, 0))).expect("it was just written"))
}

/// T5's own config says how many; an older one says only that it is T5.
fn sentinels(companions: &Companions) -> u64 {
    let class = companions.text("tokenizer_class").is_some_and(|class| class.starts_with("T5Tokenizer"));
    let t5 = class || companions.text("model_type") == Some("t5");
    companions.number("extra_ids").unwrap_or(if t5 { SENTINELS } else { 0 })
}

fn pipeline(model: &Model, sentinels: u64, companions: &Companions) -> Result<Pipeline, String> {
    Ok(Pipeline {
        added: added(model, sentinels),
        normalizer: sequence("normalizers", normalizers(model)?),
        pre_tokenizer: pre_tokenizer(model),
        post_processor: around(model, sentinels, companions),
        decoder: decoder(model),
    })
}

fn normalizers(model: &Model) -> Result<Vec<Value>, String> {
    let mut normalizers = Vec::new();
    if !model.charsmap.is_empty() {
        charsmap::checked(&model.charsmap)?;
        let table = Precompiled::from(&model.charsmap).map_err(|error| error.to_string())?;
        normalizers.push(serde_json::to_value(table).map_err(|error| error.to_string())?);
    }
    if model.squeezes_spaces {
        if !model.dummy_prefix {
            normalizers.push(substitute((r"\A +", "")));
        }
        normalizers.extend([LAST, SEVERAL].map(substitute));
        return Ok(normalizers);
    }
    if model.dummy_prefix {
        normalizers.push(json!({"type": "Prepend", "prepend": SPACE.to_string()}));
    }
    normalizers.push(replace(" ", &SPACE.to_string()));
    Ok(normalizers)
}

fn pre_tokenizer(model: &Model) -> Value {
    // Where no piece holds a space but at its beginning, the words can be looked up one by one.
    let inner = |text: &str| text.chars().skip(1).any(|character| character == SPACE);
    let split = !model.pieces.iter().any(|piece| inner(&piece.text));
    match (model.squeezes_spaces, split) {
        (true, _) => metaspace(if model.dummy_prefix { "always" } else { "never" }, json!(split)),
        (false, true) => metaspace("never", json!(true)),
        (false, false) => Value::Null,
    }
}

fn decoder(model: &Model) -> Value {
    if model.squeezes_spaces && !model.byte_fallback {
        return metaspace(if model.dummy_prefix { "always" } else { "never" }, json!(true));
    }
    let mut decoders = vec![replace("▁", " "), json!({"type": "ByteFallback"}), json!({"type": "Fuse"})];
    if model.dummy_prefix {
        decoders.push(json!({"type": "Strip", "content": " ", "start": 1, "stop": 0}));
    }
    json!({"type": "Sequence", "decoders": decoders})
}

/// Control pieces, those that users defined, and the sentinels.
fn added(model: &Model, sentinels: u64) -> Vec<Added> {
    let piece = |(id, piece): (u32, &model::Piece)| {
        let kind = match piece.kind {
            PieceKind::Control | PieceKind::Unknown => Kind::Special,
            PieceKind::UserDefined => Kind::Ordinary,
            _ => return None,
        };
        let roles = if piece.kind == PieceKind::Unknown { vec![Role::Unknown] } else { Vec::new() };
        Some(Added { id, content: piece.text.clone(), kind, roles })
    };
    let first = model.pieces.len() as u32;
    let sentinel =
        |(id, index)| Added { id, content: format!("<extra_id_{index}>"), kind: Kind::Special, roles: Vec::new() };
    let sentinels = (first..).zip((0..sentinels).rev()).map(sentinel);
    (0..).zip(&model.pieces).filter_map(piece).chain(sentinels).collect()
}

/// T5 ends each text; Llama begins each, and ends it if its config says so.
fn around(model: &Model, sentinels: u64, companions: &Companions) -> Value {
    let id = |name: &str| model.pieces.iter().position(|piece| piece.text == name).map(|id| id as u32);
    let (begin, end) = (id("<s>"), id("</s>"));
    let llama = companions.text("tokenizer_class").is_some_and(|class| class.starts_with("LlamaTokenizer"));
    match (begin, end) {
        (_, Some(end)) if sentinels > 0 => ended("</s>", end),
        (Some(begin), Some(end)) => {
            let begins = companions.truth("add_bos_token").unwrap_or(llama);
            let ends = companions.truth("add_eos_token").unwrap_or(false);
            bounded(begins.then_some(begin), ends.then_some(end))
        }
        _ => Value::Null,
    }
}

fn bounded(begin: Option<u32>, end: Option<u32>) -> Value {
    if begin.is_none() && end.is_none() {
        return Value::Null;
    }
    let (first, last) = (begin.map(|_| "<s>"), end.map(|_| "</s>"));
    let one = |name| first.into_iter().chain([name]).chain(last);
    let pair: Vec<(&str, u32)> = one("A").map(|name| (name, 0)).chain(one("B").map(|name| (name, 1))).collect();
    let tokens: Vec<(&str, u32)> = first.into_iter().zip(begin).chain(last.into_iter().zip(end)).collect();
    template(&one("A").collect::<Vec<_>>(), &pair, &tokens)
}

fn vocabulary(model: &Model, sentinels: u64) -> Value {
    let pieces = model.pieces.iter().map(|piece| (piece.text.clone(), f64::from(piece.score)));
    let sentinels = (0..sentinels).rev().map(|index| (format!("<extra_id_{index}>"), 0.0));
    let pieces: Vec<(String, f64)> = pieces.chain(sentinels).collect();
    match model.algorithm {
        Algorithm::Unigram => {
            json!({"type": "Unigram", "unk_id": model.unknown, "vocab": pieces, "byte_fallback": model.byte_fallback})
        }
        Algorithm::Pairs => merges::vocabulary(model, &pieces),
    }
}
