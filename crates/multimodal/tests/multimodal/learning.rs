//! Each kind learns one batch by heart.

use std::collections::BTreeMap;

use attentive_attention::{IGNORED, Pass, updated};
use attentive_kernels::{AdamW, Moments, adamw};
use attentive_testkit::host;
use burn::{module::Module, tensor::Tensor};
use serde_json::json;

use crate::sample::{answers, contrastive, integers, learned, pictures, plan, statements, targets, texts};

const STEPS: u64 = 60;
const ROWS: usize = 4;

/// The losses before the first and the last of some steps of AdamW.
fn losses<M: Module>(mut model: M, loss: impl Fn(&M, &mut Pass) -> Tensor<1>) -> [f32; 2] {
    let (mut moments, mut first): (BTreeMap<String, Moments>, _) = (BTreeMap::new(), None);
    for step in 1..=STEPS {
        let found = learned(&model, Pass::evaluation(), &loss);
        first.get_or_insert(found.loss);
        let settings = AdamW { learning_rate: 1e-2, betas: [0.9, 0.95], epsilon: 1e-8, decay: 0.0, step, factor: 1.0 };
        model = updated(model, |path, values| {
            let before = moments.remove(path).unwrap_or_else(|| Moments::zeros_like(&values));
            let (values, after) = adamw(values, found.gradients[path].clone(), before, &settings);
            moments.insert(path.to_owned(), after);
            values
        });
    }
    let last = host(loss(&model, &mut Pass::evaluation()))[0];
    [first.expect("there are steps"), last]
}

fn assert_learns([first, last]: [f32; 2], name: &str) {
    assert!(last < first / 20.0, "{name}: from {first} to {last}");
}

#[test]
fn pairs_find_each_other() {
    let texts = texts(&[vec![1, 2], vec![3], vec![2, 1, 4], vec![5, 5]], 0, 3);
    for loss in ["softmax", "sigmoid"] {
        let model = contrastive(&plan("contrastive", json!({"loss": loss})));
        assert_learns(losses(model, |model, pass| model.loss(pictures(ROWS, 1), &texts, pass)), loss);
    }
}

/// One question for all, answered by what is seen.
#[test]
fn pictures_are_told_apart() {
    let ids = integers(&vec![vec![1, 2, 3]; ROWS]);
    let targets = integers(&[3, 4, 5, 6].map(|answer| vec![IGNORED, IGNORED, answer]));
    for gated in [false, true] {
        let model = answers(&plan("answers", json!({"gated": gated})));
        let found = losses(model, |model, pass| model.loss(pictures(ROWS, 1), ids.clone(), targets.clone(), 0.0, pass));
        assert_learns(found, if gated { "gated" } else { "open" });
    }
}

/// Neither the picture nor the text alone tells what is true.
#[test]
fn statements_are_judged_by_both() {
    let seen = Tensor::cat([1, 2, 1, 2].map(|seed| pictures(1, seed)).into(), 0);
    let said = texts(&[vec![1, 2], vec![1, 2], vec![3], vec![3]], 0, 2);
    let truth = targets(&[1, 0, 0, 1]);
    for fusion in ["joint", "cross"] {
        let model = statements(&plan("statements", json!({"fusion": fusion})));
        let found = losses(model, |model, pass| model.loss(seen.clone(), &said, truth.clone(), pass));
        assert_learns(found, fusion);
    }
}
