//! Where our parameters stand in the files of transformers.

use attentive_hub::{Lies, Place};

use super::{Format, base};
use crate::VitPlan;

/// The places of the parameter at this path; none where transformers has no such model. The distillation token of DeiT and its position
/// are apart there, where a register is their sum.
pub fn places(plan: &VitPlan, path: &str) -> Vec<Place> {
    let Ok(format) = Format::of(plan) else { return Vec::new() };
    let (base, width) = (base(plan), plan.width);
    let positions = |lies| {
        let shape = [1, plan.length(), width];
        Place::new(format!("{base}embeddings.position_embeddings"), lies).shaped(shape)
    };
    let token = |name| Place::straight(format!("{base}embeddings.{name}")).shaped([1, 1, width]);
    match path.strip_prefix("encoders.0.") {
        Some("class.table") => vec![token("cls_token")],
        Some("registers.table") => vec![token("distillation_token"), positions(Lies::Row { index: 1 })],
        Some("positions.table") if format == Format::Vit => vec![positions(Lies::Straight)],
        Some("positions.table") => vec![positions(Lies::Without { index: 1 })],
        Some("patches.weight") => {
            let kernel = Place::turned(format!("{base}embeddings.patch_embeddings.projection.weight"));
            vec![kernel.shaped([width, plan.channels, plan.patch, plan.patch])]
        }
        Some("patches.bias") => vec![Place::straight(format!("{base}embeddings.patch_embeddings.projection.bias"))],
        Some(path) => encoder(base, path).into_iter().collect(),
        None => head(format, path).into_iter().collect(),
    }
}

fn encoder(base: &str, path: &str) -> Option<Place> {
    let (module, leaf) = path.rsplit_once('.')?;
    if module == "norm" {
        return Some(Place::straight(format!("{base}layernorm.{leaf}")));
    }
    let (block, part) = module.strip_prefix("blocks.")?.split_once('.')?;
    let name = match part {
        "attention_norm" => "layernorm_before",
        "attention.query" => "attention.attention.query",
        "attention.key" => "attention.attention.key",
        "attention.value" => "attention.attention.value",
        "attention.output" => "attention.output.dense",
        "feed_forward_norm" => "layernorm_after",
        "feed_forward.up" => "intermediate.dense",
        "feed_forward.down" => "output.dense",
        _ => return None,
    };
    let tensor = format!("{base}encoder.layer.{block}.{name}.{leaf}");
    Some(if leaf == "weight" && !part.ends_with("norm") { Place::turned(tensor) } else { Place::straight(tensor) })
}

fn head(format: Format, path: &str) -> Option<Place> {
    let name = match (path.split_once('.')?, format) {
        (("head", _), Format::Distilled) => "cls_classifier",
        (("head", _), _) => "classifier",
        (("distilled", _), _) => "distillation_classifier",
        _ => return None,
    };
    let (_, leaf) = path.split_once('.')?;
    let tensor = format!("{name}.{leaf}");
    Some(if leaf == "weight" { Place::turned(tensor) } else { Place::straight(tensor) })
}

/// Whether nothing needs this tensor; no known file has one. A pooler's is needed, by whoever reads its output.
pub fn spare(_: &VitPlan, _tensor: &str) -> bool {
    false
}
