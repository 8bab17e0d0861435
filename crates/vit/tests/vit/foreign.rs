//! What says a model to transformers: read, written, refused; and where its weights stand.

use std::collections::{BTreeMap, BTreeSet};

use attentive_attention::parameters;
use attentive_hub::{Assembly, Config, Foreign, Gap, gathered};
use attentive_testkit::host;
use attentive_vit::{
    Pictured, VitPlan,
    foreign::{KINDS, base, config, labels, pictured, places, said, spare},
};
use proptest::{prelude::*, sample::select, test_runner::RngSeed};
use serde_json::{Value, json};

use crate::{
    published::Published,
    sample::{self, PICTURED, model, plan},
};

/// A `config.json`.
fn table(said: Value) -> Config {
    Config::new(said.as_object().expect("a table").clone())
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("kind {index}")).collect()
}

/// Plans that transformers has a model for.
fn plans() -> impl Strategy<Value = VitPlan> {
    let sizes = (1..=3_usize, 1..=3_usize, select(vec![2, 3, 4, 6]), 1..=9_usize);
    let parts = (
        select(vec!["gelu", "gelu_tanh", "quick_gelu", "relu", "silu"]),
        select(vec![(0, false), (1, false), (1, true)]),
        select(vec![1e-12, 1e-6, 0.3]),
        select(vec![0.0, 0.1]),
    );
    (sizes, parts, select(vec![1, 3]), 2..=5_usize).prop_map(|(sizes, parts, channels, classes)| {
        let (layers, heads, patch, hidden) = sizes;
        let (feed_forward, (registers, distilled), epsilon, dropout) = parts;
        let written = json!({
            "patch": patch, "layers": layers, "heads": heads, "width": 6 * heads, "hidden": hidden, "dropout": dropout,
            "attention_dropout": dropout / 2.0, "feed_forward": feed_forward, "registers": registers,
            "distilled": distilled, "norm_epsilon": epsilon,
        });
        sample::config(written).resolve(&Pictured { channels, size: 12, classes }).expect("it can be")
    })
}

type Tensors = BTreeMap<String, Foreign>;

/// The tensors of a file that holds the model's parameters, and the parameters.
fn assembled(plan: &VitPlan) -> (Tensors, Tensors) {
    let mut assembly = Assembly::default();
    let own = parameters(&model(plan)).into_iter().map(|(path, parameter)| {
        let own = Foreign { shape: parameter.shape, values: host(parameter.values) };
        assembly.put(&places(plan, &path), &own.shape, &own.values);
        (path, own)
    });
    let own = own.collect();
    (assembly.into_tensors(), own)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn what_is_said_is_read_back(plan in plans()) {
        let written = Config::new(said(&plan, &names(plan.classes)).expect("transformers has such a model"));
        let pictured = pictured(&written).expect("it has pictures");
        prop_assert_eq!(config(&written).expect("it can be followed").resolve(&pictured), Ok(plan.clone()));
        prop_assert_eq!(labels(&written), Ok(names(plan.classes)));
        prop_assert!(KINDS.contains(&written.text("model_type").expect("text").expect("there")));
    }

    #[test]
    fn what_is_assembled_is_gathered_again(plan in plans()) {
        let (file, own) = assembled(&plan);
        let mut read = BTreeSet::new();
        for (path, Foreign { shape, values }) in own {
            let places = places(&plan, &path);
            prop_assert!(!places.is_empty(), "{} stands nowhere", path);
            read.extend(places.iter().map(|place| place.tensor.clone()));
            let found = gathered(&places, &shape, |tensor| Ok::<_, Gap>(file.get(tensor).cloned()));
            prop_assert_eq!(found, Ok(values), "{}", path);
        }
        prop_assert!(file.keys().eq(&read), "all are read");
        prop_assert!(file.keys().all(|tensor| !spare(&plan, tensor)), "all are needed");
    }
}

#[test]
fn files_have_the_tensors_of_transformers() {
    for case in Published::all() {
        let (file, _) = assembled(&case.plan);
        let shapes = |tensor: &String| case.tensors[&format!("weight/{tensor}")].shape.clone();
        let expected: Vec<_> = case.names("weight").iter().map(|name| (name.clone(), shapes(name))).collect();
        let found: Vec<_> = file.into_iter().map(|(name, tensor)| (name, tensor.shape)).collect();
        assert_eq!(found, expected, "{}", case.name);
        let based = |name: &String| name.starts_with(base(&case.plan)) || name.contains("classifier.");
        assert!(case.names("weight").iter().all(based), "{}", case.name);
    }
}

