//! What configs of transformers say, what they leave unsaid, and what of them, and of our plans, is refused.

use attentive_attention::{NormKind, NormPlace};
use attentive_bert::{
    BertConfig, BertPlan, Head, HeadActivation, HeadName, Pooling, Positions,
    foreign::{Format, config, labels, pooling, said},
};
use attentive_hub::{Config, Unfit};
use proptest::{prelude::*, sample::select, test_runner::RngSeed};
use serde_json::{Value, json};

use crate::sample::plan;

fn read(written: Value) -> Config {
    Config::new(written.as_object().expect("a table").clone())
}

fn bert(keys: Value) -> Config {
    let mut written = json!({"model_type": "bert"});
    written.as_object_mut().expect("a table").extend(keys.as_object().expect("a table").clone());
    read(written)
}

/// As those of the published base models.
#[test]
fn absent_keys_are_what_transformers_takes_them_for() {
    let written = config(&bert(json!({}))).expect("a config may say nothing");
    assert_eq!((written.layers, written.heads, written.width, written.context), (12, 12, 768, 512));
    assert_eq!((written.hidden, written.vocabulary, written.kinds), (Some(3072), Some(30_522), Some(2)));
    assert_eq!((written.dropout, written.attention_dropout, written.head_dropout), (Some(0.1), None, None));
    assert_eq!((written.head, written.classes, written.norm_epsilon), (None, None, Some(1e-12)));

    let written = config(&read(json!({"model_type": "roberta", "max_position_embeddings": 514}))).expect("sound");
    assert_eq!((written.context, written.position_offset, written.vocabulary), (512, Some(2), Some(50_265)));
    let written = config(&read(json!({"model_type": "xlm-roberta"}))).expect("sound");
    assert_eq!((written.context, written.position_offset, written.vocabulary), (510, Some(2), Some(30_522)));

    let written = config(&read(json!({"model_type": "distilbert"}))).expect("sound");
    assert_eq!((written.layers, written.heads, written.width, written.hidden), (6, 12, 768, Some(3072)));
    assert_eq!((written.dropout, written.head_dropout, written.kinds), (Some(0.1), Some(0.2), Some(0)));
    assert_eq!(written.pooler_activation, Some(HeadActivation::Relu));
}

#[test]
fn a_config_without_a_kind_is_known_by_its_class() {
    let kinds = |class: &str| config(&read(json!({"architectures": [class]}))).map(|written| written.kinds);
    assert_eq!(["BertModel", "DistilBertModel"].map(kinds), [Ok(Some(2)), Ok(Some(0))]);
}

#[test]
fn the_architecture_says_the_head() {
    let head = |keys: Value| config(&bert(keys)).map(|written| (written.head, written.classes));
    let judge = "BertForSequenceClassification";
    let cases = [
        (json!({"architectures": []}), None, None),
        (json!({"architectures": ["BertModel"]}), None, None),
        (json!({"architectures": ["BertForMaskedLM"]}), Some(HeadName::Masked), None),
        (json!({"architectures": ["BertForPreTraining"]}), Some(HeadName::Masked), None),
        (json!({"architectures": ["BertForTokenClassification"]}), Some(HeadName::Tags), Some(2)),
        (json!({"architectures": [judge]}), Some(HeadName::Classes), Some(2)),
        (json!({"architectures": [judge], "num_labels": 4}), Some(HeadName::Classes), Some(4)),
        (
            json!({"architectures": [judge], "id2label": {"0": "a", "1": "b", "2": "c"}}),
            Some(HeadName::Classes),
            Some(3),
        ),
        (json!({"architectures": [judge], "id2label": {"0": "LABEL_0"}}), Some(HeadName::Number), None),
    ];
    for (keys, name, classes) in cases {
        assert_eq!(head(keys.clone()), Ok((name, classes)), "{keys}");
    }
}

#[test]
fn labels_come_in_their_order() {
    let found = |keys: Value| labels(&bert(keys));
    assert_eq!(found(json!({})), Ok(vec![]));
    let many: serde_json::Map<String, Value> =
        (0..11).map(|label| (label.to_string(), json!(format!("l{label}")))).collect();
    let expected: Vec<String> = (0..11).map(|label| format!("l{label}")).collect();
    assert_eq!(found(json!({"id2label": many})), Ok(expected));
    let gap = found(json!({"id2label": {"0": "a", "2": "b"}})).expect_err("1 is absent");
    assert_eq!(gap.to_string(), "`id2label.1` is absent; write a name for each class");
}

