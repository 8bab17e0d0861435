//! From what was written to what will be done: fills in, checks, and says where a bad value stands.

use std::{ops::RangeInclusive, path::Path};

use attentive_data::absolute;
use attentive_engine::{
    AveragePlan, CheckpointPlan, Clip, EvaluationPlan, FitPlan, GuardPlan, JournalPlan, OptimizerKind, OptimizerPlan,
    Schedule, TrainingPlan,
};

use crate::{
    RunConfig, TrainerError,
    config::ModelConfig,
    document::Document,
    plan::{DataPlan, ModelPlan, SamplePlan, TokenizerPlan},
    sections::{DataConfig, TextFormat},
    text::STORIES,
};

/// Token ids that pairs of bytes may have: the bytes and the end of a text at least; at most what no slip of the finger is.
const IDS: RangeInclusive<usize> = 257..=1_000_000;
/// Beyond this, a number of steps or rows is a slip of the finger.
const MOST: u64 = 1_000_000_000;
const VOCABULARY: usize = 1024;
const WARMUP: u64 = 100;

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
        let batch = self.count("training.batch", written.batch.unwrap_or(32) as u64)? as usize;
        let micro_batch = self.count("training.micro_batch", written.micro_batch.unwrap_or(batch) as u64)? as usize;
        if micro_batch > batch {
            let message =
                format!("`training.micro_batch = {micro_batch}` is more than `training.batch = {batch}`; lower it");
            return Err(self.refused("training.micro_batch", message));
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

    pub(crate) fn sample(&self) -> Result<SamplePlan, TrainerError> {
        let written = &self.config.sample;
        let temperature = written.temperature.unwrap_or(0.8);
        self.check(
            "sample.temperature",
            temperature,
            temperature.is_finite() && temperature >= 0.0,
            "must be at least 0",
        )?;
        Ok(SamplePlan {
            prompt: written.prompt.clone(),
            tokens: written.tokens.unwrap_or(100),
            temperature,
            top_k: self.count("sample.top_k", written.top_k.unwrap_or(40) as u64)? as usize,
        })
    }

    pub(crate) fn model(&self, tokens: usize) -> Result<ModelPlan, TrainerError> {
        match &self.config.model {
            ModelConfig::Gpt(written) => {
                let placed = |source: attentive_gpt::Fault| TrainerError::Model {
                    place: self.place(&format!("model.{}", source.key)),
                    source,
                };
                Ok(ModelPlan::Gpt(written.resolve(tokens).map_err(placed)?))
            }
        }
    }

    /// The data part; the checksum comes when the text has been read.
    pub(crate) fn data(&self, base: &Path) -> Result<DataPlan, TrainerError> {
        let written = &self.config.data;
        let (source, files) = self.source(written)?;
        let stories = (source.as_deref() == Some("stories")).then(|| written.stories.unwrap_or(STORIES) as u64);
        let stories = stories.map(|stories| self.count("data.stories", stories)).transpose()?;
        if let (Some(count), None) = (written.stories, stories) {
            let message = format!("`data.stories = {count}` only speaks to `data.source = \"stories\"`; remove it");
            return Err(self.refused("data.stories", message));
        }
        let tokenizer = tokenizer(written.tokenizer.as_deref().unwrap_or("bytes"), base);
        let learned = !matches!(tokenizer, TokenizerPlan::Characters | TokenizerPlan::File(_));
        if let (Some(vocabulary), false) = (written.vocabulary, learned) {
            let message = format!(
                "`data.vocabulary = {vocabulary}` only speaks to `data.tokenizer = \"bytes\"` and others that are learned; remove it"
            );
            return Err(self.refused("data.vocabulary", message));
        }
        let vocabulary = written.vocabulary.unwrap_or(VOCABULARY);
        let wish = format!("is out of range; give {} to {}", IDS.start(), IDS.end());
        self.check("data.vocabulary", vocabulary as f64, IDS.contains(&vocabulary), &wish)?;
        let rooted =
            |patterns: Vec<String>| -> Vec<String> { patterns.iter().map(|pattern| absolute(pattern, base)).collect() };
        Ok(DataPlan {
            source,
            stories: stories.map(|stories| stories as usize),
            files: files.map(rooted),
            validation: written.validation.clone().map(rooted),
            format: self.format(written)?,
            columns: written.columns.clone().unwrap_or_default(),
            tokenizer,
            vocabulary: learned.then_some(vocabulary),
            order: written.order.unwrap_or_default(),
            sha256: written.sha256.clone().unwrap_or_default(),
        })
    }

    /// The format of rows, if the files hold rows.
    fn format(&self, written: &DataConfig) -> Result<Option<TextFormat>, TrainerError> {
        let rows = written.format.filter(|format| *format != TextFormat::Text);
        if written.format.is_some() && written.files.is_none() {
            return Err(self.refused("data.format", "`data.format` goes with `data.files`; remove it".to_owned()));
        }
        if written.columns.is_some() && rows.is_none() {
            let message = "`data.columns` names columns of rows; say which with `data.format = \"csv\"` or another";
            return Err(self.refused("data.columns", message.to_owned()));
        }
        Ok(rows)
    }

    fn source(&self, written: &DataConfig) -> Result<(Option<String>, Option<Vec<String>>), TrainerError> {
        match (&written.source, &written.files) {
            (Some(_), Some(_)) => {
                Err(self.refused("data.files", "`data.source` and `data.files` exclude each other; remove one of them"))
            }
            (None, Some(files)) if files.is_empty() => {
                Err(self
                    .refused("data.files", "`data.files` is empty; name at least one pattern, such as \"texts/*.txt\""))
            }
            (None, Some(files)) => Ok((None, Some(files.clone()))),
            (source, None) if written.validation.is_some() => {
                let source = source.as_deref().unwrap_or("stories");
                Err(self.refused(
                    "data.validation",
                    format!("`data.validation` goes with `data.files`; `{source}` has its own split"),
                ))
            }
            (source, None) => Ok((Some(source.clone().unwrap_or_else(|| "stories".to_owned())), None)),
        }
    }
}

fn tokenizer(written: &str, base: &Path) -> TokenizerPlan {
    match written {
        "characters" => TokenizerPlan::Characters,
        "bytes" => TokenizerPlan::Bytes,
        "wordpiece" => TokenizerPlan::WordPiece,
        "unigram" => TokenizerPlan::Unigram,
        path => TokenizerPlan::File(base.join(path)),
    }
}
