//! What folders and plans may not be, word for word.

use attentive_gpt::foreign::{self, KINDS};
use serde_json::{Value, json};

use crate::{folders::said, sample::plan};

#[test]
fn configs_that_no_model_of_ours_follows_are_refused() {
    let refused = [
        (json!({}), "`model_type` is absent; of GPTs, `gpt2`, `llama`, `mistral` and `qwen2` are supported"),
        (
            json!({"model_type": "gpt_neo"}),
            "`model_type` is `gpt_neo`; of GPTs, `gpt2`, `llama`, `mistral` and `qwen2` are supported",
        ),
        (gpt2(json!({"scale_attn_weights": false})), "`scale_attn_weights` is false, and only true is supported"),
        (
            gpt2(json!({"scale_attn_by_inverse_layer_idx": true})),
            "`scale_attn_by_inverse_layer_idx` is true, and only false is supported",
        ),
        (gpt2(json!({"add_cross_attention": true})), "`add_cross_attention` is true, and only false is supported"),
        (
            gpt2(json!({"activation_function": "mish"})),
            "`activation_function` is `mish`; `gelu`, `gelu_new`, `gelu_pytorch_tanh`, `quick_gelu`, `relu` and `silu` \
             are supported",
        ),
        (gpt2(json!({"n_head": 5})), "`n_head` is 5, which does not divide the width of 768"),
        (gpt2(json!({"n_head": 0})), "`n_head` is 0, which does not divide the width of 768"),
        (gpt2(json!({"n_embd": "wide"})), "`n_embd` is \"wide\", where a whole number, not negative is expected"),
        (gpt2(json!({"n_inner": -1})), "`n_inner` is -1, where a whole number, not negative is expected"),
        (
            llama(json!({"hidden_act": "gelu"})),
            "`hidden_act` is `gelu`; of gated feed-forwards, `silu`, `gelu_new` and `gelu_pytorch_tanh` are supported",
        ),
        (
            llama(json!({"num_attention_heads": 3})),
            "`num_attention_heads` is 3, which does not divide the width of 4096",
        ),
        (
            llama(json!({"rope_scaling": {"rope_type": "linear"}})),
            "`rope_scaling.factor` is absent, and its kind of scaling needs it",
        ),
        (
            llama(json!({"rope_parameters": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0}})),
            "`rope_parameters.high_freq_factor` is absent, and its kind of scaling needs it",
        ),
        (
            llama(json!({"rope_scaling": {"type": "dynamic", "factor": 2.0}})),
            "`rope_scaling.type` is `dynamic`, and only `default`, `linear` and `llama3` are supported",
        ),
        (
            llama(json!({"rope_scaling": {"rope_type": "yarn", "factor": 4.0}})),
            "`rope_scaling.rope_type` is `yarn`, and only `default`, `linear` and `llama3` are supported",
        ),
        (
            llama(json!({"rope_parameters": {"rope_type": "longrope"}})),
            "`rope_parameters.rope_type` is `longrope`, and only `default`, `linear` and `llama3` are supported",
        ),
        (
            llama(json!({"rope_parameters": {"full_attention": {"rope_type": "default"}}})),
            "`rope_parameters.full_attention` is a table of one kind of layers, and only one for all layers is supported",
        ),
        (llama(json!({"partial_rotary_factor": 0.5})), "`partial_rotary_factor` is 0.5, and only 1 is supported"),
        (
            mistral(json!({"layer_types": ["full_attention", "sliding_attention"]})),
            "`layer_types` differ in their windows, and only layers that are all alike are supported",
        ),
        (
            mistral(json!({"layer_types": ["full_attention"]})),
            "`layer_types` differ in their windows, and only layers that are all alike are supported",
        ),
        (
            qwen2(json!({"use_sliding_window": true, "num_hidden_layers": 40})),
            "`max_window_layers` gives a window to some of 40 layers; only 0, or at least 40, is supported",
        ),
        (
            qwen2(json!({"use_sliding_window": true, "layer_types": ["full_attention", "sliding_attention"]})),
            "`layer_types` differ in their windows, and only layers that are all alike are supported",
        ),
    ];
    for (keys, expected) in refused {
        assert_eq!(foreign::config(&said(keys)).expect_err(expected).to_string(), expected);
    }
}

