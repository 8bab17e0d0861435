//! A checkpoint that is not whole is named, and the one before it is used.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use attentive_engine::{AveragePlan, CheckpointError, Event, FitError, FitPlan, Start};
use attentive_files::{Staging, verify};
use safetensors::SafeTensors;

use crate::{
    runs::{Run, plan, taken},
    synthetic::Synthetic,
};

const STEPS: u64 = 10;

fn frequent() -> FitPlan {
    let mut plan = plan(STEPS);
    plan.average = Some(AveragePlan { decay: 0.9 });
    plan.checkpoint.every = 2;
    plan.checkpoint.keep = 20;
    plan
}

/// A way to do harm, and what the run is to say of it.
type Damage = (fn(&Path), &'static str);

const DAMAGES: [Damage; 8] = [
    (truncate_model, "model.safetensors holds"),
    (flip_optimizer, "optimizer.safetensors was altered"),
    (|folder| remove(folder, "manifest.json"), "manifest.json is missing"),
    (|folder| remove(folder, "average.safetensors"), "average.safetensors is missing"),
    (|folder| fs::write(folder.join("state.json"), "garbage").expect("writable"), "state.json holds 7 bytes"),
    (|folder| replace(folder, "state.json", b"garbage"), "state.json: not a state of this program: expected value"),
    (|folder| replace(folder, "model.safetensors", b"garbage"), "model.safetensors: not a safetensors file"),
    (forget_second_moment, "optimizer.safetensors: tensor `second/output.weight` is missing"),
];

fn truncate_model(folder: &Path) {
    let path = folder.join("model.safetensors");
    let bytes = fs::read(&path).expect("the model is there");
    fs::write(path, &bytes[..bytes.len() / 2]).expect("writable");
}

fn flip_optimizer(folder: &Path) {
    let path = folder.join("optimizer.safetensors");
    let mut bytes = fs::read(&path).expect("the optimizer is there");
    *bytes.last_mut().expect("it is not empty") ^= 1;
    fs::write(path, bytes).expect("writable");
}

fn remove(folder: &Path, name: &str) {
    fs::remove_file(folder.join(name)).expect("the file is there");
}

/// Replaces a file and makes the manifest agree, as another program might.
fn replace(folder: &Path, name: &str, bytes: &[u8]) {
    let names = verify(folder).expect("the folder is whole").files.into_keys();
    let mut staging = Staging::new(folder).expect("writable");
    for other in names {
        let kept = fs::read(folder.join(&other)).expect("the file is there");
        staging.write(&other, if other == name { bytes } else { &kept }).expect("writable");
    }
    staging.publish().expect("writable");
}

fn forget_second_moment(folder: &Path) {
    let bytes = fs::read(folder.join("optimizer.safetensors")).expect("the optimizer is there");
    let file = SafeTensors::deserialize(&bytes).expect("it is a safetensors file");
    let kept: BTreeMap<_, _> = file.tensors().into_iter().filter(|(name, _)| name != "second/output.weight").collect();
    let without = safetensors::serialize(kept, None).expect("tensors that were read can be written");
    replace(folder, "optimizer.safetensors", &without);
}

fn damaged(events: &[Event]) -> Vec<(PathBuf, String)> {
    let damaged = |event: &Event| match event {
        Event::Damaged { path, reason } => Some((path.clone(), reason.clone())),
        _ => None,
    };
    events.iter().filter_map(damaged).collect()
}

#[test]
fn the_checkpoint_before_a_damaged_one_is_used() {
    let run = Run::whole(Synthetic::default(), frequent());
    let (sums, curve, newest) = (run.sums(STEPS), run.curve(), run.checkpoints().path(STEPS));
    for (harm, named) in DAMAGES {
        harm(&newest);
        let (_, events) = run.go(Start::Resumed);
        let [(path, reason)] = &damaged(&events)[..] else { panic!("{named}: one is damaged, not {events:?}") };
        assert_eq!(path, &newest);
        assert!(reason.contains(named), "{reason}");
        assert_eq!(taken(&events), [9, 10], "{named}");
        assert_eq!((run.sums(STEPS), run.curve()), (sums.clone(), curve.clone()), "{named}");
    }
}

/// Their steps are still to come, so they are the newest by name, but not what a run can go on from.
#[test]
fn damaged_checkpoints_push_no_whole_ones_out() {
    let mut run = Run::whole(Synthetic::default(), frequent());
    for step in [6, 8, 10] {
        remove(&run.checkpoints().path(step), "manifest.json");
    }
    run.plan.checkpoint.keep = 1;
    let (outcome, events) =
        run.watched(Start::Resumed, |event| matches!(event, Event::Step(report) if report.step == 5));
    assert_eq!(outcome.expect("stopping is no failure").step, 5);
    assert_eq!(damaged(&events).len(), 3);
    assert!(run.checkpoints().steps().contains(&5), "{:?}", run.checkpoints().steps());
    let (_, events) = run.go(Start::Resumed);
    assert_eq!(taken(&events), (6..=STEPS).collect::<Vec<_>>());
}

#[test]
fn when_all_are_damaged_the_run_does_not_start_over() {
    let run = Run::whole(Synthetic::default(), plan(STEPS));
    let steps = run.checkpoints().steps();
    for &step in &steps {
        truncate_model(&run.checkpoints().path(step));
    }
    let (outcome, events) = run.watched(Start::Resumed, |_| false);
    assert_eq!(damaged(&events).len(), steps.len());
    let error = outcome.expect_err("there is nothing to go on from");
    let FitError::Checkpoint(CheckpointError::AllDamaged { folder, reason }) = error else { panic!("{error}") };
    assert_eq!(folder, run.folder().join("checkpoints"));
    assert!(reason.contains("step-00000010/model.safetensors holds"), "{reason}");
    assert_eq!(run.checkpoints().steps(), steps, "nothing is thrown away");
}
