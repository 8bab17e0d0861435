//! Judging a model on a whole split.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::{FitError, Item, TaskError};

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

/// Adds up the items of the batches 0, 1, … until there are none, or until `most` of them. `None` when interrupted.
pub fn judge(
    mut items: impl FnMut(u64) -> Result<Option<Vec<Item>>, TaskError>,
    most: Option<usize>,
    interrupt: &AtomicBool,
    mut told: impl FnMut(usize),
) -> Result<Option<Judged>, FitError> {
    let mut judged = Judged::default();
    for step in 0..most.map_or(u64::MAX, |most| most as u64) {
        if interrupt.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let Some(items) = items(step).map_err(FitError::Task)? else { break };
        for item in items {
            judged.nats += item.nats;
            judged.count += item.count;
        }
        told(step as usize + 1);
    }
    Ok(Some(judged))
}
