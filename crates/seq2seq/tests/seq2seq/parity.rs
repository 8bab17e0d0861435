//! Equal weights give equal results: against transformers, by the golden files of `scripts/golden/seq2seq.py`.

use std::path::PathBuf;

use attentive_attention::{Pass, parameters};
use attentive_kernels::{IGNORED, cross_entropy_rows};
use attentive_seq2seq::{Seq2Seq, Seq2SeqPlan};
use attentive_testkit::{assert_slices_close, golden, host, tensor};
use burn::tensor::Tensor;
use serde_json::{Value, json};

use crate::{
    foreign::{Place, Tensors, bart, filled, gated, t5, unread},
    sample::{Batch, Learned, fresh, greedy, integers, learn, logits, lowered, memory, plan},
};

/// The files' own distance from float64 is up to 1.1e-5 in the gradients; sums taken in another order add as much again.
const FORWARD: f32 = 2e-5;
/// A mean over many rows, whose roundings cancel.
const LOSS: f32 = 1e-5;

/// Follows the end of an answer in the files.
pub(crate) const NOTHING: i32 = -1;

/// One golden file, our plan of its model, where our parameters stand in it, and the ids that begin and end an answer.
pub(crate) struct Case {
    pub name: &'static str,
    pub tensors: Tensors,
    plan: Seq2SeqPlan,
    place: fn(&str) -> Place,
    pub start: i32,
    pub end: i32,
}

pub(crate) fn cases() -> [Case; 5] {
    let t5_keys = |layers: usize, keys: Value| {
        let own = json!({"style": "t5", "channels": 8, "buckets": 8, "distance": 11, "context": 23, "layers": layers});
        sized(merged(own, keys))
    };
    let marian = |layers: usize, feed: &str| sized(json!({"context": 23, "layers": layers, "feed_forward": feed}));
    [
        case("t5", t5_keys(2, json!({})), t5, [0, 1]),
        case("t5-gated", t5_keys(1, json!({"feed_forward": "geglu", "tied": false})), gated, [0, 1]),
        case("bart", sized(json!({"style": "bart", "context": 23, "layers": 2})), bart, [2, 2]),
        case("marian", marian(1, "silu"), bart, [36, 0]),
        case("marian-relu", marian(1, "relu"), bart, [36, 0]),
    ]
}

fn sized(keys: Value) -> Value {
    merged(json!({"heads": 3, "width": 18, "hidden": 26, "vocabulary": 37}), keys)
}

fn merged(mut one: Value, other: Value) -> Value {
    let object = one.as_object_mut().expect("a table");
    object.extend(other.as_object().expect("a table").clone());
    one
}

fn case(name: &'static str, written: Value, place: fn(&str) -> Place, [start, end]: [i32; 2]) -> Case {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.safetensors"));
    Case { name, tensors: golden(&path), plan: plan(written), place, start, end }
}

impl Case {
    /// The tensors below a prefix, `weight` or `gradient`.
    fn part(&self, prefix: &str) -> Tensors {
        let named = self.tensors.iter().filter_map(|(name, golden)| {
            let name = name.strip_prefix(prefix)?.strip_prefix('/')?;
            Some((name.to_owned(), golden.clone()))
        });
        named.collect()
    }

    pub(crate) fn model(&self) -> Seq2Seq {
        filled(fresh(&self.plan), &self.part("weight"), self.place)
    }

    /// What BART and Marian add to the logits: a constant of a checkpoint, which no training changes and our models do without.
    pub(crate) fn bias(&self) -> Option<&[f32]> {
        self.tensors.get("weight/final_logits_bias").map(|bias| bias.values.as_slice())
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

    /// The mean loss: by the model's own where nothing is added to the logits.
    fn learn(&self, model: &Seq2Seq) -> Learned {
        match self.bias() {
            Some(bias) if bias.iter().any(|&entry| entry != 0.0) => self.learn_biased(model, bias),
            _ => learn(model, &self.batch(), 0.0, Pass::evaluation()),
        }
    }

    fn learn_biased(&self, model: &Seq2Seq, bias: &[f32]) -> Learned {
        let (batch, mut pass) = (self.batch(), Pass::evaluation());
        let memory = memory(model, &batch, &mut pass);
        let [inputs, targets] = [&batch.inputs, &batch.targets].map(|rows| integers(rows, &model.device()));
        let logits = model.head(model.decode(inputs, &memory, &mut pass));
        let [rows, queries, vocabulary] = logits.dims();
        let logits = logits + Tensor::from_inner(tensor([1, 1, vocabulary], bias));
        let counted = batch.targets.iter().flatten().filter(|&&target| target != IGNORED).count();
        let losses =
            cross_entropy_rows(logits.reshape([rows * queries, vocabulary]), targets.reshape([rows * queries]));
        lowered(model, losses.sum() / counted as f64, &mut pass)
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
        let mut logits = logits(&model, &case.batch(), &mut Pass::evaluation());
        if let Some(bias) = case.bias() {
            logits.iter_mut().zip(bias.iter().cycle()).for_each(|(logit, bias)| *logit += bias);
        }
        case.assert_close(&logits, "logits", FORWARD);
        case.assert_close(&[case.learn(&model).loss], "loss", LOSS);
    }
}

#[test]
fn every_gradient_is_that_of_transformers() {
    for case in cases() {
        let (model, expected) = (case.model(), case.part("gradient"));
        let gradients = case.learn(&model).gradients;
        assert!(gradients.keys().eq(parameters(&model).keys()), "{}: every parameter has a gradient", case.name);
        for (path, gradient) in gradients {
            let name = format!("{}: {path}", case.name);
            assert_slices_close(&host(gradient), &(case.place)(&path).values(&expected), FORWARD, &name);
        }
        let left = unread(&model, &expected, case.place);
        assert!(left.is_empty(), "{}: no parameter of ours has the gradients {left:?}", case.name);
    }
}

#[test]
fn greedy_answers_are_those_of_transformers() {
    for case in cases() {
        let (model, batch, expected) = (case.model(), case.batch(), case.integers("greedy"));
        let together = greedy(&model, &batch, case.start, expected[0].len(), case.bias());
        for (row, expected) in expected.iter().enumerate() {
            let [alone] = &greedy(&model, &batch.row(row), case.start, expected.len(), case.bias())[..] else {
                panic!("one source has one answer")
            };
            assert_eq!(ended(alone, case.end), *expected, "{}: row {row}", case.name);
            assert_eq!(ended(&together[row], case.end), *expected, "{}: row {row} among others", case.name);
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
