//! The families of models. A new one is its crate, one file here, one arm in [`open`], and its configs.

use std::{path::Path, sync::atomic::AtomicBool};

use attentive_attention::Fault;
use attentive_data::Tokenizer;
use attentive_engine::{Checkpoints, Which};
use burn::{module::Module, tensor::Device};

use crate::{
    Event, RunPlan, TrainerError,
    config::ModelConfig,
    evaluation::{Evaluation, On},
    foreign::{Beginning, Origin},
    material::{Facts, Material},
    plan::ModelPlan,
};

mod bert;
mod candidates;
mod drill;
pub(crate) mod generation;
mod gpt;
mod learner;
mod multimodal;
mod reader;
mod seq2seq;
mod uses;
mod vit;

pub(crate) use drill::Drill;
pub(crate) use generation::{generation, said};
use learner::Family;
pub use learner::{Learner, LowRank};
pub use uses::{
    Asking, Chat, Chatting, Classes, Generated, Item, Pooling, Ranked, Translating, Translation, Verdict, Wanted,
    ranked,
};

/// Where and under what conditions a run trains.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    pub folder: &'a Path,
    pub device: &'a Device,
    /// FLOP/s that the device reaches at best.
    pub peak: f64,
    pub interrupt: &'a AtomicBool,
}

/// Weights that a model is used with.
pub struct Weights(pub(crate) Lying);

/// Where weights lie.
pub(crate) enum Lying {
    Run(Checkpoints),
    Folder(Box<Origin>),
}

impl Weights {
    /// Whether they were trained here, so that what is found out about them has a place.
    pub fn are_of_a_run(&self) -> bool {
        matches!(self.0, Lying::Run(_))
    }

    /// The model folder that they lie in, if they lie in one.
    pub(crate) fn folder(&self) -> Option<&Origin> {
        match &self.0 {
            Lying::Folder(origin) => Some(origin),
            Lying::Run(_) => None,
        }
    }
}

/// Trained weights, and the device to use them on.
#[derive(Clone, Copy)]
pub struct Trained<'a> {
    pub weights: &'a Weights,
    pub which: Which,
    pub device: &'a Device,
}

impl Trained<'_> {
    /// A fresh model of the plan with the weights, and the step that they are of.
    pub(crate) fn open<M: Module>(&self, fresh: M, plan: &RunPlan) -> Result<(M, u64), TrainerError> {
        self.filled(fresh, plan, false)
    }

    /// The same, but for a head that the folder may lack.
    pub(crate) fn open_base<M: Module>(&self, fresh: M, plan: &RunPlan) -> Result<(M, u64), TrainerError> {
        self.filled(fresh, plan, true)
    }

    /// The same, but for a head that the folder has never had.
    fn open_own<M: Module>(&self, fresh: M, plan: &RunPlan) -> Result<(M, u64), TrainerError> {
        let headless = self.weights.folder().is_some_and(|origin| !origin.has_head_of(&plan.model));
        self.filled(fresh, plan, headless)
    }

    fn filled<M: Module>(&self, fresh: M, plan: &RunPlan, open: bool) -> Result<(M, u64), TrainerError> {
        match &self.weights.0 {
            Lying::Run(checkpoints) => Ok(checkpoints.open(self.which, fresh)?),
            Lying::Folder(origin) => Ok((Beginning::new(&plan.model, origin, open)?.filled(fresh)?, 0)),
        }
    }
}

