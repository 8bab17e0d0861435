//! Steps that would harm the weights are not taken.

use std::{collections::BTreeMap, fs};

use attentive_engine::{Ending, Event, FitError, FitPlan, Progress, Start, read_journal};

use crate::{
    runs::{Run, plan},
    synthetic::{Fault, Synthetic},
};

fn faulty(faults: &[(u64, Fault)]) -> Synthetic {
    Synthetic { faults: BTreeMap::from_iter(faults.iter().copied()), ..Synthetic::default() }
}

fn saving_each_step(steps: u64) -> FitPlan {
    let mut plan = plan(steps);
    plan.checkpoint.every = 1;
    plan.checkpoint.keep = 20;
    plan
}

fn skipped(events: &[Event]) -> Vec<(u64, &str, u32)> {
    let skipped = |event| match event {
        &Event::Skipped { step, ref reason, in_a_row } => Some((step, reason.as_str(), in_a_row)),
        _ => None,
    };
    events.iter().filter_map(skipped).collect()
}

fn progress(run: &Run, step: u64) -> Progress {
    let bytes = fs::read(run.checkpoints().path(step).join("state.json")).expect("the checkpoint is there");
    serde_json::from_slice(&bytes).expect("it is a state")
}

#[test]
fn a_step_without_a_number_is_skipped_and_names_the_tensor() {
    let run = Run::new(faulty(&[(3, Fault::OutputWeight), (5, Fault::Times(f32::INFINITY))]), saving_each_step(8));
    let (outcome, events) = run.go(Start::Fresh);
    assert_eq!((outcome.ending, outcome.step), (Ending::Finished, 8));
    let first = "`blocks.0.attention.key.weight` is not finite";
    assert_eq!(skipped(&events), [(4, "`output.weight` is not finite", 1), (6, first, 1)]);
    for file in ["model.safetensors", "optimizer.safetensors"] {
        let sums: Vec<String> = (3..=7).map(|step| run.sums(step)[file].clone()).collect();
        assert_eq!(
            [sums[0] == sums[1], sums[1] == sums[2], sums[2] == sums[3], sums[3] == sums[4]],
            [true, false, true, false]
        );
    }
    let progress = progress(&run, 8);
    assert_eq!((progress.step, progress.updates), (8, 6));
    let lines = read_journal(run.folder());
    assert!(lines.iter().all(|line| line.step != 4 && line.step != 6), "no line without a number: {lines:?}");
}

#[test]
fn steps_skipped_in_a_row_end_the_run_with_the_state_before_them() {
    let faults = [1, 3, 4, 5, 6].map(|step| (step, Fault::OutputWeight));
    let mut plan = plan(20);
    plan.evaluation.every = 20;
    let run = Run::new(faulty(&faults), plan);
    let (outcome, events) = run.watched(Start::Fresh, |_| false);
    assert_eq!(
        skipped(&events).iter().map(|&(step, _, count)| (step, count)).collect::<Vec<_>>(),
        [(2, 1), (4, 1), (5, 2), (6, 3)]
    );
    let error = outcome.expect_err("the run diverges");
    let FitError::Diverged { step: 6, count: 3, path, .. } = &error else { panic!("{error:?}") };
    assert_eq!(path, &run.checkpoints().path(5));
    let text = error.to_string();
    assert!(text.starts_with("`output.weight` is not finite at step 6, 3 steps in a row; the state before"), "{text}");

    let good = Run::whole(faulty(&faults[..1]), saving_each_step(20));
    assert_eq!(run.sums(5)["model.safetensors"], good.sums(3)["model.safetensors"], "weights of the last good step");
}

#[test]
fn a_diverged_run_can_go_on_once_the_fault_is_gone() {
    let mut run = Run::new(faulty(&[2, 3, 4].map(|step| (step, Fault::Times(f32::NAN)))), plan(8));
    run.watched(Start::Fresh, |_| false).0.expect_err("the run diverges");
    run.task.faults.clear();
    let (outcome, events) = run.go(Start::Resumed);
    assert!(matches!(events[0], Event::Started { step: 4, .. }), "{:?}", events[0]);
    assert_eq!((outcome.ending, skipped(&events).len()), (Ending::Finished, 0));
}

#[test]
fn a_leap_of_the_loss_is_skipped() {
    let run = Run::new(faulty(&[(120, Fault::Times(1e3))]), plan(125));
    let (_, events) = run.go(Start::Fresh);
    let [(121, reason, 1)] = skipped(&events)[..] else { panic!("{:?}", skipped(&events)) };
    assert!(reason.starts_with("the loss leaps to "), "{reason}");
    assert_eq!(progress(&run, 125).updates, 124);
}

#[test]
fn a_task_that_fails_or_ends_stops_the_run() {
    let stopped = |fault| Run::new(faulty(&[(2, fault)]), plan(5)).watched(Start::Fresh, |_| false).0;
    let error = stopped(Fault::Error).expect_err("the task fails");
    assert!(matches!(error, FitError::Task(_)) && error.to_string() == "the disk is gone", "{error:?}");
    let error = stopped(Fault::End).expect_err("the split ends");
    assert!(matches!(error, FitError::Exhausted { step: 2 }), "{error:?}");
}
