//! A run in a folder of its own, and what is left of it.

use std::{collections::BTreeMap, path::Path, sync::atomic::Ordering};

use attentive_engine::{
    CheckpointPlan, Checkpoints, Clip, EvaluationPlan, Event, Fit, FitError, FitPlan, GuardPlan, JournalPlan,
    OptimizerKind, OptimizerPlan, Outcome, Precision, Schedule, ScheduleKind, Start, TrainingPlan, read_journal,
};
use attentive_files::verify;
use attentive_testkit::device;
use tempfile::TempDir;

use crate::synthetic::Synthetic;

pub(crate) const BATCH: usize = 6;

pub(crate) fn plan(steps: u64) -> FitPlan {
    FitPlan {
        training: TrainingPlan {
            steps,
            batch: BATCH,
            micro_batch: BATCH,
            learning_rate: 1e-2,
            precision: Precision::F32,
            seed: 11,
            clip: Clip::Norm(1.0),
            recompute: false,
        },
        schedule: Schedule { kind: ScheduleKind::Cosine, warmup: 2, floor: 1e-3, decay: 0.2 },
        optimizer: OptimizerPlan {
            kind: OptimizerKind::AdamW,
            betas: [0.9, 0.95],
            epsilon: 1e-8,
            momentum: 0.9,
            decay: 0.1,
        },
        tuning: None,
        average: None,
        guard: GuardPlan { spike: 10.0, patience: 3 },
        evaluation: EvaluationPlan { every: 4, batches: None, patience: None },
        checkpoint: CheckpointPlan { every: 5, keep: 2 },
        journal: JournalPlan { every: 3 },
    }
}

/// A task, a plan and a folder.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) task: Synthetic,
    pub(crate) plan: FitPlan,
    folder: TempDir,
}

impl Run {
    pub(crate) fn new(task: Synthetic, plan: FitPlan) -> Self {
        Self { task, plan, folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// A run from its start to its end.
    pub(crate) fn whole(task: Synthetic, plan: FitPlan) -> Self {
        let run = Self::new(task, plan);
        run.go(Start::Fresh);
        run
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn checkpoints(&self) -> Checkpoints {
        Checkpoints::of(self.folder())
    }

    pub(crate) fn go(&self, start: Start) -> (Outcome, Vec<Event>) {
        let (outcome, events) = self.watched(start, |_| false);
        (outcome.expect("nothing is wrong with this run"), events)
    }

    /// Runs until `stop` is true of an event, or to the end.
    pub(crate) fn watched(
        &self,
        start: Start,
        mut stop: impl FnMut(&Event) -> bool,
    ) -> (Result<Outcome, FitError>, Vec<Event>) {
        let (device, interrupt) = (device(), &self.task.interrupt);
        interrupt.store(false, Ordering::Relaxed);
        let mut events = Vec::new();
        let (task, plan, folder) = (&self.task, &self.plan, self.folder());
        let outcome = Fit { task, plan, folder, device: &device, peak: 1e9, interrupt }.run(start, &mut |event| {
            interrupt.fetch_or(stop(&event), Ordering::Relaxed);
            events.push(event);
        });
        (outcome, events)
    }

    /// Checksums of the files of a checkpoint, which is whole.
    pub(crate) fn sums(&self, step: u64) -> BTreeMap<String, String> {
        let manifest = verify(&self.checkpoints().path(step)).expect("the checkpoint is whole");
        manifest.files.into_iter().map(|(name, entry)| (name, entry.sha256)).collect()
    }

    /// Step, loss and validation loss of each line of the journal, bit for bit.
    pub(crate) fn curve(&self) -> Vec<(u64, u64, Option<u64>)> {
        let lines = read_journal(self.folder()).into_iter();
        lines.map(|line| (line.step, line.loss.to_bits(), line.validation_loss.map(f64::to_bits))).collect()
    }

    pub(crate) fn losses(&self) -> Vec<f64> {
        read_journal(self.folder()).into_iter().map(|line| line.loss).collect()
    }
}

/// Numbers of the steps that were reported.
pub(crate) fn taken(events: &[Event]) -> Vec<u64> {
    let step = |event: &Event| if let Event::Step(report) = event { Some(report.step) } else { None };
    events.iter().filter_map(step).collect()
}
