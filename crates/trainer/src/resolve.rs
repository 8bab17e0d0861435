//! From what was written to what will be done: fills in, checks, and says where a bad value stands.

mod data;
mod generation;
mod pictures;
mod teacher;

use attentive_engine::{
    AveragePlan, CheckpointPlan, Clip, EvaluationPlan, FitPlan, GuardPlan, JournalPlan, OptimizerKind, OptimizerPlan,
    Schedule, TrainingPlan, TuningPlan,
};
use attentive_multimodal::Kind;

use crate::{
    RunConfig, RunPlan, TrainerError,
    config::Family,
    document::Document,
    families,
    material::Facts,
    plan::{AdapterPlan, InitializePlan, LossPlan, ModelPlan, SamplePlan},
    sections::PicturesConfig,
};

/// Beyond this, a number of steps or rows is a slip of the finger.
const MOST: u64 = 1_000_000_000;
const WARMUP: u64 = 100;
/// Layers that get a low-rank path where none are named, and the paths' own parameters.
const ADAPTED: [&str; 2] = ["query", "value"];
const LOW_RANK: [&str; 2] = ["*.adapter.down", "*.adapter.up"];
/// What a model has for its task alone.
const HEAD: &str = "head.*";
/// A rank beyond this is no low one.
const MOST_RANK: usize = 4096;

/// A config together with where its values stand.
pub(crate) struct Resolver<'a> {
    pub(crate) config: &'a RunConfig,
    pub(crate) document: &'a Document,
    /// Words that the user should see.
    pub(crate) notes: Vec<String>,
}

