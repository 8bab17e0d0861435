//! Byte pairs in a SentencePiece model: it has pieces and scores, and merges whatever two pieces make the best third.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::model::{Model, PieceKind};

/// The model as the library has it: merges in the order in which they are tried.
pub(super) fn vocabulary(model: &Model, pieces: &[(String, f64)]) -> Value {
    let ids: Map<String, Value> = pieces.iter().zip(0..).map(|((piece, _), id)| (piece.clone(), json!(id))).collect();
    json!({
        "type": "BPE", "dropout": null, "unk_token": model.pieces[model.unknown].text, "fuse_unk": true,
        "byte_fallback": model.byte_fallback, "ignore_merges": false, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "vocab": ids, "merges": merges(model),
    })
}

fn merges(model: &Model) -> Vec<(&str, &str)> {
    let whole = |kind| matches!(kind, PieceKind::Normal | PieceKind::UserDefined);
    let mut pieces: Vec<(usize, &str, f32)> = model
        .pieces
        .iter()
        .enumerate()
        .filter(|(_, piece)| whole(piece.kind))
        .map(|(id, piece)| (id, piece.text.as_str(), piece.score))
        .collect();
    let ids: HashMap<&str, usize> = pieces.iter().map(|(id, text, _)| (*text, *id)).collect();
    pieces.sort_by(|(first, _, one), (second, _, other)| other.total_cmp(one).then(first.cmp(second)));
    pieces.iter().flat_map(|(_, text, _)| halves(text, &ids)).collect()
}

/// Each way to make the piece of two others, those with the lowest ids first.
fn halves<'a>(piece: &'a str, ids: &HashMap<&str, usize>) -> Vec<(&'a str, &'a str)> {
    let places = piece.char_indices().skip(1).map(|(place, _)| piece.split_at(place));
    let mut found: Vec<_> =
        places.filter(|(first, second)| ids.contains_key(first) && ids.contains_key(second)).collect();
    found.sort_by_key(|(first, second)| (ids[first], ids[second], Reverse(first.len())));
    found
}
