//! From a `config.json` to a config of ours. What is absent there has the default of transformers.

use attentive_attention::{FeedForwardKind, MOST_WIDTH, NormKind};
use attentive_hub::{Config, Unfit};
use serde_json::Value;

use super::Format;
use crate::{Pictured, Pooling, Positions, VitConfig};

/// Pixels of a side, and of a patch's.
const USUAL: [usize; 2] = [224, 16];

/// The table `[model]` that says the same model.
///
/// # Errors
/// The key that our model cannot follow.
pub fn config(said: &Config) -> Result<VitConfig, Unfit> {
    let format = format(said)?;
    check(said)?;
    let width = said.count("hidden_size")?.unwrap_or(768);
    let heads = said.count("num_attention_heads")?.unwrap_or(12);
    said.only("head_dim", said.count("head_dim")?, width.checked_div(heads).unwrap_or(0))?;
    let [size, patch] = grid(said, USUAL)?;
    channels(said)?;
    Ok(VitConfig {
        family: Some("vit".to_owned()),
        size: Some(size),
        patch,
        layers: said.count("num_hidden_layers")?.unwrap_or(12),
        overlap: Some(0),
        heads,
        width,
        hidden: Some(said.count("intermediate_size")?.unwrap_or(3072)),
        dropout: Some(said.number("hidden_dropout_prob")?.unwrap_or(0.0)),
        attention_dropout: Some(said.number("attention_probs_dropout_prob")?.unwrap_or(0.0)),
        depth: Some(0.0),
        layer_scale: None,
        pooling: Some(Pooling::Class),
        positions: Some(Positions::Learned),
        registers: Some(usize::from(format != Format::Vit)),
        distilled: Some(format == Format::Distilled),
        norm: Some(NormKind::Layer),
        norm_epsilon: Some(said.number("layer_norm_eps")?.unwrap_or(1e-12)),
        embedding_norm: Some(false),
        feed_forward: Some(activation(said, FeedForwardKind::Gelu)?),
        bias: Some(true),
        patch_bias: Some(true),
        blend: None,
    })
}

/// What the model takes and tells, where no data says it.
pub fn pictured(said: &Config) -> Result<Pictured, Unfit> {
    let [size, _] = grid(said, USUAL)?;
    Ok(Pictured { channels: channels(said)?, size, classes: labels(said)?.len() })
}

/// Numbers of a pixel.
pub fn channels(said: &Config) -> Result<usize, Unfit> {
    match said.count("num_channels")?.unwrap_or(3) {
        channels @ (1 | 3) => Ok(channels),
        other => Err(said.unfit("num_channels", &format!("is {other}; 1, gray, and 3, color, are supported"))),
    }
}

/// The names of a head's classes, in their order.
pub fn labels(said: &Config) -> Result<Vec<String>, Unfit> {
    let Some(Value::Object(named)) = said.raw("id2label") else {
        return numbered(said);
    };
    let name = |index: usize| {
        let label = named.get(&index.to_string()).ok_or_else(|| {
            said.unfit("id2label", &format!("names {} classes, and none of them is number {index}", named.len()))
        })?;
        Ok(label.as_str().map_or_else(|| label.to_string(), str::to_owned))
    };
    (0..named.len()).map(name).collect()
}

/// Names that transformers gives to classes without any.
fn numbered(said: &Config) -> Result<Vec<String>, Unfit> {
    let count = said.count("num_labels")?.unwrap_or(2);
    if count > MOST_WIDTH {
        return Err(said.unfit("num_labels", &format!("is {count}, and more than {MOST_WIDTH} are too many")));
    }
    Ok((0..count).map(|index| format!("LABEL_{index}")).collect())
}

fn format(said: &Config) -> Result<Format, Unfit> {
    let kind = said.text("model_type")?.unwrap_or("absent");
    let architecture = said.list("architectures")?.and_then(|all| all.first()).and_then(Value::as_str);
    Ok(match (kind, architecture) {
        ("vit", None | Some("ViTForImageClassification" | "ViTModel" | "ViTForMaskedImageModeling")) => Format::Vit,
        ("deit", None | Some("DeiTForImageClassification" | "DeiTModel" | "DeiTForMaskedImageModeling")) => {
            Format::Deit
        }
        ("deit", Some("DeiTForImageClassificationWithTeacher")) => Format::Distilled,
        ("vit" | "deit", Some(other)) => {
            return Err(
                said.unfit("architectures", &format!("is {other}; classifiers and encoders alone are supported"))
            );
        }
        (other, _) => return Err(said.unfit("model_type", &format!("is {other}; vit and deit are supported"))),
    })
}

/// What would be another model or another loss.
fn check(said: &Config) -> Result<(), Unfit> {
    said.only("qkv_bias", said.flag("qkv_bias")?, true)?;
    said.only("problem_type", said.text("problem_type")?, "single_label_classification")?;
    if labels(said)?.len() < 2 {
        return Err(said.unfit("id2label", "names fewer than two classes, and only telling classes apart is supported"));
    }
    Ok(())
}

/// Pixels of a picture's side, and of a patch's; `usual` where nothing is said.
pub fn grid(said: &Config, [size, patch]: [usize; 2]) -> Result<[usize; 2], Unfit> {
    let (size, patch) = (side(said, "image_size", size)?, side(said, "patch_size", patch)?);
    if size.is_multiple_of(patch) {
        return Ok([size, patch]);
    }
    let reason = format!("is {size}, and only multiples of `patch_size`, {patch}, are supported");
    Err(said.unfit("image_size", &reason))
}

/// The side of a square, which is said by one number or by two.
pub(super) fn side(said: &Config, key: &str, usual: usize) -> Result<usize, Unfit> {
    let Some(Value::Array(sides)) = said.raw(key) else {
        return Ok(said.count(key)?.unwrap_or(usual));
    };
    let lengths: Option<Vec<u64>> = sides.iter().map(Value::as_u64).collect();
    match lengths.as_deref() {
        Some(&[height, width]) if height == width => Ok(usize::try_from(height).unwrap_or(usize::MAX)),
        _ => Err(said.unfit(key, "lists other numbers than two that are equal, and only squares are supported")),
    }
}

/// The feed-forward that `hidden_act` names.
pub fn activation(said: &Config, usual: FeedForwardKind) -> Result<FeedForwardKind, Unfit> {
    let Some(name) = said.text("hidden_act")? else { return Ok(usual) };
    let known = "gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, quick_gelu, relu and silu are supported";
    FeedForwardKind::known_as(name).ok_or_else(|| said.unfit("hidden_act", &format!("is {name}; {known}")))
}
