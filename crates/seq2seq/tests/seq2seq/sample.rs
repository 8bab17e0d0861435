//! Models, batches and what comes of them: what these tests are written in.

use std::{collections::BTreeMap, sync::Arc};

use attentive_attention::{IGNORED, Initial, Memory, Pass, gradients, updated};
use attentive_random::Key;
use attentive_seq2seq::{Seq2Seq, Seq2SeqConfig, Seq2SeqPlan};
use attentive_testkit::{assert_slices_close, device, host, tensor};
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde_json::Value;

pub(crate) const STYLES: [&str; 4] = ["transformer", "pre_norm", "t5", "bart"];
pub(crate) const CROSSES: [&str; 3] = ["scaled", "multiplicative", "additive"];

/// A config as a user would write it.
pub(crate) fn config(written: Value) -> Seq2SeqConfig {
    serde_json::from_value(written).expect("the config has known keys alone")
}

/// The plan of a config that names its own vocabulary.
pub(crate) fn plan(written: Value) -> Seq2SeqPlan {
    config(written).resolve(1).unwrap_or_else(|fault| panic!("{fault}"))
}

/// A model that learns, its parameters well away from where training starts, so that no zero hides a mistake.
pub(crate) fn model(plan: &Seq2SeqPlan) -> Seq2Seq {
    const DEVIATION: f32 = 0.2;
    updated(fresh(plan), |path, values| {
        let [length] = values.dims();
        values + tensor([length], &Key::new(5).at(path).normals(length, DEVIATION))
    })
}

pub(crate) fn fresh(plan: &Seq2SeqPlan) -> Seq2Seq {
    Seq2Seq::new(plan, &Initial::new(3, &device().autodiff()))
}

/// Rows of source ids with their lengths, and of target ids: what stands before each, and what it must predict.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub source: Vec<Vec<i32>>,
    pub lengths: Vec<usize>,
    pub inputs: Vec<Vec<i32>>,
    pub targets: Vec<Vec<i32>>,
}

impl Batch {
    fn counted(&self) -> usize {
        self.targets.iter().flatten().filter(|&&target| target != IGNORED).count()
    }

    /// One row alone, its source without the padding.
    pub(crate) fn row(&self, row: usize) -> Self {
        let source = vec![self.source[row][..self.lengths[row]].to_vec()];
        let lengths = vec![self.lengths[row]];
        Self { source, lengths, inputs: vec![self.inputs[row].clone()], targets: vec![self.targets[row].clone()] }
    }
}

pub(crate) fn integers(rows: &[Vec<i32>], device: &Device) -> Tensor<2, Int> {
    let dims = [rows.len(), rows[0].len()];
    Tensor::from_data(TensorData::new(rows.concat(), dims), device)
}

pub(crate) fn memory(model: &Seq2Seq, batch: &Batch, pass: &mut Pass) -> Memory {
    let lengths: Arc<[usize]> = batch.lengths.as_slice().into();
    model.encode(integers(&batch.source, &model.device()), lengths, pass)
}

pub(crate) fn logits(model: &Seq2Seq, batch: &Batch, pass: &mut Pass) -> Vec<f32> {
    let memory = memory(model, batch, pass);
    host(model.head(model.decode(integers(&batch.inputs, &model.device()), &memory, pass)))
}

/// The mean loss over the targets that count, and its gradients by path.
pub(crate) struct Learned {
    pub loss: f32,
    pub gradients: BTreeMap<String, Tensor<1>>,
}

pub(crate) fn learn(model: &Seq2Seq, batch: &Batch, smoothing: f64, mut pass: Pass) -> Learned {
    let [source, inputs, targets] =
        [&batch.source, &batch.inputs, &batch.targets].map(|rows| integers(rows, &model.device()));
    let lengths = batch.lengths.as_slice().into();
    let loss = model.loss(source, lengths, inputs, targets, smoothing, &mut pass);
    let loss = loss / batch.counted() as f64;
    let mut found = BTreeMap::new();
    pass.backward(&loss, |left| found.extend(gradients(model, left)));
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

/// The most likely answer to each source, id by id through a cache, from the start id on.
pub(crate) fn greedy(model: &Seq2Seq, batch: &Batch, start: i32, steps: usize) -> Vec<Vec<i32>> {
    let memory = memory(model, batch, &mut Pass::evaluation());
    let mut pass = Pass::evaluation().with_cache(model.cache(steps));
    let mut answers = vec![vec![start]; batch.source.len()];
    for _ in 0..steps {
        let last: Vec<Vec<i32>> = answers.iter().map(|answer| answer[answer.len() - 1..].to_vec()).collect();
        let logits = host(model.head(model.decode(integers(&last, &model.device()), &memory, &mut pass)));
        for (answer, row) in answers.iter_mut().zip(logits.chunks(logits.len() / last.len())) {
            answer.push(best(row));
        }
    }
    answers.into_iter().map(|answer| answer[1..].to_vec()).collect()
}

/// The index of the largest.
fn best(logits: &[f32]) -> i32 {
    let ids = (0..logits.len()).max_by(|&one, &other| logits[one].total_cmp(&logits[other]));
    ids.expect("a vocabulary has ids") as i32
}