#[test]
fn what_another_model_needs_is_refused() {
    let judge = json!(["BertForSequenceClassification"]);
    let architectures = "Model, ForMaskedLM, ForPreTraining, ForSequenceClassification and ForTokenClassification of Bert, \
                         Roberta, XLMRoberta and DistilBert";
    let kinds = "bert, roberta, xlm-roberta, distilbert";
    let refused = [
        (json!({"model_type": "gpt2"}), format!("`model_type` is gpt2, and only {kinds} are supported")),
        (json!({"model_type": null}), format!("`model_type` is absent; write which of {kinds} the model is")),
        (json!({"is_decoder": true}), "`is_decoder` is true, and only false is supported".into()),
        (json!({"add_cross_attention": true}), "`add_cross_attention` is true, and only false is supported".into()),
        (json!({"is_encoder_decoder": true}), "`is_encoder_decoder` is true, and only false is supported".into()),
        (
            json!({"position_embedding_type": "relative_key"}),
            "`position_embedding_type` is relative_key, and only absolute is supported".into(),
        ),
        (
            json!({"pruned_heads": {"0": [1]}}),
            "`pruned_heads` makes layers unlike each other, and only those of one shape are supported".into(),
        ),
        (
            json!({"hidden_act": "gelu_10"}),
            "`hidden_act` is gelu_10, and only gelu, gelu_python, gelu_new, gelu_fast, gelu_pytorch_tanh, quick_gelu, relu, \
             silu and swish are supported"
                .into(),
        ),
        (
            json!({"architectures": ["BertForQuestionAnswering"]}),
            format!("`architectures` begins with BertForQuestionAnswering, and only {architectures} are supported"),
        ),
        (json!({"architectures": [3]}), "`architectures` has an entry that is no string".into()),
        (json!({"type_vocab_size": 0}), "`type_vocab_size` is 0, and every token is of a type; at least 1 is needed".into()),
        (
            json!({"model_type": "roberta", "max_position_embeddings": 2}),
            "`max_position_embeddings` is 2, which leaves none behind the first 2".into(),
        ),
        (
            json!({"model_type": "roberta", "pad_token_id": u64::MAX}),
            "`max_position_embeddings` is 512, which leaves none behind the first 18446744073709551615".into(),
        ),
        (json!({"hidden_size": -4}), "`hidden_size` is -4, where a whole number, not negative is expected".into()),
        (json!({"hidden_dropout_prob": "x"}), "`hidden_dropout_prob` is \"x\", where a number is expected".into()),
        (
            json!({"architectures": judge, "problem_type": "multi_label_classification"}),
            "`problem_type` is multi_label_classification, and only regression and single_label_classification are supported"
                .into(),
        ),
        (
            json!({"architectures": judge, "problem_type": "regression"}),
            "`problem_type` is regression of 2 numbers, and only of one is supported".into(),
        ),
        (
            json!({"architectures": judge, "problem_type": "single_label_classification", "num_labels": 1}),
            "`problem_type` is single_label_classification, which needs at least 2 labels".into(),
        ),
        (json!({"architectures": judge, "id2label": {}}), "`id2label` is empty; write a name for each class".into()),
    ];
    for (keys, expected) in refused {
        let unfit = config(&bert(keys)).expect_err(&expected);
        assert_eq!(unfit.to_string(), expected);
    }
}

#[test]
fn what_transformers_lacks_is_refused() {
    let sizes = json!({"layers": 1, "heads": 1, "width": 6, "context": 5, "vocabulary": 7});
    let whole = plan(sizes, Head::Classes(3));
    let gated = serde_json::from_value(json!("swiglu")).expect("a kind of feed-forward");
    let without = BertPlan { kinds: 0, ..whole.clone() };
    let encoders = "as in transformers' encoders";
    let refused = [
        (BertPlan { norm: NormKind::Rms, ..whole.clone() }, format!("`norm` must be `layer`, {encoders}")),
        (
            BertPlan { norm_place: NormPlace::Before, ..whole.clone() },
            format!("`norm_place` must be `after`, {encoders}"),
        ),
        (
            BertPlan { positions: Positions::Rotary, ..whole.clone() },
            format!("`positions` must be `learned`, {encoders}"),
        ),
        (BertPlan { feed_forward: gated, ..whole.clone() }, format!("`feed_forward` must have no gate, {encoders}")),
        (BertPlan { bias: false, ..whole.clone() }, format!("`bias` must be true, {encoders}")),
        (
            BertPlan { pooling: Pooling::Mean, ..whole.clone() },
            "`pooling` must be `class`, as in transformers' heads of classes".into(),
        ),
        (
            BertPlan { head: Head::Classes(1), ..whole.clone() },
            "`classes` must be at least 2, as in transformers' heads of classes".into(),
        ),
        (
            BertPlan { pooler_activation: HeadActivation::Relu, ..whole.clone() },
            "`pooler_activation` must be `tanh`, as in a BERT".into(),
        ),
        (
            BertPlan { head: Head::Masked, transform_activation: HeadActivation::Relu, ..whole.clone() },
            "`transform_activation` must be that of `feed_forward`, as in a BERT".into(),
        ),
        (
            BertPlan {
                head: Head::Masked,
                transform_activation: HeadActivation::Relu,
                position_offset: 2,
                ..whole.clone()
            },
            "`transform_activation` must be `gelu`, as in a RoBERTa".into(),
        ),
        (
            BertPlan { position_offset: 8, ..whole.clone() },
            "`position_offset` must be at most `vocabulary`: in a RoBERTa, it follows the padding token's id".into(),
        ),
        (
            without.clone(),
            "`pooler_activation` must be `relu` without `kinds`, as in a DistilBERT; a BERT has `kinds = 2`".into(),
        ),
        (
            BertPlan { position_offset: 2, ..without.clone() },
            "`position_offset` must be 0 without `kinds`, as in a DistilBERT; a RoBERTa has `kinds = 1`".into(),
        ),
        (
            BertPlan { norm_epsilon: 1e-5, ..without },
            "`norm_epsilon` must be 1e-12 without `kinds`, as in a DistilBERT; a BERT has `kinds = 2`".into(),
        ),
    ];
    for (plan, expected) in refused {
        let unfit = said(&plan, &[]).expect_err(&expected);
        assert_eq!(unfit.to_string(), expected);
    }
    assert_eq!(Format::of(&whole), Ok(Format::Bert));
}

