//! How a branch joins the residual stream.

use attentive_kernels::{Operand, add_dropped, dropout};
use burn::{
    module::{Module, Param},
    tensor::Tensor,
};

use crate::{BlockConfig, Cost, Initial, Linear, Pass};

/// What is done to a branch before it is added, beside its last linear map.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ResidualConfig {
    /// Share of entries dropped.
    pub dropout: f64,
    /// Share of rows for which the whole branch is left out (stochastic depth, Huang et al. 2016).
    pub depth: f64,
    /// Each channel has a learned factor, which begins with this (layer scale, Touvron et al. 2021).
    pub scale: Option<f64>,
}

impl ResidualConfig {
    /// Of the factors of this many branches; each branch is kept for the gradients of its factors.
    pub(crate) fn cost(&self, branches: usize, positions: usize, width: usize) -> Cost {
        let Some(_) = self.scale else { return Cost::default() };
        let kept = (branches * positions * width) as u64;
        Cost {
            activations: kept,
            reference_activations: kept,
            recomputed_activations: kept,
            ..Cost::table(branches, width)
        }
    }
}

/// scale `[width]`.
#[derive(Module, Debug)]
pub struct Residual {
    pub scale: Option<Param<Tensor<1>>>,
    #[module(skip)]
    config: ResidualConfig,
}

impl Residual {
    pub fn new(config: &BlockConfig, initial: &Initial) -> Self {
        let scale = config.residual.scale.map(|scale| initial.at("scale").constant([config.width], scale as f32));
        Self { scale, config: config.residual }
    }

    /// `stream + last(input)`, with what the configuration puts in between.
    pub fn add(&self, stream: Tensor<3>, last: &Linear, input: impl Into<Operand>, pass: &mut Pass) -> Tensor<3> {
        let site = pass.draw(self.config.dropout);
        if self.scale.is_none() && self.config.depth == 0.0 {
            return match site {
                None => last.onto(stream, input, pass),
                site => add_dropped(stream, last.forward(input, pass), site),
            };
        }
        let branch = dropout(last.forward(input, pass), site);
        let branch = match &self.scale {
            Some(scale) => branch * scale.val().unsqueeze::<3>(),
            None => branch,
        };
        stream + self.kept(branch, pass)
    }

    /// The branch, left out for some rows.
    fn kept(&self, branch: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        if self.config.depth == 0.0 {
            return branch;
        }
        let [batch, _, _] = branch.dims();
        let rows = pass.dropout(Tensor::ones([batch, 1, 1], &branch.device()), self.config.depth);
        branch * rows
    }
}
