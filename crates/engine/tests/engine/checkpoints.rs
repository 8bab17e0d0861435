//! Which checkpoints stay, what they are called, and what opening one can say.

use std::{fs, iter::zip, num::NonZeroUsize};

use attentive_attention::parameters;
use attentive_engine::{AveragePlan, CheckpointError, Checkpoints, FitError, Start, Task, Which};
use attentive_testkit::{assert_slices_close, device, host};

use crate::{
    runs::{Run, plan},
    synthetic::{Network, Synthetic},
};

/// A few roundings of weights below one.
const ROUNDING: f32 = 1e-6;

/// The first evaluation, at step 4, stays the best.
fn worsening() -> Synthetic {
    Synthetic { contrary: true, ..Synthetic::default() }
}

fn model(task: &Synthetic) -> Network {
    task.model(&device()).expect("the task makes models")
}

fn values(model: &Network) -> Vec<f32> {
    parameters(model).into_values().flat_map(|parameter| host(parameter.values)).collect()
}

#[test]
fn the_newest_and_the_best_stay() {
    let run = Run::whole(worsening(), plan(20));
    assert_eq!(run.checkpoints().steps(), [4, 15, 20]);
    let entries = fs::read_dir(run.folder().join("checkpoints")).expect("the folder is there");
    let mut names: Vec<_> = entries.map(|entry| entry.expect("readable").file_name()).collect();
    names.sort();
    assert_eq!(names, ["step-00000004", "step-00000015", "step-00000020"]);
}

#[test]
fn leftovers_are_swept_and_strangers_are_not() {
    let run = Run::whole(worsening(), plan(5));
    let folder = run.folder().join("checkpoints");
    let swept = [".tmp-step-00000005-x", ".tmp-old-00000003"];
    let strangers = ["step-7", "step-000000007", "step-+0000007", "step-0000000x", "notes"];
    for name in swept.iter().chain(&strangers) {
        fs::create_dir(folder.join(name)).expect("writable");
    }
    run.go(Start::Resumed);
    assert_eq!(swept.map(|name| folder.join(name).exists()), [false; 2]);
    assert_eq!(strangers.map(|name| folder.join(name).exists()), [true; 5]);
    assert_eq!(run.checkpoints().steps(), [4, 5]);
}

#[test]
fn each_choice_opens_its_checkpoint() {
    let run = Run::whole(worsening(), plan(20));
    let open = |which| run.checkpoints().open(which, model(&run.task)).expect("the checkpoint is there");
    assert_eq!(open(Which::Best).1, 4);
    assert_eq!(open(Which::Last).1, 20);
    assert_eq!(open(Which::Step(15)).1, 15);
    assert_eq!(values(&open(Which::Best).0), values(&open(Which::Step(4)).0));
    assert_ne!(values(&open(Which::Best).0), values(&open(Which::Last).0));
}

#[test]
fn opening_takes_the_averaged_weights() {
    let open = |decay| {
        let mut plan = plan(4);
        plan.average = Some(AveragePlan { decay });
        let run = Run::whole(Synthetic::default(), plan);
        values(&run.checkpoints().open(Which::Last, model(&run.task)).expect("the checkpoint is there").0)
    };
    let plain = Run::whole(Synthetic::default(), plan(4));
    let last = values(&plain.checkpoints().open(Which::Last, model(&plain.task)).expect("the checkpoint is there").0);
    assert_eq!(open(0.0), last, "without memory the average is the last value");
    assert_eq!(open(1.0), values(&model(&plain.task)), "with nothing but memory it is the first");
    assert_ne!(open(0.5), last);
}

fn count(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).expect("a count of the test is not zero")
}

#[test]
fn the_mean_of_the_last_weighs_each_alike() {
    let run = Run::whole(worsening(), plan(20));
    let open = |which| run.checkpoints().open(which, model(&run.task)).expect("the checkpoints are there");
    let (mean, step) = open(Which::Mean(count(2)));
    assert_eq!(step, 20);
    let pairs = zip(values(&open(Which::Step(15)).0), values(&open(Which::Step(20)).0));
    let expected: Vec<f32> = pairs.map(|(left, right)| 0.5 * (left + right)).collect();
    assert_slices_close(&values(&mean), &expected, ROUNDING, "the mean");
    assert_ne!(values(&mean), values(&open(Which::Last).0));

    let (last, _) = run.checkpoints().open_mean(count(1), model(&run.task)).expect("the checkpoint is there");
    assert_eq!(values(&last), values(&open(Which::Last).0));
    let thirds = [4, 15, 20].map(|step| values(&open(Which::Step(step)).0));
    let thirds: Vec<f32> = (0..expected.len()).map(|at| thirds.iter().map(|third| third[at] / 3.0).sum()).collect();
    assert_slices_close(&values(&open(Which::Mean(count(3))).0), &thirds, ROUNDING, "the mean of all");
}