/// A model of any family together with its data, behind the commands of the program. What a family is not made for, it refuses.
pub trait Run: Learner {
    /// As errors call it: "a language model".
    fn kind(&self) -> &'static str;
    fn evaluate(&self, trained: &Trained<'_>, on: &On, told: &mut dyn FnMut(Event))
    -> Result<Evaluation, TrainerError>;

    /// What to do with the result, as a command behind the program's name; `{}` stands for the run folder.
    fn next(&self) -> &'static str;

    /// Streams the text, prompt excluded, piece by piece.
    fn generate(&self, _: &Trained<'_>, _: &Wanted, _: &mut dyn FnMut(&str)) -> Result<Generated, TrainerError> {
        Err(self.unfit("write texts", "generate"))
    }

    /// Begins a conversation.
    fn chat<'run>(&'run self, _: &Trained<'_>, _: &Chatting) -> Result<Box<dyn Chat + 'run>, TrainerError> {
        Err(self.unfit("talk", "chat"))
    }

    /// A verdict an item, in order.
    fn classify(&self, _: &Trained<'_>, _: &[Item], _: &Classes) -> Result<Vec<Verdict>, TrainerError> {
        Err(self.unfit("tell classes apart", "classify"))
    }

    /// The likeliest words for each place that is to be filled.
    fn fill(&self, _: &Trained<'_>, _text: &str, _most: usize) -> Result<Vec<Vec<Ranked>>, TrainerError> {
        Err(self.unfit("fill gaps", "fill-mask"))
    }

    /// A vector of length one an item.
    fn embed(&self, _: &Trained<'_>, _: &[Item], _: Option<Pooling>) -> Result<Vec<Vec<f32>>, TrainerError> {
        Err(self.unfit("turn texts into vectors", "embed"))
    }

    /// The best translations of each line, the best first.
    fn translate(&self, _: &Trained<'_>, _: &[String], _: &Translating) -> Result<Vec<Vec<Translation>>, TrainerError> {
        Err(self.unfit("translate", "translate"))
    }

    /// What is said about a picture, or answered to a question about it.
    fn answer(&self, _: &Trained<'_>, _: &[Asking]) -> Result<Vec<String>, TrainerError> {
        Err(self.unfit("talk about pictures", "ask"))
    }

    fn unfit(&self, what: &str, command: &str) -> TrainerError {
        let (kind, next) = (self.kind(), self.next().replace("{}", "RUN"));
        TrainerError::Asked(format!(
            "{kind} does not {what}, so `attentive {command}` says nothing to it; try `attentive {next}`"
        ))
    }
}

/// A plan of the model from what was written and what the data says.
pub(crate) fn resolve(written: &ModelConfig, facts: &Facts) -> Result<ModelPlan, Fault> {
    match written {
        ModelConfig::Gpt(written) => written.resolve(facts.tokens).map(ModelPlan::Gpt),
        ModelConfig::Bert(written) => bert::resolve(written, facts).map(ModelPlan::Bert),
        ModelConfig::Seq2Seq(written) => written.resolve(facts.tokens).map(ModelPlan::Seq2Seq),
        ModelConfig::Vit(written) => vit::resolve(written, facts).map(ModelPlan::Vit),
        ModelConfig::Multimodal(written) => multimodal::resolve(written, facts).map(ModelPlan::Multimodal),
    }
}

/// The data set that the program makes itself for such a model.
pub(crate) fn made(written: &ModelConfig) -> &'static str {
    match written {
        ModelConfig::Gpt(_) | ModelConfig::Bert(_) => "stories",
        ModelConfig::Seq2Seq(_) => "numbers-en-de",
        ModelConfig::Vit(_) => "shapes",
        ModelConfig::Multimodal(written) => multimodal::made(written),
    }
}

/// Opens the family that the plan names; without material it can be used, but not trained.
pub(crate) fn open(
    plan: &RunPlan,
    tokenizer: Option<Tokenizer>,
    material: Option<Material>,
    told: &mut dyn FnMut(Event),
) -> Result<Box<dyn Run>, TrainerError> {
    Ok(match &plan.model {
        ModelPlan::Gpt(model) => Box::new(gpt::Gpt::open(plan, model, tokenizer, material, told)?),
        ModelPlan::Bert(model) => Box::new(bert::Bert::open(plan, model, tokenizer, material, told)?),
        ModelPlan::Seq2Seq(model) => Box::new(seq2seq::Seq2Seq::open(plan, model, tokenizer, material, told)?),
        ModelPlan::Vit(model) => Box::new(vit::Vit::open(plan, model, material, told)?),
        ModelPlan::Multimodal(model) => multimodal::open(plan, model, tokenizer, material, told)?,
    })
}
