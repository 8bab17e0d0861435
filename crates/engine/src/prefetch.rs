//! Batches prepared on another thread while the device works.

use std::{
    ops::Range,
    thread::Scope,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, bounded};

use crate::{At, Split, Task, task::TaskError};

/// Micro-batches ready ahead of the loop.
const DEPTH: usize = 4;

/// What the other thread makes, in order; it ends when this is dropped.
pub(crate) struct Prefetch<B> {
    receiver: Receiver<Result<Option<B>, TaskError>>,
    /// Time that the loop spent waiting.
    pub(crate) waited: Duration,
}

impl<B: Send> Prefetch<B> {
    /// All training micro-batches of the given steps.
    pub(crate) fn start<'scope, T>(
        scope: &'scope Scope<'scope, '_>,
        task: &'scope T,
        steps: Range<u64>,
        (batch, micro_batch): (usize, usize),
    ) -> Self
    where
        T: Task<Batch = B>,
        B: 'scope,
    {
        let (sender, receiver) = bounded(DEPTH);
        scope.spawn(move || {
            for step in steps {
                for rows in micro_batches(batch, micro_batch) {
                    let made = task.batch(&At { split: Split::Train, step, rows });
                    if sender.send(made).is_err() {
                        return;
                    }
                }
            }
        });
        Self { receiver, waited: Duration::ZERO }
    }

    pub(crate) fn next(&mut self) -> Result<Option<B>, TaskError> {
        let start = Instant::now();
        let made = self.receiver.recv().unwrap_or(Ok(None));
        self.waited += start.elapsed();
        made
    }
}

/// The rows of a batch in stretches of at most `micro_batch`.
pub(crate) fn micro_batches(batch: usize, micro_batch: usize) -> impl Iterator<Item = Range<usize>> {
    (0..batch).step_by(micro_batch).map(move |start| start..batch.min(start + micro_batch))
}
