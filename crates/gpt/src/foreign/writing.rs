//! The `config.json` that says a plan, as transformers reads it.

use attentive_attention::{AttentionBias, RotaryScaling};
use attentive_hub::Unfit;
use serde_json::{Map, Value, json};

use super::Format;
use crate::GptPlan;

/// Everything that `from_pretrained` needs to know of the plan's model. The ids that begin and end a text, which are the tokenizer's, are
/// `null`; the type of the weights is left out.
pub fn said(plan: &GptPlan) -> Result<Map<String, Value>, Unfit> {
    let format = Format::of(plan)?;
    let mut said = table(json!({
        "architectures": [format.architecture()],
        "model_type": format.kind(),
        "vocab_size": plan.vocabulary,
        "tie_word_embeddings": plan.tied,
        "bos_token_id": null,
        "eos_token_id": null,
        "pad_token_id": null,
        "use_cache": true,
    }));
    said.extend(match format {
        Format::Gpt2 => gpt2(plan),
        Format::Llama | Format::Mistral | Format::Qwen2 => llama(plan, format),
    });
    Ok(said)
}

fn gpt2(plan: &GptPlan) -> Map<String, Value> {
    table(json!({
        "n_layer": plan.layers,
        "n_head": plan.heads,
        "n_embd": plan.width,
        "n_inner": plan.hidden,
        "n_positions": plan.context,
        "activation_function": plan.feed_forward.known(),
        "layer_norm_epsilon": plan.norm_epsilon,
        "resid_pdrop": plan.dropout,
        "embd_pdrop": plan.dropout,
        "attn_pdrop": plan.dropout,
        "scale_attn_weights": true,
        "scale_attn_by_inverse_layer_idx": false,
        "reorder_and_upcast_attn": false,
        "add_cross_attention": false,
    }))
}

fn llama(plan: &GptPlan, format: Format) -> Map<String, Value> {
    let mut said = table(json!({
        "num_hidden_layers": plan.layers,
        "num_attention_heads": plan.heads,
        "num_key_value_heads": plan.key_value_heads,
        "head_dim": plan.channels,
        "hidden_size": plan.width,
        "intermediate_size": plan.hidden,
        "hidden_act": plan.feed_forward.known(),
        "max_position_embeddings": plan.context,
        "rms_norm_eps": plan.norm_epsilon,
        "attention_dropout": plan.dropout,
        "rope_parameters": rotary(plan),
        // As versions before 5 have the same.
        "rope_theta": plan.rotary_theta,
        "rope_scaling": plan.rotary_scaling.map(|_| rotary(plan)),
    }));
    said.extend(own(plan, format));
    said
}

/// What a format alone has.
fn own(plan: &GptPlan, format: Format) -> Map<String, Value> {
    table(match format {
        Format::Llama => json!({
            "attention_bias": plan.attention_bias == AttentionBias::All,
            "mlp_bias": plan.feed_forward_bias,
        }),
        Format::Mistral => json!({"sliding_window": plan.window}),
        Format::Qwen2 => json!({
            "use_sliding_window": plan.window.is_some(),
            "sliding_window": plan.window,
            // The first layer that has a window.
            "max_window_layers": if plan.window.is_some() { 0 } else { plan.layers },
        }),
        Format::Gpt2 => json!({}),
    })
}

fn rotary(plan: &GptPlan) -> Value {
    let theta = plan.rotary_theta;
    match plan.rotary_scaling {
        None => json!({"rope_type": "default", "rope_theta": theta}),
        Some(RotaryScaling::Linear { factor }) => json!({"rope_type": "linear", "rope_theta": theta, "factor": factor}),
        Some(RotaryScaling::Llama3 { factor, low, high, original_context }) => json!({
            "rope_type": "llama3",
            "rope_theta": theta,
            "factor": factor,
            "low_freq_factor": low,
            "high_freq_factor": high,
            "original_max_position_embeddings": original_context,
        }),
    }
}

fn table(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(table) => table,
        _ => Map::new(),
    }
}
