//! Sizes: exact counts of parameters, the defaults of configs, and what is refused.

use attentive_attention::parameters;
use attentive_seq2seq::{Seq2SeqConfig, Seq2SeqPlan, cost};
use serde_json::{Value, json};

use crate::sample::{CROSSES, STYLES, config, fresh, plan};

/// Plans of every combination of parts that changes a size.
fn plans() -> Vec<Seq2SeqPlan> {
    let mut plans = Vec::new();
    for style in STYLES {
        for cross in CROSSES {
            for positions in ["learned", "relative", "rotary"] {
                for [tied, bias, gated] in
                    [[false, false, true], [false, true, false], [true, false, false], [true, true, true]]
                {
                    // Multiplicative attention takes the heads that make up the width.
                    let channels = if cross == "multiplicative" { 2 } else { 4 };
                    plans.push(plan(json!({
                        "style": style, "cross": cross, "positions": positions, "tied": tied, "bias": bias,
                        "embedding_norm": gated, "feed_forward": if gated { "geglu" } else { "relu" }, "layers": 2,
                        "decoder_layers": 3, "heads": 6, "channels": channels, "width": 12, "context": 5, "vocabulary": 7,
                        "head_bias": tied, "unused_positions": if bias { 2 } else { 0 }, "start": 1, "end": 6,
                    })));
                }
            }
        }
    }
    plans
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
    let base = json!({"layers": 6, "heads": 8, "width": 512, "hidden": 2048, "context": 512, "vocabulary": 58101});
    assert_eq!(cost(&plan(base)).parameters, 73_886_208, "Marian's transformer-base, without its bias of the logits");
    let small = json!({"style": "t5", "layers": 6, "heads": 8, "width": 512, "context": 512, "vocabulary": 32128});
    assert_eq!(cost(&plan(small)).parameters, 60_506_624, "T5 small");
    let newer = json!({
        "style": "t5", "layers": 8, "heads": 6, "channels": 64, "width": 512, "hidden": 1024, "context": 512,
        "vocabulary": 32128, "feed_forward": "geglu", "tied": false,
    });
    assert_eq!(cost(&plan(newer)).parameters, 76_961_152, "T5 1.1 small");
    let bart = json!({
        "style": "bart", "layers": 6, "heads": 12, "width": 768, "context": 1024, "unused_positions": 2, "vocabulary": 50265,
    });
    assert_eq!(cost(&plan(bart)).parameters, 139_420_416, "BART base");
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

#[test]
fn absent_keys_take_the_parts_of_the_style() {
    let parts = |keys: Value| {
        let plan =
            serde_json::to_value(config(with(keys)).resolve(11).expect("the config is sound")).expect("plain data");
        let names = [
            "norm",
            "norm_epsilon",
            "norm_place",
            "positions",
            "feed_forward",
            "bias",
            "tied",
            "embedding_scale",
            "embedding_norm",
            "score_scale",
            "head_scale",
        ];
        Value::from_iter(names.map(|name| plan[name].clone()))
    };
    let first = json!(["layer", 1e-5, "after", "sinusoidal", "relu", true, true, true, false, true, false]);
    assert_eq!(parts(json!({})), first);
    assert_eq!(parts(json!({"style": "transformer"})), first);
    let before = json!(["layer", 1e-5, "before", "sinusoidal", "relu", true, true, true, false, true, false]);
    assert_eq!(parts(json!({"style": "pre_norm"})), before);
    let t5 = json!(["rms", 1e-6, "before", "relative", "relu", false, true, false, false, false, true]);
    assert_eq!(parts(json!({"style": "t5"})), t5);
    let untied = json!(["rms", 1e-6, "before", "relative", "relu", false, false, false, false, false, false]);
    assert_eq!(parts(json!({"style": "t5", "tied": false})), untied);
    let bart = json!(["layer", 1e-5, "after", "learned", "gelu", true, true, false, true, true, false]);
    assert_eq!(parts(json!({"style": "bart"})), bart);
}

#[test]
fn the_other_defaults_are_the_same_for_all() {
    for style in STYLES {
        let plan = config(with(json!({"style": style}))).resolve(11).expect("the config is sound");
        assert_eq!((plan.family, plan.decoder_layers, plan.channels, plan.hidden), ("seq2seq", 1, 15, 120));
        assert_eq!((plan.dropout, plan.attention_dropout, plan.rotary_theta), (0.0, 0.0, 10_000.0));
        assert_eq!((plan.buckets, plan.distance, plan.vocabulary), (32, 128, 11));
        assert_eq!((plan.unused_positions, plan.head_bias), (0, false));
        assert_eq!([plan.padding, plan.start, plan.end], [None; 3]);
    }
    let plan = config(with(json!({"dropout": 0.1, "layers": 3}))).resolve(11).expect("the config is sound");
    assert_eq!((plan.attention_dropout, plan.decoder_layers), (0.1, 3));
}

#[test]
fn what_cannot_be_is_refused_with_a_remedy() {
    let refused = [
        (json!({"layers": 0}), "`model.layers = 0` is out of range; give 1 to 1000"),
        (json!({"decoder_layers": 1001}), "`model.decoder_layers = 1001` is out of range; give 1 to 1000"),
        (json!({"heads": 0}), "`model.heads = 0` is out of range; give 1 to 100000"),
        (json!({"width": 0}), "`model.width = 0` is out of range; give 1 to 100000"),
        (json!({"channels": 0}), "`model.channels = 0` is out of range; give 1 to 50000"),
        (json!({"channels": 50_001}), "`model.channels = 50001` is out of range; give 1 to 50000"),
        (json!({"hidden": 0}), "`model.hidden = 0` is out of range; give 1 to 400000"),
        (json!({"context": 0}), "`model.context = 0` is out of range; give 1 to 10000000"),
        (json!({"heads": 4}), "`model.heads = 4` does not divide `model.width = 30`; try `model.heads = 3`"),
        (
            json!({"cross": "multiplicative", "channels": 7}),
            "`model.cross = multiplicative` needs heads whose channels make up the width; leave `model.channels` out, or take \
             `scaled`",
        ),
        (json!({"buckets": 3}), "`model.buckets = 3` is out of range; give 4 to 100000"),
        (
            json!({"buckets": 8, "distance": 4}),
            "`model.distance = 4` must be more than half of `model.buckets = 8`, and at most 10000000",
        ),
        (
            json!({"positions": "rotary"}),
            "`model.channels = 15` is odd, and rotary positions pair channels; choose an even number, or other positions",
        ),
        (json!({"unused_positions": 1001}), "`model.unused_positions = 1001` is out of range; give 0 to 1000"),
        (
            json!({"padding": 10, "start": 11, "end": 12}),
            "`model.start = 11` is beyond the 11 ids of the vocabulary, which count from 0",
        ),
        (json!({"dropout": 1.0}), "`model.dropout = 1` is no share; give a number from 0 up to, but not including, 1"),
        (
            json!({"attention_dropout": -0.1}),
            "`model.attention_dropout = -0.1` is no share; give a number from 0 up to, but not including, 1",
        ),
        (json!({"norm_epsilon": 0.0}), "`model.norm_epsilon = 0` must be above 0 and finite; 1e-5 is usual"),
        (json!({"rotary_theta": 1.0}), "`model.rotary_theta = 1` must be above 1 and finite; 10000 is usual"),
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
            Seq2SeqConfig { dropout: value, ..sound() },
            Seq2SeqConfig { attention_dropout: value, ..sound() },
            Seq2SeqConfig { norm_epsilon: value, ..sound() },
            Seq2SeqConfig { rotary_theta: value, ..sound() },
        ];
        assert!(faulty.iter().all(|config| config.resolve(11).is_err()), "{value:?} was taken");
    }
}

#[test]
fn unknown_keys_are_refused() {
    let read: Result<Seq2SeqConfig, _> = serde_json::from_value(with(json!({"depth": 3})));
    assert!(read.expect_err("no config has a depth").to_string().starts_with("unknown field `depth`"));
}
