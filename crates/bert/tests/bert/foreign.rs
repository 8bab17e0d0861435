//! Folders of transformers: no key and no tensor is lost on the way in or out.

use std::collections::BTreeSet;

use attentive_attention::parameters;
use attentive_bert::{
    Bert, BertPlan, Head,
    foreign::{Format, base, config, labels, modern, places, said, spare},
};
use attentive_hub::{Assembly, Config, Foreign};
use attentive_testkit::host;
use proptest::{prelude::*, sample::select, test_runner::RngSeed};
use serde_json::json;

use crate::{
    golden::{ASKED, BARE, Case, Tensors, stored},
    sample::{model, plan},
};

/// What a plan's parameters are in a folder.
fn exported(plan: &BertPlan, model: &Bert) -> Tensors {
    let mut assembly = Assembly::default();
    for (path, parameter) in parameters(model) {
        let places = places(plan, &path);
        assert_eq!(places.len(), 1, "{path} stands in one place");
        assembly.put(&places, &parameter.shape, &host(parameter.values));
    }
    assembly.into_tensors()
}

/// Plans that transformers can say, with every value that it knows drawn.
fn plans() -> impl Strategy<Value = BertPlan> {
    let parts = (
        select(vec![Format::Bert, Format::Roberta, Format::DistilBert]),
        select(vec!["gelu", "gelu_tanh", "quick_gelu", "relu", "silu"]),
        select(vec![Head::Masked, Head::Classes(3), Head::Number, Head::Tags(5)]),
        select(vec![1e-12, 1e-5]),
    );
    let sizes = (1..=3_usize, 1..=3_usize, 1..=5_usize, 1..=3_usize, 1..=9_usize);
    let shares = [0.0..0.9, 0.0..0.9, 0.0..0.9];
    (parts, sizes, shares, any::<bool>()).prop_map(|((format, feed_forward, head, epsilon), sizes, shares, tied)| {
        let (layers, heads, channels, kinds, offset) = sizes;
        let [dropout, attention_dropout, head_dropout] = shares;
        let (kinds, offset) = match format {
            Format::Bert => (kinds, 0),
            Format::Roberta => (kinds, offset),
            Format::DistilBert => (0, 0),
        };
        let distilled = format == Format::DistilBert;
        plan(
            json!({
                "layers": layers, "heads": heads, "width": heads * channels, "hidden": 5, "context": 7, "vocabulary": 11,
                "kinds": kinds, "position_offset": offset, "feed_forward": feed_forward, "tied": tied,
                "norm_epsilon": if distilled { 1e-12 } else { epsilon },
                "dropout": dropout, "attention_dropout": attention_dropout,
                // Which DistilBERT has for other heads alone.
                "head_dropout": if distilled && head == Head::Tags(5) { dropout } else { head_dropout },
                "pooler_dropout": format == Format::Roberta,
                "pooler_activation": if distilled { "relu" } else { "tanh" },
                "transform_activation": if format == Format::Roberta { "gelu" } else { feed_forward },
            }),
            head,
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn a_plan_that_is_said_comes_back(plan in plans()) {
        let said = Config::new(said(&plan, &[]).expect("a plan that has a format"));
        let written = config(&said).expect("what is said is followed");
        prop_assert_eq!(written.written_head(), Some(plan.head));
        prop_assert_eq!(written.resolve(1, plan.head), Ok(plan));
    }

    #[test]
    fn tensors_that_go_out_come_in_again(plan in plans()) {
        let model = model(&plan);
        let folder = exported(&plan, &model);
        let bare: Tensors =
            folder.iter().map(|(name, tensor)| (name.replacen(base(&plan), "", 1), tensor.clone())).collect();
        for (path, parameter) in parameters(&model) {
            let expected = host(parameter.values);
            for folder in [&folder, &bare] {
                let found = stored(&plan, folder, &path, &parameter.shape);
                prop_assert_eq!(found.as_ref(), Ok(&expected), "{}", path);
            }
        }
    }
}

/// Names, shapes and bits.
#[test]
fn a_folder_goes_out_as_it_came_in() {
    for case in ASKED.into_iter().chain(BARE).map(Case::open) {
        let mut left = exported(&case.plan, &case.model());
        for (name, tensor) in case.part("weight") {
            let full = format!("{}{name}", base(&case.plan));
            match left.remove(&name).or_else(|| left.remove(&full)) {
                Some(found) => assert_eq!(found, tensor, "{}: {name}", case.name),
                None => assert!(spare(&case.plan, &name), "{}: {name} is left over", case.name),
            }
        }
        let heads: BTreeSet<&str> = left.keys().map(String::as_str).collect();
        assert!(
            heads.is_empty() || case.is_bare() && heads.iter().all(|name| name.contains("classifier")),
            "{heads:?}"
        );
    }
}

/// What transformers wrote about its own model, word by word.
#[test]
fn a_config_goes_out_as_it_came_in() {
    for case in ASKED.into_iter().map(Case::open) {
        let names = labels(&case.said).expect("transformers names labels well");
        for (key, value) in said(&case.plan, &names).expect("the plan came from there") {
            match (key.as_str(), case.said.raw(&key)) {
                // Written, where transformers says nothing and means this.
                ("classifier_dropout", None) => assert_eq!(value, json!(case.plan.dropout)),
                ("model_type" | "architectures", _) if case.name.starts_with("xlm") => {
                    assert!(value.to_string().to_lowercase().contains("roberta"));
                }
                (_, found) => assert_eq!(found, Some(&value), "{}: {key}", case.name),
            }
        }
        let again = Config::new(said(&case.plan, &names).expect("as before"));
        assert_eq!(config(&again), config(&case.said), "{}", case.name);
        assert_eq!(labels(&again), Ok(names), "{}", case.name);
    }
}

/// bert-base-uncased has norms under these names, a pooler and what it was taught of sentences.
#[test]
fn old_files_are_read() {
    assert_eq!(modern("bert.embeddings.LayerNorm.gamma"), "bert.embeddings.LayerNorm.weight");
    assert_eq!(modern("cls.predictions.transform.LayerNorm.beta"), "cls.predictions.transform.LayerNorm.bias");
    assert_eq!(modern("bert.pooler.dense.bias"), "bert.pooler.dense.bias");
    let masked = Case::open("bert-masked").plan;
    let old = [
        "bert.embeddings.position_ids",
        "embeddings.position_ids",
        "bert.pooler.dense.weight",
        "cls.seq_relationship.bias",
        "cls.predictions.decoder.weight",
        "cls.predictions.decoder.bias",
    ];
    assert!(old.iter().all(|tensor| spare(&masked, tensor)));
    assert!(!spare(&masked, "cls.predictions.bias") && !spare(&masked, "bert.encoder.layer.2.output.dense.bias"));
    let judge = Case::open("bert-classify").plan;
    assert!(!spare(&judge, "bert.pooler.dense.weight") && spare(&judge, "cls.seq_relationship.weight"));
    assert!(spare(&Case::open("roberta-classify-six").plan, "roberta.pooler.dense.weight"));
}

/// An exported tensor is whole.
#[test]
fn tables_keep_the_rows_before_the_first_position() {
    let case = Case::open("roberta-masked-ten");
    let Foreign { shape, .. } = &exported(&case.plan, &case.model())["roberta.embeddings.position_embeddings.weight"];
    assert_eq!(shape, &[16, 10]);
    assert_eq!((case.plan.position_offset, case.plan.context), (5, 11));
}
