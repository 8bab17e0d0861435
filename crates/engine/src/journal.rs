//! `metrics.jsonl`: one JSON object a line.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use attentive_files::write_atomically;
use serde::{Deserialize, Serialize};

use crate::{CheckpointError, FitError};

const NAME: &str = "metrics.jsonl";

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Counted from one.
    pub step: u64,
    /// Mean loss of the step's batch, before its update.
    pub loss: f64,
    /// What that is made up of, by name, where it is more than one thing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<String, f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_loss: Option<f64>,
    pub learning_rate: f64,
    pub gradient_norm: f64,
    /// Of what the task counts: tokens, pictures, pairs.
    #[serde(alias = "tokens_per_second")]
    pub targets_per_second: f64,
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
        let path = run.join(NAME);
        if path.is_file() {
            rewrite(&path, read_journal(run).into_iter().filter(|line| line.step <= step))?;
        }
        Ok(Self { file: appending(&path)?, path })
    }

    /// Adds the validation loss to the line of a step that was written when its evaluation had been interrupted.
    pub(crate) fn amend(&mut self, step: u64, loss: f64) -> Result<(), FitError> {
        let mut lines = read(&self.path);
        for line in lines.iter_mut().filter(|line| line.step == step) {
            line.validation_loss = Some(loss);
        }
        rewrite(&self.path, lines.into_iter())?;
        self.file = appending(&self.path)?; // the one open so far has been replaced
        Ok(())
    }

    pub(crate) fn write(&mut self, line: &Line) -> Result<(), FitError> {
        let written = self.file.write_all(text(line).as_bytes());
        written.map_err(|source| FitError::Journal { path: self.path.clone(), source })
    }
}

/// The lines of a journal that can be read; a line cut off by a kill is passed over.
pub fn read_journal(run: &Path) -> Vec<Line> {
    read(&run.join(NAME))
}

fn read(path: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn rewrite(path: &Path, lines: impl Iterator<Item = Line>) -> Result<(), FitError> {
    let text: String = lines.map(|line| text(&line)).collect();
    Ok(write_atomically(path, text.as_bytes()).map_err(CheckpointError::from)?)
}

fn appending(path: &Path) -> Result<File, FitError> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.map_err(|source| FitError::Journal { path: path.to_owned(), source })
}

fn text(line: &Line) -> String {
    serde_json::to_string(line).expect("a line is plain data") + "\n"
}
