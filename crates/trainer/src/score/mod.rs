//! Scores of plain files, a line an item, as the commands of sacreBLEU and scikit-learn's functions give them.

mod lines;
mod system;

use std::path::{Path, PathBuf};

use attentive_metrics::{
    Interval, bootstrap, comparison,
    translation::{Bleu, Chrf, Ter},
};
use serde::Serialize;

use crate::TrainerError;
use lines::Lines;
use system::System;

/// What to score, and by what.
#[derive(Clone, Debug)]
pub struct Scoring {
    pub by: By,
    pub predictions: PathBuf,
    /// Of each item the line of any of these files is right.
    pub references: Vec<PathBuf>,
    /// Predictions of another system for the same items, to tell a difference from luck.
    pub baseline: Option<PathBuf>,
    pub resamples: usize,
    pub seed: u64,
}

/// The scores that there are.
#[derive(Clone, Debug, PartialEq)]
pub enum By {
    Bleu(Bleu),
    Chrf(Chrf),
    Ter(Ter),
    Accuracy,
    Exact,
    F1(Average),
    Matthews,
    Pearson,
    Spearman,
    Kendall,
    SquadExact,
    SquadF1,
}

/// Over which classes an F1 is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Average {
    /// Binary where the only labels are 0 and 1, else macro.
    Fitting,
    /// Of this label alone.
    Binary(String),
    Macro,
    Micro,
    Weighted,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Scored {
    pub name: String,
    /// Absent where the score does not exist, as a correlation with numbers that are all the same.
    pub score: Option<f64>,
    pub signature: String,
    /// Low and high, by resampling the items.
    pub interval: Option<[f64; 2]>,
    pub items: usize,
    /// How the interval was drawn.
    pub interval_signature: Option<String>,
    /// What else the score consists of.
    #[serde(flatten)]
    pub details: serde_json::Map<String, serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against_baseline: Option<Against>,
}

/// The difference to the baseline.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Against {
    pub baseline: Option<f64>,
    pub difference: f64,
    pub interval: [f64; 2],
    pub p_value: f64,
}

impl Scoring {
    pub fn run(&self) -> Result<Scored, TrainerError> {
        let references: Vec<Lines> = self.references.iter().map(|path| Lines::read(path)).collect::<Result<_, _>>()?;
        let system = self.system(&self.predictions, &references)?;
        let items = system.items;
        let all: Vec<usize> = (0..items).collect();
        let interval = bootstrap(items, self.seed, self.resamples, &system.score);
        let against_baseline = match &self.baseline {
            Some(path) => self.against(&system, &self.system(path, &references)?),
            None => None,
        };
        Ok(Scored {
            score: (system.score)(&all),
            interval: interval.as_ref().map(bounds),
            interval_signature: interval.as_ref().map(Interval::signature),
            items,
            name: system.name,
            signature: system.signature,
            details: system.details,
            against_baseline,
        })
    }

    fn system(&self, predictions: &Path, references: &[Lines]) -> Result<System, TrainerError> {
        let predictions = Lines::read(predictions)?;
        for lines in references {
            predictions.expect_as_many(lines)?;
        }
        System::new(&self.by, &predictions, references)
    }

    fn against(&self, system: &System, baseline: &System) -> Option<Against> {
        let all: Vec<usize> = (0..system.items).collect();
        let found: comparison::Comparison =
            comparison::paired_bootstrap(system.items, self.seed, self.resamples, &system.score, &baseline.score)?;
        Some(Against {
            baseline: (baseline.score)(&all),
            difference: found.difference,
            interval: bounds(&found.interval),
            p_value: found.p_value,
        })
    }
}

fn bounds(interval: &Interval) -> [f64; 2] {
    [interval.low, interval.high]
}

#[cfg(test)]
mod tests;
