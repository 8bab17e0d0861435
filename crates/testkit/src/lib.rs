//! What tests share: a device, tensors from slices, closeness, golden files.

use std::{collections::BTreeMap, path::Path};

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::{Dtype, SafeTensors};

/// The device that tests run on.
pub fn device() -> Device {
    Device::flex()
}

pub fn tensor<const D: usize>(dims: [usize; D], values: &[f32]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), dims), &device())
}

pub fn host<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("tests run in f32")
}

/// # Panics
/// When an entry differs from the expected one by more than `tolerance` (absolute, and relative to entries above one).
pub fn assert_close<const D: usize>(actual: Tensor<D>, expected: &[f32], tolerance: f32) {
    assert_slices_close(&host(actual), expected, tolerance, "tensor");
}

/// # Panics
/// As [`assert_close`], naming what was compared.
pub fn assert_slices_close(actual: &[f32], expected: &[f32], tolerance: f32, name: &str) {
    assert_eq!(actual.len(), expected.len(), "{name}: number of entries");
    for (index, (&actual, &expected)) in actual.iter().zip(expected).enumerate() {
        let error = (actual - expected).abs() / expected.abs().max(1.0);
        assert!(error <= tolerance, "{name}[{index}]: {actual}, expected {expected} (error {error:e} > {tolerance:e})");
    }
}

/// A tensor of a golden file, integers turned into floats.
#[derive(Clone, Debug)]
pub struct Golden {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// All tensors of a safetensors file by name.
///
/// # Panics
/// When the file is missing or holds another type than f32, i32 or i64.
pub fn golden(path: &Path) -> BTreeMap<String, Golden> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = SafeTensors::deserialize(&bytes).expect("a golden file is valid safetensors");
    let entries = file.tensors().into_iter().map(|(name, view)| {
        let values = floats(view.dtype(), view.data());
        (name, Golden { shape: view.shape().to_vec(), values })
    });
    entries.collect()
}

fn floats(dtype: Dtype, bytes: &[u8]) -> Vec<f32> {
    match dtype {
        Dtype::F32 => words(bytes, f32::from_le_bytes),
        Dtype::I32 => words(bytes, |word| i32::from_le_bytes(word) as f32),
        Dtype::I64 => words(bytes, |word| i64::from_le_bytes(word) as f32),
        other => panic!("golden files hold no {other:?}"),
    }
}

fn words<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.chunks_exact(N).map(|chunk| value(chunk.try_into().expect("chunks are of this size"))).collect()
}
