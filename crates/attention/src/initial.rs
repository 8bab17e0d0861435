//! Fresh weights: pure functions of the seed and of the parameter's place in the model, drawn on the host, so that every
//! backend starts from the same numbers.

use std::sync::Arc;

use attentive_kernels::Precision;
use attentive_random::Key;
use burn::{
    module::Param,
    tensor::{Device, Tensor, TensorData},
};

use crate::{Bias, Linear, teaching::LENS};

/// The standard deviation that keeps signals of this width as large through a feed-forward (Glorot and Bengio 2010). At the usual widths
/// of large models, 768 and 3072, it is the 0.02 that these are made with; narrow ones learn much slower from that.
pub fn deviation(width: usize, hidden: usize) -> f64 {
    (2.0 / (width + hidden) as f64).sqrt()
}

/// Which layers get a low-rank path beside their matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Adapters {
    /// Ends of paths, such as `query` or `attention.query`.
    pub targets: Vec<String>,
    pub rank: usize,
    /// What the path's output is multiplied with.
    pub scale: f64,
    /// Share of entries of its input that it does not see in training.
    pub dropout: f64,
}

impl Adapters {
    /// Whether the layer at this path gets one.
    pub fn serve(&self, path: &str) -> bool {
        let ends =
            |target: &String| path.strip_suffix(target).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        self.targets.iter().any(ends)
    }
}

/// Where in the model a layer is being made, on which device, and what it will compute in.
#[derive(Clone, Debug)]
pub struct Initial {
    key: Key,
    /// As parameters name it.
    path: String,
    device: Device,
    precision: Precision,
    adapters: Option<Arc<Adapters>>,
    /// Width of the stream of a teacher.
    lens: Option<usize>,
}

impl Initial {
    pub fn new(seed: u64, device: &Device) -> Self {
        Self {
            key: Key::new(seed).at("weights"),
            path: String::new(),
            device: device.clone(),
            precision: Precision::default(),
            adapters: None,
            lens: None,
        }
    }

    /// The layers compute their products in this; fresh weights do not depend on it.
    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// Layers that these serve get a low-rank path.
    #[must_use]
    pub fn with_adapters(self, adapters: Option<Adapters>) -> Self {
        Self { adapters: adapters.map(Arc::new), ..self }
    }

    /// Models get a map to this width, by which a teacher's states are compared with theirs.
    #[must_use]
    pub fn with_lens(self, lens: Option<usize>) -> Self {
        Self { lens, ..self }
    }

    /// The map to a teacher's width, where one was asked for.
    pub fn lens(&self, width: usize) -> Option<Linear> {
        let wide = self.lens?;
        Some(Linear::new([width, wide], Bias::With, deviation(width, wide), &self.at(LENS)))
    }

    /// What the layer made here gets.
    pub(crate) fn adapters(&self) -> Option<&Adapters> {
        self.adapters.as_deref().filter(|adapters| adapters.serve(&self.path))
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub fn precision(&self) -> Precision {
        self.precision
    }

    #[must_use]
    pub fn at(&self, name: &str) -> Self {
        Self { key: self.key.at(name), path: self.below(name), ..self.clone() }
    }

    #[must_use]
    pub fn nth(&self, index: usize) -> Self {
        Self { key: self.key.nth(index as u64), path: self.below(&index.to_string()), ..self.clone() }
    }

    fn below(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
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
