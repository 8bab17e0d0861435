//! What a plan says as a `config.json` of transformers, and what such a file says of a plan; where weights go, and that all come back.

use attentive_attention::parameters;
use attentive_gpt::{
    GptConfig, GptPlan, Positions,
    foreign::{self, Format},
};
use attentive_hub::{Assembly, Config};
use attentive_testkit::{Golden, host};
use proptest::{option, prelude::*, sample::select, test_runner::RngSeed};
use serde_json::{Map, Value, json};

use crate::{
    foreign::{Tensors, taken, unread},
    parity::{Case, cases},
    sample::{config, fresh, model, plan},
};

pub(crate) fn said(value: Value) -> Config {
    let Value::Object(keys) = value else { panic!("a config is a table") };
    Config::new(keys)
}

fn read(value: Value) -> GptConfig {
    foreign::config(&said(value)).unwrap_or_else(|unfit| panic!("{unfit}"))
}

/// What GPT-2 can be.
fn gpt2s() -> impl Strategy<Value = GptPlan> {
    let sizes = (1..=3_usize, 1..=3_usize, 1..=5_usize, 1..=9_usize, 1..=11_usize);
    let feed_forwards = vec!["gelu", "gelu_tanh", "quick_gelu", "relu", "silu"];
    (sizes, select(feed_forwards), any::<bool>(), select(vec![1e-5, 1e-6, 0.5]), select(vec![0.0, 0.1])).prop_map(
        |((layers, heads, channels, hidden, context), feed_forward, tied, epsilon, dropout)| {
            plan(json!({
                "layers": layers, "heads": heads, "width": heads * channels, "hidden": hidden, "context": context,
                "vocabulary": 7, "feed_forward": feed_forward, "tied": tied, "norm_epsilon": epsilon, "dropout": dropout,
            }))
        },
    )
}

fn scalings() -> impl Strategy<Value = Option<Value>> {
    option::of(select(vec![
        json!({"kind": "linear", "factor": 2.5}),
        json!({"kind": "llama3", "factor": 8.0, "low": 1.0, "high": 4.5, "original_context": 3}),
    ]))
}

/// What Llama and its kin can be, with the format that it is then.
fn llamas() -> impl Strategy<Value = (GptPlan, Format)> {
    let sizes = (1..=3_usize, 1..=2_usize, 1..=3_usize, 1..=3_usize, 1..=9_usize, 0..=2_usize);
    let formats = select(vec![Format::Llama, Format::Mistral, Format::Qwen2]);
    let more =
        (scalings(), select(vec![100.0, 10_000.0, 1e6]), select(vec!["swiglu", "geglu"]), option::of(1..=4_usize));
    (sizes, formats, more, any::<[bool; 3]>()).prop_map(|(sizes, format, more, [attention, feed_forward, tied])| {
        let (layers, groups, share, half, hidden, rest) = sizes;
        let (scaling, theta, kind, window) = more;
        let heads = groups * share;
        let llama = format == Format::Llama;
        let attention = match format {
            Format::Qwen2 => "inputs",
            Format::Llama if attention => "all",
            _ => "none",
        };
        let plan = plan(json!({
            "style": "llama", "layers": layers, "heads": heads, "key_value_heads": groups, "channels": 2 * half,
            "width": 5 * heads + if llama { 0 } else { rest }, "hidden": hidden, "context": 11, "vocabulary": 7,
            "rotary_scaling": scaling, "rotary_theta": theta, "feed_forward": kind, "tied": tied,
            "bias": attention == "all" && llama && feed_forward, "attention_bias": attention,
            "feed_forward_bias": llama && feed_forward,
            "window": match format { Format::Llama => None, Format::Mistral => window.or(Some(3)), _ => window },
        }));
        (plan, format)
    })
}

fn assert_reads_back(plan: &GptPlan, format: Format) {
    assert_eq!(Format::of(plan), Ok(format));
    let said = foreign::said(plan).expect("it has a format");
    assert_eq!(said["model_type"], format.kind());
    let read = foreign::config(&Config::new(said)).expect("what is written is read");
    assert_eq!(read.resolve(1).as_ref(), Ok(plan));
}

/// The weights in the places of the plan's format.
fn assembled(plan: &GptPlan) -> Tensors {
    let mut assembly = Assembly::default();
    for (path, parameter) in parameters(&model(plan)) {
        assembly.put(&foreign::places(plan, &path), &parameter.shape, &host(parameter.values));
    }
    let tensors = assembly.into_tensors().into_iter();
    tensors.map(|(name, tensor)| (name, Golden { shape: tensor.shape, values: tensor.values })).collect()
}

