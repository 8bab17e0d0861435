//! Commands that cannot be.

use super::{Case, meet, untouched};
use crate::bench::Bench;

const NO: fn(&Bench) = untouched;

#[rustfmt::skip] // a line is a case
const ARGUMENTS: &[Case<'_>] = &[
    ("", NO, &[]),
    ("", NO, &["trian"]),
    ("", NO, &["train"]),
    ("", NO, &["train", "tiny.toml", "other.toml"]),
    ("", NO, &["train", "tiny.toml", "--steps", "4"]),
    ("", NO, &["train", "tiny.toml", "--set"]),
    ("", NO, &["train", "tiny.toml", "--run", ""]),
    ("", NO, &["train", "tiny.toml", "--device", ""]),
    ("", NO, &["train", "tiny.toml", "--device", "gpu"]),
    ("", NO, &["train", "tiny.toml", "--run", "tiny.toml"]),
    ("", NO, &["train", "tiny.toml", "--run", "tiny.toml/run"]),
    ("", NO, &["generate"]),
    ("", NO, &["generate", "nowhere"]),
    ("", NO, &["generate", "tiny.toml"]),
    ("", NO, &["generate", "."]),
    ("", NO, &["generate", "run", "--checkpoint", "first"]),
    ("", NO, &["generate", "run", "--checkpoint", "-1"]),
    ("", NO, &["generate", "run", "--checkpoint", "7"]),
    ("", NO, &["generate", "run", "--checkpoint", "mean-0"]),
    ("", NO, &["generate", "run", "--checkpoint", "mean-3"]),
    ("", NO, &["generate", "run", "--temperature", "-1"]),
    ("", NO, &["generate", "run", "--temperature", "nan"]),
    ("", NO, &["generate", "run", "--top-k", "0"]),
    ("", NO, &["generate", "run", "--top-p", "0"]),
    ("", NO, &["generate", "run", "--top-p", "1.5"]),
    ("", NO, &["generate", "run", "--tokens", "-4"]),
    ("", NO, &["generate", "run", "--tokens", "many"]),
    ("", NO, &["generate", "run", "--seed", "-1"]),
    ("", NO, &["generate", "run", "--device", "gpu"]),
    ("", NO, &["generate", "run", "--prompt", ""]),
    ("", NO, &["generate", "run", "--prompt", "a smäll text"]),
    ("", NO, &["chat"]),
    ("", NO, &["chat", "nowhere"]),
    ("", NO, &["chat", "run"]),
    ("", NO, &["chat", "run", "--tokens", "-1"]),
    ("", NO, &["evaluate", "run"]),
    ("", NO, &["evaluate", "run", "--on", "story"]),
    ("", NO, &["evaluate", "run", "--on", ""]),
    ("", NO, &["evaluate", "run", "--on", "stories:test"]),
    ("", NO, &["evaluate", "run", "--on", "stories"]),
    ("", NO, &["evaluate", "nowhere", "--on", "stories"]),
    ("", NO, &["train", "tiny.toml", "--threads", "0"]),
    ("", NO, &["train", "tiny.toml", "--threads", "many"]),
    ("", NO, &["generate", "run", "--threads", "-1"]),
    ("", NO, &["evaluate", "run", "--on", "stories", "--threads", "5000"]),
    ("", NO, &["bench"]),
    ("", NO, &["bench", "steps"]),
    ("", NO, &["bench", "step", "tiny"]),
    ("", NO, &["bench", "step", "--model", "huge"]),
    ("", NO, &["bench", "step", "--precision", "f16"]),
    ("", NO, &["bench", "step", "--threads", "0"]),
    ("", NO, &["bench", "step", "--steps", "0"]),
    ("", NO, &["bench", "step", "--context", "-1"]),
    ("", NO, &["bench", "step", "--batch", "all"]),
    ("", NO, &["bench", "step", "--batch", "1000000"]),
    ("", NO, &["bench", "step", "--device", "gpu"]),
    ("", NO, &["completions"]),
    ("", NO, &["completions", "tcsh"]),
    ("", NO, &["schema", "more"]),
];

#[test]
fn arguments() {
    meet("arguments", Bench::trained, ARGUMENTS);
}

#[test]
fn a_prompt_that_is_not_utf_8() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let bench = Bench::trained();
    let mut command = bench.command(&["generate", "run", "--prompt"]);
    let said = bench.said(command.arg(OsStr::from_bytes(b"\xff")).output().expect("the program starts"));
    super::assert_decent("prompt", &said);
    assert_eq!(
        (said.code, said.err.lines().next()),
        (2, Some("error: invalid UTF-8 was detected in one or more arguments"))
    );
}