#[test]
fn a_mean_of_checkpoints_that_are_not_there_or_not_whole_is_refused() {
    let run = Run::whole(worsening(), plan(20));
    let refused = |wanted| {
        let error = run.checkpoints().open_mean(count(wanted), model(&run.task)).expect_err("it is refused");
        error.to_string()
    };
    let folder = run.folder().join("checkpoints");
    let remedy = "ask for fewer, or set `checkpoint.keep = 4` and train on";
    assert_eq!(
        refused(4),
        format!("{} holds no 4 checkpoints to average; it has 4, 15, 20; {remedy}", folder.display())
    );
    let damaged = folder.join("step-00000015/model.safetensors");
    fs::write(&damaged, "garbage").expect("writable");
    assert!(refused(2).starts_with(&damaged.display().to_string()), "{}", refused(2));
    assert!(run.checkpoints().open_mean(count(1), model(&run.task)).is_ok(), "the last one is whole");
}

#[test]
fn a_choice_that_is_not_there_names_those_that_are() {
    let run = Run::whole(worsening(), plan(20));
    let error = run.checkpoints().open(Which::Step(7), model(&run.task)).expect_err("there is no step 7");
    let folder = run.folder().join("checkpoints");
    let folder = folder.display();
    assert_eq!(error.to_string(), format!("{folder} holds no checkpoint of step 7; it has 4, 15, 20"));

    let empty = Run::new(Synthetic::default(), plan(1));
    let error = empty.checkpoints().open(Which::Last, model(&empty.task)).expect_err("there is no checkpoint");
    assert!(matches!(error, CheckpointError::None { .. }), "{error}");
}

#[test]
fn a_checkpoint_of_another_model_is_refused_by_the_tensor_that_differs() {
    let run = Run::whole(Synthetic::default(), plan(1));
    let file = run.checkpoints().path(1).join("model.safetensors");
    let refused = |task: &Synthetic| {
        let error = run.checkpoints().open(Which::Last, model(task)).expect_err("the model is another");
        error.to_string().strip_prefix(&format!("{}: ", file.display())).expect("it names the file").to_owned()
    };
    assert_eq!(
        refused(&Synthetic { width: 4, ..Synthetic::default() }),
        "tensor `blocks.0.attention.key.weight` has shape [8, 8], and the model wants [4, 4]; the checkpoint belongs to \
         another model than the plan describes"
    );
    let belongs = "the checkpoint belongs to another model than the plan describes";
    assert_eq!(
        refused(&Synthetic { blocks: 3, ..Synthetic::default() }),
        format!("tensor `blocks.2.attention.key.weight` is missing; {belongs}")
    );
    assert_eq!(
        refused(&Synthetic { blocks: 1, ..Synthetic::default() }),
        format!("tensor `blocks.1.attention.key.weight` is unknown to the model; {belongs}")
    );
}

#[test]
fn a_disk_that_fails_is_an_error() {
    let run = Run::new(Synthetic::default(), plan(2));
    let path = run.folder().join("checkpoints");
    fs::write(&path, "a file, where a folder is expected").expect("writable");
    assert_eq!(Checkpoints::of(run.folder()).steps(), [0; 0]);
    let error = run.watched(Start::Fresh, |_| false).0.expect_err("no checkpoint can be written");
    assert!(matches!(error, FitError::Checkpoint(_)), "{error:?}");
    assert!(error.to_string().starts_with(&format!("cannot write {}", path.display())), "{error}");

    let run = Run::new(Synthetic::default(), plan(2));
    fs::create_dir(run.folder().join("metrics.jsonl")).expect("writable");
    let error = run.watched(Start::Fresh, |_| false).0.expect_err("no journal can be written");
    assert!(matches!(error, FitError::Journal { .. }), "{error:?}");
}