impl Resolver<'_> {
    pub(crate) fn refused(&self, path: &str, message: impl Into<String>) -> TrainerError {
        TrainerError::Refused { place: self.place(path), message: message.into() }
    }

    fn place(&self, path: &str) -> String {
        let origin = self.document.origin(path).or_else(|| self.document.origin(""));
        origin.map_or_else(|| "config".to_owned(), ToString::to_string)
    }

    /// Refuses a number outside `range`, which `wish` describes.
    fn check(&self, path: &str, value: f64, good: bool, wish: &str) -> Result<(), TrainerError> {
        if good { Ok(()) } else { Err(self.refused(path, format!("`{path} = {value}` {wish}"))) }
    }

    fn count(&self, path: &str, value: u64) -> Result<u64, TrainerError> {
        self.check(path, value as f64, (1..=MOST).contains(&value), &format!("is out of range; give 1 to {MOST}"))?;
        Ok(value)
    }

    fn positive(&self, path: &str, value: f64) -> Result<f64, TrainerError> {
        self.check(path, value, value.is_finite() && value > 0.0, "must be a number above 0")?;
        Ok(value)
    }

    fn share(&self, path: &str, value: f64) -> Result<f64, TrainerError> {
        self.check(path, value, (0.0..1.0).contains(&value), "must be at least 0 and below 1")?;
        Ok(value)
    }

    pub(crate) fn fit(&mut self) -> Result<FitPlan, TrainerError> {
        let training = self.training()?;
        Ok(FitPlan {
            schedule: self.schedule(&training)?,
            optimizer: self.optimizer()?,
            tuning: self.tuning()?,
            average: self.average()?,
            guard: self.guard()?,
            evaluation: self.evaluation()?,
            checkpoint: self.checkpoint()?,
            journal: JournalPlan { every: self.count("journal.every", self.config.journal.every.unwrap_or(10))? },
            training,
        })
    }

    fn training(&self) -> Result<TrainingPlan, TrainerError> {
        let written = &self.config.training;
        let by_tokens = self.config.data.batch_tokens.is_some();
        let rows = if by_tokens { 1 } else { 32 };
        let batch = self.count("training.batch", written.batch.unwrap_or(rows) as u64)? as usize;
        let rows = if by_tokens { 1 } else { batch };
        let micro_batch = self.count("training.micro_batch", written.micro_batch.unwrap_or(rows) as u64)? as usize;
        if micro_batch > batch {
            let message =
                format!("`training.micro_batch = {micro_batch}` is more than `training.batch = {batch}`; lower it");
            return Err(self.refused("training.micro_batch", message));
        }
        if micro_batch < batch && self.kind() == Some(Kind::Contrastive) {
            let message = format!(
                "`training.micro_batch = {micro_batch}` would part the {batch} pairs of a batch, which are to be told from each other; \
                 remove it, or lower `training.batch`"
            );
            return Err(self.refused("training.micro_batch", message));
        }
        if written.recompute == Some(true) && self.config.family() == Family::Seq2Seq {
            let message = "`training.recompute = true` does not serve encoder-decoders, whose blocks see two sequences; remove it";
            return Err(self.refused("training.recompute", message));
        }
        let clip = written.clip.unwrap_or(Clip::Norm(1.0));
        if let Clip::Norm(norm) = clip {
            self.positive("training.clip", norm)?;
        }
        Ok(TrainingPlan {
            steps: self.count("training.steps", written.steps)?,
            batch,
            micro_batch,
            learning_rate: self.positive("training.learning_rate", written.learning_rate.unwrap_or(1e-3))?,
            precision: written.precision.unwrap_or_default(),
            seed: written.seed.unwrap_or(1),
            clip,
            recompute: written.recompute.unwrap_or(false),
        })
    }

    fn schedule(&mut self, training: &TrainingPlan) -> Result<Schedule, TrainerError> {
        let written = &self.config.schedule;
        let floor = written.floor.unwrap_or(training.learning_rate / 10.0);
        let below = (0.0..=training.learning_rate).contains(&floor);
        self.check("schedule.floor", floor, below, "must lie between 0 and `training.learning_rate`")?;
        let decay = self.positive("schedule.decay", written.decay.unwrap_or(0.2))?;
        self.check("schedule.decay", decay, decay <= 1.0, "is a share of the run; give at most 1")?;
        let kind = written.kind.unwrap_or_default();
        let warmup = self.warmup(written.warmup, training.steps);
        Ok(Schedule { kind, warmup, floor, decay })
    }

    fn warmup(&mut self, written: Option<u64>, steps: u64) -> u64 {
        let wanted = written.unwrap_or(WARMUP);
        if wanted < steps {
            return wanted;
        }
        let warmup = steps / 10;
        if written.is_some() {
            let note = format!("warm-up shrinks from {wanted} to {warmup} steps, a tenth of this run of {steps}");
            self.notes.push(note);
        }
        warmup
    }

    fn optimizer(&self) -> Result<OptimizerPlan, TrainerError> {
        let written = &self.config.optimizer;
        let kind = written.kind.unwrap_or_default();
        let betas = written.betas.unwrap_or(if kind == OptimizerKind::Lion { [0.9, 0.99] } else { [0.9, 0.95] });
        for beta in betas {
            self.share("optimizer.betas", beta)?;
        }
        let decay = written.decay.unwrap_or(0.1);
        self.check("optimizer.decay", decay, decay.is_finite() && decay >= 0.0, "must be at least 0")?;
        let epsilon = self.positive("optimizer.epsilon", written.epsilon.unwrap_or(1e-8))?;
        let momentum = written.momentum.unwrap_or(if kind == OptimizerKind::Muon { 0.95 } else { 0.9 });
        self.share("optimizer.momentum", momentum)?;
        Ok(OptimizerPlan { kind, betas, epsilon, momentum, decay })
    }

    /// Low-rank paths, if there are to be any.
    pub(crate) fn adapter(&self) -> Result<Option<AdapterPlan>, TrainerError> {
        let Some(written) = &self.config.adapter else { return Ok(None) };
        let rank = self.count("adapter.rank", written.rank as u64)? as usize;
        self.check("adapter.rank", rank as f64, rank <= MOST_RANK, &format!("is out of range; give 1 to {MOST_RANK}"))?;
        let alpha = self.positive("adapter.alpha", written.alpha.unwrap_or(2.0 * rank as f64))?;
        let targets = written.targets.clone().unwrap_or_else(|| ADAPTED.map(ToOwned::to_owned).to_vec());
        if targets.is_empty() {
            let message = "`adapter.targets` is empty; name layers, such as \"query\" and \"value\", or leave it out";
            return Err(self.refused("adapter.targets", message));
        }
        let dropout = self.share("adapter.dropout", written.dropout.unwrap_or(0.0))?;
        Ok(Some(AdapterPlan { rank, alpha, targets, dropout }))
    }

    /// Which parameters learn; beside low-rank paths, whatever a model has for its task alone.
    fn tuning(&self) -> Result<Option<TuningPlan>, TrainerError> {
        let written = &self.config.tuning;
        if !self.document.contains("tuning") && self.config.adapter.is_none() {
            return Ok(None);
        }
        let mut plan = TuningPlan {
            frozen: written.frozen.clone().unwrap_or_default(),
            learning: written.learning.clone().unwrap_or_default(),
            layer_decay: written.layer_decay,
            thaw: written.thaw.map(|steps| self.count("tuning.thaw", steps)).transpose()?,
        };
        if self.config.adapter.is_some() {
            self.leave_the_rest(&mut plan);
        }
        let decay = plan.layer_decay.unwrap_or(1.0);
        self.check("tuning.layer_decay", decay, decay > 0.0 && decay <= 1.0, "must be above 0 and at most 1")?;
        Ok(Some(plan))
    }

    /// All but low-rank paths and heads stays as it is, whatever else is frozen or learns.
    fn leave_the_rest(&self, plan: &mut TuningPlan) {
        let add = |patterns: &mut Vec<String>, pattern: &str| {
            if !patterns.iter().any(|written| written == pattern) {
                patterns.push(pattern.to_owned());
            }
        };
        LOW_RANK.iter().for_each(|pattern| add(&mut plan.learning, pattern));
        let has_head = matches!(self.config.family(), Family::Bert | Family::Vit);
        if has_head && !plan.frozen.iter().any(|pattern| pattern.starts_with("head")) {
            add(&mut plan.learning, HEAD);
        }
        add(&mut plan.frozen, "*");
    }

    /// Refuses layers and patterns that the model has nothing for, and that nothing learns.
    pub(crate) fn learns(&self, plan: &RunPlan, paths: Vec<String>) -> Result<(), TrainerError> {
        let some = paths.iter().take(3).map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
        let adapted = |target: &&String| paths.iter().any(|path| path.ends_with(&format!("{target}.adapter.down")));
        let targets = plan.adapter.as_ref().map_or(&[][..], |adapter| &adapter.targets);
        if let Some(target) = targets.iter().find(|target| !adapted(target)) {
            let message = format!("no layer of the model is called `{target}`; parameters are called {some} and so on");
            return Err(self.refused("adapter.targets", message));
        }
        let Some(tuning) = &plan.fit.tuning else { return Ok(()) };
        if let Some(pattern) = tuning.idle(&paths).next() {
            let message = format!("no parameter of the model is like `{pattern}`; they are called {some} and so on");
            return Err(self.refused("tuning", message));
        }
        if paths.iter().all(|path| tuning.freezes(path)) {
            let message = "all parameters are frozen, so that nothing learns; take a pattern out of `tuning.frozen`, or name exceptions in \
                           `tuning.learning`";
            return Err(self.refused("tuning.frozen", message));
        }
        Ok(())
    }

    /// Where the weights come from, as it was written or as a plan has it.
    pub(crate) fn initialize(&self) -> Option<InitializePlan> {
        let written = &self.config.initialize;
        let from = written.from.as_ref()?.into();
        let adapter = written.adapter.as_ref().map(Into::into);
        Some(InitializePlan { from, adapter, revision: written.revision.clone() })
    }

    fn average(&self) -> Result<Option<AveragePlan>, TrainerError> {
        let Some(written) = &self.config.average else { return Ok(None) };
        Ok(Some(AveragePlan { decay: self.share("average.decay", written.decay.unwrap_or(0.999))? }))
    }

    fn guard(&self) -> Result<GuardPlan, TrainerError> {
        let written = &self.config.guard;
        let patience = self.count("guard.patience", written.patience.unwrap_or(10).into())? as u32;
        Ok(GuardPlan { spike: self.positive("guard.spike", written.spike.unwrap_or(10.0))?, patience })
    }

    fn evaluation(&self) -> Result<EvaluationPlan, TrainerError> {
        let written = &self.config.evaluation;
        let every = self.count("evaluation.every", written.every.unwrap_or(250))?;
        let batches = written.batches.map(|batches| self.count("evaluation.batches", batches as u64)).transpose()?;
        let patience =
            written.patience.map(|patience| self.count("evaluation.patience", patience.into())).transpose()?;
        Ok(EvaluationPlan {
            every,
            batches: batches.map(|batches| batches as usize),
            patience: patience.map(|patience| patience as u32),
        })
    }

    fn checkpoint(&self) -> Result<CheckpointPlan, TrainerError> {
        let written = &self.config.checkpoint;
        let keep = self.count("checkpoint.keep", written.keep.unwrap_or(2) as u64)? as usize;
        Ok(CheckpointPlan { every: self.count("checkpoint.every", written.every.unwrap_or(250))?, keep })
    }

    /// The text shown at evaluations, where the model writes on.
    pub(crate) fn sample(&self) -> Result<Option<SamplePlan>, TrainerError> {
        if self.config.family() != Family::Gpt {
            return self.none_of("sample").map(|()| None);
        }
        let written = &self.config.sample;
        let temperature = written.temperature.unwrap_or(0.8);
        self.check(
            "sample.temperature",
            temperature,
            temperature.is_finite() && temperature >= 0.0,
            "must be at least 0",
        )?;
        Ok(Some(SamplePlan {
            prompt: written.prompt.clone(),
            tokens: written.tokens.unwrap_or(100),
            temperature,
            top_k: self.count("sample.top_k", written.top_k.unwrap_or(40) as u64)? as usize,
        }))
    }

    /// Before the data was read, `facts` say what was written about it.
    pub(crate) fn model(&self, facts: &Facts) -> Result<ModelPlan, TrainerError> {
        families::resolve(&self.config.model, facts)
            .map_err(|source| TrainerError::Model { place: self.place(&format!("model.{}", source.key)), source })
    }

    /// What is written about the data: in a plan, all that a model depends on.
    pub(crate) fn facts(&self) -> Facts {
        let PicturesConfig { size, channels, .. } = self.config.pictures;
        let picture = channels.zip(size).map(|(channels, size)| [channels, size]);
        let labels = self.config.data.labels.clone().unwrap_or_default();
        Facts { tokens: 1, labels, picture, ..Facts::default() }
    }

    pub(crate) fn loss(&self) -> Result<LossPlan, TrainerError> {
        let written = &self.config.loss;
        let plain = matches!(self.kind(), Some(Kind::Contrastive | Kind::Statements));
        if let (Some(smoothing), true) = (written.smoothing.filter(|smoothing| *smoothing != 0.0), plain) {
            let message = format!("`loss.smoothing = {smoothing}` says nothing to a model of this kind; remove it");
            return Err(self.refused("loss.smoothing", message));
        }
        let guesses = self.config.family() == Family::Bert;
        let masked = self.share("loss.masked", written.masked.unwrap_or(0.15))?;
        Ok(LossPlan {
            smoothing: self.share("loss.smoothing", written.smoothing.unwrap_or(0.0))?,
            masked: guesses.then_some(masked),
            whole_words: guesses.then(|| written.whole_words.unwrap_or(false)),
            questions: (self.kind() == Some(Kind::Answers)).then(|| written.questions.unwrap_or(false)),
        })
    }

    /// Refuses a table that says nothing to the model's family.
    fn none_of(&self, table: &str) -> Result<(), TrainerError> {
        if !self.document.contains(table) {
            return Ok(());
        }
        let message = format!("`[{table}]` says nothing to a model of this family; remove it");
        Err(self.refused(table, message))
    }
}
