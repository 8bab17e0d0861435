//! Sizes: exact counts of parameters, the defaults of configs, and what is refused.

use attentive_attention::parameters;
use attentive_vit::{Pictured, VitConfig, VitPlan, cost, encoder_cost};
use serde_json::{Value, json};

use crate::sample::{PICTURED, SIZE, config, fresh, plan, with};

/// Plans of every combination of parts that changes a size.
fn plans() -> Vec<VitPlan> {
    let mut plans = Vec::new();
    for positions in ["learned", "sinusoidal", "none"] {
        for (pooling, registers) in [("class", 0), ("class", 2), ("mean", 0), ("mean", 3)] {
            for (norm, bias) in [("layer", true), ("layer", false), ("rms", true), ("rms", false)] {
                plans.push(plan(json!({
                    "positions": positions, "pooling": pooling, "registers": registers, "norm": norm, "bias": bias,
                })));
            }
        }
    }
    plans.push(plan(json!({"layer_scale": 0.1, "depth": 0.2, "dropout": 0.1})));
    plans.push(plan(json!({"embedding_norm": true, "feed_forward": "swiglu", "size": 20})));
    plans.push(plan(json!({"patch_bias": false, "dropout": 0.1, "attention_dropout": 0.2})));
    plans.push(plan(json!({"patch_bias": true, "bias": false})));
    plans.push(plan(json!({"registers": 2, "distilled": true})));
    plans.push(plan(json!({"overlap": 3})));
    plans.push(plan(json!({"blend": blend(), "layer_scale": 0.1})));
    plans.push(plan(json!({"blend": blend(), "bias": false})));
    plans
}

fn blend() -> Value {
    json!([{"patch": 6, "layers": 1, "frozen": true, "from": "runs/six"}, {"width": 21, "pooling": "mean", "registers": 2}])
}

fn counted(sizes: impl Iterator<Item = Vec<usize>>) -> u64 {
    sizes.map(|shape| shape.iter().product::<usize>() as u64).sum()
}

#[test]
fn the_cost_counts_every_parameter() {
    for plan in plans() {
        let model = fresh(&plan);
        let shapes = parameters(&model).into_values().map(|parameter| parameter.shape);
        assert_eq!(cost(&plan).parameters, counted(shapes), "{plan:?}");
        for (encoder, plan) in model.encoders.iter().zip(plan.encoders()) {
            let shapes = parameters(encoder).into_values().map(|parameter| parameter.shape);
            assert_eq!(encoder_cost(&plan).parameters, counted(shapes), "{plan:?}");
        }
    }
}

/// The figures that timm and transformers count for 1000 classes.
#[test]
fn known_models_have_their_known_sizes() {
    let published = |keys: Value| {
        let pictured = Pictured { channels: 3, size: 224, classes: 1000 };
        cost(&config(keys).resolve(&pictured).expect("the config is sound")).parameters
    };
    let sizes = |layers, heads, width| json!({"patch": 16, "layers": layers, "heads": heads, "width": width});
    assert_eq!(published(sizes(12, 3, 192)), 5_717_416, "ViT-Ti/16");
    assert_eq!(published(sizes(12, 6, 384)), 22_050_664, "ViT-S/16");
    assert_eq!(published(sizes(12, 12, 768)), 86_567_656, "ViT-B/16");
    assert_eq!(published(sizes(24, 16, 1024)), 304_326_632, "ViT-L/16");
}

#[test]
fn a_plan_reads_back_as_its_own_config() {
    for plan in plans() {
        let written = serde_json::to_value(&plan).expect("a plan is plain data");
        assert_eq!(config(written).resolve(&PICTURED), Ok(plan));
    }
}

#[test]
fn absent_keys_have_their_defaults() {
    let read = config(json!({"patch": 4, "layers": 2, "heads": 3, "width": 30})).resolve(&PICTURED);
    let plan = serde_json::to_value(read.expect("the config is sound")).expect("plain data");
    let expected = json!({
        "family": "vit", "size": SIZE, "patch": 4, "overlap": 0, "layers": 2, "heads": 3, "width": 30, "hidden": 120, "dropout": 0.0,
        "attention_dropout": 0.0, "depth": 0.0, "pooling": "class", "positions": "learned", "registers": 0,
        "distilled": false, "norm": "layer", "norm_epsilon": 1e-6, "embedding_norm": false, "feed_forward": "gelu",
        "bias": true, "patch_bias": true,
    });
    assert_eq!(plan, expected);
}

#[test]
fn what_one_key_says_another_may_take_over() {
    let plan = plan(json!({"dropout": 0.3, "bias": false}));
    assert_eq!((plan.attention_dropout, plan.patch_bias), (0.3, false));
}

