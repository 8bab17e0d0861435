//! Texts and tokenizers that cannot be learned from.

use super::{Case, meet};
use crate::bench::{Bench, shared};

/// A config over the file `mine`, which each case spoils.
const TRAIN: &[&str] = &["train", "tiny.toml"];

#[rustfmt::skip] // a line is a case
const CORPORA: &[Case<'_>] = &[
    ("missing", |bench| mine(bench, "mine.txt"), TRAIN),
    ("a pattern that matches nothing", |bench| mine(bench, "none/*.txt"), TRAIN),
    ("not a pattern", |bench| mine(bench, "[.txt"), TRAIN),
    ("no pattern", |bench| bench.edit("tiny.toml", "files = [", "files = [] # "), TRAIN),
    ("a folder", |bench| mine(bench, "."), TRAIN),
    ("empty", |bench| text(bench, b""), TRAIN),
    ("not UTF-8", |bench| text(bench, b"some text \xff\xfe and more"), TRAIN),
    ("too short for the context", |bench| text(bench, b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), TRAIN),
    ("one character", |bench| text(bench, b"a"), TRAIN),
    ("held out: characters that training never saw", |bench| text(bench, "a".repeat(100).replace("aaaaaaaaaa", "aaaaaaaaa\u{e9}").as_bytes()), &["train", "tiny.toml", "--set", "data.validation=[\"other.txt\"]"]),
    ("held out: missing", |_| {}, &["train", "tiny.toml", "--set", "data.validation=[\"gone.txt\"]"]),
    ("held out: everything", |bench| text(bench, &[b'a'; 100]), &["train", "tiny.toml", "--set", "data.validation=[\"mine.txt\"]"]),
    ("an unknown data set", |_| {}, &["train", "stories.toml", "--set", "data.source=tinyshakespear"]),
    ("held out from a known data set", |_| {}, &["train", "stories.toml", "--set", "data.validation=[\"x.txt\"]"]),
    ("a tokenizer: missing", |_| {}, &["train", "tiny.toml", "--set", "data.tokenizer=gone.json"]),
    ("a tokenizer: a folder", |_| {}, &["train", "tiny.toml", "--set", "data.tokenizer=."]),
    ("a tokenizer: empty", |bench| bench.write("mine.json", b""), TOKENIZER),
    ("a tokenizer: not UTF-8", |bench| bench.write("mine.json", b"{\"model\": \"\xff\"}"), TOKENIZER),
    ("a tokenizer: truncated", |bench| bench.write("mine.json", b"{\"version\": \"1.0\", \"model\": {"), TOKENIZER),
    ("a tokenizer: other JSON", |bench| bench.write("mine.json", b"{\"name\": \"x\"}"), TOKENIZER),
    ("a tokenizer: without tokens", |bench| bench.write("mine.json", br#"{"model": {"type": "WordLevel", "vocab": {}, "unk_token": "x"}}"#), TOKENIZER),
    ("a tokenizer: an id beyond all", |bench| bench.write("mine.json", br#"{"model": {"type": "WordLevel", "vocab": {"a": 4000000000}, "unk_token": "a"}}"#), TOKENIZER),
    ("a tokenizer: one that its library panics at", |bench| bench.write("mine.json", br#"{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "ABAAAABB"}, "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}}"#), TOKENIZER),
];

const TOKENIZER: &[&str] = &["train", "tiny.toml", "--set", "data.tokenizer=mine.json"];

fn mine(bench: &Bench, pattern: &str) {
    bench.edit("tiny.toml", &format!("{}/text.txt", shared()), pattern);
}

fn text(bench: &Bench, bytes: &[u8]) {
    mine(bench, "mine.txt");
    bench.write("mine.txt", bytes);
}

fn corpora_bench() -> Bench {
    let bench = Bench::new();
    bench.write("other.txt", "é".repeat(100).as_bytes());
    bench.write("stories.toml", b"model = {layers = 1, heads = 1, width = 8, context = 8}\ntraining.steps = 1\n");
    bench
}

#[test]
fn corpora() {
    meet("corpora", corpora_bench, CORPORA);
}

/// A file that the system keeps from us; it keeps nothing from its administrator.
#[test]
fn a_text_that_may_not_be_read() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let bench = Bench::new();
    text(&bench, b"secret");
    fs::set_permissions(bench.path("mine.txt"), fs::Permissions::from_mode(0o000)).expect("a file of ours");
    if fs::read(bench.path("mine.txt")).is_ok() {
        return;
    }
    let said = bench.run(TRAIN);
    let text = "attentive: FOLDER/mine.txt cannot be read; check that it exists and that you may read it: Permission denied (os error 13)\n";
    assert_eq!((said.code, said.err.as_str()), (2, text));
}

/// The cache is nobody's argument: its failure is one of running.
#[test]
fn a_cache_that_cannot_be_written_to() {
    let bench = Bench::new();
    let mut command = bench.command(TRAIN);
    let said =
        bench.said(command.env("ATTENTIVE_CACHE", bench.path("tiny.toml")).output().expect("the program starts"));
    let text = "attentive: the folder FOLDER/tiny.toml/tokens cannot be made; set ATTENTIVE_CACHE to a folder you may write to: Not a directory (os error 20)\n";
    assert_eq!((said.code, said.err.as_str()), (1, text));
}
