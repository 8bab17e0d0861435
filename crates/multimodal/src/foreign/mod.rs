//! Models that match pairs as transformers has them: CLIP. What says one there, says one of ours; and back.

mod names;
mod read;
mod write;

use attentive_hub::Unfit;
use attentive_vit::{
    VitPlan,
    foreign::{gate, needed, plain, written},
};

pub use names::{base, places, spare};
pub use read::{config, end, pictured};
pub use write::{said, settled};

use crate::{Aim, ContrastivePlan, MultimodalPlan, TextPlan};

/// The `model_type`s that [`config`] understands.
pub const KINDS: &[&str] = &["clip"];

/// Which of transformers' models a plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Clip,
}

impl Format {
    /// # Errors
    /// The key for which transformers has no such model.
    pub fn of(plan: &MultimodalPlan) -> Result<Self, Unfit> {
        let own = pairing(plan)?;
        needed("model.loss", written(own.loss), "softmax")?;
        picture(&plan.picture)?;
        text(&plan.text)?;
        Ok(Self::Clip)
    }
}

/// What only a model that matches pairs has.
fn pairing(plan: &MultimodalPlan) -> Result<ContrastivePlan, Unfit> {
    let kind = match plan.aim {
        Aim::Contrastive(own) => return Ok(own),
        Aim::Answers(_) => "answers",
        Aim::Statements(_) => "statements",
    };
    Err(Unfit::new("model.kind", format!("is {kind}, and transformers has such models with contrastive alone")))
}

fn picture(plan: &VitPlan) -> Result<(), Unfit> {
    plain(plan, "model.picture")?;
    needed("model.picture.embedding_norm", plan.embedding_norm, "true")?;
    needed("model.picture.patch_bias", plan.patch_bias, "false")?;
    needed("model.picture.registers", plan.registers, "0")
}

fn text(plan: &TextPlan) -> Result<(), Unfit> {
    needed("model.text.causal", plan.causal, "true")?;
    needed("model.text.pooling", plan.pooling.map_or_else(|| "absent".to_owned(), written), "last")?;
    needed("model.text.positions", written(plan.positions), "learned")?;
    needed("model.text.norm", written(plan.norm), "layer")?;
    needed("model.text.bias", plan.bias, "true")?;
    needed("model.text.feed_forward", gate(plan.feed_forward), "none that is gated")
}
