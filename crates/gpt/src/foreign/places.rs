//! Where our parameters stand in files of transformers.

use attentive_hub::{Lies, Place};

use super::Format;
use crate::GptPlan;

/// Where the parameter at this path stands in a folder of the plan's format; nowhere when it has none.
pub fn places(plan: &GptPlan, path: &str) -> Vec<Place> {
    let place = match Format::of(plan) {
        Ok(Format::Gpt2) => gpt2(path),
        Ok(Format::Llama | Format::Mistral | Format::Qwen2) => llama(path),
        Err(_) => None,
    };
    place.into_iter().collect()
}

/// What names of tensors begin with where the model has its head, and lack where it is bare.
pub fn base(plan: &GptPlan) -> &'static str {
    if Format::of(plan) == Ok(Format::Gpt2) { "transformer." } else { "model." }
}

/// Whether nothing needs this tensor, which some files have: masks and frequencies as older versions wrote them, and a head that is the
/// token embedding once more.
pub fn spare(plan: &GptPlan, tensor: &str) -> bool {
    let buffers: &[&str] = match Format::of(plan) {
        Ok(Format::Gpt2) => &[".attn.bias", ".attn.masked_bias"],
        _ => &[".rotary_emb.inv_freq"],
    };
    buffers.iter().any(|buffer| tensor.ends_with(buffer)) || (plan.tied && tensor == "lm_head.weight")
}

/// Every matrix is `[in, out]` but the head; queries, keys and values stand side by side.
fn gpt2(path: &str) -> Option<Place> {
    let Parts { block, module, leaf } = Parts::of(path)?;
    let third = |index| Lies::Part { index, of: 3 };
    let (name, lies) = match module {
        "tokens" => ("wte", Lies::Straight),
        "positions" => ("wpe", Lies::Straight),
        "norm" => ("ln_f", Lies::Straight),
        "head" => return Some(Place::turned("lm_head.weight")),
        "attention_norm" => ("ln_1", Lies::Straight),
        "attention.query" => ("attn.c_attn", third(0)),
        "attention.key" => ("attn.c_attn", third(1)),
        "attention.value" => ("attn.c_attn", third(2)),
        "attention.output" => ("attn.c_proj", Lies::Straight),
        "feed_forward_norm" => ("ln_2", Lies::Straight),
        "feed_forward.up" => ("mlp.c_fc", Lies::Straight),
        "feed_forward.down" => ("mlp.c_proj", Lies::Straight),
        _ => return None,
    };
    let scope = block.map(|block| format!("h.{block}.")).unwrap_or_default();
    Some(Place::new(format!("transformer.{scope}{name}.{leaf}"), lies))
}

/// Every matrix is `[out, in]`; rotary pairs stand half a head apart, as ours do.
fn llama(path: &str) -> Option<Place> {
    let Parts { block, module, leaf } = Parts::of(path)?;
    let (name, matrix) = match module {
        "tokens" => ("embed_tokens", Lies::Straight),
        "norm" => ("norm", Lies::Straight),
        "head" => return Some(Place::turned("lm_head.weight")),
        "attention_norm" => ("input_layernorm", Lies::Straight),
        "attention.query" => ("self_attn.q_proj", Lies::Turned),
        "attention.key" => ("self_attn.k_proj", Lies::Turned),
        "attention.value" => ("self_attn.v_proj", Lies::Turned),
        "attention.output" => ("self_attn.o_proj", Lies::Turned),
        "feed_forward_norm" => ("post_attention_layernorm", Lies::Straight),
        "feed_forward.gate" => ("mlp.gate_proj", Lies::Turned),
        "feed_forward.up" => ("mlp.up_proj", Lies::Turned),
        "feed_forward.down" => ("mlp.down_proj", Lies::Turned),
        _ => return None,
    };
    let lies = if leaf == "bias" { Lies::Straight } else { matrix };
    let scope = block.map(|block| format!("layers.{block}.")).unwrap_or_default();
    Some(Place::new(format!("model.{scope}{name}.{leaf}"), lies))
}

/// A path of ours: `blocks.0.attention.query.weight` is of block `0` the module `attention.query`.
struct Parts<'a> {
    block: Option<&'a str>,
    module: &'a str,
    /// As transformers names it.
    leaf: &'a str,
}

impl<'a> Parts<'a> {
    fn of(path: &'a str) -> Option<Self> {
        let (module, leaf) = path.rsplit_once('.')?;
        let leaf = if leaf == "table" { "weight" } else { leaf };
        Some(match module.strip_prefix("blocks.").and_then(|rest| rest.split_once('.')) {
            Some((block, module)) => Self { block: Some(block), module, leaf },
            None => Self { block: None, module, leaf },
        })
    }
}
