//! A transfer that crawls is as good as a stalled one: a byte now and then must not hold a run for days.

use std::time::{Duration, Instant};

/// Watches that enough comes in each span of time.
pub(crate) struct Pace {
    span: Duration,
    least: u64,
    since: Instant,
    came: u64,
}

impl Pace {
    pub(crate) fn new(span: Duration, least: u64) -> Self {
        Self { span, least, since: Instant::now(), came: 0 }
    }

    /// Whether too little came in the span that ends with these bytes, if one does.
    pub(crate) fn crawls(&mut self, came: u64) -> bool {
        self.came += came;
        if self.since.elapsed() < self.span {
            return false;
        }
        let crawls = self.came < self.least;
        *self = Self::new(self.span, self.least);
        crawls
    }
}
