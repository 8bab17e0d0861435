//! Vision transformers as transformers has them: ViT and DeiT. What says one there, says one of ours; and back.

mod names;
mod read;
mod shown;
mod write;

use attentive_attention::FeedForwardKind;
use attentive_hub::Unfit;

pub use names::{places, spare};
pub use read::{activation, channels, config, grid, labels, pictured};
pub use shown::{Shown, processor, shortest, shown};
pub use write::said;

use crate::VitPlan;

/// The `model_type`s that [`config`] understands.
pub const KINDS: &[&str] = &["vit", "deit"];

/// Which of transformers' models a plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Vit,
    /// With a distillation token, which is a register here.
    Deit,
    /// With a head for each of the two tokens.
    Distilled,
}

impl Format {
    /// # Errors
    /// The key for which transformers has no such model.
    pub fn of(plan: &VitPlan) -> Result<Self, Unfit> {
        plain(plan, "model")?;
        needed("model.embedding_norm", plan.embedding_norm, "false")?;
        needed("model.patch_bias", plan.patch_bias, "true")?;
        match (plan.registers, plan.distilled) {
            (0, _) => Ok(Self::Vit),
            (1, false) => Ok(Self::Deit),
            (1, true) => Ok(Self::Distilled),
            (registers, _) => needed("model.registers", registers, "0 (ViT) or 1 (DeiT)").map(|()| Self::Deit),
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Vit => "vit",
            Self::Deit | Self::Distilled => "deit",
        }
    }

    const fn architecture(self) -> &'static str {
        match self {
            Self::Vit => "ViTForImageClassification",
            Self::Deit => "DeiTForImageClassification",
            Self::Distilled => "DeiTForImageClassificationWithTeacher",
        }
    }
}

/// What the encoders of all of transformers' models have in common; `table` is where the plan stands in a config.
pub fn plain(plan: &VitPlan, table: &str) -> Result<(), Unfit> {
    let needed = |key: &str, found: String, wanted| needed(&format!("{table}.{key}"), found, wanted);
    needed("blend", plan.blend.len().max(1).to_string(), "1")?;
    needed("overlap", plan.overlap.to_string(), "0")?;
    needed("pooling", written(plan.pooling), "class")?;
    needed("positions", written(plan.positions), "learned")?;
    needed("norm", written(plan.norm), "layer")?;
    needed("bias", plan.bias.to_string(), "true")?;
    needed("layer_scale", plan.layer_scale.map_or_else(|| "none".to_owned(), |scale| scale.to_string()), "none")?;
    needed("feed_forward", gate(plan.feed_forward), UNGATED)
}

const UNGATED: &str = "none that is gated";

/// What is wrong with a feed-forward, for [`needed`].
pub fn gate(kind: FeedForwardKind) -> String {
    if kind.is_gated() { written(kind) } else { UNGATED.to_owned() }
}

/// Refuses to write a model for which transformers has no name.
pub fn needed(key: &str, found: impl ToString, wanted: &str) -> Result<(), Unfit> {
    let found = found.to_string();
    if found == wanted {
        return Ok(());
    }
    Err(Unfit::new(key, format!("is {found}, and transformers has such models with {wanted} alone")))
}

/// A part's name as a config has it: that of its variant, in lower case.
pub fn written(part: impl std::fmt::Debug) -> String {
    format!("{part:?}").to_lowercase()
}

/// What the tensors of the encoder begin with, but in files of an encoder without a head.
pub fn base(plan: &VitPlan) -> &'static str {
    match Format::of(plan) {
        Ok(Format::Deit | Format::Distilled) => "deit.",
        _ => "vit.",
    }
}
