//! The sizes that are measured.

use attentive_gpt::{GptConfig, GptPlan, Style};
use serde::Serialize;

use crate::TrainerError;

/// GPT-2 style models that other programs are measured with too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Size {
    /// nanoGPT's recipe for CPUs.
    Tiny,
    /// nanoGPT's Shakespeare model, in smaller batches.
    Baby,
    /// GPT-2, the smallest.
    Small,
    /// A context so long that attention takes most of the time.
    Long,
}

/// Sizes of the model, and of its batches unless another one is asked for.
pub(super) struct Shape {
    vocabulary: usize,
    layers: usize,
    width: usize,
    heads: usize,
    pub(super) context: usize,
    pub(super) batch: usize,
}

impl Size {
    pub const ALL: [Self; 4] = [Self::Tiny, Self::Baby, Self::Small, Self::Long];

    pub fn name(self) -> &'static str {
        match self {
            Self::Tiny => "tiny",
            Self::Baby => "baby",
            Self::Small => "small",
            Self::Long => "long",
        }
    }

    #[rustfmt::skip] // a line is a size
    pub(super) fn shape(self) -> Shape {
        match self {
            Self::Tiny => Shape { vocabulary: 65, layers: 4, width: 128, heads: 4, context: 64, batch: 12 },
            Self::Baby => Shape { vocabulary: 65, layers: 6, width: 384, heads: 6, context: 256, batch: 8 },
            Self::Small => Shape { vocabulary: 50_304, layers: 12, width: 768, heads: 12, context: 256, batch: 1 },
            Self::Long => Shape { vocabulary: 65, layers: 4, width: 256, heads: 4, context: 4096, batch: 1 },
        }
    }
}

impl Shape {
    /// The model that reads this many tokens at once.
    pub(super) fn plan(&self, context: usize) -> Result<GptPlan, TrainerError> {
        let &Self { vocabulary, layers, width, heads, .. } = self;
        let written = GptConfig { style: Some(Style::Gpt2), layers, width, heads, context, ..GptConfig::default() };
        let placed = |source| TrainerError::Model { place: "the size to be measured".to_owned(), source };
        written.resolve(vocabulary).map_err(placed)
    }
}
