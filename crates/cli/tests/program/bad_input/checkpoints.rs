//! Checkpoints that are not what they were. Damage that the manifest notices, and forgeries that it vouches for.

use std::{collections::BTreeMap, fs};

use serde_json::json;

use super::{Case, meet};
use crate::bench::Bench;

const GENERATE: &[&str] = &["generate", "run"];
const NEWEST: &str = "run/checkpoints/step-00000006";
const MODEL: &str = "run/checkpoints/step-00000006/model.safetensors";
const STATE: &str = "run/checkpoints/step-00000006/state.json";
const MANIFEST: &str = "run/checkpoints/step-00000006/manifest.json";

#[rustfmt::skip] // a line is a case
const CHECKPOINTS: &[Case<'_>] = &[
    ("empty", |bench| bench.write(MODEL, b""), GENERATE),
    ("truncated", |bench| bench.write(MODEL, &bench.bytes(MODEL)[..100]), GENERATE),
    ("bit-flipped", |bench| { let mut bytes = bench.bytes(MODEL); bytes[3000] ^= 4; bench.write(MODEL, &bytes); }, GENERATE),
    ("missing", |bench| remove(bench, MODEL), GENERATE),
    ("a folder", |bench| { remove(bench, MODEL); fs::create_dir(bench.path(MODEL)).expect("writable"); }, GENERATE),
    ("without a manifest", |bench| remove(bench, MANIFEST), GENERATE),
    ("with a manifest that is none", |bench| bench.write(MANIFEST, b"{\"model"), GENERATE),
    ("with a manifest of nothing", |bench| bench.write(MANIFEST, b"{}"), GENERATE),
    ("with a manifest of files elsewhere", |bench| bench.write(MANIFEST, br#"{"../../plan.toml": {"size": 1, "sha256": ""}}"#), GENERATE),
    ("an empty folder", |bench| { fs::remove_dir_all(bench.path(NEWEST)).expect("ours"); fs::create_dir(bench.path(NEWEST)).expect("writable"); }, GENERATE),
    ("a file in place of the folder", |bench| { fs::remove_dir_all(bench.path(NEWEST)).expect("ours"); bench.write(NEWEST, b""); }, GENERATE),
    ("a state that is none", |bench| forge(bench, STATE, b"{"), GENERATE),
    ("a state of another program", |bench| forge(bench, STATE, br#"{"epoch": 3}"#), GENERATE),
    ("no safetensors", |bench| forge(bench, MODEL, b""), GENERATE),
    ("a header longer than the file", |bench| forge(bench, MODEL, b"\xff\xff\xff\xff\xff\xff\xff\x7f{}"), GENERATE),
    ("a header that is no JSON", |bench| forge(bench, MODEL, b"\x08\0\0\0\0\0\0\0{\"a\":1, "), GENERATE),
    ("a tensor beyond the end", |bench| forge(bench, MODEL, &safetensors(&json!({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}), 8)), GENERATE),
    ("a shape that overflows", |bench| forge(bench, MODEL, &safetensors(&json!({"a": {"dtype": "F32", "shape": [u64::MAX, 2], "data_offsets": [0, 8]}}), 8)), GENERATE),
    ("no tensors", |bench| forge(bench, MODEL, &safetensors(&json!({}), 0)), GENERATE),
    ("tensors of another model", |bench| forge(bench, MODEL, &altered(bench, "norm.weight", "norm.gain")), GENERATE),
    ("a tensor too many", |bench| forge(bench, MODEL, &enlarged(bench)), GENERATE),
    ("another shape", |bench| forge(bench, MODEL, &altered(bench, "[8,32]", "[32,8]")), GENERATE),
    ("another number format", |bench| forge(bench, MODEL, &altered(bench, "F32", "I32")), GENERATE),
    ("all damaged, resumed", |bench| { for step in [4, 6] { remove(bench, &format!("run/checkpoints/step-{step:08}/state.json")); } }, &["train", "tiny.toml", "--run", "run", "--resume"]),
    ("chosen, damaged", |bench| remove(bench, "run/checkpoints/step-00000004/state.json"), &["generate", "run", "--checkpoint", "4"]),
];

fn remove(bench: &Bench, name: &str) {
    fs::remove_file(bench.path(name)).expect("a file of ours");
}

/// Puts other bytes into the newest checkpoint, with a manifest that vouches for them.
fn forge(bench: &Bench, name: &str, bytes: &[u8]) {
    bench.write(name, bytes);
    let files = ["model.safetensors", "optimizer.safetensors", "state.json"];
    let entry = |file: &&str| {
        let bytes = bench.bytes(&format!("{NEWEST}/{file}"));
        ((*file).to_owned(), json!({"size": bytes.len(), "sha256": sha256(bench, file)}))
    };
    let manifest: BTreeMap<String, serde_json::Value> = files.iter().map(entry).collect();
    bench.write(MANIFEST, json!(manifest).to_string().as_bytes());
}

fn sha256(bench: &Bench, file: &str) -> String {
    attentive_files::sha256(&bench.bytes(&format!("{NEWEST}/{file}")))
}

/// A file with this header and so many zeros.
fn safetensors(header: &serde_json::Value, zeros: usize) -> Vec<u8> {
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; zeros]].concat()
}

/// The newest model with something else in its header.
fn altered(bench: &Bench, from: &str, to: &str) -> Vec<u8> {
    let (header, body) = parted(bench);
    assert!(header.contains(from), "{header}");
    let header = header.replacen(from, to, 1);
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &body].concat()
}

fn enlarged(bench: &Bench) -> Vec<u8> {
    let (header, body) = parted(bench);
    let end = body.len();
    let more = json!({"dtype": "F32", "shape": [1], "data_offsets": [end, end + 4]});
    let header =
        header.trim_end().strip_suffix('}').map(|start| format!("{start},\"stowaway\":{more}}}")).expect("JSON");
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &body, &[0; 4]].concat()
}

fn parted(bench: &Bench) -> (String, Vec<u8>) {
    let bytes = bench.bytes(MODEL);
    let (length, rest) = bytes.split_first_chunk().expect("a safetensors file");
    let (header, body) = rest.split_at(u64::from_le_bytes(*length) as usize);
    (String::from_utf8(header.to_vec()).expect("the header is text"), body.to_vec())
}

#[test]
fn checkpoints() {
    meet("checkpoints", Bench::trained, CHECKPOINTS);
}
