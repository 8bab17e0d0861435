//! Sizes: exact counts of parameters, the defaults of configs, and what is refused.

use attentive_attention::{AttentionBias, parameters};
use attentive_gpt::{GptConfig, GptPlan, Positions, cost};
use serde_json::{Value, json};

use crate::sample::{config, fresh, plan};

/// Plans of every combination of parts that changes a size.
fn plans() -> Vec<GptPlan> {
    let mut plans = Vec::new();
    for style in ["gpt2", "llama"] {
        for positions in ["learned", "rotary", "none"] {
            for groups in [1, 2, 6] {
                for [tied, bias] in [[false, false], [false, true], [true, false], [true, true]] {
                    plans.push(plan(json!({
                        "style": style, "positions": positions, "key_value_heads": groups, "tied": tied, "bias": bias,
                        "layers": 2, "heads": 6, "width": 12, "context": 5, "vocabulary": 7,
                    })));
                }
            }
        }
    }
    plans.extend(parted());
    plans
}

/// Heads that are not the width's share, biases of some parts, scaled frequencies.
fn parted() -> impl Iterator<Item = GptPlan> {
    let parts = ["none", "inputs", "all"]
        .into_iter()
        .flat_map(|attention| [[false, true], [true, false]].map(|own| (attention, own)));
    parts.flat_map(|(attention, [bias, feed_forward])| {
        ["gpt2", "llama"].map(|style| {
            plan(json!({
                "style": style, "layers": 2, "heads": 4, "key_value_heads": 2, "channels": 6, "width": 10, "context": 5,
                "vocabulary": 7, "positions": "rotary", "bias": bias, "attention_bias": attention,
                "feed_forward_bias": feed_forward, "rotary_scaling": {"kind": "linear", "factor": 2.0},
            }))
        })
    })
}

#[test]
fn the_cost_counts_every_parameter() {
    for plan in plans() {
        let counted: usize =
            parameters(&fresh(&plan)).values().map(|parameter| parameter.shape.iter().product::<usize>()).sum();
        assert_eq!(cost(&plan).parameters, counted as u64, "{plan:?}");
    }
}

#[test]
fn known_models_have_their_known_sizes() {
    let small = json!({"layers": 12, "heads": 12, "width": 768, "context": 1024, "vocabulary": 50257});
    assert_eq!(cost(&plan(small)).parameters, 124_439_808, "GPT-2 small");
    let llama = json!({
        "style": "llama", "layers": 32, "heads": 32, "width": 4096, "hidden": 11008, "context": 4096, "vocabulary": 32000,
    });
    assert_eq!(cost(&plan(llama)).parameters, 6_738_415_616, "Llama 2 7B");
    let tiny = json!({
        "style": "llama", "layers": 22, "heads": 32, "key_value_heads": 4, "width": 2048, "hidden": 5632, "context": 2048,
        "vocabulary": 32000,
    });
    assert_eq!(cost(&plan(tiny)).parameters, 1_100_048_384, "TinyLlama 1.1B");
    let qwen = json!({
        "style": "llama", "layers": 24, "heads": 14, "key_value_heads": 2, "width": 896, "hidden": 4864, "context": 32768,
        "vocabulary": 151_936, "tied": true, "attention_bias": "inputs",
    });
    assert_eq!(cost(&plan(qwen)).parameters, 494_032_768, "Qwen 2 0.5B");
}

#[test]
fn a_plan_reads_back_as_its_own_config() {
    for plan in plans() {
        let written = serde_json::to_value(&plan).expect("a plan is plain data");
        assert_eq!(config(written).resolve(1), Ok(plan));
    }
}

/// The smallest config, with some keys set.
fn with(keys: Value) -> Value {
    let mut written = json!({"layers": 1, "heads": 2, "width": 30, "context": 5});
    let object = written.as_object_mut().expect("a table");
    object.extend(keys.as_object().expect("a table").clone());
    written
}

fn scaled(scaling: Value) -> Value {
    json!({"style": "llama", "channels": 2, "rotary_scaling": scaling})
}

#[test]
fn absent_keys_take_the_parts_of_the_style() {
    let parts = |keys: Value| {
        let plan =
            serde_json::to_value(config(with(keys)).resolve(11).expect("the config is sound")).expect("plain data");
        let names = ["norm", "positions", "feed_forward", "hidden", "bias", "tied", "key_value_heads", "vocabulary"];
        Value::from_iter(names.map(|name| plan[name].clone()))
    };
    let gpt2 = json!(["layer", "learned", "gelu_tanh", 120, true, true, 2, 11]);
    assert_eq!(parts(json!({})), gpt2);
    assert_eq!(parts(json!({"style": "gpt2"})), gpt2);
    // Rotary positions need heads of an even width.
    let llama = json!(["rms", "rotary", "swiglu", 96, false, false, 3, 11]);
    assert_eq!(parts(json!({"style": "llama", "heads": 3})), llama);
    // 8/3 of the width, up to a multiple of 32, wherever the gate comes from.
    assert_eq!(parts(json!({"feed_forward": "swiglu"}))[3], 96);
    assert_eq!(parts(json!({"feed_forward": "gelu", "style": "llama", "heads": 3}))[3], 120);
}