fn assert_comes_back(plan: &GptPlan) {
    let (model, tensors) = (model(plan), assembled(plan));
    let places = |path: &str| foreign::places(plan, path);
    for (path, parameter) in parameters(&model) {
        assert_eq!(taken(&places(&path), &parameter.shape, &tensors), host(parameter.values), "{path}");
    }
    assert!(unread(&model, &tensors, places).is_empty(), "nothing is left over");
    assert!(tensors.keys().all(|name| name.starts_with(foreign::base(plan)) || name == "lm_head.weight"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn a_gpt2_reads_back_from_what_it_says(plan in gpt2s()) {
        assert_reads_back(&plan, Format::Gpt2);
        assert_comes_back(&plan);
    }

    #[test]
    fn a_llama_reads_back_from_what_it_says((plan, format) in llamas()) {
        assert_reads_back(&plan, format);
        assert_comes_back(&plan);
    }
}

/// Models that transformers saved, saved by us: the same tensors, and no key says otherwise.
#[test]
fn what_is_written_is_what_transformers_wrote() {
    for case in cases() {
        let (mut assembly, model) = (Assembly::default(), case.model());
        for (path, parameter) in parameters(&model) {
            assembly.put(&case.places()(&path), &parameter.shape, &host(parameter.values));
        }
        let (written, expected) = (assembly.into_tensors(), case.part("weight"));
        assert!(written.keys().eq(expected.keys()), "{}", case.name);
        for (name, tensor) in written {
            assert_eq!((&tensor.shape, &tensor.values), (&expected[&name].shape, &expected[&name].values), "{name}");
        }
        assert_same_keys(&case);
    }
}

fn assert_same_keys(case: &Case) {
    let written = foreign::said(&case.plan).expect("it has a format");
    // Where no layer has a window, the first that has one is neither here nor there.
    let first = |key: &str| key == "max_window_layers" && case.plan.window.is_none();
    // One activation has several names.
    let tanh = |value: &Value| value == "gelu_pytorch_tanh";
    for (key, value) in case.said().iter().filter(|(key, value)| !value.is_null() && !first(key) && !tanh(value)) {
        if let Some(ours) = written.get(key) {
            assert_eq!(ours, value, "{}: {key}", case.name);
        }
    }
}

#[test]
fn absent_keys_have_the_defaults_of_transformers() {
    let sizes = |kind: &str| {
        let plan = read(json!({"model_type": kind})).resolve(1).expect("the defaults are sound");
        let (heads, groups) = (plan.heads, plan.key_value_heads);
        ([plan.layers, plan.width, heads, groups, plan.hidden, plan.context, plan.vocabulary], plan.window, plan.tied)
    };
    assert_eq!(sizes("gpt2"), ([12, 768, 12, 12, 3072, 1024, 50257], None, true));
    assert_eq!(sizes("llama"), ([32, 4096, 32, 32, 11008, 2048, 32000], None, false));
    assert_eq!(sizes("mistral"), ([32, 4096, 32, 8, 14336, 131_072, 32000], Some(4096), false));
    assert_eq!(sizes("qwen2"), ([32, 4096, 32, 32, 22016, 32768, 151_936], None, false));
    for (kind, epsilon, theta, dropout) in [("gpt2", 1e-5, None, 0.1), ("llama", 1e-6, Some(10_000.0), 0.0)] {
        let config = read(json!({"model_type": kind}));
        assert_eq!((config.norm_epsilon, config.rotary_theta, config.dropout), (Some(epsilon), theta, Some(dropout)));
    }
    let null = json!({"model_type": "mistral", "sliding_window": null, "num_key_value_heads": null});
    assert_eq!((read(null.clone()).window, read(null).key_value_heads), (None, Some(32)), "null is no default");
}

/// Pairs of configs, of other versions of transformers or said otherwise, that are of one model.
#[test]
fn older_configs_say_the_same() {
    let llama3 = json!({
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 19,
    });
    let with_theta = |mut table: Value, theta: f64| {
        table["rope_theta"] = json!(theta);
        table
    };
    let same = [
        ("gpt2", json!({"n_embd": 24, "n_ctx": 64}), json!({"hidden_size": 24, "reorder_and_upcast_attn": true})),
        ("gpt2", json!({"n_layer": 2, "n_head": 3}), json!({"num_hidden_layers": 2, "num_attention_heads": 3})),
        ("gpt2", json!({"n_positions": 64}), json!({"max_position_embeddings": 64, "torch_dtype": "float16"})),
        ("gpt2", json!({"n_inner": 3072}), json!({"n_inner": null, "n_special": 0, "predict_special_tokens": true})),
        (
            "llama",
            json!({"rope_theta": 500.0, "rope_scaling": llama3.clone()}),
            json!({"rope_parameters": with_theta(llama3.clone(), 500.0)}),
        ),
        (
            "llama",
            json!({"rope_scaling": {"type": "linear", "factor": 2}, "rope_parameters": {"rope_theta": 3.0}}),
            json!({"rope_parameters": {"rope_type": "linear", "factor": 2.0}}),
        ),
        ("llama", json!({"rope_scaling": null, "rope_theta": 100}), json!({"rope_parameters": {"rope_theta": 100.0}})),
        ("llama", json!({"hidden_act": "swish", "head_dim": null}), json!({"head_dim": 128, "pretraining_tp": 2})),
        ("mistral", json!({"layer_types": vec!["sliding_attention"; 32]}), json!({"sliding_window": 4096})),
        ("qwen2", json!({"sliding_window": 5}), json!({"use_sliding_window": true, "sliding_window": null})),
        (
            "qwen2",
            json!({"use_sliding_window": true, "max_window_layers": 32}),
            json!({"layer_types": vec!["full_attention"; 32]}),
        ),
        (
            "qwen2",
            json!({"use_sliding_window": true, "sliding_window": 5, "max_window_layers": 0}),
            json!({"use_sliding_window": true, "sliding_window": 5, "layer_types": vec!["sliding_attention"; 32]}),
        ),
    ];
    for (kind, one, other) in same {
        let [one, other] = [one, other].map(|mut keys| {
            keys["model_type"] = json!(kind);
            read(keys)
        });
        assert_eq!(one, other);
    }
}

#[test]
fn tensors_that_nothing_needs_are_known() {
    let small = |keys: Value| {
        let mut table = Map::from_iter([
            ("layers".to_owned(), json!(1)),
            ("heads".to_owned(), json!(2)),
            ("width".to_owned(), json!(4)),
            ("context".to_owned(), json!(3)),
            ("vocabulary".to_owned(), json!(5)),
        ]);
        table.extend(keys.as_object().expect("a table").clone());
        plan(Value::Object(table))
    };
    let (gpt2, llama) = (small(json!({})), small(json!({"style": "llama"})));
    assert_eq!((foreign::base(&gpt2), foreign::base(&llama)), ("transformer.", "model."));
    for spare in ["transformer.h.0.attn.bias", "h.0.attn.bias", "h.0.attn.masked_bias", "lm_head.weight"] {
        assert!(foreign::spare(&gpt2, spare), "{spare}");
    }
    assert!(foreign::spare(&llama, "model.layers.0.self_attn.rotary_emb.inv_freq"));
    let mut needed = parameters(&fresh(&gpt2)).into_keys().flat_map(|path| foreign::places(&gpt2, &path));
    assert!(needed.all(|place| !foreign::spare(&gpt2, &place.tensor)));
    assert!(!foreign::spare(&llama, "lm_head.weight"), "an untied head is needed");
    assert!(!foreign::spare(&llama, "model.layers.0.self_attn.q_proj.bias"));
    assert!(foreign::places(&gpt2, "blocks.0.attention.residual.scale").is_empty());
    assert!(foreign::places(&small(json!({"positions": "none"})), "tokens.table").is_empty(), "it has no format");
}

/// Every key that shapes the model is written out, whatever the defaults of its style are.
#[test]
fn what_is_read_leaves_nothing_to_defaults() {
    for case in cases() {
        let read = foreign::config(&Config::new(case.said())).expect("it was read before");
        let mut table = serde_json::to_value(&read).expect("a config is plain data");
        let keys = table.as_object_mut().expect("a table");
        let absent: Vec<String> =
            keys.iter().filter(|(_, value)| value.is_null()).map(|(key, _)| key.clone()).collect();
        let learned = case.plan.positions == Positions::Learned;
        let known = |key: &str| match key {
            "window" | "rotary_scaling" => true,
            "rotary_theta" => learned,
            _ => false,
        };
        assert!(absent.iter().all(|key| known(key)), "{}: {absent:?}", case.name);
        keys.retain(|_, value| !value.is_null());
        assert_eq!(config(table), read, "it reads back");
    }
}
