//! A table of vectors, one a token or a position.

use attentive_kernels::embedding;
use burn::{
    module::{Module, Param},
    tensor::{Int, Tensor},
};

use crate::Initial;

/// table `[vocabulary, width]`.
#[derive(Module, Debug)]
pub struct Embedding {
    pub table: Param<Tensor<2>>,
}

impl Embedding {
    pub fn new(dims: [usize; 2], deviation: f64, initial: &Initial) -> Self {
        Self { table: initial.normal(dims, deviation) }
    }

    /// `[batch, query]` to `[batch, query, width]`.
    pub fn forward(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        embedding(self.table.val(), ids)
    }

    /// The vectors of `count` positions from `start` on, `[1, position, width]`.
    pub fn positions(&self, start: usize, count: usize) -> Tensor<3> {
        self.table.val().narrow(0, start, count).unsqueeze()
    }
}
