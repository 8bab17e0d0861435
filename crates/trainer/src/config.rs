//! `RunConfig`: exactly what a config file says.

use attentive_bert::BertConfig;
use attentive_gpt::GptConfig;
use attentive_multimodal::MultimodalConfig;
use attentive_seq2seq::Seq2SeqConfig;
use attentive_vit::VitConfig;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Deserialize;

use crate::{
    document::{Document, DocumentError},
    sections::{
        AdapterConfig, AverageConfig, CheckpointConfig, DataConfig, EvaluationConfig, GenerationConfig, GuardConfig,
        InitializeConfig, JournalConfig, LossConfig, OptimizerConfig, PicturesConfig, SampleConfig, ScheduleConfig,
        TeacherConfig, TrainingConfig, TuningConfig,
    },
};

/// The tables of a config; an absent one holds its defaults.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename = "attentive", deny_unknown_fields)]
pub struct RunConfig {
    /// A config that this one builds on, or a list of them, relative to this file.
    #[schemars(rename = "extends")]
    _extends: Option<Extends>,
    /// What to compute on: `auto`, `flex`, `ndarray`, `wgpu`, `wgpu:1`, `cuda`; see `attentive devices`. Default: `auto`.
    pub device: Option<String>,
    /// The model, whose shape its `family` decides.
    pub model: ModelConfig,
    /// Which data to learn from, and how its text becomes tokens.
    #[schemars(default)]
    pub data: DataConfig,
    /// How pictures are made ready, for models that see some.
    #[schemars(default)]
    pub pictures: PicturesConfig,
    /// What is lowered in training.
    #[schemars(default)]
    pub loss: LossConfig,
    /// How many steps, of what.
    pub training: TrainingConfig,
    /// The learning rate over the run.
    #[schemars(default)]
    pub schedule: ScheduleConfig,
    /// Which weights a run begins with. Default: fresh ones.
    #[schemars(default)]
    pub initialize: InitializeConfig,
    /// Low-rank paths that learn in place of matrices (LoRA). Default: none.
    pub adapter: Option<AdapterConfig>,
    /// A model that this one learns from beside its data (distillation). Default: none.
    pub teacher: Option<TeacherConfig>,
    /// Which parameters learn, and how fast. Default: all alike.
    #[schemars(default)]
    pub tuning: TuningConfig,
    /// How gradients change weights.
    #[schemars(default)]
    pub optimizer: OptimizerConfig,
    /// Present: evaluation and generation use an exponential moving average of the weights.
    pub average: Option<AverageConfig>,
    /// What to do about steps that would do harm.
    #[schemars(default)]
    pub guard: GuardConfig,
    /// When the model is judged on held-out text.
    #[schemars(default)]
    pub evaluation: EvaluationConfig,
    /// When the state of the run is saved, and how much of it is kept.
    #[schemars(default)]
    pub checkpoint: CheckpointConfig,
    /// What is written to metrics.jsonl.
    #[schemars(default)]
    pub journal: JournalConfig,
    /// The text shown at each evaluation.
    #[schemars(default)]
    pub sample: SampleConfig,
    /// How answers are searched for, by encoder-decoders.
    #[schemars(default)]
    pub generation: GenerationConfig,
}

/// One or several base files; the document reader follows them.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "describes the schema only")]
enum Extends {
    One(String),
    Several(Vec<String>),
}

/// The table `[model]`, whose shape its `family` decides.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum ModelConfig {
    Gpt(GptConfig),
    Bert(BertConfig),
    Seq2Seq(Seq2SeqConfig),
    Vit(VitConfig),
    Multimodal(MultimodalConfig),
}

/// The families of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Family {
    Gpt,
    Bert,
    Seq2Seq,
    Vit,
    Multimodal,
}

const TABLES: [&str; 19] = [
    "device",
    "initialize",
    "adapter",
    "teacher",
    "tuning",
    "model",
    "data",
    "pictures",
    "loss",
    "training",
    "schedule",
    "optimizer",
    "average",
    "guard",
    "evaluation",
    "checkpoint",
    "journal",
    "sample",
    "generation",
];

impl RunConfig {
    pub(crate) fn family(&self) -> Family {
        match self.model {
            ModelConfig::Gpt(_) => Family::Gpt,
            ModelConfig::Bert(_) => Family::Bert,
            ModelConfig::Seq2Seq(_) => Family::Seq2Seq,
            ModelConfig::Vit(_) => Family::Vit,
            ModelConfig::Multimodal(_) => Family::Multimodal,
        }
    }

    pub(crate) fn read(document: &Document) -> Result<Self, DocumentError> {
        document.only("", &TABLES)?;
        let average = if document.contains("average") { Some(document.section("average")?) } else { None };
        let adapter = if document.contains("adapter") { Some(document.section("adapter")?) } else { None };
        let teacher = if document.contains("teacher") { Some(document.section("teacher")?) } else { None };
        Ok(Self {
            _extends: None,
            initialize: document.section("initialize")?,
            adapter,
            teacher,
            tuning: document.section("tuning")?,
            device: if document.contains("device") { Some(document.section("device")?) } else { None },
            model: ModelConfig::read(document)?,
            data: document.section("data")?,
            pictures: document.section("pictures")?,
            loss: document.section("loss")?,
            training: document.section("training")?,
            schedule: document.section("schedule")?,
            optimizer: document.section("optimizer")?,
            average,
            guard: document.section("guard")?,
            evaluation: document.section("evaluation")?,
            checkpoint: document.section("checkpoint")?,
            journal: document.section("journal")?,
            sample: document.section("sample")?,
            generation: document.section("generation")?,
        })
    }
}

impl ModelConfig {
    fn read(document: &Document) -> Result<Self, DocumentError> {
        let family = if document.contains("model.family") { document.section("model.family")? } else { Family::Gpt };
        match family {
            Family::Gpt => Ok(Self::Gpt(document.section("model")?)),
            Family::Bert => Ok(Self::Bert(document.section("model")?)),
            Family::Seq2Seq => Ok(Self::Seq2Seq(document.section("model")?)),
            Family::Vit => Ok(Self::Vit(document.section("model")?)),
            Family::Multimodal => Ok(Self::Multimodal(document.section("model")?)),
        }
    }
}

/// The JSON Schema of a config file.
pub fn schema() -> Schema {
    schema_for!(RunConfig)
}
