//! Named flat tensors to safetensors bytes and back.

use std::{borrow::Cow, collections::BTreeMap, path::Path};

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::{Dtype, SafeTensors, View};

use crate::{CheckpointError, gradients::host};

/// A tensor on the host.
pub(crate) struct Held {
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Held {
    pub(crate) fn new(shape: Vec<usize>, values: Tensor<1>) -> Self {
        Self { shape, bytes: host(values).into_iter().flat_map(f32::to_le_bytes).collect() }
    }
}

impl View for &Held {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// The bytes depend on nothing but the tensors: names are sorted, and there is no other metadata.
pub(crate) fn written(tensors: &BTreeMap<String, Held>) -> Vec<u8> {
    safetensors::serialize(tensors.iter(), None).expect("f32 tensors of matching shapes serialize")
}

/// Flat tensors by name, with their shapes.
pub(crate) type Found = BTreeMap<String, (Vec<usize>, Tensor<1>)>;

/// All tensors of a file.
pub(crate) fn read(path: &Path, device: &Device) -> Result<Found, CheckpointError> {
    let unreadable = |source| CheckpointError::Unreadable { path: path.to_owned(), source };
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let format = |source| CheckpointError::Format { path: path.to_owned(), source };
    let file = SafeTensors::deserialize(&bytes).map_err(format)?;
    let entries = file.tensors().into_iter().map(|(name, view)| {
        if view.dtype() != Dtype::F32 {
            let found = format!("{:?}", view.dtype());
            return Err(CheckpointError::Type { path: path.to_owned(), name, found });
        }
        let words = view.data().chunks_exact(4);
        let values: Vec<f32> = words.map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect();
        let length = values.len();
        let tensor = Tensor::from_data(TensorData::new(values, [length]), device);
        Ok((name, (view.shape().to_vec(), tensor)))
    });
    entries.collect()
}
