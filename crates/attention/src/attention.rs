//! Self-attention as a layer: projections, heads, positions by rotation, cache, trace.

use attentive_kernels::rotary;
use burn::{module::Module, tensor::Tensor};

use crate::{Attend, BlockConfig, Initial, Linear, Mask, Pass, Precision};

/// What the heads look like.
#[derive(Clone, Debug)]
pub struct AttentionConfig {
    pub heads: usize,
    /// Heads of keys and values; each serves `heads / groups` heads of queries.
    pub groups: usize,
    pub mask: Mask,
    /// Turn queries and keys by their positions, with this base.
    pub rotary: Option<f64>,
}

#[derive(Module, Debug)]
pub struct Attention {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    pub output: Linear,
    #[module(skip)]
    config: AttentionConfig,
    #[module(skip)]
    dropout: f64,
    #[module(skip)]
    precision: Precision,
}

impl Attention {
    pub fn new(config: &BlockConfig, initial: &Initial) -> Self {
        let width = config.width;
        let grouped = width / config.attention.heads * config.attention.groups;
        let project = |name, out| Linear::new([width, out], config.bias, config.deviation, &initial.at(name));
        Self {
            query: project("query", width),
            key: project("key", grouped),
            value: project("value", grouped),
            output: Linear::new([width, width], config.bias, config.residual_deviation, &initial.at("output")),
            config: config.attention.clone(),
            dropout: config.dropout,
            precision: initial.precision(),
        }
    }

    /// What the input `[batch, query, width]` attends to, added to the residual stream; with a cache, the queries follow the positions
    /// that it holds.
    pub fn forward(&self, input: Tensor<3>, stream: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let AttentionConfig { heads, groups, ref mask, rotary: theta } = self.config;
        let query = split(self.query.forward(input.clone()), heads); // [batch, head, query, channel]
        let key = split(self.key.forward(input.clone()), groups); // [batch, group, query, channel]
        let value = split(self.value.forward(input), groups); // [batch, group, query, channel]
        let (query, key) = match theta {
            Some(theta) => (rotary(query, pass.position(), theta), rotary(key, pass.position(), theta)),
            None => (query, key),
        };
        let (key, value) = pass.remember(key, value); // [batch, group, key, channel]
        let dropout = pass.draw(self.dropout);
        let options = Attend { dropout, precision: self.precision, ..mask.clone().into() };
        let mixed = pass.attend(query, key, value, &options); // [batch, head, query, channel]
        pass.add(stream, &self.output, merge(mixed), self.dropout)
    }
}

/// `[batch, query, width]` to `[batch, head, query, channel]`.
fn split(input: Tensor<3>, heads: usize) -> Tensor<4> {
    let [batch, queries, width] = input.dims();
    input.reshape([batch, queries, heads, width / heads]).swap_dims(1, 2)
}

/// The way back.
fn merge(heads: Tensor<4>) -> Tensor<3> {
    let [batch, count, queries, channels] = heads.dims();
    heads.swap_dims(1, 2).reshape([batch, queries, count * channels])
}
