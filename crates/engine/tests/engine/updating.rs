//! What one update does to the weights.

use std::collections::BTreeMap;

use attentive_attention::parameters;
use attentive_engine::{
    At, Clip, FitPlan, Off, Optimizer, Role, ScheduleKind, Split, Step, Task, Tuning, Which, read_journal,
};
use attentive_testkit::{assert_slices_close, device, host};

use crate::{
    runs::{Run, plan},
    synthetic::{Network, Synthetic},
};

type Values = BTreeMap<String, Vec<f32>>;

/// A few roundings of weights below one.
const ROUNDING: f32 = 1e-6;

fn one_step() -> FitPlan {
    let mut plan = plan(1);
    (plan.schedule.kind, plan.schedule.warmup) = (ScheduleKind::Constant, 0);
    plan
}

fn fresh(task: &Synthetic) -> Network {
    task.model(&device()).expect("the task makes models")
}

fn values(model: &Network) -> Values {
    parameters(model).into_iter().map(|(path, parameter)| (path, host(parameter.values))).collect()
}

/// The weights before and after the one step, and the norm of its gradient.
fn updated(plan: FitPlan) -> (Values, Values, f64) {
    let run = Run::whole(Synthetic::default(), plan);
    let before = fresh(&run.task);
    let (after, _) = run.checkpoints().open(Which::Last, before.clone()).expect("the run has checkpoints");
    (values(&before), values(&after), read_journal(run.folder())[0].gradient_norm)
}

#[test]
fn decay_spares_what_the_task_spares() {
    let decayed = |decay| {
        let mut plan = one_step();
        plan.optimizer.decay = decay;
        updated(plan)
    };
    let (before, plain, _) = decayed(0.0);
    let (_, decayed, _) = decayed(0.5);
    let rate = one_step().training.learning_rate as f32;
    for (path, plain) in plain {
        let share = if Synthetic::default().role(&path) == Role::Spared { 0.0 } else { 0.5 * rate };
        let expected: Vec<f32> =
            plain.iter().zip(&before[&path]).map(|(plain, before)| plain - share * before).collect();
        assert_slices_close(&decayed[&path], &expected, ROUNDING, &path);
    }
    assert!(before.keys().any(|path| Synthetic::default().role(path) == Role::Spared));
}

/// With an epsilon far above the gradient, Adam's first update is the gradient itself, divided by epsilon.
fn moved(clip: Clip) -> (f64, f64) {
    const EPSILON: f64 = 1e6;
    let mut plan = one_step();
    plan.training.clip = clip;
    plan.training.learning_rate = 0.01 * EPSILON;
    (plan.optimizer.epsilon, plan.optimizer.decay) = (EPSILON, 0.0);
    let (before, after, norm) = updated(plan);
    let pairs = before.values().flatten().zip(after.values().flatten());
    let square: f64 = pairs.map(|(before, after)| f64::from(after - before).powi(2)).sum();
    (100.0 * square.sqrt(), norm)
}

#[test]
fn clipping_bounds_the_norm_of_the_update() {
    const DISTANCE: f64 = 1e-3;
    let (free, norm) = moved(Clip::Off(Off::Off));
    assert!((free / norm - 1.0).abs() < DISTANCE, "moved by {free} for a gradient of {norm}");
    let (clipped, told) = moved(Clip::Norm(0.25 * norm));
    assert!((clipped / (0.25 * norm) - 1.0).abs() < DISTANCE, "moved by {clipped} instead of a quarter of {norm}");
    assert_eq!(told, norm, "the norm before clipping is told");
    assert_eq!(moved(Clip::Norm(2.0 * norm)).0, free, "a gradient within the bound is left alone");
}

/// Steps by themselves, as a measurement takes them.
#[test]
fn the_loop_takes_these_steps() {
    const STEPS: u64 = 3;
    let mut plan = plan(STEPS);
    plan.training.micro_batch = 4;
    let run = Run::whole(Synthetic::default(), plan);
    let (task, plan) = (&run.task, &run.plan);
    let step = Step { task, training: &plan.training, optimizer: &plan.optimizer, tuning: &Tuning::default() };
    let (mut model, mut optimizer) = (task.model(&device().autodiff()).expect("a model"), Optimizer::default());
    for index in 0..STEPS {
        let mut parts = [0..4, 4..6].into_iter();
        let next = || {
            let rows = parts.next().expect("two micro-batches");
            Ok(task.batch(&At { split: Split::Train, step: index, rows }).expect("a batch"))
        };
        let lesson = step.learn(&model, index, next).expect("nothing is wrong").expect("nothing is missing");
        let rate = plan.schedule.rate(plan.training.learning_rate, index, STEPS);
        model = step.update(model, &mut optimizer, lesson, (rate, index + 1));
    }
    let (looped, _) = run.checkpoints().open(Which::Last, fresh(task)).expect("the run has checkpoints");
    assert_eq!(values(&model), values(&looped));
}

#[test]
fn without_a_batch_nothing_is_learned() {
    let (task, plan) = (Synthetic::default(), one_step());
    let step = Step { task: &task, training: &plan.training, optimizer: &plan.optimizer, tuning: &Tuning::default() };
    let lesson = step.learn(&task.model(&device().autodiff()).expect("a model"), 0, || Ok(None));
    assert!(matches!(lesson, Ok(None)));
}
