//! Byte pairs as `vocab.json` and `merges.txt`: GPT-2's (Radford et al. 2019), RoBERTa's (Liu et al. 2019) and CLIP's
//! (Radford et al. 2021), told apart by their special tokens.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::companions::Companions;
use super::division::WHITE;
use super::pipeline::{Added, Kind, Pipeline, replace, sequence, substitute};
use super::roles::{END, Role};
use crate::DataError;

const BEGINS_CLIP: &str = "<|startoftext|>";
/// CLIP's words, numbers digit by digit, and the rest; its special tokens stay whole.
const CLIP_WORDS: &str = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

type Ids = BTreeMap<String, u32>;

/// `path` is that of the vocabulary, to blame in errors.
pub(super) fn read(path: &Path, vocabulary: &str, merges: &str, companions: &Companions) -> Result<String, DataError> {
    let unfit = |reason: String| DataError::NotAVocabulary { path: path.to_owned(), kind: "a vocab.json", reason };
    let ids: Ids = serde_json::from_str(vocabulary).map_err(|error| unfit(error.to_string()))?;
    let merges = pairs(merges, &ids).map_err(unfit)?;
    let (pipeline, suffix, unknown) = if ids.contains_key(BEGINS_CLIP) {
        (clip(&ids), "</w>", json!(END))
    } else if ids.contains_key("<mask>") && ids.contains_key("<s>") {
        (roberta(&ids, companions), "", Value::Null)
    } else {
        (gpt2(&ids, companions), "", Value::Null)
    };
    Ok(pipeline.around(json!({
        "type": "BPE", "dropout": null, "unk_token": unknown, "continuing_subword_prefix": "",
        "end_of_word_suffix": suffix, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
        "vocab": ids, "merges": merges,
    })))
}

/// Two tokens a line, of which the vocabulary has each and both together.
fn pairs(merges: &str, ids: &Ids) -> Result<Vec<(String, String)>, String> {
    let lines = merges.lines().zip(1..).filter(|(line, _)| !line.starts_with("#version") && !line.is_empty());
    let pair = |(line, number): (&str, usize)| {
        let halves = line.split_once(' ').filter(|(_, second)| !second.contains(' '));
        let (first, second) = halves.ok_or_else(|| format!("line {number} of the merges is not two tokens"))?;
        let whole = format!("{first}{second}");
        let missing = [first, second, &whole].into_iter().find(|token| !ids.contains_key(*token)).map(str::to_owned);
        match missing {
            Some(token) => Err(format!("line {number} of the merges needs the token `{token}`, which it lacks")),
            None => Ok((first.to_owned(), second.to_owned())),
        }
    };
    lines.map(pair).collect()
}

fn gpt2(ids: &Ids, companions: &Companions) -> Pipeline {
    Pipeline {
        added: added(ids, &[(END, Kind::Special, &[Role::Begin, Role::End])]),
        pre_tokenizer: bytes(companions),
        post_processor: json!({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true}),
        decoder: decoder(),
        ..Pipeline::default()
    }
}

fn roberta(ids: &Ids, companions: &Companions) -> Pipeline {
    let special: [(&str, Kind, &[Role]); 5] = [
        ("<s>", Kind::Special, &[Role::Begin, Role::Class]),
        ("<pad>", Kind::Special, &[Role::Padding]),
        ("</s>", Kind::Special, &[Role::End, Role::Separator]),
        ("<unk>", Kind::Special, &[Role::Unknown]),
        ("<mask>", Kind::Greedy, &[Role::Mask]),
    ];
    let spaced = companions.truth("add_prefix_space").unwrap_or(false);
    Pipeline {
        added: added(ids, &special),
        pre_tokenizer: bytes(companions),
        post_processor: around(ids, ("</s>", "<s>"), json!(true), json!(spaced)),
        decoder: decoder(),
        ..Pipeline::default()
    }
}

fn clip(ids: &Ids) -> Pipeline {
    let special: [(&str, Kind, &[Role]); 2] = [
        (BEGINS_CLIP, Kind::Special, &[Role::Begin, Role::Class]),
        (END, Kind::Special, &[Role::End, Role::Padding, Role::Unknown, Role::Separator]),
    ];
    let words = json!({"type": "Split", "pattern": {"Regex": CLIP_WORDS}, "behavior": "Removed", "invert": true});
    let level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    Pipeline {
        added: added(ids, &special),
        normalizer: sequence(
            "normalizers",
            vec![json!({"type": "NFC"}), substitute(WHITE), json!({"type": "Lowercase"})],
        ),
        pre_tokenizer: sequence("pretokenizers", vec![words, level]),
        post_processor: around(ids, (END, BEGINS_CLIP), json!(false), json!(false)),
        decoder: json!({"type": "Sequence", "decoders": [
            decoder(), replace("</w>", " "), json!({"type": "Strip", "content": " ", "start": 0, "stop": 1}),
        ]}),
    }
}

/// Those of the special tokens that the vocabulary has.
fn added(ids: &Ids, special: &[(&str, Kind, &[Role])]) -> Vec<Added> {
    let token = |(name, kind, roles): &(&str, Kind, &[Role])| {
        let id = *ids.get(*name)?;
        Some(Added { id, content: (*name).to_owned(), kind: *kind, roles: roles.to_vec() })
    };
    special.iter().filter_map(token).collect()
}

fn bytes(companions: &Companions) -> Value {
    let spaced = companions.truth("add_prefix_space").unwrap_or(false);
    json!({"type": "ByteLevel", "add_prefix_space": spaced, "trim_offsets": true, "use_regex": true})
}

fn decoder() -> Value {
    json!({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true})
}

/// RoBERTa's way around texts: `<s> A </s> </s> B </s>`.
fn around(ids: &Ids, (end, begin): (&str, &str), trims: Value, spaced: Value) -> Value {
    let (Some(last), Some(first)) = (ids.get(end), ids.get(begin)) else { return Value::Null };
    json!({"type": "RobertaProcessing", "sep": [end, last], "cls": [begin, first], "trim_offsets": trims,
        "add_prefix_space": spaced})
}
