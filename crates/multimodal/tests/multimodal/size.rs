//! Sizes: exact counts of parameters, the defaults of configs, and what is refused.

use attentive_attention::{Parameter, parameters};
use attentive_multimodal::{Aim, Fusion, MultimodalConfig, MultimodalPlan, Pictured, TextConfig, cost};
use serde_json::{Value, json};

use crate::sample::{PICTURED, VOCABULARY, answers, config, contrastive, plan, statements, written};

/// Plans of every kind, and of the parts that change a size.
fn plans() -> Vec<MultimodalPlan> {
    let kinds = [
        ("contrastive", json!({})),
        ("contrastive", json!({"loss": "sigmoid", "projection": 5, "text.pooling": "mean", "scale": "free"})),
        ("answers", json!({})),
        ("answers", json!({"gated": true})),
        ("statements", json!({})),
        ("statements", json!({"fusion": "cross", "classes": 3})),
        ("statements", json!({"fusion": "cross", "text.layers": 1})),
    ];
    let parts = [
        json!({}),
        json!({"text.bias": false, "picture.bias": false, "text.positions": "none", "picture.positions": "none"}),
        json!({"text.norm": "rms", "text.feed_forward": "swiglu", "picture.pooling": "mean", "picture.registers": 2}),
        json!({"picture.patch_bias": false, "text.attention_dropout": 0.2, "picture.attention_dropout": 0.1}),
        json!({"picture.norm": "rms", "picture.feed_forward": "geglu", "picture.embedding_norm": true}),
        json!({"picture.layer_scale": 0.1, "text.positions": "rotary", "vocabulary": 11, "text.dropout": 0.1}),
    ];
    let both = |one: &Value, other: &Value| {
        let mut keys = one.clone();
        keys.as_object_mut().expect("a table").extend(other.as_object().expect("a table").clone());
        keys
    };
    kinds.iter().flat_map(|(kind, own)| parts.iter().map(move |parts| plan(kind, both(own, parts)))).collect()
}

fn counted(plan: &MultimodalPlan) -> usize {
    let found = match plan.aim {
        Aim::Contrastive(_) => parameters(&contrastive(plan)),
        Aim::Answers(_) => parameters(&answers(plan)),
        Aim::Statements(_) => parameters(&statements(plan)),
    };
    found.values().map(|Parameter { shape, .. }| shape.iter().product::<usize>()).sum()
}

#[test]
fn the_cost_counts_every_parameter() {
    for plan in plans() {
        assert_eq!(cost(&plan).parameters, counted(&plan) as u64, "{plan:?}");
    }
}

#[test]
fn clip_has_its_known_size() {
    let written = json!({
        "kind": "contrastive", "projection": 512,
        "picture": {
            "patch": 32, "layers": 12, "heads": 12, "width": 768, "embedding_norm": true, "patch_bias": false,
        },
        "text": {"layers": 12, "heads": 8, "width": 512, "context": 77},
    });
    let plan = config(written).resolve(49_408, &Pictured { channels: 3, size: 224, classes: 0 }).expect("CLIP can be");
    assert_eq!(cost(&plan).parameters, 151_277_313, "CLIP ViT-B/32");
}

#[test]
fn a_plan_reads_back_as_its_own_config() {
    for plan in plans() {
        let written = toml::to_string_pretty(&plan).expect("a plan is plain data");
        let config: MultimodalConfig = toml::from_str(&written).expect("a plan is a config");
        assert_eq!(config.resolve(1, &Pictured { classes: 1, ..PICTURED }), Ok(plan), "{written}");
    }
}

fn parts(kind: &str, keys: Value, names: &[&str]) -> Value {
    let plan = serde_json::to_value(plan(kind, keys)).expect("a plan is plain data");
    let named = |name: &&str| name.split('.').fold(&plan, |table, name| &table[name]).clone();
    names.iter().map(named).collect()
}

#[test]
fn absent_keys_take_what_the_kind_needs() {
    let names = ["text.causal", "text.pooling", "projection", "loss", "gated", "fusion", "classes", "vocabulary"];
    let of = |kind, keys| parts(kind, keys, &names);
    assert_eq!(of("contrastive", json!({})), json!([true, "last", 12, "softmax", null, null, null, 7]));
    let both_ways = json!({"text.causal": false});
    assert_eq!(of("contrastive", both_ways), json!([false, "mean", 12, "softmax", null, null, null, 7]));
    assert_eq!(of("answers", json!({})), json!([true, null, null, null, false, null, null, 7]));
    assert_eq!(of("statements", json!({})), json!([false, null, null, null, null, "joint", 2, 7]));
}

#[test]
fn the_other_defaults_are_the_same_for_all() {
    let names = ["text.norm", "text.norm_epsilon", "text.positions", "text.feed_forward", "text.bias", "text.dropout"];
    let expected = json!(["layer", 1e-5, "learned", "gelu", true, 0.0]);
    for kind in ["contrastive", "answers", "statements"] {
        assert_eq!(parts(kind, json!({}), &names), expected, "{kind}");
        assert_eq!(parts(kind, json!({"text.hidden": null}), &["text.hidden"]), json!([48]), "{kind}");
    }
}

