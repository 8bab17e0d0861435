//! Plans, batches and what comes of them: what these tests are written in.

use std::{collections::BTreeMap, sync::Arc};

use attentive_attention::{Initial, Mode, Pass, gradients, parameters, updated};
use attentive_multimodal::{Aim, Answers, Contrastive, MultimodalConfig, MultimodalPlan, Pictured, Statements, Texts};
use attentive_random::Key;
use attentive_testkit::{assert_slices_close, device, host, tensor};
use burn::{
    module::Module,
    tensor::{Int, Tensor, TensorData},
};
use serde_json::{Value, json};

/// Sums taken in another order differ by roundings, which layers raise a little.
pub(crate) const ROUNDING: f32 = 2e-5;

pub(crate) const PICTURED: Pictured = Pictured { channels: 2, size: 6, classes: 2 };
pub(crate) const VOCABULARY: usize = 7;
pub(crate) const CONTEXT: usize = 5;
pub(crate) const BATCH: usize = 3;

/// A config as a user would write it.
pub(crate) fn config(written: Value) -> MultimodalConfig {
    serde_json::from_value(written).expect("the config has known keys alone")
}

/// The smallest config of a kind, with some keys set, those of tables by their dotted names.
pub(crate) fn written(kind: &str, keys: Value) -> Value {
    let mut written = json!({
        "kind": kind,
        "picture": {"patch": 3, "layers": 2, "heads": 2, "width": 10, "hidden": 11},
        "text": {"layers": 2, "heads": 3, "width": 12, "hidden": 13, "context": CONTEXT},
    });
    for (key, value) in keys.as_object().expect("a table") {
        let place = key.split('.').fold(&mut written, |table, name| &mut table[name]);
        *place = value.clone();
    }
    written
}

pub(crate) fn plan(kind: &str, keys: Value) -> MultimodalPlan {
    config(written(kind, keys)).resolve(VOCABULARY, &PICTURED).unwrap_or_else(|fault| panic!("{fault}"))
}

fn initial() -> Initial {
    Initial::new(3, &device().autodiff())
}

pub(crate) fn contrastive(plan: &MultimodalPlan) -> Contrastive {
    let Aim::Contrastive(own) = &plan.aim else { panic!("another kind") };
    Contrastive::new(plan, own, &initial())
}

pub(crate) fn answers(plan: &MultimodalPlan) -> Answers {
    let Aim::Answers(own) = &plan.aim else { panic!("another kind") };
    Answers::new(plan, own, &initial())
}

pub(crate) fn statements(plan: &MultimodalPlan) -> Statements {
    let Aim::Statements(own) = &plan.aim else { panic!("another kind") };
    Statements::new(plan, own, &initial())
}

/// The model with parameters well away from where training starts, so that no zero hides a mistake.
pub(crate) fn moved<M: Module>(model: M) -> M {
    const DEVIATION: f32 = 0.3;
    updated(model, |path, values| {
        let [length] = values.dims();
        values + tensor([length], &Key::new(5).at(path).normals(length, DEVIATION))
    })
}

/// Pictures drawn at random, another set for each seed.
pub(crate) fn pictures(rows: usize, seed: u64) -> Tensor<4> {
    let Pictured { channels, size, .. } = PICTURED;
    let dims = [rows, channels, size, size];
    let values = Key::new(seed).at("pictures").normals(dims.iter().product(), 1.0);
    on_model(TensorData::new(values, dims))
}

fn on_model<const D: usize>(data: TensorData) -> Tensor<D> {
    Tensor::from_data(data, &device().autodiff())
}

pub(crate) fn integers(rows: &[Vec<i32>]) -> Tensor<2, Int> {
    let dims = [rows.len(), rows[0].len()];
    Tensor::from_data(TensorData::new(rows.concat(), dims), &device().autodiff())
}

/// Rows as they are, each with this many more tokens behind it, as padding.
pub(crate) fn texts(rows: &[Vec<i32>], filler: i32, length: usize) -> Texts {
    let padded = |row: &Vec<i32>| [&row[..], &vec![filler; length - row.len()]].concat();
    let lengths: Arc<[usize]> = rows.iter().map(Vec::len).collect();
    Texts { ids: integers(&rows.iter().map(padded).collect::<Vec<_>>()), lengths }
}

/// Rows of different lengths.
pub(crate) fn rows() -> Vec<Vec<i32>> {
    vec![vec![1, 5, 2, 3], vec![4], vec![6, 0, 2]]
}

pub(crate) fn targets(classes: &[i32]) -> Tensor<1, Int> {
    Tensor::from_data(TensorData::from(classes), &device().autodiff())
}

pub(crate) fn training(key: u64, recompute: bool) -> Pass {
    Pass::new(Mode::Training { key: Key::new(key), row: 0, recompute })
}

/// A loss, and its gradients by path.
pub(crate) struct Learned {
    pub loss: f32,
    pub gradients: BTreeMap<String, Tensor<1>>,
}

pub(crate) fn learned<M: Module>(model: &M, mut pass: Pass, loss: impl Fn(&M, &mut Pass) -> Tensor<1>) -> Learned {
    let loss = loss(model, &mut pass);
    let mut found: BTreeMap<String, Tensor<1>> = BTreeMap::new();
    pass.backward(&loss, |left| {
        for (path, gradient) in gradients(model, left) {
            let sum = match found.remove(&path) {
                Some(before) => before + gradient,
                None => gradient,
            };
            found.insert(path, sum);
        }
    });
    Learned { loss: host(loss)[0], gradients: found }
}

impl Learned {
    pub(crate) fn assert_close(&self, other: &Self, tolerance: f32) {
        assert_slices_close(&[self.loss], &[other.loss], tolerance, "loss");
        assert!(self.gradients.keys().eq(other.gradients.keys()), "both reach the same parameters");
        for (path, gradient) in &self.gradients {
            assert_slices_close(&host(gradient.clone()), &host(other.gradients[path].clone()), tolerance, path);
        }
    }

    pub(crate) fn assert_reaches_all<M: Module>(&self, model: &M) {
        assert!(self.gradients.keys().eq(parameters(model).keys()), "every parameter has a gradient");
    }
}

/// Recomputing changes nothing, with dropout on, and every parameter learns.
pub(crate) fn assert_recomputable<M: Module>(model: &M, loss: impl Fn(&M, &mut Pass) -> Tensor<1>) {
    let [kept, recomputed] = [false, true].map(|recompute| learned(model, training(1, recompute), &loss));
    kept.assert_reaches_all(model);
    recomputed.assert_close(&kept, ROUNDING);
    let other = learned(model, training(2, false), &loss).loss;
    assert_ne!(kept.loss.to_bits(), other.to_bits(), "dropout is a function of its key");
}
