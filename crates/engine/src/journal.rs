//! `metrics.jsonl`: one JSON object a line.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use attentive_files::write_atomically;
use serde::{Deserialize, Serialize};

use crate::FitError;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Counted from one.
    pub step: u64,
    /// Mean loss of the step's batch, before its update.
    pub loss: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_loss: Option<f64>,
    pub learning_rate: f64,
    pub gradient_norm: f64,
    pub tokens_per_second: f64,
    /// Floating-point operations per second, and their share of the device's measured peak.
    pub flops: f64,
    pub peak_share: f64,
    /// Largest resident memory so far, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// Share of the time that the loop waited for data.
    pub wait: f64,
}

pub(crate) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens the journal of a run that stands at `step`: lines beyond it belong to steps that will be taken again.
    pub(crate) fn open(run: &Path, step: u64) -> Result<Self, FitError> {
        let path = run.join("metrics.jsonl");
        if path.is_file() {
            let kept: String = read_lines(&path, |line| line.step <= step);
            write_atomically(&path, kept.as_bytes()).map_err(crate::CheckpointError::from)?;
        }
        let failed = |source| FitError::Journal { path: path.clone(), source };
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
        Ok(Self { path, file })
    }

    pub(crate) fn write(&mut self, line: &Line) -> Result<(), FitError> {
        let mut text = serde_json::to_string(line).expect("a line is plain data");
        text.push('\n');
        let written = self.file.write_all(text.as_bytes());
        written.map_err(|source| FitError::Journal { path: self.path.clone(), source })
    }
}

/// The lines of a journal that can be read; a line cut off by a kill is passed over.
pub fn read_journal(run: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn read_lines(path: &Path, keep: impl Fn(&Line) -> bool) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let kept = text.lines().filter(|line| serde_json::from_str(line).is_ok_and(|line| keep(&line)));
    kept.flat_map(|line| [line, "\n"]).collect()
}