#[test]
fn an_encoder_of_a_blend_is_like_the_others_where_it_says_nothing() {
    let plan = plan(json!({"blend": [{}, {"width": 21}, {"hidden": 5, "patch": 6}], "registers": 1}));
    let hidden: Vec<usize> = plan.blend.iter().map(|encoder| encoder.hidden).collect();
    assert_eq!(hidden, [44, 84, 5], "another width has a feed-forward of its own");
    let patches: Vec<usize> = plan.encoders().iter().map(VitPlan::length).collect();
    assert_eq!(patches, [11, 11, 6]);
}

#[test]
fn what_cannot_be_is_refused_with_a_remedy() {
    let refused = [
        (json!({"size": 0}), "`model.size = 0` is out of range; give 1 to 10000"),
        (json!({"patch": 0}), "`model.patch = 0` is out of range; give 1 to 10000"),
        (json!({"layers": 0}), "`model.layers = 0` is out of range; give 1 to 1000"),
        (json!({"heads": 0}), "`model.heads = 0` is out of range; give 1 to 100000"),
        (json!({"width": 0}), "`model.width = 0` is out of range; give 1 to 100000"),
        (json!({"hidden": 0}), "`model.hidden = 0` is out of range; give 1 to 400000"),
        (json!({"heads": 4}), "`model.heads = 4` does not divide `model.width = 30`; try `model.heads = 3`"),
        (json!({"overlap": 5}), "`model.overlap = 5` reaches beyond the patches around one; give at most `patch`, 4"),
        (json!({"patch": 5}), "`model.patch = 5` does not divide `model.size = 12`; try `model.patch = 4`"),
        (
            json!({"size": 257, "patch": 1}),
            "`model.patch = 1` cuts a picture into 66049 patches; more than 65536 are too many",
        ),
        (json!({"registers": 65_537}), "`model.registers = 65537` is too many; give at most 65536"),
        (json!({"dropout": 1.0}), "`model.dropout = 1` is no share; give a number from 0 up to, but not including, 1"),
        (
            json!({"attention_dropout": 1.0}),
            "`model.attention_dropout = 1` is no share; give a number from 0 up to, but not including, 1",
        ),
        (json!({"distilled": true}), "`model.distilled = true` needs a register to read; give `model.registers = 1`"),
        (
            json!({"distilled": true, "registers": 1, "pooling": "mean"}),
            "`model.distilled = true` needs a class token beside it; give `model.pooling = \"class\"`",
        ),
        (
            json!({"distilled": true, "registers": 1, "blend": [{}]}),
            "`model.distilled = true` is for one encoder; leave `model.blend` out",
        ),
        (json!({"depth": -0.1}), "`model.depth = -0.1` is no share; give a number from 0 up to, but not including, 1"),
        (json!({"layer_scale": 11.0}), "`model.layer_scale = 11` must lie between -10 and 10; 1e-5 to 0.1 is usual"),
        (json!({"norm_epsilon": 0.0}), "`model.norm_epsilon = 0` must be above 0 and finite; 1e-5 is usual"),
        (
            json!({"blend": [{}, {"patch": 5}]}),
            "`model.blend.1.patch = 5` does not divide `model.blend.1.size = 12`; try `model.blend.1.patch = 4`",
        ),
        (json!({"blend": vec![json!({}); 65]}), "`model.blend = 65` is out of range; give 1 to 64"),
    ];
    for (keys, expected) in refused {
        let fault = with(keys).resolve(&PICTURED).expect_err(expected);
        assert_eq!(fault.to_string(), expected);
    }
}

#[test]
fn data_without_classes_is_refused() {
    let fault = with(json!({})).resolve(&Pictured { classes: 0, ..PICTURED }).expect_err("there are none");
    let expected = "`model.family = vit` tells classes apart, and the data names none; give it labels";
    assert_eq!(fault.to_string(), expected);
}

/// JSON knows neither of these, but TOML does.
#[test]
fn what_is_no_finite_number_is_refused() {
    let sound = || with(json!({}));
    for value in [f64::NAN, f64::INFINITY].map(Some) {
        let faulty = [
            VitConfig { dropout: value, ..sound() },
            VitConfig { depth: value, ..sound() },
            VitConfig { layer_scale: value, ..sound() },
            VitConfig { norm_epsilon: value, ..sound() },
        ];
        assert!(faulty.iter().all(|config| config.resolve(&PICTURED).is_err()), "{value:?} was taken");
    }
}

#[test]
fn unknown_keys_are_refused() {
    let written = json!({"patch": 4, "layers": 2, "heads": 3, "width": 30, "blend": [{"dropout": 0.1}]});
    let read: Result<VitConfig, _> = serde_json::from_value(written);
    assert!(read.expect_err("no encoder has its own").to_string().starts_with("unknown field `dropout`"));
}
