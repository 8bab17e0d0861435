//! From a plan to a `config.json`.

use attentive_hub::Unfit;
use serde_json::{Map, Value, json};

use super::{Format, pairing, read::HIGHEST};
use crate::{MultimodalPlan, Scale, contrastive::MOST_SCALE};

/// The `config.json` that says this plan, whose tokenizer ends each text with the id `end`.
///
/// # Errors
/// Our key for which transformers has no such model.
pub fn said(plan: &MultimodalPlan, end: usize) -> Result<Map<String, Value>, Unfit> {
    let (Format::Clip, own) = (Format::of(plan)?, pairing(plan)?);
    check(end, plan.vocabulary)?;
    let said = [
        ("architectures", json!(["CLIPModel"])),
        ("model_type", json!("clip")),
        ("projection_dim", json!(own.projection)),
        ("text_config", text(plan, own.projection, end)),
        ("vision_config", picture(plan, own.projection)),
    ];
    Ok(said.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn text(plan: &MultimodalPlan, projection: usize, end: usize) -> Value {
    let text = &plan.text;
    json!({
        "model_type": "clip_text_model",
        "vocab_size": plan.vocabulary,
        "hidden_size": text.width,
        "num_hidden_layers": text.layers,
        "num_attention_heads": text.heads,
        "intermediate_size": text.hidden,
        "max_position_embeddings": text.context,
        "hidden_act": text.feed_forward.known(),
        "layer_norm_eps": text.norm_epsilon,
        "attention_dropout": text.attention_dropout,
        "projection_dim": projection,
        "eos_token_id": end,
        "pad_token_id": end,
        "bos_token_id": null,
    })
}

fn picture(plan: &MultimodalPlan, projection: usize) -> Value {
    let picture = &plan.picture;
    json!({
        "model_type": "clip_vision_model",
        "image_size": picture.size,
        "patch_size": picture.patch,
        "num_channels": picture.channels,
        "hidden_size": picture.width,
        "num_hidden_layers": picture.layers,
        "num_attention_heads": picture.heads,
        "intermediate_size": picture.hidden,
        "hidden_act": picture.feed_forward.known(),
        "layer_norm_eps": picture.norm_epsilon,
        "attention_dropout": picture.attention_dropout,
        "projection_dim": projection,
    })
}

/// Refuses an id that transformers would not look for.
fn check(end: usize, vocabulary: usize) -> Result<(), Unfit> {
    if end >= vocabulary {
        return Err(Unfit::new("data.tokenizer", format!("ends texts with {end}, which is no id of {vocabulary}")));
    }
    if end == HIGHEST && end + 1 < vocabulary {
        let reason = "ends texts with the id 2, by which transformers means the highest one; give it another";
        return Err(Unfit::new("data.tokenizer", reason));
    }
    Ok(())
}

/// A parameter's values as a file has them: a bounded scale that momentum took beyond its bound, back at it. transformers has no bound.
pub fn settled(plan: &MultimodalPlan, path: &str, values: &mut [f32]) {
    let bounded = pairing(plan).is_ok_and(|own| own.scale == Scale::Bounded);
    if bounded && path == "scale" {
        values.iter_mut().for_each(|scale| *scale = scale.min(MOST_SCALE.ln() as f32));
    }
}