#[test]
fn what_no_part_can_be_is_refused_with_a_remedy() {
    assert_refused(&[
        ("answers", json!({"text.layers": 0}), "`model.text.layers = 0` is out of range; give 1 to 1000"),
        ("answers", json!({"text.width": 0}), "`model.text.width = 0` is out of range; give 1 to 100000"),
        ("answers", json!({"text.hidden": 0}), "`model.text.hidden = 0` is out of range; give 1 to 400000"),
        ("answers", json!({"text.context": 0}), "`model.text.context = 0` is out of range; give 1 to 10000000"),
        ("answers", json!({"picture.layers": 0}), "`model.picture.layers = 0` is out of range; give 1 to 1000"),
        (
            "answers",
            json!({"text.heads": 5}),
            "`model.text.heads = 5` does not divide `model.text.width = 12`; try `model.text.heads = 4`",
        ),
        (
            "answers",
            json!({"picture.heads": 3}),
            "`model.picture.heads = 3` does not divide `model.picture.width = 10`; try `model.picture.heads = 2`",
        ),
        (
            "answers",
            json!({"text.positions": "rotary", "text.heads": 4}),
            "`model.text.width = 12` gives heads of 3 channels, and rotary positions pair them; make width / heads even",
        ),
        (
            "answers",
            json!({"text.dropout": 1.0}),
            "`model.text.dropout = 1` is no share; give a number from 0 up to, but not including, 1",
        ),
        (
            "answers",
            json!({"text.attention_dropout": -0.5}),
            "`model.text.attention_dropout = -0.5` is no share; give a number from 0 up to, but not including, 1",
        ),
        (
            "answers",
            json!({"text.norm_epsilon": 0.0}),
            "`model.text.norm_epsilon = 0` must be above 0 and finite; 1e-5 is usual",
        ),
    ]);
}

#[test]
fn what_does_not_fit_the_kind_or_the_data_is_refused_with_a_remedy() {
    assert_refused(&[
        (
            "answers",
            json!({"text.causal": false}),
            "`model.text.causal = false` would let an answer see what it must predict; leave it out",
        ),
        (
            "statements",
            json!({"text.causal": true}),
            "`model.text.causal = true` would keep the class token from seeing the statement; leave it out",
        ),
        (
            "contrastive",
            json!({"text.pooling": "first"}),
            "`model.text.pooling = first` would pool a token that has seen no other; give `last` or `mean`, or `causal = false`",
        ),
        ("contrastive", json!({"projection": 0}), "`model.projection = 0` is out of range; give 1 to 100000"),
        ("statements", json!({"classes": 0}), "`model.classes = 0` is out of range; give 1 to 100000"),
        (
            "statements",
            json!({"classes": 1}),
            "`model.classes = 1` is less than the data's 2 classes; leave it out, or give at least 2",
        ),
        (
            "answers",
            json!({"vocabulary": 6}),
            "`model.vocabulary = 6` is less than the tokenizer's 7 ids; leave it out, or give at least 7",
        ),
        (
            "answers",
            json!({"picture.family": "gpt"}),
            "`model.picture.family = gpt` cannot read pictures here; leave it out, or give `vit`",
        ),
        (
            "answers",
            json!({"picture.blend": [{"patch": 2}]}),
            "`model.picture.blend = […]` cannot read pictures here; leave it out",
        ),
        (
            "contrastive",
            json!({"picture.distilled": true}),
            "`model.picture.distilled = true` is for heads that tell classes apart, and here is none; leave it out",
        ),
        (
            "answers",
            json!({"scale": "free"}),
            "`model.scale = free` is for `model.kind = contrastive` alone, and this is `answers`; leave it out",
        ),
        (
            "answers",
            json!({"projection": 3}),
            "`model.projection = 3` is for `model.kind = contrastive` alone, and this is `answers`; leave it out",
        ),
        (
            "statements",
            json!({"text.pooling": "last"}),
            "`model.text.pooling = last` is for `model.kind = contrastive` alone, and this is `statements`; leave it out",
        ),
        (
            "contrastive",
            json!({"gated": true}),
            "`model.gated = true` is for `model.kind = answers` alone, and this is `contrastive`; leave it out",
        ),
        (
            "answers",
            json!({"fusion": "cross"}),
            "`model.fusion = cross` is for `model.kind = statements` alone, and this is `answers`; leave it out",
        ),
    ]);
}

/// Each config of a kind with these keys is refused in these words.
fn assert_refused(refused: &[(&str, Value, &str)]) {
    for (kind, keys, expected) in refused {
        let fault = config(written(kind, keys.clone())).resolve(VOCABULARY, &PICTURED).expect_err(expected);
        assert_eq!(fault.to_string(), *expected);
    }
}

/// Nothing that can be written overflows.
#[test]
fn huge_sizes_are_refused() {
    for key in ["text.width", "text.layers", "text.heads", "text.hidden", "text.context", "vocabulary"] {
        let config = config(written("answers", json!({key: usize::MAX})));
        assert!(config.resolve(VOCABULARY, &PICTURED).is_err(), "{key}");
    }
}

/// JSON knows neither of these, but TOML does.
#[test]
fn what_is_no_finite_number_is_refused() {
    for value in [f64::NAN, f64::INFINITY].map(Some) {
        let sound = || config(written("statements", json!({})));
        let with = |text: TextConfig| MultimodalConfig { text, ..sound() };
        let faulty = [
            with(TextConfig { dropout: value, ..sound().text }),
            with(TextConfig { norm_epsilon: value, ..sound().text }),
        ];
        assert!(faulty.iter().all(|config| config.resolve(VOCABULARY, &PICTURED).is_err()), "{value:?} was taken");
    }
}

#[test]
fn unknown_keys_are_refused() {
    for key in ["depth", "text.depth", "picture.causal"] {
        let read: Result<MultimodalConfig, _> = serde_json::from_value(written("answers", json!({key: 3})));
        assert!(read.expect_err(key).to_string().starts_with("unknown field"), "{key}");
    }
}

#[test]
fn fusion_is_joint_unless_said() {
    let Aim::Statements(own) = plan("statements", json!({})).aim else { panic!("statements") };
    assert_eq!(own.fusion, Fusion::Joint);
}
