//! How fast the loop goes: since it started, and over the stretch since the last line of the journal.

use std::time::{Duration, Instant};

use crate::{Line, memory::peak_memory};

#[derive(Debug)]
pub(crate) struct Pace {
    start: Instant,
    stretch: Instant,
    steps: u64,
    targets: u64,
    waited: Duration,
}

impl Pace {
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self { start: now, stretch: now, steps: 0, targets: 0, waited: Duration::ZERO }
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    pub(crate) fn count(&mut self, targets: u64) {
        self.steps += 1;
        self.targets += targets;
    }

    pub(crate) fn targets_per_second(&self) -> f64 {
        self.targets as f64 / self.stretch.elapsed().as_secs_f64()
    }

    /// The measured part of a line; a new stretch begins. `waited` is the whole time spent waiting for data so far.
    pub(crate) fn line(&mut self, operations: f64, peak: f64, waited: Duration) -> Line {
        let seconds = self.stretch.elapsed().as_secs_f64();
        let flops = operations * self.steps as f64 / seconds;
        let line = Line {
            targets_per_second: self.targets as f64 / seconds,
            flops,
            peak_share: flops / peak,
            memory: peak_memory(),
            wait: (waited - self.waited).as_secs_f64() / seconds,
            ..Line::default()
        };
        *self = Self { start: self.start, waited, ..Self::start() };
        line
    }
}
