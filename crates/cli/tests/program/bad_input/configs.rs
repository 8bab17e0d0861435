//! Files that are no config.

use super::{Case, meet};
use crate::bench::Bench;

const TRAIN: &[&str] = &["train", "bad.toml"];

#[rustfmt::skip] // a line is a case
const CONFIGS: &[Case<'_>] = &[
    ("missing", |_| {}, TRAIN),
    ("a folder", |bench| folder(bench, "bad.toml"), TRAIN),
    ("below a file", |_| {}, &["train", "tiny.toml/bad.toml"]),
    ("empty", |bench| bench.write("bad.toml", b""), TRAIN),
    ("not UTF-8", |bench| bench.write("bad.toml", b"[model]\n\xff\xfe"), TRAIN),
    ("zeros", |bench| bench.write("bad.toml", &[0; 64]), TRAIN),
    ("truncated", |bench| bench.write("bad.toml", b"[model]\nlayers = 1\nheads = "), TRAIN),
    ("an open table", |bench| bench.write("bad.toml", b"[model\nlayers = 1\n"), TRAIN),
    ("an open string", |bench| bench.write("bad.toml", b"[data]\nsource = \"stories\n"), TRAIN),
    ("a key twice", |bench| bench.write("bad.toml", b"[model]\nlayers = 1\nlayers = 2\n"), TRAIN),
    ("YAML", |bench| bench.write("bad.toml", b"model:\n  layers: 1\n"), TRAIN),
    ("JSON", |bench| bench.write("bad.toml", b"{\"model\": {\"layers\": 1}}\n"), TRAIN),
    ("huge", |bench| bench.write("bad.toml", &vec![b'#'; 2 << 20]), TRAIN),
    ("deep", |bench| bench.write("bad.toml", format!("a = {}", "[".repeat(1000)).as_bytes()), TRAIN),
    ("deep by dots", |bench| bench.write("bad.toml", format!("a{} = 1", ".a".repeat(1000)).as_bytes()), TRAIN),
    ("a misspelled table", |bench| bench.write("bad.toml", b"extends = \"tiny.toml\"\n\n[shedule]\nwarmup = 3\n"), TRAIN),
    ("a misspelled key", |bench| bench.write("bad.toml", b"extends = \"tiny.toml\"\n\n[model]\nwitdh = 3\n"), TRAIN),
    ("a string for a number", |bench| bench.write("bad.toml", b"extends = \"tiny.toml\"\n[model]\nheads = \"two\"\n"), TRAIN),
    ("a value for a table", |bench| bench.write("bad.toml", b"extends = \"tiny.toml\"\ntraining = 5\n"), TRAIN),
    ("heads that do not divide", |bench| bench.write("bad.toml", b"extends = \"tiny.toml\"\n[model]\nheads = 3\n"), TRAIN),
    ("an unknown device", |bench| bench.write("bad.toml", b"extends = \"tiny.toml\"\ndevice = \"gpu\"\n"), TRAIN),
    ("extends nothing", |bench| bench.write("bad.toml", b"extends = \"gone.toml\"\n"), TRAIN),
    ("extends a folder", |bench| bench.write("bad.toml", b"extends = \".\"\n"), TRAIN),
    ("extends a number", |bench| bench.write("bad.toml", b"extends = 5\n"), TRAIN),
    ("extends itself", |bench| bench.write("bad.toml", b"extends = \"bad.toml\"\n"), TRAIN),
    ("extends in a circle", |bench| {
        bench.write("bad.toml", b"extends = \"other.toml\"\n");
        bench.write("other.toml", b"extends = [\"tiny.toml\", \"bad.toml\"]\n");
    }, TRAIN),
    ("preflight of nothing", |_| {}, &["preflight", "bad.toml"]),
    ("preflight of a model too large", |_| {}, &["preflight", "tiny.toml", "--set", "model.width=100000"]),
    ("a dry run of nothing", |_| {}, &["train", "bad.toml", "--dry-run"]),
];

fn folder(bench: &Bench, name: &str) {
    std::fs::create_dir(bench.path(name)).expect("the bench can be written to");
}

#[test]
fn configs() {
    meet("configs", Bench::new, CONFIGS);
}
