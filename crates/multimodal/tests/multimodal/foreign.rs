//! What says a model to transformers: read, written, refused; and where its weights stand.

use std::collections::{BTreeMap, BTreeSet};

use attentive_attention::parameters;
use attentive_hub::{Assembly, Config, Foreign, Gap, gathered};
use attentive_multimodal::{
    MultimodalPlan, Pictured,
    foreign::{KINDS, base, config, end, pictured, places, said, settled, spare},
};
use attentive_testkit::host;
use proptest::{prelude::*, sample::select, test_runner::RngSeed};
use serde_json::{Value, json};

use crate::{
    published::Published,
    sample::{self, contrastive, moved, plan},
};

/// A `config.json`.
fn table(said: Value) -> Config {
    Config::new(said.as_object().expect("a table").clone())
}

/// What makes the small model one that transformers has, with some keys set.
fn clip(keys: Value) -> MultimodalPlan {
    let mut all = json!({"picture.embedding_norm": true, "picture.patch_bias": false, "scale": "free"});
    all.as_object_mut().expect("a table").extend(keys.as_object().expect("a table").clone());
    plan("contrastive", all)
}

/// Plans that transformers has a model for.
fn plans() -> impl Strategy<Value = MultimodalPlan> {
    let tower = || {
        let activations = select(vec!["gelu", "gelu_tanh", "quick_gelu", "relu", "silu"]);
        let sizes = (1..=3_usize, 1..=3_usize, 1..=9_usize);
        (sizes, activations, select(vec![1e-5, 1e-6, 0.3]), select(vec![0.0, 0.1])).prop_map(
            |((layers, heads, hidden), activation, epsilon, dropout)| {
                json!({
                    "layers": layers, "heads": heads, "width": 6 * heads, "hidden": hidden, "feed_forward": activation,
                    "norm_epsilon": epsilon, "attention_dropout": dropout,
                })
            },
        )
    };
    let sizes = (select(vec![2, 3, 6]), select(vec![1, 3]), 1..=9_usize, 4..=9_usize);
    (tower(), tower(), sizes).prop_map(|(mut picture, mut text, (patch, channels, projection, vocabulary))| {
        picture["patch"] = json!(patch);
        picture["embedding_norm"] = json!(true);
        picture["patch_bias"] = json!(false);
        text["context"] = json!(projection);
        let written = json!({
            "kind": "contrastive", "projection": projection, "scale": "free", "picture": picture, "text": text,
        });
        let pictured = Pictured { channels, size: 6, classes: 0 };
        sample::config(written).resolve(vocabulary, &pictured).expect("it can be")
    })
}

type Tensors = BTreeMap<String, Foreign>;