#[test]
fn biases_follow_the_one_of_all_unless_said() {
    let biases = |keys: Value| {
        let plan = config(with(keys)).resolve(11).expect("the config is sound");
        (plan.bias, plan.attention_bias, plan.feed_forward_bias)
    };
    assert_eq!(biases(json!({})), (true, AttentionBias::All, true));
    assert_eq!(biases(json!({"bias": false})), (false, AttentionBias::None, false));
    assert_eq!(biases(json!({"bias": false, "attention_bias": "inputs"})), (false, AttentionBias::Inputs, false));
    assert_eq!(biases(json!({"feed_forward_bias": false})), (true, AttentionBias::All, false));
}

#[test]
fn the_other_defaults_are_the_same_for_all() {
    let plan = config(with(json!({}))).resolve(11).expect("the config is sound");
    assert_eq!((plan.family, plan.dropout, plan.norm_epsilon), ("gpt", 0.0, 1e-5));
    assert_eq!((plan.rotary_theta, plan.window, plan.positions), (10_000.0, None, Positions::Learned));
    assert_eq!((plan.channels, plan.rotary_scaling), (15, None));
}

#[test]
fn what_cannot_be_is_refused_with_a_remedy() {
    let refused = [
        (json!({"layers": 0}), "`model.layers = 0` is out of range; give 1 to 1000"),
        (json!({"layers": 1001}), "`model.layers = 1001` is out of range; give 1 to 1000"),
        (json!({"heads": 0}), "`model.heads = 0` is out of range; give 1 to 100000"),
        (json!({"key_value_heads": 0}), "`model.key_value_heads = 0` is out of range; give 1 to 100000"),
        (json!({"width": 0}), "`model.width = 0` is out of range; give 1 to 100000"),
        (json!({"hidden": 0}), "`model.hidden = 0` is out of range; give 1 to 400000"),
        (json!({"context": 0}), "`model.context = 0` is out of range; give 1 to 10000000"),
        (json!({"window": 0}), "`model.window = 0` is out of range; give 1 to 10000000"),
        (json!({"heads": 4}), "`model.heads = 4` does not divide `model.width = 30`; try `model.heads = 3`"),
        (
            json!({"heads": 6, "key_value_heads": 4}),
            "`model.key_value_heads = 4` does not divide `model.heads = 6`; try `model.key_value_heads = 3`",
        ),
        (
            json!({"positions": "rotary"}),
            "`model.width = 30` gives heads of 15 channels, and rotary positions pair them; make width / heads even",
        ),
        (json!({"dropout": 1.0}), "`model.dropout = 1` is no share; give a number from 0 up to, but not including, 1"),
        (
            json!({"dropout": -0.1}),
            "`model.dropout = -0.1` is no share; give a number from 0 up to, but not including, 1",
        ),
        (json!({"norm_epsilon": 0.0}), "`model.norm_epsilon = 0` must be above 0 and finite; 1e-5 is usual"),
        (json!({"rotary_theta": 1.0}), "`model.rotary_theta = 1` must be above 1 and finite; 10000 is usual"),
        (json!({"channels": 0}), "`model.channels = 0` is out of range; give 1 to 200000"),
        (
            json!({"positions": "rotary", "heads": 4, "channels": 5}),
            "`model.channels = 5` is odd, and rotary positions pair channels; choose an even number",
        ),
        (
            json!({"rotary_scaling": {"kind": "linear", "factor": 2.0}}),
            "`model.rotary_scaling = linear` is of rotary positions; leave it out, or set `model.positions = rotary`",
        ),
        (
            scaled(json!({"kind": "linear", "factor": 0.5})),
            "`model.rotary_scaling.factor = 0.5` must lie between 1 and 1000000; 8 is usual",
        ),
        (
            scaled(json!({"kind": "llama3", "factor": 8.0, "low": 0.0, "high": 4.0, "original_context": 5})),
            "`model.rotary_scaling.low = 0` must lie between 0.000001 and 1000000; 1 is usual",
        ),
        (
            scaled(json!({"kind": "llama3", "factor": 8.0, "low": 1.0, "high": 1.0, "original_context": 5})),
            "`model.rotary_scaling.high = 1` must be above `model.rotary_scaling.low = 1`; 4 and 1 are usual",
        ),
        (
            scaled(json!({"kind": "llama3", "factor": 8.0, "low": 1.0, "high": 4.0, "original_context": 0})),
            "`model.rotary_scaling.original_context = 0` is out of range; give 1 to 10000000",
        ),
        (
            json!({"vocabulary": 10}),
            "`model.vocabulary = 10` is less than the tokenizer's 11 ids; leave it out, or give at least 11",
        ),
    ];
    for (keys, expected) in refused {
        let fault = config(with(keys)).resolve(11).expect_err(expected);
        assert_eq!(fault.to_string(), expected);
    }
}

/// JSON knows neither of these, but TOML does.
#[test]
fn what_is_no_finite_number_is_refused() {
    let sound = || config(with(json!({})));
    for value in [f64::NAN, f64::INFINITY].map(Some) {
        let faulty = [
            GptConfig { dropout: value, ..sound() },
            GptConfig { norm_epsilon: value, ..sound() },
            GptConfig { rotary_theta: value, ..sound() },
        ];
        assert!(faulty.iter().all(|config| config.resolve(11).is_err()), "{value:?} was taken");
    }
}

#[test]
fn unknown_keys_are_refused() {
    let read: Result<GptConfig, _> = serde_json::from_value(with(json!({"depth": 3})));
    assert!(read.expect_err("no config has a depth").to_string().starts_with("unknown field `depth`"));
}
