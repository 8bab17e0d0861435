//! Low-rank adapters (Hu et al. 2021): what a matrix learns anew, as the product of a narrow matrix and a flat one.

use std::collections::BTreeMap;

use attentive_kernels::{Affine, add_linear, dropout, linear};
use burn::{
    module::{Module, Param},
    tensor::Tensor,
};

use crate::{Initial, Parameter, Pass, Precision, deviation};

/// The names of the two matrices, behind the path of their layer.
const DOWN: &str = ".adapter.down";
const UP: &str = ".adapter.up";

/// `input · down · up · scale`, beside a matrix that may be frozen; never multiplied out while training.
#[derive(Module, Debug)]
pub struct Adapter {
    /// `[in, rank]`
    pub down: Param<Tensor<2>>,
    /// `[rank, out]`; zero at first, so that training begins with the model as it was.
    pub up: Param<Tensor<2>>,
    #[module(skip)]
    scale: f64,
    #[module(skip)]
    dropout: f64,
    /// Of the layer, by which its draws differ from those of others.
    #[module(skip)]
    path: String,
    #[module(skip)]
    precision: Precision,
}

impl Adapter {
    /// The one that the layer made here gets, if it gets one.
    pub(crate) fn new([ins, outs]: [usize; 2], initial: &Initial) -> Option<Self> {
        let adapters = initial.adapters()?;
        let rank = adapters.rank;
        Some(Self {
            down: initial.at("adapter").at("down").normal([ins, rank], deviation(ins, rank)),
            up: initial.at("adapter").at("up").constant([rank, outs], 0.0),
            scale: adapters.scale,
            dropout: adapters.dropout,
            path: initial.path().to_owned(),
            precision: initial.precision(),
        })
    }

    /// What the path makes of the input, some of whose entries it does not see in training, added to a stream.
    pub(crate) fn onto(&self, stream: Tensor<3>, input: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let seen = dropout(input, pass.draw_at(&self.path, self.dropout));
        let narrow = linear(seen, self.affine(&self.down)) * self.scale; // [batch, query, rank]
        add_linear(stream, narrow, self.affine(&self.up))
    }

    fn affine(&self, weight: &Param<Tensor<2>>) -> Affine {
        Affine { weight: weight.val(), bias: None, precision: self.precision }
    }
}

/// Whether a parameter belongs to an adapter.
pub fn adapts(path: &str) -> bool {
    path.ends_with(DOWN) || path.ends_with(UP)
}

/// The parameters with each adapter multiplied out and added to the matrix that it stands beside.
pub fn merged(mut parameters: BTreeMap<String, Parameter>, scale: f64) -> BTreeMap<String, Parameter> {
    let layers: Vec<String> = parameters.keys().filter_map(|path| path.strip_suffix(DOWN).map(str::to_owned)).collect();
    for layer in layers {
        let mut taken = |end: &str| parameters.remove(&format!("{layer}{end}")).map(matrix);
        let (Some(down), Some(up)) = (taken(DOWN), taken(UP)) else { continue };
        if let Some(weight) = parameters.get_mut(&format!("{layer}.weight")) {
            weight.values = weight.values.clone() + (down.matmul(up) * scale).reshape([-1]);
        }
    }
    parameters
}

fn matrix(parameter: Parameter) -> Tensor<2> {
    let dims: [usize; 2] = parameter.shape.try_into().expect("an adapter is made of matrices");
    parameter.values.reshape(dims)
}
