//! Where our parameters stand in transformers' CLIP and SigLIP. Ours are named by path, and their matrices are `[in, out]`.

use std::collections::BTreeMap;

use attentive_testkit::Golden;

pub(crate) type Tensors = BTreeMap<String, Golden>;

/// What CLIP's patches lack: their bias is zero.
pub(crate) const LACKING: &str = "picture.patches.bias";

/// The foreign name of a parameter.
pub(crate) fn clip(path: &str) -> String {
    let (module, leaf) = path.rsplit_once('.').unwrap_or(("", path));
    let leaf = if leaf == "table" { "weight" } else { leaf };
    let (tower, rest) = module.split_once('.').unwrap_or(("", module));
    let model = if tower == "picture" { "vision_model" } else { "text_model" };
    match rest {
        "" => "logit_scale".to_owned(),
        "picture_projection" => "visual_projection.weight".to_owned(),
        "text_projection" => "text_projection.weight".to_owned(),
        "class" => format!("{model}.embeddings.class_embedding"),
        "patches" => format!("{model}.embeddings.patch_embedding.{leaf}"),
        "tokens" => format!("{model}.embeddings.token_embedding.{leaf}"),
        "positions" => format!("{model}.embeddings.position_embedding.{leaf}"),
        "embedding_norm" => format!("{model}.pre_layrnorm.{leaf}"),
        "norm" if tower == "picture" => format!("{model}.post_layernorm.{leaf}"),
        "norm" => format!("{model}.final_layer_norm.{leaf}"),
        _ => format!("{model}.encoder.layers.{}.{leaf}", block(rest)),
    }
}

/// `blocks.0.attention.query` to `0.self_attn.q_proj`.
fn block(module: &str) -> String {
    let rest = module.strip_prefix("blocks.").unwrap_or_else(|| panic!("CLIP has no {module}"));
    let (index, module) = rest.split_once('.').expect("a block has parts");
    let name = match module {
        "attention_norm" => "layer_norm1",
        "attention.query" => "self_attn.q_proj",
        "attention.key" => "self_attn.k_proj",
        "attention.value" => "self_attn.v_proj",
        "attention.output" => "self_attn.out_proj",
        "feed_forward_norm" => "layer_norm2",
        "feed_forward.up" => "mlp.fc1",
        "feed_forward.down" => "mlp.fc2",
        _ => panic!("CLIP has no {module}"),
    };
    format!("{index}.{name}")
}

/// The foreign tensor in the order of ours: a matrix lies `[out, in]` there, a convolution's too, once its inputs are one axis.
pub(crate) fn values(path: &str, golden: &Golden) -> Vec<f32> {
    let matrix = path.ends_with("weight") && golden.shape.len() > 1;
    if !matrix {
        return golden.values.clone();
    }
    let (outs, ins) = (golden.shape[0], golden.values.len() / golden.shape[0]);
    (0..ins).flat_map(|row| (0..outs).map(move |column| golden.values[column * ins + row])).collect()
}
