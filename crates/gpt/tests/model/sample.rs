//! Models, batches and what comes of them: what these tests are written in.

use std::collections::BTreeMap;

use attentive_attention::{Cache, IGNORED, Initial, Pass, gradients, updated};
use attentive_gpt::{Gpt, GptConfig, GptPlan};
use attentive_random::Key;
use attentive_testkit::{assert_slices_close, device, host, tensor};
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde_json::Value;

/// A config as a user would write it.
pub(crate) fn config(written: Value) -> GptConfig {
    serde_json::from_value(written).expect("the config has known keys alone")
}

/// The plan of a config that names its own vocabulary.
pub(crate) fn plan(written: Value) -> GptPlan {
    config(written).resolve(1).unwrap_or_else(|fault| panic!("{fault}"))
}

/// A model that learns, its parameters well away from where training starts, so that no zero hides a mistake.
pub(crate) fn model(plan: &GptPlan) -> Gpt {
    const DEVIATION: f32 = 0.3;
    updated(fresh(plan), |path, values| {
        let [length] = values.dims();
        values + tensor([length], &Key::new(5).at(path).normals(length, DEVIATION))
    })
}

pub(crate) fn fresh(plan: &GptPlan) -> Gpt {
    Gpt::new(plan, &Initial::new(3, &device().autodiff()))
}

/// Rows of ids, and what each position must predict.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub ids: Vec<Vec<i32>>,
    pub targets: Vec<Vec<i32>>,
}

impl Batch {
    fn counted(&self) -> usize {
        self.targets.iter().flatten().filter(|&&target| target != IGNORED).count()
    }
}

pub(crate) fn integers(rows: &[Vec<i32>], device: &Device) -> Tensor<2, Int> {
    let dims = [rows.len(), rows[0].len()];
    Tensor::from_data(TensorData::new(rows.concat(), dims), device)
}

pub(crate) fn logits(model: &Gpt, ids: &[Vec<i32>], pass: &mut Pass) -> Vec<f32> {
    host(model.forward(integers(ids, &model.device()), pass))
}

/// The mean loss over the targets that count, and its gradients by path.
pub(crate) struct Learned {
    pub loss: f32,
    pub gradients: BTreeMap<String, Tensor<1>>,
}

pub(crate) fn learn(model: &Gpt, batch: &Batch, mut pass: Pass) -> Learned {
    let [ids, targets] = [&batch.ids, &batch.targets].map(|rows| integers(rows, &model.device()));
    let loss = model.losses(ids, targets, &mut pass).sum() / batch.counted() as f64;
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

/// The most likely continuation, id by id through a cache.
pub(crate) fn greedy(model: &Gpt, prompt: &[i32], count: usize) -> Vec<i32> {
    let mut pass = Pass::evaluation().with_cache(Cache::new(model.blocks.len(), prompt.len() + count));
    let mut read = prompt.to_vec();
    let next = |_| {
        let logits = logits(model, std::slice::from_ref(&read), &mut pass);
        let id = best(&logits[logits.len() / read.len() * (read.len() - 1)..]);
        read = vec![id];
        id
    };
    (0..count).map(next).collect()
}

/// The index of the largest.
pub(crate) fn best(logits: &[f32]) -> i32 {
    let indexed = logits.iter().enumerate();
    indexed.max_by(|one, other| one.1.total_cmp(other.1)).expect("a vocabulary has ids").0 as i32
}
