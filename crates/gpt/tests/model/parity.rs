//! Equal weights give equal results: against transformers, by the golden files of `scripts/golden/gpt.py`.

use std::{collections::BTreeMap, path::PathBuf};

use attentive_attention::{Pass, parameters, updated};
use attentive_gpt::{Gpt, GptPlan};
use attentive_kernels::{AdamW, Moments, adamw};
use attentive_testkit::{assert_slices_close, golden, host};
use burn::tensor::Tensor;
use serde_json::json;

use crate::{
    foreign::{Place, Tensors, filled, gpt2, llama, unread},
    sample::{self, Batch, Learned, fresh, learn, logits, plan},
};

/// The files' own distance from float64 is up to 5e-6 in the logits; sums taken in another order add as much again.
const FORWARD: f32 = 2e-5;
/// A mean over many rows, whose roundings cancel.
const LOSS: f32 = 1e-5;
/// Adam divides a gradient by its own size, which raises the roundings of small ones; the files are 4e-5 from float64.
const TRAINED: f32 = 2e-4;

/// The training of the files.
const RATE: f64 = 1e-2;
const DECAY: f64 = 0.1;
const CLIP: f64 = 1.0;
const BETAS: [f64; 2] = [0.9, 0.95];
const EPSILON: f64 = 1e-8;

/// One golden file, our plan of its model, and where our parameters stand in it.
struct Case {
    name: &'static str,
    tensors: Tensors,
    plan: GptPlan,
    place: fn(&str) -> Place,
}

fn cases() -> [Case; 3] {
    let small =
        |tied: bool| plan(json!({"layers": 2, "heads": 3, "width": 30, "context": 13, "vocabulary": 37, "tied": tied}));
    let grouped = plan(json!({
        "style": "llama", "layers": 2, "heads": 6, "key_value_heads": 2, "width": 60, "hidden": 19, "context": 17,
        "vocabulary": 41,
    }));
    [
        Case { name: "gpt2", tensors: read("gpt2"), plan: small(true), place: gpt2 },
        Case { name: "gpt2-untied", tensors: read("gpt2-untied"), plan: small(false), place: gpt2 },
        Case { name: "llama", tensors: read("llama"), plan: grouped, place: llama },
    ]
}

fn read(name: &str) -> Tensors {
    golden(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.safetensors")))
}

impl Case {
    /// The tensors below a prefix, `weight`, `gradient` or `final`.
    fn part(&self, prefix: &str) -> Tensors {
        let named = self.tensors.iter().filter_map(|(name, golden)| {
            let name = name.strip_prefix(prefix)?.strip_prefix('/')?;
            Some((name.to_owned(), golden.clone()))
        });
        named.collect()
    }

    fn model(&self) -> Gpt {
        filled(fresh(&self.plan), &self.part("weight"), self.place)
    }

    fn integers(&self, name: &str) -> Vec<Vec<i32>> {
        let golden = &self.tensors[name];
        let width = golden.shape.last().expect("rows of ids");
        golden.values.chunks(*width).map(|row| row.iter().map(|&id| id as i32).collect()).collect()
    }

    fn batch(&self) -> Batch {
        Batch { ids: self.integers("input"), targets: self.integers("target") }
    }

    fn assert_close(&self, actual: &[f32], expected: &str, tolerance: f32) {
        assert_slices_close(actual, &self.tensors[expected].values, tolerance, &format!("{}: {expected}", self.name));
    }
}

#[test]
fn logits_and_loss_are_those_of_transformers() {
    for case in cases() {
        let model = case.model();
        case.assert_close(&logits(&model, &case.batch().ids, &mut Pass::evaluation()), "logits", FORWARD);
        case.assert_close(&[learn(&model, &case.batch(), Pass::evaluation()).loss], "loss", LOSS);
    }
}

#[test]
fn every_gradient_is_that_of_transformers() {
    for case in cases() {
        let (model, expected) = (case.model(), case.part("gradient"));
        let gradients = learn(&model, &case.batch(), Pass::evaluation()).gradients;
        assert!(gradients.keys().eq(parameters(&model).keys()), "{}: every parameter has a gradient", case.name);
        for (path, gradient) in gradients {
            assert_slices_close(&host(gradient), &(case.place)(&path).values(&expected), FORWARD, &path);
        }
        let left = unread(&model, &expected, case.place);
        assert!(left.is_empty(), "{}: no parameter of ours has the gradients {left:?}", case.name);
    }
}

#[test]
fn ten_steps_follow_the_curve_of_torch() {
    for case in cases() {
        let (mut model, mut moments, mut losses) = (case.model(), BTreeMap::new(), Vec::new());
        for step in 1..=case.tensors["losses"].values.len() {
            let learned = learn(&model, &case.batch(), Pass::evaluation());
            losses.push(learned.loss);
            model = stepped(model, &learned, &mut moments, step as u64);
        }
        case.assert_close(&losses, "losses", LOSS);
        assert_trained(&case, &model);
    }
}

/// AdamW after clipping by the global norm, as torch does both.
fn stepped(model: Gpt, learned: &Learned, moments: &mut BTreeMap<String, Moments>, step: u64) -> Gpt {
    let norm = learned.gradients.values().map(square).sum::<f64>().sqrt();
    let clip = (CLIP / (norm + 1e-6)).min(1.0);
    updated(model, |path, values| {
        let decay = if Gpt::spared(path) { 0.0 } else { DECAY };
        let settings = AdamW { learning_rate: RATE, betas: BETAS, epsilon: EPSILON, decay, step, factor: 1.0 };
        let before = moments.remove(path).unwrap_or_else(|| Moments::zeros_like(&values));
        let (values, after) = adamw(values, learned.gradients[path].clone() * clip, before, &settings);
        moments.insert(path.to_owned(), after);
        values
    })
}

fn square(gradient: &Tensor<1>) -> f64 {
    host(gradient.clone()).into_iter().map(|entry| f64::from(entry).powi(2)).sum()
}

fn assert_trained(case: &Case, model: &Gpt) {
    let expected = case.part("final");
    for (path, parameter) in parameters(model) {
        // Softmax ignores what a key bias adds to all scores of a query, so its true gradient is zero. Adam makes steps of
        // full size from the rounding noise that is left, and no two machines agree on those.
        if !path.ends_with("key.bias") {
            assert_slices_close(&host(parameter.values), &(case.place)(&path).values(&expected), TRAINED, &path);
        }
    }
}

#[test]
fn the_greedy_continuation_is_that_of_transformers() {
    const PROMPT: usize = 3;
    for case in cases() {
        let [expected] = &case.integers("generation")[..] else { panic!("one row is continued") };
        let prompt = &case.batch().ids[0][..PROMPT];
        assert_eq!(sample::greedy(&case.model(), prompt, expected.len()), *expected, "{}", case.name);
    }
}
