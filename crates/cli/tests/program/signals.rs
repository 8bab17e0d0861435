//! Ctrl-C and the polite kill: saved, told how to go on, and with the code that shells expect.

use std::{thread::sleep, time::Duration};

use crate::{bench::Bench, training::Training};

/// So many that no test sees the last one.
const ENDLESS: &str = "training.steps=1000000";

#[test]
fn sigint_at_the_first_step() {
    let bench = Bench::new();
    let mut training = Training::start(&bench, &["--set", ENDLESS]);
    training.until_said("parameters; step 0 of 1000000");
    training.signal("INT");
    let said = training.end();
    assert_eq!(said.code, 130, "{}", said.err);
    let last = *bench.steps().last().expect("it saved");
    let line = format!(
        "stopped and saved at step {last}; go on with: attentive train tiny.toml --set {ENDLESS} --run run --resume\n"
    );
    assert!(said.err.ends_with(&line), "{}", said.err);
}

/// The line that tells how to go on is meant to be pasted: it is here.
#[test]
fn sigterm_in_warm_up_and_what_it_advises() {
    let bench = Bench::new();
    let sets = ["--set", ENDLESS, "--set", "schedule.warmup=5000", "--set", "sample.prompt=a small"];
    let computing = ["--device", "flex", "--threads", "1"];
    let mut training = Training::start(&bench, &[&sets[..], &computing].concat());
    training.until_said("step 1 of");
    training.signal("TERM");
    let said = training.end();
    assert_eq!(said.code, 143, "{}", said.err);
    let advice = said.err.lines().last().and_then(|line| line.split_once("go on with: attentive ")).expect("advice").1;
    assert!(advice.contains(&computing.join(" ")), "{advice}");
    let last = *bench.steps().last().expect("it saved");
    let mut again = Training::advised(&bench, advice);
    again.until_said(&format!("parameters; step {last} of 1000000"));
    again.signal("TERM");
    assert_eq!(again.end().code, 143);
}

#[test]
fn sigint_during_evaluation() {
    let bench = Bench::new();
    long_evaluation(&bench);
    let mut training = Training::start(&bench, &["--set", ENDLESS]);
    training.until_said("parameters; step 0 of 1000000");
    sleep(Duration::from_millis(300)); // a step takes a hundredth of that, and the evaluation after it ten times as much
    training.signal("INT");
    let said = training.end();
    assert_eq!(said.code, 130, "{}", said.err);
    assert!(said.err.contains("stopped and saved at step 1;"), "{}", said.err);
    assert!(bench.journal("run")[0]["validation_loss"].is_null(), "the evaluation was cut off");
    let mut again = Training::start(&bench, &["--set", ENDLESS, "--resume"]);
    again.until_said("step 1: validation loss "); // made up for
    again.signal("TERM");
    assert_eq!(again.end().code, 143);
}

/// Held-out text that takes a while, judged after each step.
fn long_evaluation(bench: &Bench) {
    bench.write("long.txt", "a small text, with words and numbers\n".repeat(24_000).as_bytes());
    bench.edit("tiny.toml", "tokenizer =", "validation = [\"long.txt\"]\ntokenizer =");
    bench.edit("tiny.toml", "every = 3\nbatches = 2", "every = 1");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let bench = Bench::new();
    let slow = "model.vocabulary=1500000"; // a step of a second or more
    let mut training = Training::start(&bench, &["--set", ENDLESS, "--set", slow]);
    training.until_said("parameters; step 0 of 1000000");
    sleep(Duration::from_millis(200)); // by then it is within that step
    training.signal("INT");
    sleep(Duration::from_millis(20));
    training.signal("INT");
    let said = training.end();
    assert_eq!(said.code, 130, "{}", said.err);
    assert!(!said.err.contains("stopped and saved"), "it had time to finish its step");
    assert!(bench.steps().is_empty());
}

#[test]
fn a_folder_in_use_is_left_alone() {
    let bench = Bench::new();
    let mut training = Training::start(&bench, &["--set", ENDLESS]);
    training.until_said("step 1 of");
    let second = |more: &[&str]| bench.run(&[&["train", "tiny.toml", "--run", "run", "--set", ENDLESS], more].concat());
    let (taken, busy) = (second(&[]), second(&["--resume"]));
    training.signal("TERM");
    assert_eq!(training.end().code, 143);
    assert_eq!((taken.code, busy.code), (2, 1));
    assert_eq!(
        taken.err,
        "attentive: run already holds a run; add `--resume` to go on with it, or `--run ANOTHER` to begin a new one\n"
    );
    assert_eq!(
        busy.err,
        "attentive: another process trains in run; wait until it ends, or begin a new run with `--run ANOTHER`\n"
    );
}
