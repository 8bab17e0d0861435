//! Sizes: exact counts of parameters, the defaults of configs, and what is refused.

use attentive_attention::{NormKind, NormPlace, parameters};
use attentive_bert::{Bert, BertConfig, BertPlan, Head, HeadActivation, HeadName, Pooling, Positions, cost};
use serde_json::{Value, json};

use crate::sample::{config, fresh, plan};

const HEADS: [Head; 4] = [Head::Masked, Head::Classes(3), Head::Number, Head::Tags(5)];

/// Plans of every combination of parts that changes a size.
fn plans() -> Vec<BertPlan> {
    let mut plans = Vec::new();
    for head in HEADS {
        for (positions, kinds, offset) in
            [("learned", 2, 0), ("learned", 1, 2), ("sinusoidal", 0, 0), ("rotary", 1, 0), ("none", 3, 0)]
        {
            for (norm, norm_place, feed_forward) in
                [("layer", "after", "gelu"), ("rms", "before", "swiglu"), ("layer", "before", "geglu")]
            {
                for [tied, bias] in [[false, false], [false, true], [true, false], [true, true]] {
                    let written = json!({
                        "positions": positions, "kinds": kinds, "norm": norm, "norm_place": norm_place, "tied": tied,
                        "feed_forward": feed_forward, "bias": bias, "layers": 2, "heads": 3, "width": 12, "context": 5,
                        "vocabulary": 7, "position_offset": offset, "dropout": 0.3, "attention_dropout": 0.1,
                    });
                    plans.push(plan(written, head));
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

/// As transformers 5.23 counts them in its models of these sizes.
#[test]
fn known_models_have_their_known_sizes() {
    let base = json!({"layers": 12, "heads": 12, "width": 768, "context": 512, "vocabulary": 30522});
    assert_eq!(cost(&plan(base.clone(), Head::Masked)).parameters, 109_514_298, "BERT base, masked");
    assert_eq!(cost(&plan(base.clone(), Head::Classes(2))).parameters, 109_483_778, "BERT base, two classes");
    assert_eq!(cost(&plan(base, Head::Tags(9))).parameters, 108_898_569, "BERT base, nine tags");
    let large = json!({"layers": 24, "heads": 16, "width": 1024, "context": 512, "vocabulary": 30522});
    assert_eq!(cost(&plan(large, Head::Number)).parameters, 335_142_913, "BERT large, a number");
    let roberta = json!({"layers": 12, "heads": 12, "width": 768, "context": 512, "position_offset": 2, "kinds": 1,
        "vocabulary": 50265});
    assert_eq!(cost(&plan(roberta, Head::Masked)).parameters, 124_697_433, "RoBERTa base, masked");
    let distilled = json!({"layers": 6, "heads": 12, "width": 768, "context": 512, "kinds": 0, "vocabulary": 30522});
    assert_eq!(cost(&plan(distilled, Head::Classes(2))).parameters, 66_955_010, "DistilBERT base, two classes");
}

#[test]
fn a_plan_reads_back_as_its_own_config() {
    for plan in plans() {
        let written = toml::to_string(&plan).expect("a plan is plain data");
        let config: BertConfig = toml::from_str(&written).expect("with keys that a config has");
        assert_eq!(config.written_head(), Some(plan.head));
        assert_eq!(config.resolve(1, plan.head), Ok(plan));
    }
}

/// So that a model can take over what another task has taught.
#[test]
fn tasks_share_all_but_their_heads() {
    let shared = |head| -> Vec<(String, Vec<usize>)> {
        let model = parameters(&fresh(&plan(with(json!({"vocabulary": 11})), head)));
        let rest = model.into_iter().filter(|(path, _)| !Bert::of_head(path));
        rest.map(|(path, parameter)| (path, parameter.shape)).collect()
    };
    let [masked, others @ ..] = HEADS.map(shared);
    assert!(others.iter().all(|other| *other == masked));
}

#[test]
fn a_plan_names_its_head_and_classes() {
    let keys = |head| {
        let plan = serde_json::to_value(plan(with(json!({"vocabulary": 11})), head)).expect("plain data");
        [plan["head"].clone(), plan["classes"].clone()]
    };
    let expected = [[json!("masked"), Value::Null], [json!("classes"), json!(3)], [json!("number"), Value::Null]];
    assert_eq!([Head::Masked, Head::Classes(3), Head::Number].map(keys), expected);
    assert_eq!(keys(Head::Tags(5)), [json!("tags"), json!(5)]);
}

/// The smallest config, with some keys set.
fn with(keys: Value) -> Value {
    let mut written = json!({"layers": 1, "heads": 2, "width": 30, "context": 5});
    let object = written.as_object_mut().expect("a table");
    object.extend(keys.as_object().expect("a table").clone());
    written
}

#[test]
fn absent_keys_make_the_published_bert() {
    let plan = config(with(json!({}))).resolve(11, Head::Masked).expect("the config is sound");
    assert_eq!((plan.family, plan.hidden, plan.kinds, plan.vocabulary), ("bert", 120, 2, 11));
    assert_eq!((plan.norm, plan.norm_place, plan.norm_epsilon), (NormKind::Layer, NormPlace::After, 1e-12));
    assert_eq!((plan.positions, plan.pooling, plan.dropout), (Positions::Learned, Pooling::Class, 0.0));
    assert_eq!((plan.position_offset, plan.attention_dropout, plan.head_dropout), (0, 0.0, 0.0));
    assert_eq!((plan.pooler_activation, plan.transform_activation), (HeadActivation::Tanh, HeadActivation::Gelu));
    assert!(plan.bias && plan.tied && !plan.pooler_dropout);
    let dropping = config(with(json!({"dropout": 0.3, "head_dropout": 0.1}))).resolve(11, Head::Masked);
    let dropping = dropping.expect("the config is sound");
    assert_eq!((dropping.attention_dropout, dropping.head_dropout), (0.3, 0.1));
    // 8/3 of the width, up to a multiple of 32.
    let gated = config(with(json!({"feed_forward": "swiglu"}))).resolve(11, Head::Masked);
    assert_eq!(gated.expect("the config is sound").hidden, 96);
}

#[test]
fn a_config_may_have_room_for_more_classes() {
    let more = config(with(json!({"head": "tags", "classes": 7}))).resolve(11, Head::Tags(5));
    assert_eq!(more.expect("the config is sound").head, Head::Tags(7));
    assert_eq!(config(with(json!({}))).written_head(), None);
}

#[test]
fn what_cannot_be_is_refused_with_a_remedy() {
    let refused = [
        (json!({"layers": 0}), "`model.layers = 0` is out of range; give 1 to 1000"),
        (json!({"layers": 1001}), "`model.layers = 1001` is out of range; give 1 to 1000"),
        (json!({"heads": 0}), "`model.heads = 0` is out of range; give 1 to 100000"),
        (json!({"width": 0}), "`model.width = 0` is out of range; give 1 to 100000"),
        (json!({"hidden": 0}), "`model.hidden = 0` is out of range; give 1 to 400000"),
        (json!({"context": 0}), "`model.context = 0` is out of range; give 1 to 10000000"),
        (json!({"classes": 10_000_001}), "`model.classes = 10000001` is out of range; give 1 to 10000000"),
        (json!({"kinds": 1001}), "`model.kinds = 1001` is out of range; give 0 to 1000"),
        (json!({"heads": 4}), "`model.heads = 4` does not divide `model.width = 30`; try `model.heads = 3`"),
        (
            json!({"positions": "rotary"}),
            "`model.width = 30` gives heads of 15 channels, and rotary positions pair them; make width / heads even",
        ),
        (json!({"dropout": 1.0}), "`model.dropout = 1` is no share; give a number from 0 up to, but not including, 1"),
        (
            json!({"attention_dropout": -0.1}),
            "`model.attention_dropout = -0.1` is no share; give a number from 0 up to, but not including, 1",
        ),
        (
            json!({"head_dropout": 1.5}),
            "`model.head_dropout = 1.5` is no share; give a number from 0 up to, but not including, 1",
        ),
        (
            json!({"position_offset": 10_000_001}),
            "`model.position_offset = 10000001` is out of range; give 0 to 10000000",
        ),
        (
            json!({"position_offset": 2, "positions": "none"}),
            "`model.position_offset = 2` has no meaning without learned positions; leave it out",
        ),
        (json!({"norm_epsilon": 0.0}), "`model.norm_epsilon = 0` must be above 0 and finite; 1e-5 is usual"),
        (
            json!({"vocabulary": 10}),
            "`model.vocabulary = 10` is less than the tokenizer's 11 ids; leave it out, or give at least 11",
        ),
        (json!({"head": "tags"}), "`model.head = tags` is not what the data's task asks for, `classes`; leave it out"),
        (json!({"classes": 2}), "`model.classes = 2` is less than the data's 3; leave it out, or give at least 3"),
    ];
    for (keys, expected) in refused {
        let fault = config(with(keys)).resolve(11, Head::Classes(3)).expect_err(expected);
        assert_eq!(fault.to_string(), expected);
    }
    let fault = config(with(json!({"classes": 2}))).resolve(11, Head::Masked).expect_err("tokens are no classes");
    assert_eq!(fault.to_string(), "`model.classes = 2` has no meaning for this task; leave it out");
    let fault = config(with(json!({}))).resolve(11, Head::Classes(0)).expect_err("data without classes");
    assert_eq!(fault.to_string(), "`model.classes = 0` is out of range; give 1 to 10000000");
}

/// JSON knows neither of these, but TOML does.
#[test]
fn what_is_no_finite_number_is_refused() {
    let sound = || config(with(json!({})));
    for value in [f64::NAN, f64::INFINITY].map(Some) {
        let faulty = [BertConfig { dropout: value, ..sound() }, BertConfig { norm_epsilon: value, ..sound() }];
        assert!(faulty.iter().all(|config| config.resolve(11, Head::Masked).is_err()), "{value:?} was taken");
    }
}

#[test]
fn no_size_is_too_large_to_be_refused() {
    for feed_forward in ["gelu", "swiglu"] {
        let config = config(with(json!({"width": usize::MAX, "feed_forward": feed_forward})));
        assert!(config.resolve(11, Head::Masked).is_err());
    }
}

#[test]
fn unknown_keys_are_refused() {
    let read: Result<BertConfig, _> = serde_json::from_value(with(json!({"depth": 3})));
    assert!(read.expect_err("no config has a depth").to_string().starts_with("unknown field `depth`"));
    let names = ["masked", "classes", "number", "tags"].map(|name| config(with(json!({"head": name}))).head);
    assert_eq!(names, [HeadName::Masked, HeadName::Classes, HeadName::Number, HeadName::Tags].map(Some));
}
