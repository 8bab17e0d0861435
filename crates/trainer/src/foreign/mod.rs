//! Model folders of other libraries and of runs, as something to begin with or to use: which family a folder is, what its config
//! amounts to, where its tensors go.

mod adapter;
mod beginning;
mod encoder;
mod origin;

use attentive_hub::{Config, Folder, Place, Unfit};

pub(crate) use adapter::{Adapter, write};
pub(crate) use beginning::{Beginning, begun};
pub(crate) use encoder::Encoder;
pub(crate) use origin::{Origin, from_hub, named, opened};

use crate::{TrainerError, plan::ModelPlan};

/// The table `[model]` that a folder's config amounts to.
fn model(folder: &Folder) -> Result<toml::Table, TrainerError> {
    let (said, kind) = (folder.config(), folder.kind()?);
    if said.raw("quantization_config").is_some() {
        let reason = "says that weights are quantized, which is not supported; take the model as it was before";
        return Err(folder.unfit(said.unfit("quantization_config", reason)).into());
    }
    let is = |kinds: &[&str]| kinds.contains(&kind);
    let table = if is(attentive_gpt::foreign::KINDS) {
        table("gpt", attentive_gpt::foreign::config(said))
    } else if is(attentive_bert::foreign::KINDS) {
        table("bert", attentive_bert::foreign::config(said))
    } else if is(attentive_seq2seq::foreign::KINDS) {
        let weights = folder.weights()?;
        table("seq2seq", attentive_seq2seq::foreign::config_with(said, |tensor| weights.contains(tensor)))
    } else if is(attentive_vit::foreign::KINDS) {
        table("vit", attentive_vit::foreign::config(said))
    } else if is(attentive_multimodal::foreign::KINDS) {
        table("multimodal", attentive_multimodal::foreign::config(said))
    } else {
        Err(Unfit::new("model_type", format!("is \"{kind}\", and supported are {}", kinds().join(", "))))
    };
    Ok(table.map_err(|unfit| folder.unfit(unfit))?)
}

/// Every kind of folder that can be read.
fn kinds() -> Vec<&'static str> {
    [
        attentive_gpt::foreign::KINDS,
        attentive_bert::foreign::KINDS,
        attentive_seq2seq::foreign::KINDS,
        attentive_vit::foreign::KINDS,
        attentive_multimodal::foreign::KINDS,
    ]
    .concat()
}

fn table<C: serde::Serialize>(family: &str, config: Result<C, Unfit>) -> Result<toml::Table, Unfit> {
    let mut table = toml::Table::try_from(config?).expect("a config is plain data");
    table.insert("family".to_owned(), family.into());
    Ok(table)
}

/// The names of the classes that a folder tells apart.
fn labels(said: &Config, kind: &str) -> Result<Vec<String>, Unfit> {
    if attentive_bert::foreign::KINDS.contains(&kind) {
        attentive_bert::foreign::labels(said)
    } else if attentive_vit::foreign::KINDS.contains(&kind) {
        attentive_vit::foreign::labels(said)
    } else {
        Ok(Vec::new())
    }
}

/// What a picture looks like that such a model sees: channels, and pixels of a side.
fn pictured(said: &Config, kind: &str) -> Result<Option<[usize; 2]>, Unfit> {
    let pictured = if attentive_vit::foreign::KINDS.contains(&kind) {
        attentive_vit::foreign::pictured(said)?
    } else if attentive_multimodal::foreign::KINDS.contains(&kind) {
        attentive_multimodal::foreign::pictured(said)?
    } else {
        return Ok(None);
    };
    Ok(Some([pictured.channels, pictured.size]))
}

impl ModelPlan {
    /// Where a parameter stands in a folder of this model.
    pub(crate) fn places(&self, path: &str) -> Vec<Place> {
        match self {
            Self::Gpt(plan) => attentive_gpt::foreign::places(plan, path),
            Self::Bert(plan) => attentive_bert::foreign::places(plan, path),
            Self::Seq2Seq(plan) => attentive_seq2seq::foreign::places(plan, path),
            Self::Vit(plan) => attentive_vit::foreign::places(plan, path),
            Self::Multimodal(plan) => attentive_multimodal::foreign::places(plan, path),
        }
    }

    /// What begins the names of a base model's tensors in files of models with heads.
    fn base(&self) -> &'static str {
        match self {
            Self::Gpt(plan) => attentive_gpt::foreign::base(plan),
            Self::Bert(plan) => attentive_bert::foreign::base(plan),
            Self::Seq2Seq(plan) => attentive_seq2seq::foreign::base(plan),
            Self::Vit(plan) => attentive_vit::foreign::base(plan),
            Self::Multimodal(plan) => attentive_multimodal::foreign::base(plan),
        }
    }

    /// Whether files hold a tensor that nothing needs.
    fn spare(&self, tensor: &str) -> bool {
        match self {
            Self::Gpt(plan) => attentive_gpt::foreign::spare(plan, tensor),
            Self::Bert(plan) => attentive_bert::foreign::spare(plan, tensor),
            Self::Seq2Seq(plan) => attentive_seq2seq::foreign::spare(plan, tensor),
            Self::Vit(plan) => attentive_vit::foreign::spare(plan, tensor),
            Self::Multimodal(plan) => attentive_multimodal::foreign::spare(plan, tensor),
        }
    }

    /// A tensor's name as places give it: old files have others.
    fn modern(&self, tensor: &str) -> String {
        match self {
            Self::Bert(_) => attentive_bert::foreign::modern(tensor).into_owned(),
            _ => tensor.to_owned(),
        }
    }

    /// Whether a tensor that a file lacks is all zeros.
    fn zero_if_absent(&self, tensor: &str) -> bool {
        matches!(self, Self::Seq2Seq(plan) if attentive_seq2seq::foreign::zero_if_absent(plan, tensor))
    }

    /// The tensor that a spare one must be a copy of.
    fn repeated(&self, tensor: &str) -> Option<String> {
        match self {
            Self::Seq2Seq(plan) => attentive_seq2seq::foreign::repeated(plan, tensor),
            Self::Gpt(plan) if plan.tied && tensor == "lm_head.weight" => {
                self.places("tokens.table").into_iter().next().map(|place| place.tensor)
            }
            _ => None,
        }
    }
}
