//! Models, batches and what comes of them: what these tests are written in.

use std::collections::BTreeMap;

use attentive_attention::{Initial, Pass, gradients, updated};
use attentive_random::Key;
use attentive_testkit::{assert_slices_close, device, host, tensor};
use attentive_vit::{Classifier, Pictured, Targets, VitConfig, VitPlan};
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde_json::Value;

pub(crate) const CHANNELS: usize = 3;
pub(crate) const SIZE: usize = 12;
pub(crate) const CLASSES: usize = 5;

pub(crate) const PICTURED: Pictured = Pictured { channels: CHANNELS, size: SIZE, classes: CLASSES };

/// A config as a user would write it.
pub(crate) fn config(written: Value) -> VitConfig {
    serde_json::from_value(written).expect("the config has known keys alone")
}

/// The small config, with some keys set.
pub(crate) fn with(keys: Value) -> VitConfig {
    let mut written = serde_json::json!({"patch": 4, "layers": 2, "heads": 3, "width": 30, "hidden": 44});
    let object = written.as_object_mut().expect("a table");
    object.extend(keys.as_object().expect("a table").clone());
    config(written)
}

pub(crate) fn plan(keys: Value) -> VitPlan {
    with(keys).resolve(&PICTURED).unwrap_or_else(|fault| panic!("{fault}"))
}

pub(crate) fn fresh(plan: &VitPlan) -> Classifier {
    Classifier::new(plan, &Initial::new(3, &device().autodiff()))
}

/// A model that learns, its parameters well away from where training starts, so that no zero hides a mistake.
pub(crate) fn model(plan: &VitPlan) -> Classifier {
    const DEVIATION: f32 = 0.3;
    updated(fresh(plan), |path, values| {
        let [length] = values.dims();
        values + tensor([length], &Key::new(5).at(path).normals(length, DEVIATION))
    })
}

/// Pictures of noise, `[batch, channel, size, size]`.
pub(crate) fn noise(batch: usize, size: usize) -> Vec<f32> {
    Key::new(7).normals(batch * CHANNELS * size * size, 1.0)
}

pub(crate) fn pictures(values: &[f32], [height, width]: [usize; 2], device: &Device) -> Tensor<4> {
    let batch = values.len() / (CHANNELS * height * width);
    Tensor::from_data(TensorData::new(values.to_vec(), [batch, CHANNELS, height, width]), device)
}

pub(crate) fn integers(values: &[i32], device: &Device) -> Tensor<1, Int> {
    Tensor::from_data(values, device)
}

pub(crate) fn classes(values: &[i32], device: &Device) -> Targets {
    Targets::Classes(integers(values, device))
}

/// What the classifier says of square pictures, `[batch, class]`.
pub(crate) fn logits(model: &Classifier, values: &[f32], size: usize, pass: &mut Pass) -> Vec<f32> {
    host(model.logits(pictures(values, [size; 2], &model.device()), pass))
}

/// The mean loss over pictures, and its gradients by path.
pub(crate) struct Learned {
    pub loss: f32,
    pub gradients: BTreeMap<String, Tensor<1>>,
}

pub(crate) fn learn(model: &Classifier, values: &[f32], targets: &[i32], pass: Pass) -> Learned {
    learned(model, pictures(values, [SIZE; 2], &model.device()), targets, pass)
}

pub(crate) fn learned(model: &Classifier, pictures: Tensor<4>, targets: &[i32], mut pass: Pass) -> Learned {
    let shown = classes(targets, &model.device());
    let loss = model.loss(pictures, &shown, 0.0, &mut pass) / targets.len() as f64;
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
