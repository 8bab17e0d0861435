//! Configs and files of transformers: read as ours, written as theirs, and refused where no model of ours is theirs.

use std::collections::BTreeSet;

use attentive_attention::parameters;
use attentive_hub::Config;
use attentive_seq2seq::{
    Seq2SeqPlan, Style, cost,
    foreign::{self, Format, KINDS, base, places, said, spare, zero_if_absent},
};
use attentive_testkit::{assert_slices_close, host};
use proptest::{prelude::*, sample::select, test_runner::RngSeed};
use serde_json::{Map, Value, json};

use crate::{
    folder::{exported, taken, unread},
    parity::cases,
    sample::{fresh, model, plan},
};

pub(crate) fn table(value: Value) -> Map<String, Value> {
    value.as_object().expect("a table").clone()
}

/// One unit in the last place of what is near one.
const WAVES: f32 = 1.2e-7;

/// The plan of a foreign config.
fn read(written: Map<String, Value>) -> Seq2SeqPlan {
    let config = foreign::config(&Config::new(written)).unwrap_or_else(|unfit| panic!("{unfit}"));
    config.resolve(1).unwrap_or_else(|fault| panic!("{fault}"))
}

pub(crate) fn with(mut plan: Value, keys: Value) -> Value {
    plan.as_object_mut().expect("a table").extend(table(keys));
    plan
}

/// The keys of a plan of each architecture, but for its sizes.
pub(crate) fn parts(format: Format) -> Value {
    let bart = json!({"style": "bart", "unused_positions": 2, "head_bias": true, "padding": 1});
    let first = json!({"head_bias": true, "padding": 1});
    match format {
        Format::T5 => json!({"style": "t5"}),
        Format::Bart => bart,
        Format::Mbart => with(bart, json!({"norm_place": "before"})),
        Format::Marian => first,
        Format::Pegasus => with(first, json!({"style": "pre_norm"})),
    }
}

const FORMATS: [Format; 5] = [Format::T5, Format::Bart, Format::Mbart, Format::Marian, Format::Pegasus];

