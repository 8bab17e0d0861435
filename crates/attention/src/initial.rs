//! Fresh weights: pure functions of the seed and of the parameter's place in the model, drawn on the host, so that every
//! backend starts from the same numbers.

use attentive_random::Key;
use burn::{
    module::Param,
    tensor::{Device, Tensor, TensorData},
};

/// Where in the model a layer is being made, and on which device.
#[derive(Clone, Debug)]
pub struct Initial {
    key: Key,
    device: Device,
}

impl Initial {
    pub fn new(seed: u64, device: &Device) -> Self {
        Self { key: Key::new(seed).at("weights"), device: device.clone() }
    }

    #[must_use]
    pub fn at(&self, name: &str) -> Self {
        Self { key: self.key.at(name), device: self.device.clone() }
    }

    #[must_use]
    pub fn nth(&self, index: usize) -> Self {
        Self { key: self.key.nth(index as u64), device: self.device.clone() }
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