/// The tensors of a file that holds the model's parameters, and the parameters.
fn assembled(plan: &MultimodalPlan) -> (Tensors, Tensors) {
    let mut assembly = Assembly::default();
    let own = parameters(&moved(contrastive(plan))).into_iter().map(|(path, parameter)| {
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
    fn what_is_said_is_read_back(plan in plans(), last in 3..9_usize) {
        let last = last.min(plan.vocabulary - 1);
        let written = Config::new(said(&plan, last).expect("transformers has such a model"));
        let pictured = pictured(&written).expect("it has pictures");
        prop_assert_eq!(config(&written).expect("it can be followed").resolve(1, &pictured), Ok(plan));
        prop_assert_eq!(end(&written), Ok(last));
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
        assert_eq!(base(&case.plan), "", "no name begins otherwise elsewhere");
    }
}

#[test]
fn numbers_of_positions_are_spare() {
    let plan = clip(json!({}));
    for (tensor, expected) in [
        ("text_model.embeddings.position_ids", true),
        ("vision_model.embeddings.position_ids", true),
        ("text_model.embeddings.position_embedding.weight", false),
    ] {
        assert_eq!(spare(&plan, tensor), expected, "{tensor}");
    }
}

#[test]
fn what_is_absent_is_as_transformers_has_it() {
    let said = table(json!({"model_type": "clip", "text_config": {"eos_token_id": 2}, "vision_config": null}));
    let plan = config(&said).expect("nothing is wrong").resolve(1, &pictured(&said).expect("the usual"));
    let expected = json!({
        "family": "multimodal", "kind": "contrastive", "projection": 512, "loss": "softmax", "scale": "free",
        "vocabulary": 49408,
        "picture": {
            "family": "vit", "size": 224, "patch": 32, "overlap": 0, "layers": 12, "heads": 12, "width": 768, "hidden": 3072,
            "dropout": 0.0, "attention_dropout": 0.0, "depth": 0.0, "pooling": "class", "positions": "learned",
            "registers": 0, "distilled": false, "norm": "layer", "norm_epsilon": 1e-5, "embedding_norm": true,
            "feed_forward": "quick_gelu", "bias": true, "patch_bias": false,
        },
        "text": {
            "layers": 12, "heads": 8, "width": 512, "hidden": 2048, "context": 77, "causal": true, "pooling": "last",
            "dropout": 0.0, "attention_dropout": 0.0, "norm": "layer", "norm_epsilon": 1e-5, "positions": "learned",
            "feed_forward": "quick_gelu", "bias": true,
        },
    });
    assert_eq!(serde_json::to_value(plan.expect("it can be")).expect("plain data"), expected);
    assert_eq!(end(&said), Ok(49_407));
}

/// Every key that shapes the model is written out, whatever ours would be by default.
#[test]
fn nothing_is_left_to_our_defaults() {
    let config = config(&table(json!({"model_type": "clip"}))).expect("nothing is wrong");
    let written = serde_json::to_value(config).expect("plain data");
    let absent = |table: &Value| -> Vec<String> {
        let entries = table.as_object().expect("a table").iter();
        entries.filter(|(_, value)| value.is_null()).map(|(key, _)| key.clone()).collect()
    };
    assert_eq!(absent(&written), ["classes", "fusion", "gated"]);
    assert_eq!(absent(&written["picture"]), ["blend", "layer_scale"]);
    assert_eq!(absent(&written["text"]), [""; 0]);
}

/// As transformers does, which takes nothing but what is usual from beside it.
#[test]
fn the_tables_of_old_files_are_preferred() {
    let said = table(json!({
        "model_type": "clip", "text_config": {"hidden_size": 96, "vocab_size": 9}, "text_config_dict": {"hidden_size": 64},
        "vision_config": {"patch_size": 16}, "vision_config_dict": null,
    }));
    let config = config(&said).expect("nothing is wrong");
    assert_eq!((config.text.width, config.vocabulary, config.picture.patch), (64, Some(49_408), 16));
}

#[test]
fn texts_are_read_at_an_id_that_there_is() {
    let told = |said: Value| end(&table(json!({"text_config": said}))).map_err(|unfit| unfit.to_string());
    assert_eq!(told(json!({})), Ok(49_407));
    assert_eq!(told(json!({"eos_token_id": 2, "vocab_size": 37})), Ok(36));
    assert_eq!(told(json!({"eos_token_id": 5, "vocab_size": 37})), Ok(5));
    let beyond = "`text_config.eos_token_id` is 37, which is no id of 37; correct it or `vocab_size`";
    assert_eq!(told(json!({"eos_token_id": 37, "vocab_size": 37})), Err(beyond.to_owned()));
    let several = "`text_config.eos_token_id` is [1,2], where a whole number, not negative is expected";
    assert_eq!(told(json!({"eos_token_id": [1, 2]})), Err(several.to_owned()));
    assert!(told(json!({"vocab_size": 0})).is_err());
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let refused = [
        (
            json!({"model_type": "clip_text_model"}),
            "`model_type` is clip_text_model, one half of a CLIP; whole ones are supported",
        ),
        (json!({"model_type": null}), "`model_type` is absent; clip is supported"),
        (json!({"model_type": "siglip"}), "`model_type` is siglip; clip is supported"),
        (
            json!({"architectures": ["CLIPForImageClassification"]}),
            "`architectures` is CLIPForImageClassification, and only CLIPModel is supported",
        ),
        (
            json!({"vision_config": {"hidden_act": "mish"}}),
            "`vision_config.hidden_act` is mish; gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, quick_gelu, relu and silu are supported",
        ),
        (
            json!({"vision_config": {"image_size": 100}}),
            "`vision_config.image_size` is 100, and only multiples of `patch_size`, 32, are supported",
        ),
        (
            json!({"vision_config": {"num_channels": 0}}),
            "`vision_config.num_channels` is 0; 1, gray, and 3, color, are supported",
        ),
        (json!({"text_config": 3}), "`text_config` is 3, where a table is expected"),
        (
            json!({"text_config": {"vocab_size": -1}}),
            "`text_config.vocab_size` is -1, where a whole number, not negative is expected",
        ),
        (json!({"projection_dim": 0.5}), "`projection_dim` is 0.5, where a whole number, not negative is expected"),
    ];
    for (keys, expected) in refused {
        let mut said = json!({"model_type": "clip"});
        said.as_object_mut().expect("a table").extend(keys.as_object().expect("a table").clone());
        assert_eq!(config(&table(said)).expect_err(expected).to_string(), expected);
    }
}

/// Sizes that no model has are refused where a plan is made, and nothing overflows on the way.
#[test]
fn what_no_model_has_is_no_plan() {
    for part in ["text_config", "vision_config"] {
        for key in ["hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"] {
            for value in [0, u64::MAX] {
                let said = table(json!({"model_type": "clip", part: {key: value}}));
                let pictured = pictured(&said).expect("the usual");
                let plan = config(&said).map(|config| config.resolve(1, &pictured));
                assert!(!matches!(plan, Ok(Ok(_))), "{part}.{key} = {value}");
            }
        }
    }
}

#[test]
fn what_transformers_has_not_is_not_written() {
    let refused = [
        (json!({"loss": "sigmoid"}), "`model.loss` is sigmoid, and transformers has such models with softmax alone"),
        (
            json!({"picture.patch_bias": true}),
            "`model.picture.patch_bias` is true, and transformers has such models with false alone",
        ),
        (
            json!({"picture.embedding_norm": false}),
            "`model.picture.embedding_norm` is false, and transformers has such models with true alone",
        ),
        (
            json!({"picture.registers": 1}),
            "`model.picture.registers` is 1, and transformers has such models with 0 alone",
        ),
        (
            json!({"picture.pooling": "mean"}),
            "`model.picture.pooling` is mean, and transformers has such models with class alone",
        ),
        (
            json!({"text.causal": false, "text.pooling": "last"}),
            "`model.text.causal` is false, and transformers has such models with true alone",
        ),
        (
            json!({"text.pooling": "mean"}),
            "`model.text.pooling` is mean, and transformers has such models with last alone",
        ),
        (
            json!({"text.positions": "rotary"}),
            "`model.text.positions` is rotary, and transformers has such models with learned alone",
        ),
        (json!({"text.norm": "rms"}), "`model.text.norm` is rms, and transformers has such models with layer alone"),
        (json!({"text.bias": false}), "`model.text.bias` is false, and transformers has such models with true alone"),
        (
            json!({"text.feed_forward": "swiglu"}),
            "`model.text.feed_forward` is swiglu, and transformers has such models with none that is gated alone",
        ),
    ];
    for (keys, expected) in refused {
        let plan = clip(keys);
        assert_eq!(said(&plan, 6).expect_err(expected).to_string(), expected);
        assert!(places(&plan, "scale").is_empty(), "{expected}");
    }
    let answers = plan("answers", json!({}));
    let expected = "`model.kind` is answers, and transformers has such models with contrastive alone";
    assert_eq!(said(&answers, 6).expect_err(expected).to_string(), expected);
}

#[test]
fn ends_that_transformers_would_not_find_are_refused() {
    let refused = [
        (7, "`data.tokenizer` ends texts with 7, which is no id of 7"),
        (2, "`data.tokenizer` ends texts with the id 2, by which transformers means the highest one; give it another"),
    ];
    for (end, expected) in refused {
        assert_eq!(said(&clip(json!({})), end).expect_err(expected).to_string(), expected);
    }
    let three = MultimodalPlan { vocabulary: 3, ..clip(json!({})) };
    assert!(said(&three, 2).is_ok(), "the highest one is meant");
}

#[test]
fn a_bounded_scale_is_written_within_its_bound() {
    let written = |scale: &str, path| {
        let mut values = [4.0, 5.0];
        settled(&clip(json!({"scale": scale})), path, &mut values);
        values
    };
    assert_eq!(written("bounded", "scale"), [4.0, 100.0_f32.ln()]);
    assert_eq!(written("free", "scale"), [4.0, 5.0]);
    assert_eq!(written("bounded", "text.norm.bias"), [4.0, 5.0]);
}