fn of(kind: &str, mut keys: Value) -> Value {
    keys["model_type"] = json!(kind);
    keys
}

fn gpt2(keys: Value) -> Value {
    of(KINDS[0], keys)
}

fn llama(keys: Value) -> Value {
    of(KINDS[1], keys)
}

fn mistral(keys: Value) -> Value {
    of(KINDS[2], keys)
}

fn qwen2(keys: Value) -> Value {
    of(KINDS[3], keys)
}

#[test]
fn plans_that_transformers_has_no_model_for_are_refused() {
    let learned = |wanted: &str| format!("must be {wanted} in the format of GPT-2, whose positions are learned");
    let rotary =
        |wanted: &str| format!("must be {wanted} in the format of Llama and its kin, whose positions are rotary");
    let refused = [
        (
            json!({"positions": "none"}),
            "positions",
            "must be `learned` or `rotary`: no other format is supported".into(),
        ),
        (json!({"norm": "rms"}), "norm", learned("`layer`")),
        (json!({"feed_forward": "swiglu"}), "feed_forward", learned("one without a gate")),
        (json!({"bias": false}), "bias", learned("`true` of all parts")),
        (json!({"attention_bias": "inputs"}), "bias", learned("`true` of all parts")),
        (json!({"key_value_heads": 1}), "key_value_heads", learned("as many as `heads`")),
        (json!({"channels": 3}), "channels", learned("`width` / `heads`")),
        (json!({"window": 2}), "window", learned("left out")),
        (json!({"style": "llama", "norm": "layer"}), "norm", rotary("`rms`")),
        (json!({"style": "llama", "feed_forward": "gelu"}), "feed_forward", rotary("`swiglu` or `geglu`")),
        (
            json!({"style": "llama", "attention_bias": "inputs", "feed_forward_bias": true}),
            "feed_forward_bias",
            "must be `false` in the format of Qwen 2, whose attention has this bias".into(),
        ),
        (
            json!({"style": "llama", "bias": true, "window": 2}),
            "window",
            "must be left out in the format of Llama, which alone has such biases".into(),
        ),
        (
            json!({"style": "llama", "bias": true, "heads": 3, "channels": 2}),
            "heads",
            "must divide `model.width` in the format of Llama, which alone has such biases".into(),
        ),
    ];
    for (keys, key, reason) in refused {
        let mut table = json!({"layers": 1, "heads": 2, "width": 8, "context": 3, "vocabulary": 5});
        table.as_object_mut().expect("a table").extend(keys.as_object().expect("a table").clone());
        let unfit = foreign::said(&plan(table)).expect_err(&reason);
        assert_eq!((unfit.key, unfit.reason), (format!("model.{key}"), reason));
    }
}

/// Whatever stands in a `config.json`, nothing panics.
#[test]
fn hostile_configs_are_refused_or_resolve() {
    let values = [
        json!(0),
        json!(-1),
        json!(1e300),
        json!(18_446_744_073_709_551_615_u64),
        json!("x"),
        json!(true),
        json!([]),
        json!({}),
        json!({"rope_type": "llama3", "factor": 0, "low_freq_factor": 0, "high_freq_factor": -1}),
        json!({"rope_type": "linear", "factor": -3, "rope_theta": 0}),
    ];
    let keys: [&str; 20] = [
        "n_embd",
        "n_head",
        "n_layer",
        "n_inner",
        "n_positions",
        "vocab_size",
        "layer_norm_epsilon",
        "resid_pdrop",
        "hidden_size",
        "num_attention_heads",
        "num_key_value_heads",
        "num_hidden_layers",
        "head_dim",
        "rope_theta",
        "rope_scaling",
        "rope_parameters",
        "sliding_window",
        "max_window_layers",
        "layer_types",
        "intermediate_size",
    ];
    for kind in KINDS {
        for key in keys {
            for value in &values {
                let table = json!({"model_type": kind, "use_sliding_window": true, key: value});
                let resolved = foreign::config(&said(table)).map(|config| config.resolve(1));
                if let Ok(Ok(plan)) = resolved {
                    attentive_gpt::cost(&plan);
                }
            }
        }
    }
}
