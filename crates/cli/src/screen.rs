//! Events as a progress bar and lines on stderr; without a terminal, as lines alone.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use attentive_trainer::{Event, FitEvent, StepReport, Told};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::numbers::{bytes, duration, large};

/// Time between lines where no bar can be drawn.
const PAUSE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Screen {
    bar: ProgressBar,
    terminal: bool,
    /// What the bar now counts.
    stage: Stage,
    started: Instant,
    spoken: Option<Instant>,
    first_step: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Nothing,
    Fetching,
    Generating,
    Training,
    Encoding,
    Preparing,
    Steps,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let terminal = std::io::stderr().is_terminal();
        Self { bar, terminal, stage: Stage::Nothing, started: Instant::now(), spoken: None, first_step: 0 }
    }

    pub(crate) fn line(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }

    pub(crate) fn draw(&mut self, event: Event) {
        match event {
            Event::Note(note) => self.line(&format!("note: {note}")),
            Event::Data(told) => self.data(told),
            Event::Fit(event) => self.fit(event),
        }
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn data(&mut self, told: Told) {
        match told {
            Told::Fetching(transfer) => self.share(Stage::Fetching, &transfer.file, transfer.done, transfer.total),
            Told::Generating { done, total } => self.share(Stage::Generating, "making texts", done, total),
            Told::Training { done, total } => self.share(Stage::Training, "learning the tokenizer", done, total),
            Told::Encoding { done, total } => self.share(Stage::Encoding, "encoding", done, total),
            Told::Preparing { done, total: Some(total) } => {
                self.share(Stage::Preparing, "preparing examples", done, total);
            }
            Told::Preparing { total: None, .. } | Told::Cached { .. } => {}
        }
    }

    fn share(&mut self, stage: Stage, name: &str, done: u64, total: u64) {
        self.enter(stage, total, "{msg} {wide_bar} {percent} %");
        if self.bar.is_finished() {
            self.bar.reset(); // another file of the same stage
        }
        self.bar.set_length(total);
        self.bar.set_message(name.to_owned());
        self.bar.set_position(done);
        if done >= total {
            self.bar.finish_and_clear();
        }
    }

    fn enter(&mut self, stage: Stage, total: u64, template: &str) {
        if self.stage == stage {
            return;
        }
        self.stage = stage;
        self.bar.reset();
        self.bar.set_message("");
        self.bar.set_length(total);
        self.bar.set_style(ProgressStyle::with_template(template).expect("our templates are well formed"));
    }

    fn fit(&mut self, event: FitEvent) {
        match event {
            FitEvent::Started { step, steps, parameters } => {
                self.first_step = step;
                self.started = Instant::now();
                self.line(&format!("{} parameters; step {step} of {steps}", large(parameters as f64)));
            }
            FitEvent::Note(note) => self.line(&format!("note: {note}")),
            FitEvent::Damaged { path, reason } => {
                self.line(&format!("warning: {} cannot be used, trying the one before it: {reason}", path.display()));
            }
            FitEvent::Step(report) => self.step(&report),
            FitEvent::Evaluating { done, total } => {
                let of = total.map(|total| format!("/{total}")).unwrap_or_default();
                self.bar.set_message(format!("evaluating, batch {done}{of}"));
            }
            FitEvent::Evaluated { step, loss, best } => {
                let mark = if best.is_some_and(|best| best.step == step) { ", the best so far" } else { "" };
                self.line(&format!("step {step}: validation loss {loss:.4}{mark}"));
            }
            FitEvent::Sample { text, .. } => self.line(&indented(&text)),
            FitEvent::Saved { path, .. } => self.bar.set_message(format!("saved {}", path.display())),
            FitEvent::Skipped { step, reason, in_a_row } => {
                self.line(&format!("warning: step {step} skipped ({in_a_row} in a row): {reason}"));
            }
            FitEvent::Ended(_) => self.clear(),
        }
    }

    fn step(&mut self, report: &StepReport) {
        self.enter(Stage::Steps, report.steps, "{pos}/{len} {wide_bar} {msg}");
        let taken = report.step.saturating_sub(self.first_step).max(1) as f64;
        let left = self.started.elapsed().as_secs_f64() / taken * (report.steps - report.step) as f64;
        let (speed, counted) = (large(report.targets_per_second), report.counted);
        let message = format!("loss {:.4}  {speed} {counted}/s  {} left", report.loss, duration(left));
        self.bar.set_position(report.step);
        self.bar.set_message(message.clone());
        if !self.terminal && self.spoken.is_none_or(|spoken| spoken.elapsed() > PAUSE) {
            self.spoken = Some(Instant::now());
            self.line(&format!("step {} of {}  {message}", report.step, report.steps));
        }
    }
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("  | {line}")).collect();
    lines.join("\n")
}

/// A prediction beside what was measured.
pub(crate) fn beside(predicted: (f64, u64), measured: (f64, Option<u64>)) -> String {
    let memory = measured.1.map_or_else(|| "unknown".to_owned(), bytes);
    format!(
        "time   predicted {:>12}, measured {:>12}\nmemory predicted {:>12}, measured {:>12}",
        duration(predicted.0),
        duration(measured.0),
        bytes(predicted.1),
        memory
    )
}
