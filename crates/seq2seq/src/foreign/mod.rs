//! Our models and those of transformers: which config is which plan, and where our parameters stand in their files.
//!
//! What drops entries in training elsewhere than here (T5's hidden channels, `activation_dropout`, `layerdrop`) is passed over: it
//! is no part of what a model computes.

mod bart;
mod t5;

use std::collections::BTreeMap;

use attentive_attention::{CrossKind, NormKind, NormPlace, waves};
use attentive_hub::{Config, Foreign, Place, Unfit};
use serde_json::{Map, Value, json};

use crate::{Positions, Seq2SeqConfig, Seq2SeqPlan};

/// Each `model_type` that [`config`] understands.
pub const KINDS: &[&str] = &["t5", "mt5", "bart", "mbart", "marian", "pegasus"];

/// An architecture of transformers that a plan can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Also its version 1.1, whose head is its own.
    T5,
    Bart,
    /// BART normalized before its branches and behind the last block.
    Mbart,
    Marian,
    /// Marian normalized as mBART.
    Pegasus,
}

impl Format {
    /// What transformers calls the model that the plan is, or the key by which it is none.
    pub fn of(plan: &Seq2SeqPlan) -> Result<Self, Unfit> {
        let parts = (plan.norm, plan.positions, plan.norm_place, plan.embedding_norm);
        let format = match parts {
            (NormKind::Rms, Positions::Relative, NormPlace::Before, false) => Self::T5,
            (NormKind::Layer, Positions::Learned, NormPlace::After, true) => Self::Bart,
            (NormKind::Layer, Positions::Learned, NormPlace::Before, true) => Self::Mbart,
            (NormKind::Layer, Positions::Sinusoidal, NormPlace::After, false) => Self::Marian,
            (NormKind::Layer, Positions::Sinusoidal, NormPlace::Before, false) => Self::Pegasus,
            _ => return Err(Unfit::new("model.positions", nameless(parts))),
        };
        needed("cross", plan.cross == CrossKind::Scaled, "must be `scaled`: transformers has no other")?;
        match format {
            Self::T5 => t5::check(plan)?,
            _ => bart::check(plan)?,
        }
        Ok(format)
    }

    fn class(self) -> &'static str {
        match self {
            Self::T5 => "T5ForConditionalGeneration",
            Self::Bart => "BartForConditionalGeneration",
            Self::Mbart => "MBartForConditionalGeneration",
            Self::Marian => "MarianMTModel",
            Self::Pegasus => "PegasusForConditionalGeneration",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::T5 => "t5",
            Self::Bart => "bart",
            Self::Mbart => "mbart",
            Self::Marian => "marian",
            Self::Pegasus => "pegasus",
        }
    }
}

/// Of parts that no architecture has together.
fn nameless((norm, positions, place, embedded): (NormKind, Positions, NormPlace, bool)) -> String {
    let said = |value: Value| value.as_str().unwrap_or_default().to_owned();
    format!(
        "is `{}`, with `norm = \"{}\"`, `norm_place = \"{}\"` and `embedding_norm = {embedded}`: transformers has no such model. It has \
         `relative` ones with `rms`, `before` and no embedding norm (T5), and with `layer`, `before` or `after`, `learned` ones with an \
         embedding norm (mBART, BART) and `sinusoidal` ones without (Pegasus, Marian)",
        said(json!(positions)),
        said(json!(norm)),
        said(json!(place)),
    )
}

/// Refuses a plan by one of its keys.
fn needed(key: &str, holds: bool, reason: &str) -> Result<(), Unfit> {
    if holds { Ok(()) } else { Err(Unfit::new(format!("model.{key}"), reason)) }
}

/// The table `[model]` that a `config.json` amounts to.
pub fn config(said: &Config) -> Result<Seq2SeqConfig, Unfit> {
    said.only("is_encoder_decoder", said.flag("is_encoder_decoder")?, true)?;
    said.only("is_decoder", said.flag("is_decoder")?, false)?;
    match said.text("model_type")? {
        Some("t5") => t5::config(said, &t5::ORIGINAL),
        Some("mt5") => t5::config(said, &t5::MULTILINGUAL),
        Some("bart") => bart::config(said, Format::Bart),
        Some("mbart") => bart::config(said, Format::Mbart),
        Some("marian") => bart::config(said, Format::Marian),
        Some("pegasus") => bart::config(said, Format::Pegasus),
        Some(other) => Err(said.unfit("model_type", &format!("is `{other}`; supported are {}", KINDS.join(", ")))),
        None => Err(said.unfit("model_type", &format!("is absent; supported are {}", KINDS.join(", ")))),
    }
}

/// The same table, given which tensors the files hold: only they tell whether a head is the embedding.
pub fn config_with(said: &Config, holds: impl Fn(&str) -> bool) -> Result<Seq2SeqConfig, Unfit> {
    let config = config(said)?;
    let tied = if t5::lends(&config, holds) { Some(true) } else { config.tied };
    Ok(Seq2SeqConfig { tied, ..config })
}

