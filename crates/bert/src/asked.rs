//! The places of a batch that something is asked of: the head judges no others.

use attentive_attention::IGNORED;
use attentive_kernels::embedding;
use burn::tensor::{Device, IndexingUpdateOp, Int, Tensor, TensorData};

/// The places that something is asked of, numbered row by row, and what is right there.
pub(crate) struct Asked {
    places: Vec<i32>,
    ids: Vec<i32>,
}

impl Asked {
    pub(crate) fn of(targets: &[i32]) -> Self {
        let (places, ids): (Vec<i32>, Vec<i32>) = (0..).zip(targets).filter(|&(_, &id)| id != IGNORED).unzip();
        // Where nothing is asked, one place is read in vain: not every backend knows empty tensors.
        if places.is_empty() { Self { places: vec![0], ids: vec![IGNORED] } } else { Self { places, ids } }
    }

    fn row(values: &[i32], device: &Device) -> Tensor<2, Int> {
        Tensor::from_data(TensorData::new(values.to_vec(), [1, values.len()]), device)
    }

    /// `[batch, place, width]` to `[1, target, width]`.
    pub(crate) fn gather(&self, places: Tensor<3>) -> Tensor<3> {
        let ([batch, count, width], device) = (places.dims(), places.device());
        embedding(places.reshape([batch * count, width]), Self::row(&self.places, &device))
    }

    /// `[1, target]`.
    pub(crate) fn targets(&self, device: &Device) -> Tensor<2, Int> {
        Self::row(&self.ids, device)
    }

    /// `[1, target]` to `[place]`, zero where nothing is asked.
    pub(crate) fn scatter(&self, losses: Tensor<2>, places: usize) -> Tensor<1> {
        let device = losses.device();
        let index = Self::row(&self.places, &device).squeeze_dim(0);
        Tensor::zeros([places], &device).select_assign(0, index, losses.squeeze_dim(0), IndexingUpdateOp::Add)
    }
}