#[test]
fn what_transformers_said_is_said_again() {
    const KEYS: [&str; 14] = [
        "architectures",
        "model_type",
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "intermediate_size",
        "hidden_act",
        "hidden_dropout_prob",
        "attention_probs_dropout_prob",
        "layer_norm_eps",
        "patch_size",
        "num_channels",
        "qkv_bias",
        "id2label",
    ];
    for case in Published::all() {
        let labels = labels(&case.said).expect("it has labels");
        let written = Config::new(said(&case.plan, &labels).expect("it came from there"));
        for key in KEYS {
            assert_eq!(written.raw(key), case.said.raw(key), "{}: {key}", case.name);
        }
    }
}

#[test]
fn what_is_absent_is_as_transformers_has_it() {
    let said = table(json!({"model_type": "vit", "torch_dtype": "float32", "image_size": null}));
    let plan =
        config(&said).expect("nothing is wrong").resolve(&pictured(&said).expect("the usual")).expect("it can be");
    let expected = json!({
        "family": "vit", "size": 224, "patch": 16, "overlap": 0, "layers": 12, "heads": 12, "width": 768, "hidden": 3072,
        "dropout": 0.0, "attention_dropout": 0.0, "depth": 0.0, "pooling": "class", "positions": "learned",
        "registers": 0, "distilled": false, "norm": "layer", "norm_epsilon": 1e-12, "embedding_norm": false,
        "feed_forward": "gelu", "bias": true, "patch_bias": true,
    });
    assert_eq!(serde_json::to_value(&plan).expect("plain data"), expected);
    assert_eq!([plan.channels, plan.classes], [3, 2]);
    assert_eq!(labels(&said), Ok(vec!["LABEL_0".to_owned(), "LABEL_1".to_owned()]));
}

/// Every key that shapes the model is written out, whatever ours would be by default.
#[test]
fn nothing_is_left_to_our_defaults() {
    let config = config(&table(json!({"model_type": "vit"}))).expect("nothing is wrong");
    let written = serde_json::to_value(config).expect("plain data");
    let absent = written.as_object().expect("a table").iter().filter(|(_, value)| value.is_null());
    assert_eq!(absent.map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["blend", "layer_scale"]);
}

/// Encoders without a head, and with others: what they lack begins anew.
#[test]
fn encoders_are_followed_too() {
    for (kind, architecture, registers) in
        [("vit", "ViTModel", 0), ("vit", "ViTForMaskedImageModeling", 0), ("deit", "DeiTModel", 1)]
    {
        let said = table(json!({"model_type": kind, "architectures": [architecture]}));
        let config = config(&said).expect("nothing is wrong");
        assert_eq!((config.registers, config.distilled), (Some(registers), Some(false)), "{architecture}");
    }
}

