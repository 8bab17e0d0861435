//! `RunPlan`: every value resolved and checked. Saved as `plan.toml`, it reads back as a config, and is the only thing that later
//! stages read.

use std::{collections::BTreeMap, path::PathBuf};

use attentive_attention::{Adapters, Aspect, Initial};
use attentive_bert::BertPlan;
use attentive_engine::FitPlan;
use attentive_gpt::GptPlan;
use attentive_multimodal::MultimodalPlan;
use attentive_seq2seq::Seq2SeqPlan;
use attentive_vit::VitPlan;
use burn::tensor::Device;
use serde::Serialize;

use crate::sections::{DialectConfig, FilterKind, FitKind, Learn, Order, TextFormat};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunPlan {
    pub device: String,
    /// Present: the weights begin as those of another model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialize: Option<InitializePlan>,
    pub model: ModelPlan,
    /// Present: low-rank paths learn in place of matrices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<AdapterPlan>,
    /// Present: a part of the loss is the distance to what another model says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teacher: Option<TeacherPlan>,
    pub data: DataPlan,
    /// For models that see pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pictures: Option<PicturesPlan>,
    pub loss: LossPlan,
    #[serde(flatten)]
    pub fit: FitPlan,
    /// For models that write on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<SamplePlan>,
    /// For models that write whole answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<GenerationPlan>,
}

impl RunPlan {
    /// Draws of fresh weights.
    pub(crate) fn initial(&self, device: &Device) -> Initial {
        let training = &self.fit.training;
        let adapters = self.adapter.as_ref().map(AdapterPlan::adapters);
        let lens = self.teacher.as_ref().and_then(|teacher| teacher.width);
        let initial = Initial::new(training.seed, device).with_precision(training.precision);
        initial.with_adapters(adapters).with_lens(lens)
    }
}

/// What the weights begin as.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InitializePlan {
    /// A model folder or a run.
    pub from: PathBuf,
    /// A low-rank adapter that is added to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<PathBuf>,
    /// The commit of the hub that it is a copy of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}

/// Low-rank adapters (Hu et al. 2021).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AdapterPlan {
    pub rank: usize,
    pub alpha: f64,
    pub targets: Vec<String>,
    /// Share of entries of a path's input that it does not see in training.
    pub dropout: f64,
}

impl AdapterPlan {
    /// What a low-rank path is multiplied with.
    pub fn scale(&self) -> f64 {
        self.alpha / self.rank as f64
    }

    fn adapters(&self) -> Adapters {
        Adapters { targets: self.targets.clone(), rank: self.rank, scale: self.scale(), dropout: self.dropout }
    }
}

/// A model that has learned already, whose weights stay as they are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TeacherPlan {
    /// A model folder or a run.
    pub from: PathBuf,
    /// The commit of the hub that it is a copy of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    pub learns: Vec<Aspect>,
    /// Its share of the loss.
    pub weight: f64,
    pub temperature: f64,
    /// Of its states, where these are compared and the student has another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// Of its weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// One arm a family.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ModelPlan {
    Gpt(GptPlan),
    Bert(BertPlan),
    Seq2Seq(Seq2SeqPlan),
    Vit(VitPlan),
    Multimodal(MultimodalPlan),
}

impl ModelPlan {
    /// Number of token ids; zero where no text is read.
    pub(crate) fn vocabulary(&self) -> usize {
        match self {
            Self::Gpt(model) => model.vocabulary,
            Self::Bert(model) => model.vocabulary,
            Self::Seq2Seq(model) => model.vocabulary,
            Self::Vit(_) => 0,
            Self::Multimodal(model) => model.vocabulary,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DataPlan {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stories: Option<usize>,
    /// Absolute patterns, so that the plan means the same from any folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<Vec<String>>,
    /// Absent: whole files are documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<TextFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialect: Option<DialectConfig>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
    /// Absent where no text is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokenizer: Option<TokenizerPlan>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vocabulary: Option<usize>,
    /// For windows of running text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_tokens: Option<usize>,
    /// Present: rows are conversations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learn: Option<Learn>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    pub sha256: String,
}

/// How text becomes tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenizerPlan {
    Characters,
    Bytes,
    WordPiece,
    Unigram,
    Words,
    #[serde(untagged)]
    File(PathBuf),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PicturesPlan {
    pub size: usize,
    pub channels: usize,
    pub fit: FitKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shorter: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stretched: Option<[usize; 2]>,
    pub filter: FilterKind,
    /// Absent where `mean` and `deviation` are there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normalize: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation: Option<Vec<f64>>,
    pub flip: f64,
    pub crop: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub augment: Option<[u32; 2]>,
    pub erase: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mixup: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cutmix: Option<f64>,
    pub blank: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LossPlan {
    pub smoothing: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masked: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole_words: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub questions: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SamplePlan {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    pub tokens: usize,
    pub temperature: f64,
    pub top_k: usize,
}

/// How answers are searched for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GenerationPlan {
    /// Absent: as the task wants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beams: Option<usize>,
    pub length_penalty: f64,
    pub early: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<usize>,
    pub least: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_repeat: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ruled_out: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forced_first: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forced_last: Option<u32>,
}

impl RunPlan {
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(self).expect("a plan is plain data")
    }
}
