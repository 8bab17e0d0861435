//! Equal weights give equal results: against transformers, by the golden files of `scripts/golden/bert.py`.

use attentive_attention::{Pass, gradients, parameters};
use attentive_bert::{Bert, Pooling, Predictions};
use attentive_testkit::{assert_slices_close, host, tensor};
use burn::{module::Module, tensor::Tensor};

use crate::{
    golden::{ASKED, BARE, Case, stored},
    sample::{learn, logits},
};

/// The files' own distance from float64 is up to 3e-6, in the gradients of a number; sums taken in another order add as much again.
const FORWARD: f32 = 1e-5;
/// A mean over many rows, whose roundings cancel.
const LOSS: f32 = 1e-6;

fn cases() -> impl Iterator<Item = Case> {
    ASKED.into_iter().map(Case::open)
}

fn bare() -> impl Iterator<Item = Case> {
    BARE.into_iter().map(Case::open)
}

impl Case {
    fn assert_close(&self, actual: &[f32], expected: &str, tolerance: f32) {
        let expected_values = self.real(expected, self.values(expected));
        assert_slices_close(
            &self.real(expected, actual),
            &expected_values,
            tolerance,
            &format!("{}: {expected}", self.name),
        );
    }

    fn assert_gradient(&self, path: &str, shape: &[usize], gradient: &[f32]) {
        let name = format!("{}: {path}", self.name);
        let expected = stored(&self.plan, &self.part("gradient"), path, shape);
        assert_slices_close(gradient, &expected.unwrap_or_else(|gap| panic!("{name}: {gap}")), FORWARD, &name);
    }
}

#[test]
fn the_last_stream_is_that_of_transformers() {
    for case in cases().chain(bare()) {
        let model = case.model().valid();
        let hidden = model.hidden(&case.batch().sentences(&model.device()), &mut Pass::evaluation());
        case.assert_close(&host(hidden), "hidden", FORWARD);
    }
}

#[test]
fn logits_and_loss_are_those_of_transformers() {
    for case in cases() {
        let (model, batch) = (case.model(), case.batch());
        let found = logits(&model, &batch, &mut Pass::evaluation());
        case.assert_close(&found, "logits", FORWARD);
        let loss = learn(&model, &batch, Pass::evaluation()).loss;
        assert_slices_close(&[loss], case.values("loss"), LOSS, case.name);
    }
}

#[test]
fn every_gradient_is_that_of_transformers() {
    for case in cases() {
        let model = case.model();
        let (shapes, learned) = (parameters(&model), learn(&model, &case.batch(), Pass::evaluation()));
        assert!(learned.gradients.keys().eq(shapes.keys()), "{}: every parameter has a gradient", case.name);
        for (path, gradient) in learned.gradients {
            case.assert_gradient(&path, &shapes[&path].shape, &host(gradient));
        }
    }
}

#[test]
fn texts_become_vectors_as_in_transformers() {
    for case in bare() {
        let model = case.model();
        let sentences = case.batch().sentences(&model.device());
        let vectors = model.embed(&sentences, Pooling::Mean, &mut Pass::evaluation());
        let wanted = tensor(vectors.dims(), case.values("target"));
        let loss = (vectors.clone() * Tensor::from_inner(wanted)).sum();
        case.assert_close(&host(vectors), "logits", FORWARD);
        case.assert_close(&host(loss.clone()), "loss", FORWARD);
        let (shapes, found) = (parameters(&model), gradients(&model, &mut loss.backward()));
        assert!(found.keys().eq(shapes.keys().filter(|path| !Bert::of_head(path))), "{}: all but the head", case.name);
        for (path, gradient) in found {
            case.assert_gradient(&path, &shapes[&path].shape, &host(gradient));
        }
    }
}

#[test]
fn predictions_are_the_best_of_their_logits() {
    for case in cases() {
        let model = case.model().valid();
        let found = model.predictions(&case.batch().sentences(&model.device()), &mut Pass::evaluation());
        let expected = case.values("logits");
        match found {
            Predictions::Numbers(numbers) => assert_slices_close(&host(numbers), expected, FORWARD, case.name),
            Predictions::Ids(ids) => {
                let ids: Vec<f32> = host(ids.float());
                let best: Vec<f32> = expected.chunks(case.plan.outputs()).map(best).collect();
                assert_eq!(case.real("logits", &ids), case.real("logits", &best), "{}", case.name);
            }
        }
    }
}

fn best(logits: &[f32]) -> f32 {
    let indexed = logits.iter().enumerate();
    indexed.max_by(|one, other| one.1.total_cmp(other.1)).expect("a head has outputs").0 as f32
}