/// Plans of every architecture, as their files say them.
fn plans() -> impl Strategy<Value = Seq2SeqPlan> {
    let kinds = select(vec!["gelu", "gelu_tanh", "quick_gelu", "relu", "silu", "geglu", "swiglu"]);
    let sizes = (1..=3_usize, 1..=3_usize, 1..=3_usize, 1..=5_usize);
    let heads = select(vec![[true, true], [true, false], [false, true], [false, false]]);
    (select(FORMATS.to_vec()), kinds, sizes, heads, any::<bool>(), 0..=1_u32).prop_map(
        |(format, kind, (layers, decoder_layers, heads, channels), [tied, head_scale], scaled, ids)| {
            let width = heads * channels;
            let sizes = json!({
                "layers": layers, "decoder_layers": decoder_layers, "heads": heads, "channels": channels, "width": width,
                "hidden": width + 3, "context": 11, "vocabulary": 7, "dropout": 0.25, "start": ids, "end": ids + 2,
                "feed_forward": kind,
            });
            let own = match format {
                Format::T5 => json!({
                    "width": width + 1, "tied": tied, "head_scale": head_scale, "buckets": 9, "distance": 13,
                    "norm_epsilon": 1e-5,
                }),
                _ if matches!(kind, "geglu" | "swiglu") => json!({"feed_forward": "relu", "embedding_scale": scaled}),
                _ => json!({"embedding_scale": scaled, "attention_dropout": 0.125}),
            };
            plan(with(with(parts(format), sizes), own))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn what_is_said_of_a_plan_reads_as_that_plan(plan in plans()) {
        let said = Config::new(said(&plan).expect("it has a format"));
        let tensors = exported(&model(&plan), &plan);
        let config = foreign::config_with(&said, |name| tensors.contains_key(name)).expect("it was just said");
        prop_assert_eq!(config.resolve(1).expect("it was resolved before"), plan);
    }

    #[test]
    fn what_is_exported_reads_as_it_was(plan in plans()) {
        let model = model(&plan);
        let tensors = exported(&model, &plan);
        for (path, parameter) in parameters(&model) {
            prop_assert_eq!(taken(&plan, &path, &parameter.shape, &tensors), host(parameter.values));
        }
        prop_assert!(unread(&model, &plan, &tensors).is_empty());
        let stored: usize = tensors.values().map(|tensor| tensor.values.len()).sum();
        prop_assert_eq!(stored as u64, cost(&plan).parameters, "no two parameters stand in one place");
    }
}

#[test]
fn what_is_loaded_and_exported_is_the_file_again() {
    for case in cases() {
        let (tensors, mut expected) = (exported(&case.model(), &case.plan), case.part("weight"));
        for (name, constant) in foreign::constants(&case.plan) {
            let waves = expected.remove(&name).expect("the file has it");
            assert_eq!(constant.shape, waves.shape, "{}: {name}", case.name);
            assert_slices_close(&constant.values, &waves.values, WAVES, case.name);
        }
        assert!(tensors.keys().eq(expected.keys()), "{}: {:?}", case.name, tensors.keys());
        for (name, tensor) in tensors {
            assert_eq!(tensor.shape, expected[&name].shape, "{}: {name}", case.name);
            assert_eq!(tensor.values, expected[&name].values, "{}: {name}", case.name);
        }
    }
}

#[test]
fn what_is_said_of_a_file_is_what_its_config_says() {
    for case in cases() {
        let said = said(&case.plan).expect("it came from there");
        let renamed = |value: &Value| match value.as_str() {
            Some("swish") => json!("silu"),
            Some("mt5") => json!("t5"),
            _ => value.clone(),
        };
        let same = |key: &&String| {
            case.config.contains_key(*key) && !["architectures", "bos_token_id"].contains(&key.as_str())
        };
        for key in said.keys().filter(same) {
            assert_eq!(said[key], renamed(&case.config[key]), "{}: {key}", case.name);
        }
        let once = read(said);
        assert_eq!(Seq2SeqPlan { context: case.plan.context, ..once }, case.plan, "{}", case.name);
    }
}

#[test]
fn absent_keys_are_what_transformers_takes_for_them() {
    let sizes = |kind: &str| {
        let plan = read(table(json!({"model_type": kind})));
        let shape = [plan.layers, plan.decoder_layers, plan.heads, plan.channels, plan.width, plan.hidden];
        (shape, plan.vocabulary, plan.context, [plan.start, plan.end, plan.padding])
    };
    let large = [12, 12, 16, 64, 1024, 4096];
    assert_eq!(sizes("t5"), ([6, 6, 8, 64, 512, 2048], 32128, 512, [Some(0), Some(1), None]));
    assert_eq!(sizes("mt5"), ([8, 8, 6, 64, 512, 1024], 250_112, 512, [Some(0), Some(1), None]));
    assert_eq!(sizes("bart"), (large, 50_265, 1024, [Some(2), Some(2), Some(1)]));
    assert_eq!(sizes("mbart"), (large, 50_265, 1024, [None, Some(2), Some(1)]));
    assert_eq!(sizes("marian"), (large, 58_101, 1024, [Some(58_100), Some(0), Some(58_100)]));
    assert_eq!(sizes("pegasus"), (large, 50_265, 1024, [Some(0), Some(1), Some(0)]));
    assert_eq!(cost(&read(table(json!({"model_type": "t5"})))).parameters, 60_506_624, "T5 small");
    for kind in KINDS {
        let plan = read(table(json!({"model_type": kind})));
        assert!((plan.dropout - 0.1).abs() < 1e-9, "{kind}");
        assert!(Format::of(&plan).is_ok(), "{kind}");
    }
}

/// As versions 2 to 5 wrote them.
#[test]
fn configs_of_all_versions_read_alike() {
    let newer = json!({"model_type": "t5", "feed_forward_proj": "gated-gelu", "tie_word_embeddings": false});
    let resaved = json!({
        "model_type": "t5", "feed_forward_proj": "gated-gelu", "tie_word_embeddings": true, "scale_decoder_outputs": false,
        "dense_act_fn": "gelu_new", "is_gated_act": true, "decoder_start_token_id": 0, "eos_token_id": [1],
    });
    assert_eq!(read(table(newer)), read(table(resaved)));

    let old = json!({
        "model_type": "marian", "vocab_size": 65, "decoder_start_token_id": 64, "pad_token_id": 64, "d_model": 12,
        "encoder_attention_heads": 2, "decoder_attention_heads": 2, "num_hidden_layers": 6, "encoder_layers": 6,
        "decoder_layers": 6, "static_position_embeddings": true, "normalize_before": false, "normalize_embedding": false,
        "add_final_layer_norm": false, "add_bias_logits": false, "scale_embedding": true, "torch_dtype": "float16",
        "bad_words_ids": [[64]], "num_beams": 6, "activation_function": "swish", "gradient_checkpointing": false,
        "forced_eos_token_id": 0, "max_length": 512, "id2label": {"0": "LABEL_0"}, "encoder_layerdrop": 0.0,
    });
    let new = json!({
        "model_type": "marian", "vocab_size": 65, "decoder_vocab_size": 65, "decoder_start_token_id": 64, "pad_token_id": 64,
        "d_model": 12, "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_layers": 6, "decoder_layers": 6,
        "scale_embedding": true, "dtype": "float16", "activation_function": "silu",
        "share_encoder_decoder_embeddings": true, "tie_word_embeddings": true, "is_encoder_decoder": true,
    });
    assert_eq!(read(table(old)), read(table(new)));
}

/// Ours from the beginning have no numbers that training leaves alone, and no rows that nothing reads.
#[test]
fn a_model_of_our_own_comes_back_with_zeros_in_their_places() {
    let sizes = json!({
        "layers": 1, "heads": 2, "width": 6, "context": 5, "vocabulary": 7, "start": 0, "end": 1,
    });
    for style in ["transformer", "pre_norm", "bart"] {
        let own = plan(with(json!({"style": style}), sizes.clone()));
        let back = read(said(&own).expect("it has a format"));
        let unused = if own.style == Style::Bart { 2 } else { 0 };
        let more = Seq2SeqPlan { head_bias: true, unused_positions: unused, padding: Some(0), ..own.clone() };
        assert_eq!(back, more, "{style}");
        let (model, tensors) = (model(&own), exported(&model(&own), &own));
        assert!(!tensors.contains_key("final_logits_bias"), "{style}");
        for (path, parameter) in parameters(&fresh(&back)).into_iter().filter(|(path, _)| path != "head_bias") {
            let mut expected = host(parameters(&model)[&path].values.clone());
            let zeros = vec![0.0; parameter.shape.iter().product::<usize>() - expected.len()];
            expected.splice(..0, zeros);
            assert_eq!(taken(&back, &path, &parameter.shape, &tensors), expected, "{style}: {path}");
        }
        let [place] = &places(&back, "head_bias")[..] else { panic!("it has one place") };
        assert!(zero_if_absent(&back, &place.tensor), "{style}");
    }
}

#[test]
fn what_files_hold_beside_is_known() {
    for case in cases() {
        let plan = &case.plan;
        let shared = ["encoder", "decoder"].map(|side| format!("{}{side}.embed_tokens.weight", base(plan)));
        assert!(shared.iter().all(|name| spare(plan, name)), "{}", case.name);
        assert_eq!(spare(plan, "lm_head.weight"), plan.tied, "{}", case.name);
        let [tokens] = &places(plan, "tokens.table")[..] else { panic!("it has one place") };
        let copies = shared.iter().map(String::as_str).chain(plan.tied.then_some("lm_head.weight"));
        for copy in copies {
            assert_eq!(foreign::repeated(plan, copy).as_ref(), Some(&tokens.tensor), "{}", case.name);
        }
        let waves = plan.style != Style::Bart && plan.style != Style::T5;
        assert_eq!(spare(plan, "model.encoder.embed_positions.weight"), waves, "{}", case.name);
        let weights: BTreeSet<String> = case.part("weight").into_keys().collect();
        let beside: Vec<&String> = weights.iter().filter(|name| spare(plan, name)).collect();
        assert_eq!(
            beside,
            unread(&case.model(), plan, &case.part("weight")).iter().collect::<Vec<_>>(),
            "{}",
            case.name
        );
        let outside = ["lm_head.weight", "final_logits_bias"];
        let under = weights.iter().all(|name| name.starts_with(base(plan)) || outside.contains(&name.as_str()));
        assert!(under, "{}: {weights:?}", case.name);
    }
}

/// T5 1.1 and mT5 as transformers 5 makes them: their files hold no head, and their configs only whether one is scaled.
#[test]
fn a_file_without_a_head_has_the_embedding_for_one() {
    let cases = [
        (json!({"model_type": "t5", "tie_word_embeddings": true, "scale_decoder_outputs": false}), [false, true]),
        (json!({"model_type": "t5", "tie_word_embeddings": false}), [false, true]),
        (json!({"model_type": "mt5", "tie_word_embeddings": true}), [false, true]),
        (json!({"model_type": "t5", "tie_word_embeddings": true}), [true, true]),
        (json!({"model_type": "bart", "tie_word_embeddings": true}), [true, true]),
    ];
    for (said, [with, without]) in cases {
        let tied = |own| {
            let config = Config::new(table(said.clone()));
            foreign::config_with(&config, |name| own && name == "lm_head.weight").expect("it is sound").tied
        };
        assert_eq!([tied(true), tied(false)], [Some(with), Some(without)], "{said}");
    }
}
