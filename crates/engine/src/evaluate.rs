//! Judging a model on a whole split.

use std::sync::atomic::{AtomicBool, Ordering};

use attentive_attention::Pass;

use crate::{At, FitError, Split, Task};

/// Sums over a split.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Judged {
    pub nats: f64,
    pub count: u64,
}

impl Judged {
    /// Mean loss per target.
    pub fn loss(&self) -> f64 {
        self.nats / self.count.max(1) as f64
    }
}

/// Judges `model`, which carries no autodiff, on at most `most` batches of the validation split. `None` when interrupted.
pub fn judge<T: Task>(
    task: &T,
    model: &T::Model,
    (rows, most): (usize, Option<usize>),
    interrupt: &AtomicBool,
    mut told: impl FnMut(usize),
) -> Result<Option<Judged>, FitError> {
    let mut judged = Judged::default();
    for step in 0..most.map_or(u64::MAX, |most| most as u64) {
        if interrupt.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let at = At { split: Split::Validation, step, rows: 0..rows };
        let Some(batch) = task.batch(&at).map_err(FitError::Task)? else { break };
        for item in task.judge(model, batch, &mut Pass::evaluation()) {
            judged.nats += item.nats;
            judged.count += item.count;
        }
        told(step as usize + 1);
    }
    Ok(Some(judged))
}
