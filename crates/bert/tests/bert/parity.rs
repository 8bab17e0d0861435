//! Equal weights give equal results: against transformers, by the golden files of `scripts/golden/bert.py`.

use std::path::PathBuf;

use attentive_attention::{Pass, parameters};
use attentive_bert::{Bert, BertPlan, Head, Predictions, Targets};
use attentive_testkit::{assert_slices_close, golden, host};
use burn::module::Module;
use serde_json::json;

use crate::{
    foreign::{Tensors, filled, unread, values},
    sample::{Batch, fresh, learn, logits, plan},
};

/// The files' own distance from float64 is up to 3e-6, in the gradients of a number; sums taken in another order add as much again.
const FORWARD: f32 = 1e-5;
/// A mean over many rows, whose roundings cancel.
const LOSS: f32 = 1e-6;

const WIDTH: usize = 18;

/// In the file of the untied head, and as its script says without effect.
const IDLE: &str = "cls.predictions.bias";

/// One golden file, and our plan of its model.
struct Case {
    name: &'static str,
    tensors: Tensors,
    plan: BertPlan,
}

fn cases() -> [Case; 5] {
    let case = |name, head, tied: bool| {
        // Of several alike, one file shows that blocks follow each other.
        let layers = if name == "bert-masked" { 2 } else { 1 };
        let written = json!({
            "layers": layers, "heads": 3, "width": WIDTH, "hidden": 26, "context": 13, "vocabulary": 37, "tied": tied,
        });
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.safetensors"));
        Case { name, tensors: golden(&path), plan: plan(written, head) }
    };
    [
        case("bert-masked", Head::Masked, true),
        case("bert-masked-untied", Head::Masked, false),
        case("bert-classify", Head::Classes(3), true),
        case("bert-regress", Head::Number, true),
        case("bert-tags", Head::Tags(5), true),
    ]
}

impl Case {
    /// The tensors below a prefix, `weight` or `gradient`.
    fn part(&self, prefix: &str) -> Tensors {
        let named = self.tensors.iter().filter_map(|(name, golden)| {
            let name = name.strip_prefix(prefix)?.strip_prefix('/')?;
            Some((name.to_owned(), golden.clone()))
        });
        named.filter(|(name, _)| self.name != "bert-masked-untied" || name != IDLE).collect()
    }

    fn model(&self) -> Bert {
        filled(fresh(&self.plan), &self.part("weight"))
    }

    fn integers(&self, name: &str) -> Vec<Vec<i32>> {
        let golden = &self.tensors[name];
        let width = golden.shape.last().expect("rows of ids");
        golden.values.chunks(*width).map(|row| row.iter().map(|&id| id as i32).collect()).collect()
    }

    fn batch(&self) -> Batch {
        let targets = match self.plan.head {
            Head::Number => Targets::Numbers(self.tensors["target"].values.clone()),
            _ => Targets::Ids(self.integers("target").concat()),
        };
        Batch {
            ids: self.integers("input"),
            kinds: Some(self.integers("token_types")),
            lengths: self.lengths(),
            targets,
        }
    }

    fn lengths(&self) -> Vec<usize> {
        self.integers("lengths").concat().into_iter().map(|length| length as usize).collect()
    }

    /// The entries of those places that are no padding.
    fn real(&self, entries: &[f32], width: usize) -> Vec<f32> {
        if self.plan.head.is_pooled() && width != WIDTH {
            return entries.to_vec();
        }
        let rows = entries.chunks(entries.len() / self.lengths().len()).zip(self.lengths());
        rows.flat_map(|(row, length)| &row[..length * width]).copied().collect()
    }

    fn assert_close(&self, actual: &[f32], expected: &str, width: usize, tolerance: f32) {
        let expected_values = self.real(&self.tensors[expected].values, width);
        let name = format!("{}: {expected}", self.name);
        assert_slices_close(&self.real(actual, width), &expected_values, tolerance, &name);
    }
}

#[test]
fn the_last_stream_is_that_of_transformers() {
    for case in cases() {
        let model = case.model().valid();
        let hidden = model.hidden(&case.batch().sentences(&model.device()), &mut Pass::evaluation());
        case.assert_close(&host(hidden), "hidden", WIDTH, FORWARD);
    }
}

#[test]
fn logits_and_loss_are_those_of_transformers() {
    for case in cases() {
        let (model, batch) = (case.model(), case.batch());
        let found = logits(&model, &batch, &mut Pass::evaluation());
        case.assert_close(&found, "logits", case.plan.outputs(), FORWARD);
        let loss = learn(&model, &batch, Pass::evaluation()).loss;
        assert_slices_close(&[loss], &case.tensors["loss"].values, LOSS, case.name);
    }
}

#[test]
fn every_gradient_is_that_of_transformers() {
    for case in cases() {
        let (model, expected) = (case.model(), case.part("gradient"));
        let gradients = learn(&model, &case.batch(), Pass::evaluation()).gradients;
        assert!(gradients.keys().eq(parameters(&model).keys()), "{}: every parameter has a gradient", case.name);
        for (path, gradient) in gradients {
            let name = format!("{}: {path}", case.name);
            assert_slices_close(&host(gradient), &values(&path, &expected), FORWARD, &name);
        }
        let left = unread(&model, &expected);
        assert!(left.is_empty(), "{}: no parameter of ours has the gradients {left:?}", case.name);
    }
}

#[test]
fn predictions_are_the_best_of_their_logits() {
    for case in cases() {
        let model = case.model().valid();
        let found = model.predictions(&case.batch().sentences(&model.device()), &mut Pass::evaluation());
        let expected = &case.tensors["logits"].values;
        match found {
            Predictions::Numbers(numbers) => assert_slices_close(&host(numbers), expected, FORWARD, case.name),
            Predictions::Ids(ids) => {
                let ids: Vec<f32> = host(ids.float());
                let best: Vec<f32> = expected.chunks(case.plan.outputs()).map(best).collect();
                assert_eq!(case.real(&ids, 1), case.real(&best, 1), "{}", case.name);
            }
        }
    }
}

fn best(logits: &[f32]) -> f32 {
    let indexed = logits.iter().enumerate();
    indexed.max_by(|one, other| one.1.total_cmp(other.1)).expect("a head has outputs").0 as f32
}
