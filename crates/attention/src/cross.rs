//! Attention of one sequence to another: the decoder's look at what an encoder made, text's look at a picture.

use std::sync::Arc;

use attentive_kernels::Operand;
use burn::{
    module::{Module, Param},
    tensor::{Int, Tensor},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Attend, BlockConfig, Initial, Linear, Pass, Precision, Residual,
    attention::{merge, split},
};

/// How a query and a key are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CrossKind {
    /// Their product over the root of their width (Vaswani et al. 2017).
    #[default]
    Scaled,
    /// The product of the projected query and the memory itself, unscaled (Luong et al. 2015, "general").
    Multiplicative,
    /// A small network over their sum, `v · tanh(query + key)` (Bahdanau et al. 2015).
    Additive,
}

/// What a block attends to beside itself.
#[derive(Clone, Debug)]
pub struct CrossConfig {
    pub kind: CrossKind,
    pub heads: usize,
    /// Channels of a head; the model's width over `heads` unless said.
    pub channels: Option<usize>,
    /// Width of the memory.
    pub width: usize,
    /// What scores are multiplied with; as the kind has it when absent.
    pub scale: Option<f64>,
    /// The branch is multiplied with `tanh` of a learned number that begins at zero, so that a fresh block changes nothing (Alayrac et
    /// al. 2022).
    pub gated: bool,
}

/// A sequence that is attended to, `[batch, key, width]`.
#[derive(Clone, Debug)]
pub struct Memory {
    pub hidden: Tensor<3>,
    /// How many positions of each row are no padding.
    pub lengths: Option<Arc<[usize]>>,
}

impl Memory {
    /// Makes row `i` what row `rows[i]` was, as [`Cache::choose`](crate::Cache::choose) does.
    pub fn choose(&mut self, rows: &[usize]) {
        self.lengths = self.lengths.as_ref().map(|lengths| rows.iter().map(|&row| lengths[row]).collect());
        let rows: Vec<i32> = rows.iter().map(|&row| row as i32).collect();
        let rows = Tensor::<1, Int>::from_data(rows.as_slice(), &self.hidden.device());
        self.hidden = self.hidden.clone().select(0, rows);
    }
}

/// key: absent where the memory itself is the key; score `[heads * channels]`: the `v` of additive attention; gate `[1]`.
#[derive(Module, Debug)]
pub struct CrossAttention {
    pub query: Linear,
    pub key: Option<Linear>,
    pub value: Linear,
    pub output: Linear,
    pub score: Option<Param<Tensor<1>>>,
    pub gate: Option<Param<Tensor<1>>>,
    pub residual: Residual,
    #[module(skip)]
    config: CrossConfig,
    #[module(skip)]
    dropout: f64,
    #[module(skip)]
    precision: Precision,
}

impl CrossAttention {
    pub fn new(config: &CrossConfig, block: &BlockConfig, initial: &Initial) -> Self {
        let inner = config.heads * config.channels.unwrap_or(block.width / config.heads);
        // The memory itself is as wide as it is.
        let compared = if config.kind == CrossKind::Multiplicative { config.width } else { inner };
        let bias = block.bias.attention;
        let project = |name, dims| Linear::new(dims, bias.inputs(), block.deviation, &initial.at(name));
        let back = Linear::new([inner, block.width], bias.output(), block.residual_deviation, &initial.at("output"));
        Self {
            query: project("query", [block.width, compared]),
            key: (config.kind != CrossKind::Multiplicative).then(|| project("key", [config.width, inner])),
            value: project("value", [config.width, inner]),
            output: back,
            score: (config.kind == CrossKind::Additive).then(|| initial.at("score").normal([inner], block.deviation)),
            gate: config.gated.then(|| initial.at("gate").constant([1], 0.0)),
            residual: Residual::new(block, &initial.at("residual")),
            config: config.clone(),
            dropout: block.dropout,
            precision: initial.precision(),
        }
    }

    /// What the input `[batch, query, width]` attends to in the memory, added to the residual stream. A cache keeps the memory's keys and
    /// values of its first pass.
    pub fn forward(&self, input: impl Into<Operand>, stream: Tensor<3>, memory: &Memory, pass: &mut Pass) -> Tensor<3> {
        let heads = self.config.heads;
        let query = split(self.query.forward(input, pass), heads); // [batch, head, query, channel]
        let (key, value) = pass.memorize(|pass| self.keys(&memory.hidden, pass)); // [batch, head, key, channel]
        let dropout = pass.draw(self.dropout);
        let options =
            Attend { dropout, precision: self.precision, lengths: memory.lengths.clone(), ..Attend::default() };
        let mixed = match (&self.score, self.config.kind) {
            (Some(score), _) => {
                let bias = Some(additive(query.clone(), key.clone(), score.val()));
                // Their product is zero; what is left of the scores is the bias.
                pass.look(query.zeros_like(), key.zeros_like(), value, &Attend { bias, ..options })
            }
            (None, CrossKind::Multiplicative) => {
                let scale = Some(self.config.scale.unwrap_or(1.0));
                pass.look(query, key, value, &Attend { scale, ..options })
            }
            (None, _) => pass.look(query, key, value, &Attend { scale: self.config.scale, ..options }),
        }; // [batch, head, query, channel]
        let mixed = merge(mixed);
        match &self.gate {
            None => self.residual.add(stream, &self.output, mixed, pass),
            Some(gate) => {
                let branch = self.residual.add(stream.zeros_like(), &self.output, mixed, pass);
                stream + branch * gate.val().tanh().unsqueeze::<3>()
            }
        }
    }

    /// Keys and values of the memory, `[batch, head, key, channel]` each.
    fn keys(&self, memory: &Tensor<3>, pass: &Pass) -> (Tensor<4>, Tensor<4>) {
        let key = self.key.as_ref().map_or_else(|| memory.clone(), |key| key.forward(memory.clone(), pass));
        (split(key, self.config.heads), split(self.value.forward(memory.clone(), pass), self.config.heads))
    }
}

/// `v · tanh(query + key)` of each pair, `[batch, head, query, key]`.
fn additive(query: Tensor<4>, key: Tensor<4>, score: Tensor<1>) -> Tensor<4> {
    let [batch, heads, queries, channels] = query.dims();
    let [_, _, keys, _] = key.dims();
    let sum = query.reshape([batch, heads, queries, 1, channels]) + key.reshape([batch, heads, 1, keys, channels]);
    let weighed = sum.tanh() * score.reshape([1, heads, 1, 1, channels]); // [batch, head, query, key, channel]
    weighed.sum_dim(4).reshape([batch, heads, queries, keys])
}
