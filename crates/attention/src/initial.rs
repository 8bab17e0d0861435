//! Fresh weights: pure functions of the seed and of the parameter's place in the model, drawn on the host, so that every
//! backend starts from the same numbers.

use attentive_kernels::Precision;
use attentive_random::Key;
use burn::{
    module::Param,
    tensor::{Device, Tensor, TensorData},
};

/// The standard deviation that keeps signals of this width as large through a feed-forward (Glorot and Bengio 2010). At the usual widths
/// of large models, 768 and 3072, it is the 0.02 that these are made with; narrow ones learn much slower from that.
pub fn deviation(width: usize, hidden: usize) -> f64 {
    (2.0 / (width + hidden) as f64).sqrt()
}

/// Where in the model a layer is being made, on which device, and what it will compute in.
#[derive(Clone, Debug)]
pub struct Initial {
    key: Key,
    device: Device,
    precision: Precision,
}

impl Initial {
    pub fn new(seed: u64, device: &Device) -> Self {
        Self { key: Key::new(seed).at("weights"), device: device.clone(), precision: Precision::default() }
    }

    /// The layers compute their products in this; fresh weights do not depend on it.
    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    pub fn precision(&self) -> Precision {
        self.precision
    }

    #[must_use]
    pub fn at(&self, name: &str) -> Self {
        Self { key: self.key.at(name), ..self.clone() }
    }

    #[must_use]
    pub fn nth(&self, index: usize) -> Self {
        Self { key: self.key.nth(index as u64), ..self.clone() }
    }

    pub fn normal<const D: usize>(&self, dims: [usize; D], deviation: f64) -> Param<Tensor<D>> {
        self.parameter(self.key.normals(dims.iter().product(), deviation as f32), dims)
    }

    pub fn constant<const D: usize>(&self, dims: [usize; D], value: f32) -> Param<Tensor<D>> {
        self.parameter(vec![value; dims.iter().product()], dims)
    }

    fn parameter<const D: usize>(&self, values: Vec<f32>, dims: [usize; D]) -> Param<Tensor<D>> {
        Param::from_tensor(Tensor::from_data(TensorData::new(values, dims), &self.device))
    }
}
