//! Dropout (Srivastava et al. 2014) from the host's counter-based draws, so that every backend drops the same entries.

#[cfg(feature = "flex")]
mod cpu;
#[cfg(feature = "flex")]
mod fused;
pub(crate) mod subjects;

use attentive_random::Key;
use burn::tensor::{Tensor, TensorData};

/// One site's dropout at one step.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    pub key: Key,
    pub probability: f64,
    /// The number of the input's first row within the step's batch: a row's draws don't depend on how the batch is split.
    pub row: usize,
}

/// Zeroes entries with the given probability and scales up the others; nothing when there is no dropout.
pub fn dropout<const D: usize>(input: Tensor<D>, dropout: Option<Dropout>) -> Tensor<D> {
    let Some(dropout) = dropout else { return input };
    #[cfg(feature = "flex")]
    if crate::flex::serves(&input.device()) {
        return fused::dropout(input, dropout);
    }
    reference(input, dropout)
}

/// `stream + dropout(branch)`.
pub fn add_dropped<const D: usize>(stream: Tensor<D>, branch: Tensor<D>, dropout: Option<Dropout>) -> Tensor<D> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&stream.device()) {
        return fused::add_dropped(stream, branch, dropout);
    }
    stream + dropout.map_or(branch.clone(), |dropout| reference(branch, dropout))
}

pub(crate) fn reference<const D: usize>(input: Tensor<D>, dropout: Dropout) -> Tensor<D> {
    let Dropout { key, probability, row } = dropout;
    let kept = (1.0 / (1.0 - probability)) as f32;
    let entries: usize = input.dims().iter().product();
    let mut stream = key.stream_from((row * (entries / input.dims()[0])) as u64);
    let factors = (0..entries).map(|_| if stream.chance(probability as f32) { 0.0 } else { kept });
    let factors = TensorData::new(factors.collect::<Vec<f32>>(), input.dims());
    let device = input.device();
    input * Tensor::from_data(factors, &device)
}
