//! A run that goes on, wherever it was cut off, ends with the same bits.

use std::{fs, thread::sleep, time::Duration};

use crate::{bench::Bench, training::Training};

/// Dropout, windows in shuffled epochs, averaged weights, and far more saving than anyone would ask for.
const DEMANDING: &str = r#"extends = "base.toml"
model.dropout = 0.1
data.order = "shuffled"
training.steps = 260
training.batch = 8
training.micro_batch = 4
average.decay = 0.9
evaluation.every = 20
checkpoint.every = 4
journal.every = 1
"#;
const STEPS: u64 = 260;
const KILLS: u64 = 12;

fn demanding() -> Bench {
    let bench = Bench::new();
    fs::rename(bench.path("tiny.toml"), bench.path("base.toml")).expect("a file of ours");
    bench.write("tiny.toml", DEMANDING.as_bytes());
    bench
}

/// The files of the last checkpoint, and each step's loss.
fn result(bench: &Bench) -> (Vec<Vec<u8>>, Vec<String>) {
    let last = format!("run/checkpoints/step-{:08}", bench.steps().last().expect("a checkpoint"));
    let files = ["model.safetensors", "optimizer.safetensors", "average.safetensors", "state.json"];
    let bytes = files.map(|name| bench.bytes(&format!("{last}/{name}")));
    let told = |line: &serde_json::Value| format!("{}: {} {}", line["step"], line["loss"], line["validation_loss"]);
    (bytes.into(), bench.journal("run").iter().map(told).collect())
}

fn uninterrupted() -> Bench {
    let bench = demanding();
    let said = bench.run(&["train", "tiny.toml", "--run", "run"]);
    assert_eq!(said.code, 0, "{}", said.err);
    bench
}

/// Kills once `step` has its checkpoint: every other time in the middle of saving the next one, else a moment later.
fn killed(bench: &Bench, step: u64, in_saving: bool) -> bool {
    let mut training = Training::start(bench, &["--resume"]);
    let there = |bench: &Bench| bench.steps().last().is_some_and(|last| *last >= step);
    let reached = training.reaches(there) && (!in_saving || training.reaches(Bench::is_saving));
    if !in_saving {
        sleep(Duration::from_millis(step % 7));
    }
    training.kill();
    reached
}

#[test]
fn a_run_killed_a_dozen_times_ends_with_the_same_bits() {
    let (whole, pieces) = (uninterrupted(), demanding());
    let (mut kills, mut torn) = (0, 0);
    for kill in 0..KILLS {
        kills += u64::from(killed(&pieces, kill * STEPS / KILLS, kill % 2 == 1));
        torn += u64::from(pieces.is_saving());
    }
    let said = pieces.run(&["train", "tiny.toml", "--run", "run", "--resume"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(kills >= KILLS / 2 && torn > 0, "{kills} kills hit a running process, {torn} of them while it saved");
    assert_eq!(pieces.steps().last(), Some(&STEPS));
    assert!(!pieces.is_saving(), "what was half written is cleared away");
    assert!(result(&pieces) == result(&whole), "the killed run has another result than the uninterrupted one");
}

#[test]
fn a_damaged_checkpoint_is_named_and_the_one_before_it_used() {
    let (whole, bench) = (uninterrupted(), uninterrupted());
    let steps = bench.steps();
    let before = steps[steps.len() - 2];
    let model = format!("run/checkpoints/step-{STEPS:08}/model.safetensors");
    let mut bytes = bench.bytes(&model);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bench.write(&model, &bytes);
    let said = bench.run(&["train", "tiny.toml", "--run", "run", "--resume"]);
    let named =
        format!("warning: run/checkpoints/step-{STEPS:08} cannot be used, trying the one before it: {model} was");
    assert!(said.err.contains(&named), "{}", said.err);
    assert!(said.err.contains(&format!("parameters; step {before} of {STEPS}\n")), "{}", said.err);
    assert!(result(&bench) == result(&whole), "the mended run has another result than the first one");
}

#[test]
fn without_a_checkpoint_it_starts_at_0_and_says_so() {
    let bench = Bench::new();
    let said = bench.run(&["train", "tiny.toml", "--run", "run", "--resume"]);
    assert_eq!(said.code, 0);
    assert!(said.err.starts_with("note: no checkpoint yet: starting at step 0\n"), "{}", said.err);
    assert!(said.err.contains("parameters; step 0 of 6\n"), "{}", said.err);
}

#[test]
fn a_finished_run_has_nothing_to_do() {
    let bench = Bench::trained();
    let before = bench.journal("run");
    let said = bench.run(&["train", "tiny.toml", "--run", "run", "--resume"]);
    assert_eq!(said.code, 0);
    assert!(said.err.ends_with("nothing to do: the run in run is finished at step 6\n"), "{}", said.err);
    assert_eq!(bench.journal("run"), before);
}

#[test]
fn a_run_may_be_given_more_steps() {
    let bench = Bench::trained();
    let said = bench.run(&["train", "tiny.toml", "--run", "run", "--resume", "--set", "training.steps=9"]);
    assert_eq!(said.code, 0);
    assert!(said.err.contains("parameters; step 6 of 9\n"), "{}", said.err);
    assert_eq!(bench.steps(), [8, 9]);
}
