//! Run folders that are not what they were.

use std::fs;

use super::{Case, meet};
use crate::bench::Bench;

const GENERATE: &[&str] = &["generate", "run"];
const RESUME: &[&str] = &["train", "tiny.toml", "--run", "run", "--resume"];

#[rustfmt::skip] // a line is a case
const RUNS: &[Case<'_>] = &[
    ("taken", |_| {}, &["train", "tiny.toml", "--run", "run"]),
    ("another plan", |_| {}, &["train", "tiny.toml", "--run", "run", "--resume", "--set", "model.width=16", "--set", "training.seed=3", "--set", "average.decay=0.9"]),
    ("fewer steps", |_| {}, &["train", "tiny.toml", "--run", "run", "--resume", "--set", "training.steps=3"]),
    ("plan.toml missing", |bench| remove(bench, "run/plan.toml"), GENERATE),
    ("plan.toml a folder", |bench| { remove(bench, "run/plan.toml"); fs::create_dir(bench.path("run/plan.toml")).expect("writable"); }, GENERATE),
    ("plan.toml empty", |bench| bench.write("run/plan.toml", b""), GENERATE),
    ("plan.toml empty, resumed", |bench| bench.write("run/plan.toml", b""), RESUME),
    ("plan.toml not UTF-8", |bench| bench.write("run/plan.toml", b"\xff"), GENERATE),
    ("plan.toml with an unknown key", |bench| bench.edit("run/plan.toml", "layers", "leyers"), GENERATE),
    ("plan.toml with a bad value", |bench| bench.edit("run/plan.toml", "heads = 2", "heads = 3"), GENERATE),
    ("plan.toml of another model", |bench| bench.edit("run/plan.toml", "width = 8", "width = 16"), GENERATE),
    ("tokenizer.json missing", |bench| remove(bench, "run/tokenizer.json"), GENERATE),
    ("tokenizer.json a folder", |bench| { remove(bench, "run/tokenizer.json"); fs::create_dir(bench.path("run/tokenizer.json")).expect("writable"); }, GENERATE),
    ("tokenizer.json empty", |bench| bench.write("run/tokenizer.json", b""), GENERATE),
    ("tokenizer.json truncated", |bench| { let text = bench.bytes("run/tokenizer.json"); bench.write("run/tokenizer.json", &text[..300]); }, GENERATE),
    ("tokenizer.json of another run", |bench| bench.edit("run/tokenizer.json", "\"vocab\": {", "\"vocab\": {\"é\": 40, "), &["generate", "run", "--prompt", "é"]),
    ("never saved", |bench| fs::remove_dir_all(bench.path("run/checkpoints")).expect("ours"), GENERATE),
];

fn remove(bench: &Bench, name: &str) {
    fs::remove_file(bench.path(name)).expect("a file of ours");
}

#[test]
fn runs() {
    meet("runs", Bench::trained, RUNS);
}