#[test]
fn classes_without_a_name_are_numbered() {
    let sizes = json!({"layers": 1, "heads": 1, "width": 6, "context": 5, "vocabulary": 7});
    let said = said(&plan(sizes, Head::Classes(3)), &["cold".into(), "warm".into()]).expect("a BERT");
    assert_eq!(said["id2label"], json!({"0": "cold", "1": "warm", "2": "LABEL_2"}));
    assert_eq!(said["label2id"], json!({"cold": 0, "warm": 1, "LABEL_2": 2}));
}

#[test]
fn the_pooling_of_sentences_is_known() {
    let found = |written: Value| pooling(&read(written)).map_err(|unfit: Unfit| unfit.to_string());
    let modes = |class: bool, mean: bool, most: bool| {
        json!({
            "word_embedding_dimension": 384, "pooling_mode_cls_token": class, "pooling_mode_mean_tokens": mean,
            "pooling_mode_max_tokens": most, "pooling_mode_mean_sqrt_len_tokens": false, "include_prompt": true,
        })
    };
    assert_eq!(found(modes(false, true, false)), Ok(Some(Pooling::Mean)));
    assert_eq!(found(modes(true, false, false)), Ok(Some(Pooling::Class)));
    assert_eq!(found(modes(false, false, false)), Ok(None));
    assert_eq!(found(json!({"pooling_mode": "cls"})), Ok(Some(Pooling::Class)));
    let supported = "and only pooling_mode_cls_token and pooling_mode_mean_tokens are supported";
    assert_eq!(found(modes(false, true, true)), Err(format!("`pooling_mode_max_tokens` is true, {supported}")));
    let both = "`pooling_mode_cls_token` is true beside pooling_mode_mean_tokens; choose one";
    assert_eq!(found(modes(true, true, false)), Err(both.into()));
    let weighted = json!({"pooling_mode_mean_tokens": false, "pooling_mode_weightedmean_tokens": true});
    assert_eq!(found(weighted), Err(format!("`pooling_mode_weightedmean_tokens` is true, {supported}")));
    let most = "`pooling_mode` is max, and only cls and mean are supported";
    assert_eq!(found(json!({"pooling_mode": "max"})), Err(most.into()));
}

#[test]
fn a_config_is_written_as_it_is_read() {
    let written = config(&bert(json!({"architectures": ["BertForTokenClassification"]}))).expect("sound");
    let text = toml::to_string(&written).expect("plain data");
    assert_eq!(toml::from_str::<BertConfig>(&text), Ok(written));
}

/// Configs that nobody means.
fn hostile() -> impl Strategy<Value = Config> {
    const KEYS: [&str; 20] = [
        "model_type",
        "architectures",
        "hidden_size",
        "dim",
        "num_hidden_layers",
        "num_attention_heads",
        "n_heads",
        "vocab_size",
        "max_position_embeddings",
        "type_vocab_size",
        "pad_token_id",
        "hidden_act",
        "hidden_dropout_prob",
        "layer_norm_eps",
        "classifier_dropout",
        "id2label",
        "num_labels",
        "problem_type",
        "pruned_heads",
        "pooling_mode_max_tokens",
    ];
    let values = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(0.5),
        json!(-1e300),
        json!(u64::MAX),
        json!("bert"),
        json!("roberta"),
        json!("distilbert"),
        json!("relu"),
        json!("regression"),
        json!([]),
        json!(["BertForMaskedLM"]),
        json!(["RobertaForSequenceClassification", 3]),
        json!([{}]),
        json!({}),
        json!({"0": "a"}),
        json!({"0": 1, "x": {}}),
    ];
    let pairs = proptest::collection::vec((select(KEYS.to_vec()), select(values)), 0..12);
    let kinds = select(vec!["bert", "roberta", "distilbert"]);
    (kinds, pairs).prop_map(|(kind, pairs)| {
        let pairs = pairs.into_iter().map(|(key, value)| (key.to_owned(), value));
        Config::new([("model_type".to_owned(), json!(kind))].into_iter().chain(pairs).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn no_config_is_too_strange_to_be_answered(said in hostile()) {
        let head = config(&said).map(|written| written.resolve(1, written.written_head().unwrap_or(Head::Number)));
        let names = labels(&said);
        let pooling = pooling(&said);
        for unfit in [head.err(), names.err(), pooling.err()].into_iter().flatten() {
            prop_assert!(unfit.to_string().starts_with('`'), "{}", unfit);
        }
    }
}
