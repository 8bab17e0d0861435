//! Equal weights give equal results: against transformers, by the golden files of `scripts/golden/seq2seq.py`.

use std::{collections::BTreeMap, path::PathBuf};

use attentive_attention::{Pass, parameters};
use attentive_hub::Config;
use attentive_seq2seq::{Seq2Seq, Seq2SeqPlan, foreign};
use attentive_testkit::{assert_slices_close, golden, host};
use serde_json::{Map, Value};

use crate::{
    folder::{Tensors, filled, taken, unread},
    sample::{Batch, Learned, fresh, greedy, learn, logits, memory},
};

/// The files' own distance from float64 is up to 1.1e-5 in the gradients; sums taken in another order add as much again.
const FORWARD: f32 = 2e-5;
/// A mean over many rows, whose roundings cancel.
const LOSS: f32 = 1e-5;

/// Follows the end of an answer in the files.
pub(crate) const NOTHING: i32 = -1;

/// One golden file, its config, and the plan that it amounts to.
pub(crate) struct Case {
    pub name: &'static str,
    pub tensors: Tensors,
    pub config: Map<String, Value>,
    pub plan: Seq2SeqPlan,
}

pub(crate) fn cases() -> impl Iterator<Item = Case> {
    let first = ["t5", "t5-gated", "bart", "marian", "marian-relu"];
    let smaller = ["t5-tied-gated", "mt5", "bart-ten", "mbart", "mbart-ten", "marian-ten", "pegasus", "pegasus-ten"];
    first.into_iter().chain(smaller).map(case)
}

fn case(name: &'static str) -> Case {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.safetensors"));
    let about = std::fs::read(path.with_extension("json")).expect("a golden file has its json beside it");
    let about: Value = serde_json::from_slice(&about).expect("it is JSON");
    let config = about["config"].as_object().expect("it holds a config").clone();
    let ours = foreign::config(&Config::new(config.clone())).unwrap_or_else(|unfit| panic!("{name}: {unfit}"));
    let plan = ours.resolve(1).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    Case { name, tensors: golden(&path), config, plan }
}

impl Case {
    /// The tensors below a prefix, `weight` or `gradient`.
    pub(crate) fn part(&self, prefix: &str) -> Tensors {
        let named = self.tensors.iter().filter_map(|(name, golden)| {
            let name = name.strip_prefix(prefix)?.strip_prefix('/')?;
            Some((name.to_owned(), golden.clone()))
        });
        named.collect()
    }

    pub(crate) fn model(&self) -> Seq2Seq {
        filled(fresh(&self.plan), &self.plan, &self.part("weight"))
    }

    pub(crate) fn start(&self) -> u32 {
        self.plan.start.expect("each file names its start")
    }

    pub(crate) fn end(&self) -> u32 {
        self.plan.end.expect("each file names its end")
    }

    pub(crate) fn integers(&self, name: &str) -> Vec<Vec<i32>> {
        let golden = &self.tensors[name];
        let width = golden.shape.last().expect("rows of ids");
        golden.values.chunks(*width).map(|row| row.iter().map(|&id| id as i32).collect()).collect()
    }

    pub(crate) fn batch(&self) -> Batch {
        Batch {
            source: self.integers("input"),
            lengths: self.tensors["lengths"].values.iter().map(|&length| length as usize).collect(),
            inputs: self.integers("decoder_input"),
            targets: self.integers("target"),
        }
    }

    fn learn(&self, model: &Seq2Seq) -> Learned {
        learn(model, &self.batch(), 0.0, Pass::evaluation())
    }

    fn assert_close(&self, actual: &[f32], expected: &str, tolerance: f32) {
        assert_slices_close(actual, &self.tensors[expected].values, tolerance, &format!("{}: {expected}", self.name));
    }
}

#[test]
fn what_the_encoder_makes_is_what_transformers_makes() {
    for case in cases() {
        let (batch, expected) = (case.batch(), &case.tensors["encoder"]);
        let hidden = host(memory(&case.model(), &batch, &mut Pass::evaluation()).hidden);
        let row = expected.values.len() / batch.lengths.len();
        // Nobody looks at what stands at padding.
        for (index, length) in batch.lengths.iter().enumerate() {
            let seen = index * row..index * row + length * case.plan.width;
            assert_slices_close(&hidden[seen.clone()], &expected.values[seen], FORWARD, case.name);
        }
    }
}

#[test]
fn logits_and_loss_are_those_of_transformers() {
    for case in cases() {
        let model = case.model();
        let logits = logits(&model, &case.batch(), &mut Pass::evaluation());
        case.assert_close(&logits, "logits", FORWARD);
        case.assert_close(&[case.learn(&model).loss], "loss", LOSS);
    }
}

#[test]
fn every_gradient_is_that_of_transformers() {
    for case in cases() {
        let (model, expected) = (case.model(), case.part("gradient"));
        let gradients = case.learn(&model).gradients;
        let learning = parameters(&model).into_iter().filter(|(path, _)| !Seq2Seq::frozen(path));
        let shapes: BTreeMap<String, Vec<usize>> = learning.map(|(path, parameter)| (path, parameter.shape)).collect();
        assert!(gradients.keys().eq(shapes.keys()), "{}: every parameter but what is frozen has a gradient", case.name);
        for (path, gradient) in gradients {
            let wanted = taken(&case.plan, &path, &shapes[&path], &expected);
            assert_slices_close(&host(gradient), &wanted, FORWARD, &format!("{}: {path}", case.name));
        }
        let left = unread(&model, &case.plan, &expected);
        assert!(left.is_empty(), "{}: no parameter of ours has the gradients {left:?}", case.name);
    }
}

#[test]
fn greedy_answers_are_those_of_transformers() {
    for case in cases() {
        let (model, batch, expected) = (case.model(), case.batch(), case.integers("greedy"));
        let (start, end) = (case.start() as i32, case.end() as i32);
        let together = greedy(&model, &batch, start, expected[0].len());
        for (row, expected) in expected.iter().enumerate() {
            let [alone] = &greedy(&model, &batch.row(row), start, expected.len())[..] else {
                panic!("one source has one answer")
            };
            assert_eq!(ended(alone, end), *expected, "{}: row {row}", case.name);
            assert_eq!(ended(&together[row], end), *expected, "{}: row {row} among others", case.name);
        }
    }
}

/// The answer with nothing behind its end.
fn ended(answer: &[i32], end: i32) -> Vec<i32> {
    let length = answer.iter().position(|&id| id == end).map_or(answer.len(), |place| place + 1);
    let mut ended = answer.to_vec();
    ended[length..].fill(NOTHING);
    ended
}