#[test]
fn classes_are_in_order_of_their_numbers() {
    let named = |said: Value| labels(&table(said)).map_err(|unfit| unfit.to_string());
    let eleven: serde_json::Map<String, Value> = (0..11).map(|index| (index.to_string(), json!(index * 2))).collect();
    assert_eq!(named(json!({"id2label": eleven})).expect("all are there")[10], "20");
    assert_eq!(named(json!({"num_labels": 3})).expect("counted"), ["LABEL_0", "LABEL_1", "LABEL_2"]);
    let gap = "`id2label` names 2 classes, and none of them is number 1";
    assert_eq!(named(json!({"id2label": {"0": "a", "2": "b"}})), Err(gap.to_owned()));
    let many = "`num_labels` is 9007199254740991, and more than 100000 are too many";
    assert_eq!(named(json!({"num_labels": 9_007_199_254_740_991_u64})), Err(many.to_owned()));
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let refused = [
        (json!({"model_type": null}), "`model_type` is absent; vit and deit are supported"),
        (json!({"model_type": "beit"}), "`model_type` is beit; vit and deit are supported"),
        (
            json!({"architectures": ["ViTForDetection"]}),
            "`architectures` is ViTForDetection; classifiers and encoders alone are supported",
        ),
        (json!({"qkv_bias": false}), "`qkv_bias` is false, and only true is supported"),
        (
            json!({"problem_type": "regression"}),
            "`problem_type` is regression, and only single_label_classification is supported",
        ),
        (
            json!({"id2label": {"0": "all"}}),
            "`id2label` names fewer than two classes, and only telling classes apart is supported",
        ),
        (
            json!({"hidden_act": "mish"}),
            "`hidden_act` is mish; gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, quick_gelu, relu and silu are supported",
        ),
        (
            json!({"image_size": [224, 192]}),
            "`image_size` lists other numbers than two that are equal, and only squares are supported",
        ),
        (
            json!({"patch_size": [16]}),
            "`patch_size` lists other numbers than two that are equal, and only squares are supported",
        ),
        (json!({"image_size": 225}), "`image_size` is 225, and only multiples of `patch_size`, 16, are supported"),
        (json!({"patch_size": 0}), "`image_size` is 224, and only multiples of `patch_size`, 0, are supported"),
        (json!({"hidden_size": -3}), "`hidden_size` is -3, where a whole number, not negative is expected"),
        (json!({"num_channels": 4}), "`num_channels` is 4; 1, gray, and 3, color, are supported"),
        (json!({"head_dim": 48}), "`head_dim` is 48, and only 64 is supported"),
        (json!({"layer_norm_eps": "tiny"}), "`layer_norm_eps` is \"tiny\", where a number is expected"),
    ];
    for (keys, expected) in refused {
        let mut said = json!({"model_type": "vit"});
        said.as_object_mut().expect("a table").extend(keys.as_object().expect("a table").clone());
        assert_eq!(config(&table(said)).expect_err(expected).to_string(), expected);
    }
}

/// Sizes that no model has are refused where a plan is made, and nothing overflows on the way.
#[test]
fn what_no_model_has_is_no_plan() {
    for key in ["hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "image_size"] {
        for value in [json!(0), json!(u64::MAX)] {
            let said = table(json!({"model_type": "deit", key: value, "patch_size": 1}));
            let plan = config(&said).map(|config| config.resolve(&PICTURED));
            assert!(!matches!(plan, Ok(Ok(_))), "{key} = {value}");
        }
    }
}

#[test]
fn what_transformers_has_not_is_not_written() {
    let refused = [
        (json!({"pooling": "mean"}), "`model.pooling` is mean, and transformers has such models with class alone"),
        (
            json!({"positions": "none"}),
            "`model.positions` is none, and transformers has such models with learned alone",
        ),
        (json!({"norm": "rms"}), "`model.norm` is rms, and transformers has such models with layer alone"),
        (json!({"bias": false}), "`model.bias` is false, and transformers has such models with true alone"),
        (json!({"patch_bias": false}), "`model.patch_bias` is false, and transformers has such models with true alone"),
        (
            json!({"embedding_norm": true}),
            "`model.embedding_norm` is true, and transformers has such models with false alone",
        ),
        (json!({"layer_scale": 0.1}), "`model.layer_scale` is 0.1, and transformers has such models with none alone"),
        (
            json!({"feed_forward": "swiglu"}),
            "`model.feed_forward` is swiglu, and transformers has such models with none that is gated alone",
        ),
        (
            json!({"registers": 2}),
            "`model.registers` is 2, and transformers has such models with 0 (ViT) or 1 (DeiT) alone",
        ),
        (json!({"overlap": 1}), "`model.overlap` is 1, and transformers has such models with 0 alone"),
        (json!({"blend": [{}, {}]}), "`model.blend` is 2, and transformers has such models with 1 alone"),
    ];
    for (keys, expected) in refused {
        let plan = plan(keys);
        assert_eq!(said(&plan, &names(5)).expect_err(expected).to_string(), expected);
        assert!(places(&plan, "head.weight").is_empty(), "{expected}");
    }
    let one = VitPlan { classes: 1, ..plan(json!({})) };
    let expected = "`data.labels` names one class, which transformers takes for a number to be guessed";
    assert_eq!(said(&one, &[]).expect_err(expected).to_string(), expected);
}

/// How a model is trained is no matter of its file.
#[test]
fn depth_of_training_is_not_written() {
    assert_eq!(said(&plan(json!({"depth": 0.1})), &[]), said(&plan(json!({})), &[]));
}
