//! Where our parameters stand in the files of transformers.

use attentive_hub::Place;

use super::Format;
use crate::MultimodalPlan;

/// The place of the parameter at this path; none where transformers has no such model.
pub fn places(plan: &MultimodalPlan, path: &str) -> Vec<Place> {
    let Ok(Format::Clip) = Format::of(plan) else { return Vec::new() };
    let place = match path {
        "scale" => Some(Place::straight("logit_scale").shaped([])),
        "picture_projection.weight" => Some(Place::turned("visual_projection.weight")),
        "text_projection.weight" => Some(Place::turned("text_projection.weight")),
        _ => tower(plan, path),
    };
    place.into_iter().collect()
}

fn tower(plan: &MultimodalPlan, path: &str) -> Option<Place> {
    let (tower, path) = path.split_once('.')?;
    let (model, last) = match tower {
        "picture" => ("vision_model", "post_layernorm"),
        "text" => ("text_model", "final_layer_norm"),
        _ => return None,
    };
    let embedding = |name| format!("{model}.embeddings.{name}");
    let picture = &plan.picture;
    Some(match path.rsplit_once('.')? {
        ("class", _) => Place::straight(embedding("class_embedding")).shaped([picture.width]),
        ("patches", "weight") => {
            let shape = [picture.width, picture.channels, picture.patch, picture.patch];
            Place::turned(embedding("patch_embedding.weight")).shaped(shape)
        }
        ("tokens", _) => Place::straight(embedding("token_embedding.weight")),
        ("positions", _) => Place::straight(embedding("position_embedding.weight")),
        ("embedding_norm", leaf) => Place::straight(format!("{model}.pre_layrnorm.{leaf}")),
        ("norm", leaf) => Place::straight(format!("{model}.{last}.{leaf}")),
        (module, leaf) => block(model, module, leaf)?,
    })
}

fn block(model: &str, module: &str, leaf: &str) -> Option<Place> {
    let (index, part) = module.strip_prefix("blocks.")?.split_once('.')?;
    let name = match part {
        "attention_norm" => "layer_norm1",
        "attention.query" => "self_attn.q_proj",
        "attention.key" => "self_attn.k_proj",
        "attention.value" => "self_attn.v_proj",
        "attention.output" => "self_attn.out_proj",
        "feed_forward_norm" => "layer_norm2",
        "feed_forward.up" => "mlp.fc1",
        "feed_forward.down" => "mlp.fc2",
        _ => return None,
    };
    let tensor = format!("{model}.encoder.layers.{index}.{name}.{leaf}");
    Some(if leaf == "weight" && !part.ends_with("norm") { Place::turned(tensor) } else { Place::straight(tensor) })
}

/// What the tensors begin with, but in files of another model: nothing.
pub fn base(_: &MultimodalPlan) -> &'static str {
    ""
}

/// Whether nothing needs this tensor: old files carry the numbers of positions, in order.
pub fn spare(_: &MultimodalPlan, tensor: &str) -> bool {
    tensor.ends_with("embeddings.position_ids")
}
