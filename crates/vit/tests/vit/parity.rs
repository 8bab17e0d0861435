//! Equal weights give equal results: against transformers, by the golden files of `scripts/golden/vit.py`.

use std::path::PathBuf;

use attentive_attention::{Pass, parameters, updated};
use attentive_testkit::{Golden, assert_slices_close, golden, host, tensor};
use attentive_vit::{Classifier, VitPlan};
use burn::tensor::Tensor;
use serde_json::json;

use crate::{
    foreign::{Named, Tensors, deit, unread, vit},
    sample::{fresh, learn, pictures, plan},
};

/// The files' own distance from float64 is up to 3e-6; sums taken in another order add as much again.
const FORWARD: f32 = 1e-5;
/// A mean over rows, whose roundings cancel.
const LOSS: f32 = 5e-6;

/// One golden file, our plan of its model, and where our parameters stand in it.
struct Case {
    name: &'static str,
    tensors: Tensors,
    plan: VitPlan,
    places: Named,
}

fn cases() -> [Case; 2] {
    let read =
        |name| golden(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.safetensors")));
    let small = |layers, registers| {
        plan(json!({
            "layers": layers, "registers": registers, "norm_epsilon": 1e-12, "width": 18, "hidden": 26,
        }))
    };
    [
        Case { name: "vit", tensors: read("vit"), plan: small(2, 0), places: vit },
        Case { name: "deit", tensors: read("deit"), plan: small(1, 1), places: deit },
    ]
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

    fn model(&self) -> Classifier {
        let weights = self.part("weight");
        updated(fresh(&self.plan), |path, values| {
            let places = (self.places)(path).into_iter().map(|place| place.values(&weights, self.plan.width));
            let parts = places.map(|values| tensor([values.len()], &values));
            let sum: Tensor<1> = parts.reduce(Tensor::add).expect("a parameter comes from somewhere");
            assert_eq!(sum.dims(), values.dims(), "{}: size of {path}", self.name);
            sum
        })
    }

    fn pictures(&self, name: &str, model: &Classifier) -> Tensor<4> {
        let Golden { shape, values } = &self.tensors[name];
        pictures(values, [shape[2], shape[3]], &model.device())
    }

    fn targets(&self) -> Vec<i32> {
        self.tensors["target"].values.iter().map(|&class| class as i32).collect()
    }

    fn assert_close<const D: usize>(&self, actual: Tensor<D>, expected: &str, tolerance: f32) {
        let what = format!("{}: {expected}", self.name);
        assert_slices_close(&host(actual), &self.tensors[expected].values, tolerance, &what);
    }
}

#[test]
fn hidden_and_logits_are_those_of_transformers() {
    for case in cases() {
        let (model, mut pass) = (case.model(), Pass::evaluation());
        let pictures = case.pictures("pixels", &model);
        case.assert_close(model.encoders[0].hidden(pictures.clone(), &mut pass), "hidden", FORWARD);
        case.assert_close(model.logits(pictures, &mut pass), "logits", FORWARD);
    }
}

#[test]
fn positions_are_resized_as_transformers_does() {
    for case in cases() {
        let model = case.model();
        let larger = case.pictures("pixels_larger", &model);
        case.assert_close(model.logits(larger, &mut Pass::evaluation()), "logits_larger", FORWARD);
    }
}

#[test]
fn every_gradient_is_that_of_transformers() {
    for case in cases() {
        let (model, expected) = (case.model(), case.part("gradient"));
        let learned = learn(&model, &case.tensors["pixels"].values, &case.targets(), Pass::evaluation());
        assert_slices_close(&[learned.loss], &case.tensors["loss"].values, LOSS, "loss");
        assert!(learned.gradients.keys().eq(parameters(&model).keys()), "{}: all have a gradient", case.name);
        for (path, gradient) in &learned.gradients {
            // Where ours is a sum, each part has our gradient.
            for place in (case.places)(path) {
                let theirs = place.values(&expected, case.plan.width);
                assert_slices_close(&host(gradient.clone()), &theirs, FORWARD, &format!("{}: {path}", case.name));
            }
        }
        let left = unread(learned.gradients.keys(), &expected, case.places);
        assert!(left.is_empty(), "{}: no parameter of ours has the gradients {left:?}", case.name);
    }
}
