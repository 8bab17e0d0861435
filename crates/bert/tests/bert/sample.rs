//! Models, batches and what comes of them: what these tests are written in.

use std::collections::BTreeMap;

use attentive_attention::{Initial, Pass, gradients, updated};
use attentive_bert::{Bert, BertConfig, BertPlan, Head, Sentences, Targets};
use attentive_random::Key;
use attentive_testkit::{assert_slices_close, device, host, tensor};
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde_json::Value;

/// A config as a user would write it.
pub(crate) fn config(written: Value) -> BertConfig {
    serde_json::from_value(written).expect("the config has known keys alone")
}

/// The plan of a config that names its own vocabulary.
pub(crate) fn plan(written: Value, head: Head) -> BertPlan {
    config(written).resolve(1, head).unwrap_or_else(|fault| panic!("{fault}"))
}

/// A model that learns, its parameters well away from where training starts, so that no zero hides a mistake.
pub(crate) fn model(plan: &BertPlan) -> Bert {
    const DEVIATION: f32 = 0.3;
    updated(fresh(plan), |path, values| {
        let [length] = values.dims();
        values + tensor([length], &Key::new(5).at(path).normals(length, DEVIATION))
    })
}

pub(crate) fn fresh(plan: &BertPlan) -> Bert {
    Bert::new(plan, &Initial::new(3, &device().autodiff()))
}

/// Rows of ids, each row's own length, and what is asked of them.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub ids: Vec<Vec<i32>>,
    pub kinds: Option<Vec<Vec<i32>>>,
    pub lengths: Vec<usize>,
    pub targets: Targets,
}

impl Batch {
    pub(crate) fn sentences(&self, device: &Device) -> Sentences {
        Sentences {
            ids: integers(&self.ids, device),
            kinds: self.kinds.as_ref().map(|kinds| integers(kinds, device)),
            lengths: self.lengths.clone().into(),
        }
    }
}

fn integers(rows: &[Vec<i32>], device: &Device) -> Tensor<2, Int> {
    let dims = [rows.len(), rows[0].len()];
    Tensor::from_data(TensorData::new(rows.concat(), dims), device)
}

pub(crate) fn logits(model: &Bert, batch: &Batch, pass: &mut Pass) -> Vec<f32> {
    host(model.logits(&batch.sentences(&model.device()), pass))
}

/// The mean loss over the targets that count, and its gradients by path.
pub(crate) struct Learned {
    pub loss: f32,
    pub gradients: BTreeMap<String, Tensor<1>>,
}

pub(crate) fn learn(model: &Bert, batch: &Batch, mut pass: Pass) -> Learned {
    let loss = model.loss(&batch.sentences(&model.device()), &batch.targets, &mut pass);
    let loss = loss / batch.targets.asked().max(1) as f64;
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
}
