//! When a run evaluates, what it writes down, and when it ends.

use std::{fs, sync::atomic::AtomicBool};

use attentive_attention::Pass;
use attentive_engine::{At, AveragePlan, Ending, Event, FitPlan, Split, Start, Task, Which, judge, read_journal};
use attentive_testkit::device;
use serde_json::Value;

use crate::{
    runs::{BATCH, Run, plan, taken},
    synthetic::{Synthetic, VALIDATION_BATCHES},
};

fn evaluated(events: &[Event]) -> Vec<(u64, f64)> {
    let evaluated = |event: &Event| match event {
        &Event::Evaluated { step, loss, .. } => Some((step, loss)),
        _ => None,
    };
    events.iter().filter_map(evaluated).collect()
}

#[test]
fn evaluation_comes_at_fixed_steps_and_at_the_last() {
    let run = Run::new(Synthetic::default(), plan(10));
    let (outcome, events) = run.go(Start::Fresh);
    let evaluated = evaluated(&events);
    assert_eq!(evaluated.iter().map(|&(step, _)| step).collect::<Vec<_>>(), [4, 8, 10]);
    let best = outcome.best.expect("there were evaluations");
    let lowest = evaluated.iter().min_by(|left, right| left.1.total_cmp(&right.1)).expect("there were evaluations");
    assert_eq!((best.step, best.loss), *lowest);
    assert_eq!(taken(&events), (1..=10).collect::<Vec<_>>());
    assert_eq!((outcome.ending, outcome.steps_taken), (Ending::Finished, 10));
    assert!(matches!(events.last(), Some(Event::Ended(ended)) if ended.best == outcome.best));
}

#[test]
fn evaluation_takes_the_batches_that_the_plan_asks_for() {
    let batches = |limit| {
        let mut plan = plan(4);
        plan.evaluation.batches = limit;
        let (_, events) = Run::new(Synthetic::default(), plan).go(Start::Fresh);
        let told =
            |event: &Event| if let &Event::Evaluating { done, total } = event { Some((done, total)) } else { None };
        events.iter().filter_map(told).collect::<Vec<_>>()
    };
    assert_eq!(batches(Some(2)), [(1, Some(2)), (2, Some(2))]);
    assert_eq!(batches(None), (1..=VALIDATION_BATCHES as usize).map(|done| (done, None)).collect::<Vec<_>>());
}

#[test]
fn the_validation_loss_is_that_of_the_weights_that_are_opened() {
    for average in [None, Some(AveragePlan { decay: 0.7 })] {
        let run = Run::whole(Synthetic::default(), FitPlan { average, ..plan(6) });
        let fresh = run.task.model(&device()).expect("the task makes models");
        let (model, _) = run.checkpoints().open(Which::Last, fresh).expect("the run has checkpoints");
        let items = |step| {
            let batch = run.task.batch(&At { split: Split::Validation, step, rows: 0..BATCH })?;
            Ok(batch.map(|batch| run.task.judge(&model, batch, &mut Pass::evaluation())))
        };
        let judged = judge(items, None, &AtomicBool::new(false), |_| {});
        let judged = judged.expect("nothing fails").expect("nothing interrupts");
        let last = read_journal(run.folder()).pop().expect("the last step has a line");
        assert_eq!((last.step, last.validation_loss), (6, Some(judged.loss())));
    }
}

#[test]
fn a_run_that_gets_no_better_ends_early() {
    let mut plan = plan(40);
    plan.evaluation.every = 3;
    plan.evaluation.patience = Some(2);
    let run = Run::new(Synthetic { contrary: true, ..Synthetic::default() }, plan);
    let (outcome, events) = run.go(Start::Fresh);
    assert_eq!((outcome.ending, outcome.step), (Ending::Stale, 9), "{:?}", evaluated(&events));
    assert_eq!(outcome.best.expect("there were evaluations").step, 3);
    assert_eq!(run.checkpoints().steps(), [3, 5, 9], "the best, and the newest");
    let (outcome, events) = run.go(Start::Resumed);
    assert_eq!((outcome.ending, outcome.step), (Ending::Stale, 9));
    assert_eq!(taken(&events), [0; 0]);
}

#[test]
fn the_journal_has_its_lines() {
    let run = Run::whole(Synthetic::default(), plan(11));
    let text = fs::read_to_string(run.folder().join("metrics.jsonl")).expect("the journal is there");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let steps: Vec<u64> = lines.iter().map(|line| line["step"].as_u64().expect("each line has a step")).collect();
    assert_eq!(steps, [1, 3, 4, 6, 8, 9, 11], "the first, each third, evaluated ones, the last");
    for (line, step) in lines.iter().zip(steps) {
        assert!(line["loss"].as_f64().is_some_and(f64::is_finite), "{line}");
        assert_eq!(line.get("validation_loss").is_some(), [4, 8, 11].contains(&step), "{line}");
    }
}

#[test]
fn lines_beyond_the_checkpoint_are_cut() {
    let run = Run::whole(Synthetic::default(), plan(11));
    fs::remove_dir_all(run.checkpoints().path(11)).expect("a checkpoint can be removed");
    let kept: Vec<u64> = read_journal(run.folder()).iter().map(|line| line.step).filter(|&step| step <= 10).collect();
    let path = run.folder().join("metrics.jsonl");
    let mut started = false;
    let (outcome, _) = run.watched(Start::Resumed, |event| {
        if matches!(event, Event::Started { step: 10, .. }) {
            let text = fs::read_to_string(&path).expect("the journal is there");
            assert_eq!(text.lines().count(), kept.len(), "{text}");
            started = true;
        }
        false
    });
    assert!(started && outcome.is_ok(), "{outcome:?}");
    assert_eq!(read_journal(run.folder()).last().map(|line| line.step), Some(11));
}
