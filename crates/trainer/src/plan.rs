//! `RunPlan`: every value resolved and checked. Saved as `plan.toml`, it reads back as a config, and is the only thing that later
//! stages read.

use std::{collections::BTreeMap, path::PathBuf};

use attentive_engine::FitPlan;
use attentive_gpt::GptPlan;
use serde::Serialize;

use crate::sections::{Order, TextFormat};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunPlan {
    pub device: String,
    pub model: ModelPlan,
    pub data: DataPlan,
    #[serde(flatten)]
    pub fit: FitPlan,
    pub sample: SamplePlan,
}

/// One arm a family.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ModelPlan {
    Gpt(GptPlan),
}

impl ModelPlan {
    /// Number of token ids.
    pub(crate) fn vocabulary(&self) -> usize {
        match self {
            Self::Gpt(model) => model.vocabulary,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DataPlan {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
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
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
    pub tokenizer: TokenizerPlan,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vocabulary: Option<usize>,
    pub order: Order,
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
    #[serde(untagged)]
    File(PathBuf),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SamplePlan {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    pub tokens: usize,
    pub temperature: f64,
    pub top_k: usize,
}

impl RunPlan {
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(self).expect("a plan is plain data")
    }
}
