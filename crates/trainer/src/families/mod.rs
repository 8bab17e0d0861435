//! The families of models. A new one is its crate, one file here, one arm in [`open`], and its configs.

use std::{path::Path, sync::atomic::AtomicBool};

use attentive_data::Tokenizer;
use attentive_engine::{Check, Checkpoints, Event as FitEvent, Outcome, Sampling, Start, Which};
use burn::tensor::Device;

use crate::{
    Event, Prediction, RunPlan, TrainerError,
    evaluation::{Evaluation, On},
    plan::ModelPlan,
    predict::Speed,
    text::Corpus,
};

mod drill;
mod gpt;
mod reader;

pub(crate) use drill::Drill;

/// Where and under what conditions a run trains.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    pub folder: &'a Path,
    pub device: &'a Device,
    /// FLOP/s that the device reaches at best.
    pub peak: f64,
    pub interrupt: &'a AtomicBool,
}

/// Trained weights, and the device to use them on.
#[derive(Clone, Copy, Debug)]
pub struct Trained<'a> {
    pub checkpoints: &'a Checkpoints,
    pub which: Which,
    pub device: &'a Device,
}

/// A text to be made.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Absent: whatever a text begins with.
    pub prompt: Option<String>,
    pub tokens: usize,
    pub sampling: Sampling,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Generated {
    pub step: u64,
    pub tokens: usize,
    pub seconds: f64,
}

/// A model of any family together with its data, behind the commands of the program.
pub trait Run {
    fn predict(&self, speed: Speed<'_>) -> Prediction;
    fn preflight(&self, device: &Device) -> Result<Vec<Check>, TrainerError>;
    fn fit(&self, ground: &Ground<'_>, start: Start, told: &mut dyn FnMut(FitEvent)) -> Result<Outcome, TrainerError>;
    fn evaluate(&self, trained: &Trained<'_>, on: &On, told: &mut dyn FnMut(Event))
    -> Result<Evaluation, TrainerError>;
    /// Streams the text, prompt excluded, piece by piece.
    fn generate(
        &self,
        trained: &Trained<'_>,
        wanted: &Wanted,
        out: &mut dyn FnMut(&str),
    ) -> Result<Generated, TrainerError>;
}

/// Opens the family that the plan names; without a corpus it can be used, but not trained.
pub(crate) fn open(plan: &RunPlan, tokenizer: Tokenizer, corpus: Option<Corpus>) -> Result<Box<dyn Run>, TrainerError> {
    match &plan.model {
        ModelPlan::Gpt(model) => Ok(Box::new(gpt::Gpt::open(plan, model, tokenizer, corpus)?)),
    }
}
