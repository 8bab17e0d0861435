//! From a `config.json` to a config of ours. What is absent there has the default of transformers.

use attentive_attention::{FeedForwardKind, NormKind};
use attentive_hub::{Config, Unfit};
use attentive_vit::{
    Pictured, Pooling as Picked, Positions, VitConfig,
    foreign::{activation, channels, grid},
};
use serde_json::Value;

use crate::{Kind, MultimodalConfig, PairLoss, Pooling, Scale, TextConfig, TextPositions};

/// Pixels of a picture's side, and of a patch's.
const USUAL: [usize; 2] = [224, 32];

/// What old files tell as the end of a text, whatever it is: texts are read at their highest id (huggingface/transformers #24773).
pub(super) const HIGHEST: usize = 2;

/// The table `[model]` that says the same model.
///
/// # Errors
/// The key that our model cannot follow.
pub fn config(said: &Config) -> Result<MultimodalConfig, Unfit> {
    check(said)?;
    let reads = part(said, "text")?;
    Ok(MultimodalConfig {
        family: Some("multimodal".to_owned()),
        kind: Kind::Contrastive,
        picture: picture(&part(said, "vision")?)?,
        text: text(&reads)?,
        projection: Some(said.count("projection_dim")?.unwrap_or(512)),
        loss: Some(PairLoss::Softmax),
        scale: Some(Scale::Free),
        gated: None,
        fusion: None,
        classes: None,
        vocabulary: Some(vocabulary(&reads)?),
    })
}

/// The pictures that the model takes, where no data says it.
pub fn pictured(said: &Config) -> Result<Pictured, Unfit> {
    let sees = part(said, "vision")?;
    let [size, _] = grid(&sees, USUAL)?;
    Ok(Pictured { channels: channels(&sees)?, size, classes: 0 })
}

/// The id at which texts are read: each must end in it, and have it nowhere else.
///
/// # Errors
/// When there is no such id.
pub fn end(said: &Config) -> Result<usize, Unfit> {
    let reads = part(said, "text")?;
    let (vocabulary, told) = (vocabulary(&reads)?, reads.count("eos_token_id")?.unwrap_or(49_407));
    let end = if told == HIGHEST { vocabulary.saturating_sub(1) } else { told };
    if end < vocabulary {
        return Ok(end);
    }
    Err(reads.unfit("eos_token_id", &format!("is {end}, which is no id of {vocabulary}; correct it or `vocab_size`")))
}

fn check(said: &Config) -> Result<(), Unfit> {
    let reason = match said.text("model_type")?.unwrap_or("absent") {
        "clip" => return whole(said),
        half @ ("clip_text_model" | "clip_vision_model") => {
            format!("is {half}, one half of a CLIP; whole ones are supported")
        }
        other => format!("is {other}; clip is supported"),
    };
    Err(said.unfit("model_type", &reason))
}

/// Refuses what has other heads than projections.
fn whole(said: &Config) -> Result<(), Unfit> {
    let architecture = said.list("architectures")?.and_then(|all| all.first()).and_then(Value::as_str);
    said.only("architectures", architecture, "CLIPModel")
}

/// The table of one tower. Old files have another one beside it, which transformers prefers.
fn part(said: &Config, name: &str) -> Result<Config, Unfit> {
    let preferred = said.table(&format!("{name}_config_dict"))?;
    let tables = preferred.map_or_else(|| said.table(&format!("{name}_config")), |table| Ok(Some(table)));
    Ok(tables?.unwrap_or_default())
}

fn vocabulary(reads: &Config) -> Result<usize, Unfit> {
    Ok(reads.count("vocab_size")?.unwrap_or(49_408))
}

fn picture(said: &Config) -> Result<VitConfig, Unfit> {
    let [size, patch] = grid(said, USUAL)?;
    channels(said)?;
    Ok(VitConfig {
        family: Some("vit".to_owned()),
        size: Some(size),
        patch,
        layers: said.count("num_hidden_layers")?.unwrap_or(12),
        heads: said.count("num_attention_heads")?.unwrap_or(12),
        width: said.count("hidden_size")?.unwrap_or(768),
        hidden: Some(said.count("intermediate_size")?.unwrap_or(3072)),
        dropout: Some(0.0),
        attention_dropout: Some(said.number("attention_dropout")?.unwrap_or(0.0)),
        depth: Some(0.0),
        layer_scale: None,
        pooling: Some(Picked::Class),
        positions: Some(Positions::Learned),
        registers: Some(0),
        distilled: Some(false),
        norm: Some(NormKind::Layer),
        norm_epsilon: Some(said.number("layer_norm_eps")?.unwrap_or(1e-5)),
        embedding_norm: Some(true),
        feed_forward: Some(activation(said, FeedForwardKind::QuickGelu)?),
        bias: Some(true),
        patch_bias: Some(false),
        overlap: Some(0),
        blend: None,
    })
}

fn text(said: &Config) -> Result<TextConfig, Unfit> {
    Ok(TextConfig {
        layers: said.count("num_hidden_layers")?.unwrap_or(12),
        heads: said.count("num_attention_heads")?.unwrap_or(8),
        width: said.count("hidden_size")?.unwrap_or(512),
        hidden: Some(said.count("intermediate_size")?.unwrap_or(2048)),
        context: said.count("max_position_embeddings")?.unwrap_or(77),
        causal: Some(true),
        pooling: Some(Pooling::Last),
        dropout: Some(0.0),
        attention_dropout: Some(said.number("attention_dropout")?.unwrap_or(0.0)),
        norm: Some(NormKind::Layer),
        norm_epsilon: Some(said.number("layer_norm_eps")?.unwrap_or(1e-5)),
        positions: Some(TextPositions::Learned),
        feed_forward: Some(activation(said, FeedForwardKind::QuickGelu)?),
        bias: Some(true),
    })
}
