//! The loop learns, and the same whatever the micro-batches.

use attentive_testkit::assert_slices_close;

use crate::{
    runs::{BATCH, Run, plan},
    synthetic::Synthetic,
};

/// Sums over other stretches of rows differ by roundings of f32, which a few updates carry on.
const ROUNDING: f32 = 1e-5;

#[test]
fn one_batch_overfits() {
    let mut plan = plan(400);
    plan.optimizer.decay = 0.0;
    plan.evaluation.every = 400;
    plan.checkpoint.every = 400;
    let run = Run::whole(Synthetic { repeated: true, dropout: 0.0, ..Synthetic::default() }, plan);
    let losses = run.losses();
    let (first, last) = (losses[0], losses[losses.len() - 1]);
    assert!(last < 0.01 * first, "from {first} to {last}");
}

/// The losses of a few steps in micro-batches of this many rows.
fn losses(micro_batch: usize, seed: u64) -> Vec<f32> {
    let mut plan = plan(8);
    plan.training.micro_batch = micro_batch;
    plan.training.seed = seed;
    plan.journal.every = 1;
    let losses = Run::whole(Synthetic::default(), plan).losses();
    losses.into_iter().map(|loss| loss as f32).collect()
}

#[test]
fn any_split_into_micro_batches_learns_the_same() {
    let whole = losses(BATCH, 11);
    assert_eq!(whole.len(), 8);
    for micro_batch in [1, 2, 3, 4, 5] {
        assert_slices_close(&losses(micro_batch, 11), &whole, ROUNDING, &format!("in parts of {micro_batch}"));
    }
    let other = losses(BATCH, 12);
    let apart = whole.iter().zip(&other).all(|(left, right)| (left - right).abs() > 100.0 * ROUNDING);
    assert!(apart, "other draws of dropout show: {whole:?} and {other:?}");
}
