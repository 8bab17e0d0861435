//! From a plan to a `config.json`.

use attentive_hub::Unfit;
use serde_json::{Map, Value, json};

use super::Format;
use crate::VitPlan;

/// The `config.json` that says this plan; classes without a label are numbered.
///
/// # Errors
/// Our key for which transformers has no such model.
pub fn said(plan: &VitPlan, labels: &[String]) -> Result<Map<String, Value>, Unfit> {
    let format = Format::of(plan)?;
    if plan.classes < 2 {
        return Err(Unfit::new("data.labels", "names one class, which transformers takes for a number to be guessed"));
    }
    let label = |index: usize| labels.get(index).cloned().unwrap_or_else(|| format!("LABEL_{index}"));
    let names = (0..plan.classes).map(|index| (index.to_string(), Value::from(label(index))));
    let numbers = (0..plan.classes).map(|index| (label(index), Value::from(index)));
    Ok(table([
        ("architectures", json!([format.architecture()])),
        ("model_type", json!(format.kind())),
        ("hidden_size", json!(plan.width)),
        ("num_hidden_layers", json!(plan.layers)),
        ("num_attention_heads", json!(plan.heads)),
        ("intermediate_size", json!(plan.hidden)),
        ("hidden_act", json!(plan.feed_forward.known())),
        ("hidden_dropout_prob", json!(plan.dropout)),
        ("attention_probs_dropout_prob", json!(plan.attention_dropout)),
        ("layer_norm_eps", json!(plan.norm_epsilon)),
        ("image_size", json!(plan.size)),
        ("patch_size", json!(plan.patch)),
        ("num_channels", json!(plan.channels)),
        ("qkv_bias", json!(true)),
        ("id2label", Value::Object(names.collect())),
        ("label2id", Value::Object(numbers.collect())),
    ]))
}

pub(super) fn table<const N: usize>(entries: [(&str, Value); N]) -> Map<String, Value> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