/// The `config.json` that says this plan, but for its type of numbers. A plan that came from a tokenizer names its `start` and `end`
/// first.
pub fn said(plan: &Seq2SeqPlan) -> Result<Map<String, Value>, Unfit> {
    let format = Format::of(plan)?;
    let unknown = "is not said; give the id that the tokenizer has for it";
    let start = plan.start.ok_or_else(|| Unfit::new("model.start", unknown))?;
    let end = plan.end.ok_or_else(|| Unfit::new("model.end", unknown))?;
    let own = if format == Format::T5 { t5::said(plan) } else { bart::said(plan, format) };
    let common = json!({
        "architectures": [format.class()],
        "model_type": format.kind(),
        "is_encoder_decoder": true,
        "vocab_size": plan.vocabulary,
        "d_model": plan.width,
        "tie_word_embeddings": plan.tied,
        "decoder_start_token_id": start,
        "eos_token_id": end,
        "bos_token_id": null,
        "pad_token_id": plan.padding.unwrap_or(start),
        "use_cache": true,
    });
    Ok([common, own].into_iter().filter_map(|table| table.as_object().cloned()).flatten().collect())
}

/// Where our parameter of this path stands in the folder that [`said`] describes; nowhere, where transformers has no such model.
pub fn places(plan: &Seq2SeqPlan, path: &str) -> Vec<Place> {
    let place = match Format::of(plan) {
        Ok(Format::T5) => t5::place(plan, path),
        Ok(_) => bart::place(plan, path),
        Err(_) => None,
    };
    place.into_iter().collect()
}

/// What names begin with in files of models with a head, and not in those of the bare model.
pub fn base(plan: &Seq2SeqPlan) -> &'static str {
    if matches!(Format::of(plan), Ok(Format::T5) | Err(_)) { "" } else { bart::BASE }
}

/// Whether files may hold this tensor though nothing needs it: copies of the embedding, waves, what old versions left.
pub fn spare(plan: &Seq2SeqPlan, tensor: &str) -> bool {
    let bare = tensor.strip_prefix(bart::BASE).unwrap_or(tensor);
    match bare {
        "encoder.embed_tokens.weight" | "decoder.embed_tokens.weight" => true,
        "lm_head.weight" => plan.tied,
        "encoder.embed_positions.weight" | "decoder.embed_positions.weight" => plan.positions == Positions::Sinusoidal,
        "encoder.version" | "decoder.version" => true,
        _ => bare == t5::FORMER,
    }
}

/// The tensor that a spare one repeats. Where a file has both and they differ, transformers does not tie them, and no model of ours
/// is that file's.
pub fn repeated(plan: &Seq2SeqPlan, tensor: &str) -> Option<String> {
    let bare = tensor.strip_prefix(bart::BASE).unwrap_or(tensor);
    let copies = bare.ends_with("embed_tokens.weight") || bare == "lm_head.weight";
    (copies && spare(plan, tensor)).then(|| format!("{}shared.weight", base(plan)))
}

/// What files hold that no parameter of ours is: without the waves of Pegasus, transformers makes them, and says that it misses them.
pub fn constants(plan: &Seq2SeqPlan) -> BTreeMap<String, Foreign> {
    if Format::of(plan) != Ok(Format::Pegasus) {
        return BTreeMap::new();
    }
    let values: Vec<f32> = (0..plan.context).flat_map(|position| waves(position as f64, plan.width)).collect();
    let table = Foreign { shape: vec![plan.context, plan.width], values };
    ["encoder", "decoder"].map(|side| (format!("{}{side}.embed_positions.weight", bart::BASE), table.clone())).into()
}

/// Whether transformers takes zeros for this tensor where a file lacks it.
pub fn zero_if_absent(plan: &Seq2SeqPlan, tensor: &str) -> bool {
    plan.head_bias && tensor == bart::BIAS
}

/// `decoder.blocks.0.cross.query.weight` is `weight` of `cross.query` of block 0 of the decoder.
struct Parts<'a> {
    /// Empty where the parameter belongs to neither.
    side: &'a str,
    /// Empty outside of blocks.
    block: &'a str,
    module: &'a str,
    leaf: &'a str,
}

impl<'a> Parts<'a> {
    fn of(path: &'a str) -> Option<Self> {
        let (place, leaf) = path.rsplit_once('.')?;
        let (side, rest) = place.split_once('.').unwrap_or(("", place));
        let within = rest.strip_prefix("blocks.").and_then(|rest| rest.split_once('.'));
        let (block, module) = within.unwrap_or(("", rest));
        Some(Self { side, block, module, leaf })
    }

    /// The place in a foreign module of this name.
    fn place(&self, name: &str) -> Place {
        match self.leaf {
            "table" => Place::straight(format!("{name}.weight")),
            "weight" if !self.module.ends_with("norm") => Place::turned(format!("{name}.weight")),
            leaf => Place::straight(format!("{name}.{leaf}")),
        }
    }
}

/// The first of these keys that is there.
fn count(said: &Config, keys: &[&str]) -> Result<Option<usize>, Unfit> {
    for key in keys {
        if let Some(count) = said.count(key)? {
            return Ok(Some(count));
        }
    }
    Ok(None)
}

/// A token id; of a list, its only one.
fn id(said: &Config, key: &str) -> Result<Option<u32>, Unfit> {
    let narrowed = |id: u64| u32::try_from(id).map_err(|_| said.unfit(key, &format!("is {id}, which is no token id")));
    let listed = said.raw(key).and_then(Value::as_array);
    match listed.map(Vec::as_slice) {
        Some([one]) if one.is_u64() => one.as_u64().map(narrowed).transpose(),
        Some(_) => Err(said.unfit(key, "is a list; give the one id that ends an answer")),
        None => said.count(key)?.map(|id| narrowed(id as u64)).transpose(),
    }
}
