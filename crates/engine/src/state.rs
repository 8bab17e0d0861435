//! What a run has come to, apart from its tensors: the `state.json` of a checkpoint.

use serde::{Deserialize, Serialize};

use crate::guard::Guard;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Steps taken, skipped ones included.
    pub step: u64,
    /// Updates made: the step that the optimizer's bias correction counts.
    pub updates: u64,
    /// Targets learned from.
    pub targets: u64,
    /// The last step that was evaluated.
    pub evaluated: u64,
    pub best: Option<Best>,
    /// Evaluations since the best one.
    pub stale: u32,
    pub(crate) guard: Guard,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Best {
    pub step: u64,
    pub loss: f64,
}

impl Progress {
    /// Takes note of an evaluation; true when it is the best so far.
    pub(crate) fn judge(&mut self, loss: f64) -> bool {
        self.evaluated = self.step;
        let better = loss.is_finite() && self.best.is_none_or(|best| loss < best.loss);
        if better {
            self.best = Some(Best { step: self.step, loss });
            self.stale = 0;
        } else {
            self.stale += 1;
        }
        better
    }
}
