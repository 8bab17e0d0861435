//! Equal weights give equal results: against transformers, by the golden files of `scripts/golden/vit.py`.

use std::collections::BTreeSet;

use attentive_attention::{Pass, parameters};
use attentive_testkit::{assert_slices_close, host};

use crate::{published::Published, sample::learned};

/// The files' own distance from float64 is up to 3e-6; sums taken in another order add as much again.
const FORWARD: f32 = 1e-5;
/// A mean over rows, whose roundings cancel.
const LOSS: f32 = 5e-6;

#[test]
fn hidden_and_logits_are_those_of_transformers() {
    for case in Published::all() {
        let (model, mut pass) = (case.model(), Pass::evaluation());
        let pictures = case.pictures("pixels", &model);
        case.assert_close(model.encoders[0].hidden(pictures.clone(), &mut pass), "hidden", FORWARD);
        case.assert_close(model.logits(pictures, &mut pass), "logits", FORWARD);
    }
}

#[test]
fn positions_are_resized_as_transformers_does() {
    for case in Published::all() {
        let model = case.model();
        let larger = case.pictures("pixels_larger", &model);
        case.assert_close(model.logits(larger, &mut Pass::evaluation()), "logits_larger", FORWARD);
    }
}

#[test]
fn every_gradient_is_that_of_transformers() {
    for case in Published::all() {
        let model = case.model();
        let found = learned(&model, case.pictures("pixels", &model), &case.targets(), Pass::evaluation());
        assert_slices_close(&[found.loss], &case.tensors["loss"].values, LOSS, "loss");
        let shapes = parameters(&model);
        assert!(found.gradients.keys().eq(shapes.keys()), "{}: all have a gradient", case.name);
        let mut left: BTreeSet<String> = case.names("gradient");
        for (path, gradient) in found.gradients {
            let gradient = host(gradient);
            // Where ours is a sum, each part has our gradient.
            for place in case.places(&path) {
                left.remove(&place.tensor);
                let theirs = case.gathered("gradient", &[place], &shapes[&path].shape);
                assert_slices_close(&gradient, &theirs, FORWARD, &format!("{}: {path}", case.name));
            }
        }
        assert!(left.is_empty(), "{}: no parameter of ours has the gradients {left:?}", case.name);
    }
}
