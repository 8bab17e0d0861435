//! Self-attention as a layer: projections, heads, positions by rotation, cache, trace.

use attentive_kernels::{Rotary, rotary};
use burn::{module::Module, tensor::Tensor};

use crate::{Attend, BlockConfig, Initial, Linear, Mask, Pass, Precision, Residual, Sight};

/// What the heads look like.
#[derive(Clone, Debug)]
pub struct AttentionConfig {
    pub heads: usize,
    /// Heads of keys and values; each serves `heads / groups` heads of queries.
    pub groups: usize,
    /// Channels of a head; the model's width over `heads` unless said.
    pub channels: Option<usize>,
    pub mask: Mask,
    /// What scores are multiplied with; `1 / √channels` when absent.
    pub scale: Option<f64>,
    /// Turn queries and keys by their positions.
    pub rotary: Option<Rotary>,
}

impl AttentionConfig {
    /// As many groups as heads, and nothing special about them.
    pub fn plain(heads: usize, mask: Mask) -> Self {
        Self { heads, groups: heads, channels: None, mask, scale: None, rotary: None }
    }

    pub(crate) fn channels(&self, width: usize) -> usize {
        self.channels.unwrap_or(width / self.heads)
    }
}

#[derive(Module, Debug)]
pub struct Attention {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    pub output: Linear,
    pub residual: Residual,
    #[module(skip)]
    config: AttentionConfig,
    #[module(skip)]
    dropout: f64,
    #[module(skip)]
    precision: Precision,
}

impl Attention {
    pub fn new(config: &BlockConfig, initial: &Initial) -> Self {
        let (width, channels) = (config.width, config.attention.channels(config.width));
        let (ins, out) = (config.bias.attention.inputs(), config.bias.attention.output());
        let project =
            |name, heads: usize| Linear::new([width, heads * channels], ins, config.deviation, &initial.at(name));
        let AttentionConfig { heads, groups, .. } = config.attention;
        let back = [heads * channels, width];
        Self {
            query: project("query", heads),
            key: project("key", groups),
            value: project("value", groups),
            output: Linear::new(back, out, config.residual_deviation, &initial.at("output")),
            residual: Residual::new(config, &initial.at("residual")),
            config: config.attention.clone(),
            dropout: config.dropout,
            precision: initial.precision(),
        }
    }

    /// What the input `[batch, query, width]` attends to, added to the residual stream; with a cache, the queries follow the positions
    /// that it holds.
    pub fn forward(&self, input: Tensor<3>, stream: Tensor<3>, sight: &Sight, pass: &mut Pass) -> Tensor<3> {
        let AttentionConfig { heads, groups, ref mask, rotary: turn, scale, .. } = self.config;
        let query = split(self.query.forward(input.clone(), pass), heads); // [batch, head, query, channel]
        let key = split(self.key.forward(input.clone(), pass), groups); // [batch, group, query, channel]
        let value = split(self.value.forward(input, pass), groups); // [batch, group, query, channel]
        let (query, key) = match turn {
            Some(turn) => (rotary(query, pass.position(), turn), rotary(key, pass.position(), turn)),
            None => (query, key),
        };
        let (key, value) = pass.remember(key, value); // [batch, group, key, channel]
        let dropout = pass.draw(self.dropout);
        let (lengths, bias) = (sight.lengths.clone(), sight.bias.clone());
        let options = Attend { dropout, precision: self.precision, scale, lengths, bias, ..mask.clone().into() };
        let mixed = pass.attend(query, key, value, &options); // [batch, head, query, channel]
        self.residual.add(stream, &self.output, merge(mixed), pass)
    }
}

/// `[batch, query, width]` to `[batch, head, query, channel]`.
pub(crate) fn split(input: Tensor<3>, heads: usize) -> Tensor<4> {
    let [batch, queries, width] = input.dims();
    input.reshape([batch, queries, heads, width / heads]).swap_dims(1, 2)
}

/// The way back.
pub(crate) fn merge(heads: Tensor<4>) -> Tensor<3> {
    let [batch, count, queries, channels] = heads.dims();
    heads.swap_dims(1, 2).reshape([batch, queries, count * channels])
}
