//! Stopped and resumed, a run is the run that was never stopped, bit for bit.

use std::{fs, io::Write, sync::atomic::Ordering};

use attentive_engine::{AveragePlan, Ending, Event, FitPlan, OptimizerKind, Start};

use crate::{
    runs::{Run, plan, taken},
    synthetic::Synthetic,
};

const STEPS: u64 = 12;

/// Averaging, recomputation, accumulation with a ragged tail, and the dropout of the task.
fn demanding() -> FitPlan {
    let mut plan = plan(STEPS);
    plan.average = Some(AveragePlan { decay: 0.9 });
    plan.training.recompute = true;
    plan.training.micro_batch = 4;
    plan
}

#[derive(Clone, Copy, Debug)]
enum Stop {
    After(u64),
    /// Before the next micro-batch of the step counted from zero.
    Within(u64, usize),
    /// In the middle of an evaluation, counted from one in each stretch of the run.
    Evaluating(usize),
}

/// Runs with these stops and on to the end.
fn stopped(plan: FitPlan, stops: &[Stop]) -> Run {
    let mut run = Run::new(Synthetic::default(), plan);
    let mut start = Start::Fresh;
    for &stop in stops {
        run.task.interrupted_within = if let Stop::Within(step, row) = stop { Some((step, row)) } else { None };
        let mut evaluations = 0;
        let (outcome, _) = run.watched(start, |event| match (stop, event) {
            (Stop::After(step), Event::Step(report)) => report.step == step,
            (Stop::Evaluating(number), Event::Evaluating { done: 2, .. }) => {
                evaluations += 1;
                evaluations == number
            }
            _ => false,
        });
        assert_eq!(outcome.expect("stopping is no failure").ending, Ending::Interrupted, "{stop:?}");
        start = Start::Resumed;
    }
    run.task.interrupted_within = None;
    let (outcome, _) = run.go(start);
    assert_eq!((outcome.ending, outcome.step), (Ending::Finished, STEPS));
    run
}

fn assert_same(stopped: &Run, straight: &Run, how: &str) {
    assert_eq!(stopped.sums(STEPS), straight.sums(STEPS), "files of the last checkpoint, {how}");
    assert_eq!(stopped.curve(), straight.curve(), "lines of the journal, {how}");
}

#[test]
fn stopping_after_every_step_changes_nothing() {
    let stops: Vec<Stop> = (1..STEPS).map(Stop::After).collect();
    for plan in [plan(STEPS), demanding()] {
        let straight = Run::whole(Synthetic::default(), plan.clone());
        assert_same(&stopped(plan, &stops), &straight, "stopped after every step");
    }
}

#[test]
fn every_optimizer_goes_on_from_its_state() {
    let kinds = [OptimizerKind::AdamW, OptimizerKind::Lion, OptimizerKind::Sgd, OptimizerKind::Muon];
    let curves = kinds.map(|kind| {
        let mut plan = demanding();
        plan.optimizer.kind = kind;
        let straight = Run::whole(Synthetic::default(), plan.clone());
        assert_same(&stopped(plan, &[Stop::After(5)]), &straight, &format!("with {kind:?}"));
        straight.curve()
    });
    for (index, curve) in curves.iter().enumerate() {
        assert!(!curves[..index].contains(curve), "{:?} moves otherwise than those before it", kinds[index]);
    }
}

#[test]
fn stopping_within_a_step_or_an_evaluation_changes_nothing() {
    let straight = Run::whole(Synthetic::default(), demanding());
    let all: [&[Stop]; 6] = [
        &[Stop::Within(0, 0)],
        &[Stop::Within(6, 0)],
        &[Stop::Within(STEPS - 1, 4), Stop::Evaluating(1)],
        &[Stop::Evaluating(1)],
        &[Stop::Evaluating(2), Stop::Evaluating(1), Stop::After(9)],
        &[Stop::Evaluating(3), Stop::Evaluating(1)],
    ];
    for stops in all {
        let stopped = stopped(demanding(), stops);
        assert_same(&stopped, &straight, &format!("{stops:?}"));
    }
}

#[test]
fn a_checkpoint_holds_these_files() {
    let names = |run: &Run| run.sums(STEPS).into_keys().collect::<Vec<String>>();
    let averaged = Run::whole(Synthetic::default(), demanding());
    assert_eq!(names(&averaged), ["average.safetensors", "model.safetensors", "optimizer.safetensors", "state.json"]);
    let plain = Run::whole(Synthetic::default(), plan(STEPS));
    assert_eq!(names(&plain), ["model.safetensors", "optimizer.safetensors", "state.json"]);
}

/// Recomputation must not show in the result, and the rest must: else the tests above compare nothing with nothing.
#[test]
fn what_shows_in_the_bits_and_what_does_not() {
    let sums = |plan| Run::whole(Synthetic::default(), plan).sums(STEPS);
    let (mut kept, mut reseeded) = (demanding(), demanding());
    kept.training.recompute = false;
    reseeded.training.seed += 1;
    assert_eq!(sums(kept), sums(demanding()));
    assert_ne!(sums(reseeded), sums(demanding()), "dropout follows the seed");
}

#[test]
fn a_killed_run_goes_on_from_an_older_checkpoint() {
    let mut plan = demanding();
    plan.checkpoint.keep = 20;
    let run = Run::whole(Synthetic::default(), plan);
    let (sums, curve) = (run.sums(STEPS), run.curve());
    let steps = run.checkpoints().steps();
    assert!(steps.contains(&5), "{steps:?}");
    for step in steps.into_iter().filter(|&step| step > 5) {
        fs::remove_dir_all(run.checkpoints().path(step)).expect("a checkpoint can be removed");
    }
    let mut journal =
        fs::OpenOptions::new().append(true).open(run.folder().join("metrics.jsonl")).expect("it is there");
    journal.write_all(br#"{"step":13,"lo"#).expect("a line can be cut off");
    let (_, events) = run.go(Start::Resumed);
    assert_eq!(taken(&events), (6..=STEPS).collect::<Vec<_>>());
    assert_eq!(run.sums(STEPS), sums);
    assert_eq!(run.curve(), curve);
}

#[test]
fn a_finished_run_has_nothing_left_to_do() {
    let run = Run::whole(Synthetic::default(), plan(STEPS));
    let (curve, made) = (run.curve(), run.task.made.load(Ordering::Relaxed));
    assert_eq!(made, STEPS as usize);
    let (outcome, events) = run.go(Start::Resumed);
    assert_eq!((outcome.ending, outcome.step, outcome.steps_taken), (Ending::Finished, STEPS, 0));
    assert!(
        !events.iter().any(|event| matches!(event, Event::Step(_) | Event::Saved { .. } | Event::Evaluating { .. }))
    );
    assert_eq!(run.task.made.load(Ordering::Relaxed), made, "no batch is made");
    assert_eq!(run.curve(), curve);
}

#[test]
fn without_a_checkpoint_a_resumed_run_says_that_it_starts() {
    let run = Run::new(Synthetic::default(), plan(STEPS));
    let (_, events) = run.go(Start::Resumed);
    assert!(
        matches!(&events[0], Event::Note(text) if text == "no checkpoint yet: starting at step 0"),
        "{:?}",
        events[0]
    );
    assert!(matches!(events[1], Event::Started { step: 0, steps: STEPS, .. }), "{:?}", events[1]);
    assert_same(&run, &Run::whole(Synthetic::default(), plan(STEPS)), "resumed from nothing");
}
