//! Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1) and the masks that it understands.

#[cfg(feature = "flex")]
mod cpu;
#[cfg(feature = "flex")]
mod fused;
mod hidden;
mod mask;
pub(crate) mod reference;
pub(crate) mod subjects;

use std::sync::Arc;

use burn::tensor::Tensor;

use crate::{Precision, dropout::Dropout};

pub use mask::{Mask, Segments};
pub use reference::attention_weights;

/// The choices of one attention call.
#[derive(Clone, Debug, Default)]
pub struct Attend {
    pub mask: Mask,
    /// What the scores are multiplied with; `1 / √channels` when absent.
    pub scale: Option<f64>,
    /// Scores are bent into `±cap` before biases and masks (Gemma 2, 2024).
    pub soft_cap: Option<f64>,
    /// One slope a head: a score loses that much per position between query and key (ALiBi, Press et al. 2022).
    pub slopes: Option<Arc<[f32]>>,
    /// Added to the scores: `[batch or 1, head or 1, query, key]`.
    pub bias: Option<Tensor<4>>,
    /// How many keys of each row of the batch are no padding.
    pub lengths: Option<Arc<[usize]>>,
    /// Packed documents, which do not see each other.
    pub segments: Option<Segments>,
    /// Dropout on the attention weights.
    pub dropout: Option<Dropout>,
    pub precision: Precision,
}

impl From<Mask> for Attend {
    fn from(mask: Mask) -> Self {
        Self { mask, ..Self::default() }
    }
}

impl Attend {
    fn scale(&self, channels: usize) -> f64 {
        self.scale.unwrap_or_else(|| 1.0 / (channels as f64).sqrt())
    }
}

/// Attention of each query over the keys that it may see.
///
/// query `[batch, head, query, channel]`, key and value `[batch, group, key, channel]`, where the number of groups divides the
/// number of heads (Ainslie et al. 2023). A query that may see nothing returns zeros.
pub fn attend(query: Tensor<4>, key: Tensor<4>, value: Tensor<4>, options: &Attend) -> Tensor<4> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&query.device()) {
        return fused::attend(query, key, value, options);
    }
    reference::attend(query, key, value, options)
}
