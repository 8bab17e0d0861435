//! Equal weights give equal results: against transformers, by the golden files of `scripts/golden/gpt.py`. Models are made from what the
//! files' configs say, and weights are taken from where their formats have them.

use std::{collections::BTreeMap, fs::File, path::PathBuf};

use attentive_attention::{Pass, parameters, updated};
use attentive_gpt::{
    Gpt, GptPlan,
    foreign::{self, Format},
};
use attentive_hub::{Config, Place};
use attentive_kernels::{AdamW, Moments, adamw};
use attentive_testkit::{assert_slices_close, golden, host};
use burn::tensor::Tensor;
use serde_json::{Map, Value};

use crate::{
    foreign::{Tensors, filled, taken, unread},
    sample::{self, Batch, Learned, fresh, learn, logits},
};

/// The files' own distance from float64 is up to 5e-6 in the logits; sums taken in another order add as much again.
const FORWARD: f32 = 2e-5;
/// A mean over many rows, whose roundings cancel.
const LOSS: f32 = 1e-5;
/// Adam divides a gradient by its own size, which raises the roundings of small ones; the files are 4e-5 from float64.
const ADAPTED: f32 = 2e-4;

/// The training of the files.
const RATE: f64 = 1e-2;
const DECAY: f64 = 0.1;
const CLIP: f64 = 1.0;
const BETAS: [f64; 2] = [0.9, 0.95];
const EPSILON: f64 = 1e-8;

/// One golden file, and our plan of its model.
pub(crate) struct Case {
    pub name: &'static str,
    pub tensors: Tensors,
    pub plan: GptPlan,
}

/// Files of models that are trained for some steps.
const TRAINED: [(&str, Format); 3] = [("gpt2", Format::Gpt2), ("gpt2-untied", Format::Gpt2), ("llama", Format::Llama)];

/// Files of two shapes an architecture, with all that a folder may say.
const READ: [(&str, Format); 8] = [
    ("gpt2-gelu", Format::Gpt2),
    ("gpt2-relu", Format::Gpt2),
    ("llama-biased", Format::Llama),
    ("llama-linear", Format::Llama),
    ("mistral", Format::Mistral),
    // Mistral without a window or biases is Llama, but for heads that don't divide the width.
    ("mistral-open", Format::Mistral),
    ("qwen2", Format::Qwen2),
    ("qwen2-windowed", Format::Qwen2),
];

fn trained() -> impl Iterator<Item = Case> {
    TRAINED.into_iter().map(Case::read)
}

/// Those that `generate` goes on from, by greedy search and by beams.
pub(crate) fn written() -> impl Iterator<Item = Case> {
    READ.into_iter().map(Case::read)
}

pub(crate) fn cases() -> impl Iterator<Item = Case> {
    trained().chain(written())
}

fn path(name: &str, extension: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name).with_extension(extension)
}

/// The config beside a golden file.
fn said(name: &str) -> Map<String, Value> {
    let about = File::open(path(name, "json")).expect("the file has its notes");
    let about: Value = serde_json::from_reader(about).expect("the notes are JSON");
    about["config"].as_object().expect("the notes hold the config").clone()
}

impl Case {
    fn read((name, format): (&'static str, Format)) -> Self {
        let written = foreign::config(&Config::new(said(name))).unwrap_or_else(|unfit| panic!("{name}: {unfit}"));
        let plan = written.resolve(1).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!(Format::of(&plan), Ok(format), "{name}");
        Self { name, tensors: golden(&path(name, "safetensors")), plan }
    }

    pub(crate) fn said(&self) -> Map<String, Value> {
        said(self.name)
    }

    pub(crate) fn places(&self) -> impl Fn(&str) -> Vec<Place> {
        |path| foreign::places(&self.plan, path)
    }

    /// The tensors below a prefix, `weight`, `gradient` or `final`.
    pub(crate) fn part(&self, prefix: &str) -> Tensors {
        let named = self.tensors.iter().filter_map(|(name, golden)| {
            let name = name.strip_prefix(prefix)?.strip_prefix('/')?;
            Some((name.to_owned(), golden.clone()))
        });
        named.collect()
    }

    pub(crate) fn model(&self) -> Gpt {
        filled(fresh(&self.plan), &self.part("weight"), self.places())
    }

    pub(crate) fn integers(&self, name: &str) -> Vec<Vec<i32>> {
        let golden = &self.tensors[name];
        let width = golden.shape.last().expect("rows of ids");
        golden.values.chunks(*width).map(|row| row.iter().map(|&id| id as i32).collect()).collect()
    }

    pub(crate) fn batch(&self) -> Batch {
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
        let shapes = parameters(&model);
        assert!(gradients.keys().eq(shapes.keys()), "{}: every parameter has a gradient", case.name);
        for (path, gradient) in gradients {
            let expected = taken(&case.places()(&path), &shapes[&path].shape, &expected);
            assert_slices_close(&host(gradient), &expected, FORWARD, &format!("{}: {path}", case.name));
        }
        let left = unread(&model, &expected, case.places());
        assert!(left.is_empty(), "{}: no parameter of ours has the gradients {left:?}", case.name);
    }
}

#[test]
fn ten_steps_follow_the_curve_of_torch() {
    for case in trained() {
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
            let expected = taken(&case.places()(&path), &parameter.shape, &expected);
            assert_slices_close(&host(parameter.values), &expected, ADAPTED, &path);
        }
    }
}

#[test]
fn the_greedy_continuation_is_that_of_transformers() {
    const PROMPT: usize = 3;
    for case in trained() {
        let [expected] = &case.integers("generation")[..] else { panic!("one row is continued") };
        let prompt = &case.batch().ids[0][..PROMPT];
        assert_eq!(sample::greedy(&case.model(), prompt, expected.len()), *expected, "{}", case.name);
    }
}
