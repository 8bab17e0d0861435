//! The text side of every kind: token ids to a vector a position, with or without a look at pictures.

use std::sync::Arc;

use attentive_attention::{
    AttentionConfig, Bias, Block, BlockConfig, CrossConfig, CrossKind, Embedding, Initial, Mask, Norm, NormPlace, Pass,
    ResidualConfig, Sight,
};
use burn::{
    module::Module,
    tensor::{Int, Tensor, TensorData},
};

use crate::{Pooling, TextPlan, TextPositions};

/// Standard deviation of fresh weights (Radford et al. 2019).
pub(crate) const DEVIATION: f64 = 0.02;

/// Base of the rotary frequencies.
const THETA: f64 = 10_000.0;

/// Token ids `[batch, query]`, each row padded behind its end.
#[derive(Clone, Debug)]
pub struct Texts {
    pub ids: Tensor<2, Int>,
    /// How many positions of each row are no padding; at least one.
    pub lengths: Arc<[usize]>,
}

#[derive(Module, Debug)]
pub struct Text {
    pub tokens: Embedding,
    pub positions: Option<Embedding>,
    pub blocks: Vec<Block>,
    pub norm: Norm,
    #[module(skip)]
    dropout: f64,
    /// The pass's number of the first block: those of the picture tower come before.
    #[module(skip)]
    first: usize,
}

impl Text {
    pub(crate) fn new(plan: &TextPlan, block: &BlockConfig, sizes: [usize; 2], initial: &Initial) -> Self {
        let [vocabulary, first] = sizes;
        let learned = plan.positions == TextPositions::Learned;
        let table = |name, rows| Embedding::new([rows, plan.width], DEVIATION, &initial.at(name));
        Self {
            tokens: table("tokens", vocabulary),
            positions: learned.then(|| table("positions", plan.context)),
            blocks: (0..plan.layers).map(|index| Block::new(block, &initial.at("blocks").nth(index))).collect(),
            norm: Norm::new(plan.norm, plan.width, block.bias.norms, plan.norm_epsilon, &initial.at("norm")),
            dropout: plan.dropout,
            first,
        }
    }

    /// The first number in passes and traces behind those of the text.
    pub(crate) fn end(&self) -> usize {
        self.first + self.blocks.len() + 1
    }

    /// ids `[batch, query]` to the residual stream `[batch, query, width]`.
    pub(crate) fn embed(&self, ids: Tensor<2, Int>, pass: &mut Pass) -> Tensor<3> {
        let [_, queries] = ids.dims();
        pass.enter(self.first + self.blocks.len());
        let tokens = self.tokens.forward(ids);
        let hidden = match &self.positions {
            Some(positions) => tokens + positions.positions(pass.position(), queries),
            None => tokens,
        };
        pass.dropout(hidden, self.dropout)
    }

    /// The stream `[batch, query, width]` after all blocks and the norm.
    pub(crate) fn through(&self, stream: Tensor<3>, sight: &Sight, pass: &mut Pass) -> Tensor<3> {
        let end = (0..self.blocks.len()).fold(stream, |stream, index| self.block(index, stream, sight, pass));
        self.norm.forward(end)
    }

    /// ids `[batch, query]` to `[batch, query, width]` after all blocks and the norm.
    pub fn hidden(&self, ids: Tensor<2, Int>, sight: &Sight, pass: &mut Pass) -> Tensor<3> {
        let stream = self.embed(ids, pass);
        self.through(stream, sight, pass)
    }

    /// The stream behind one block.
    pub(crate) fn block(&self, index: usize, stream: Tensor<3>, sight: &Sight, pass: &mut Pass) -> Tensor<3> {
        let (number, block) = (self.first + index, &self.blocks[index]);
        if sight.memory.is_some() {
            // Blocks that share a memory keep their activations: the way back walks once through what made it.
            pass.enter(number);
            return block.seeing(stream, sight, pass);
        }
        let sight = sight.clone();
        pass.block(number, block, stream, move |block, stream, pass| block.seeing(stream, &sight, pass))
    }
}

/// hidden `[batch, query, width]` to one vector a row, `[batch, width]`.
pub(crate) fn pooled(hidden: Tensor<3>, lengths: &[usize], pooling: Pooling) -> Tensor<2> {
    let [batch, queries, width] = hidden.dims();
    match pooling {
        Pooling::First => hidden.narrow(1, 0, 1).reshape([batch, width]),
        Pooling::Last => {
            let last = |(row, &length): (usize, &usize)| (row * queries + length.max(1) - 1) as i32;
            let places: Vec<i32> = lengths.iter().enumerate().map(last).collect();
            let places = Tensor::<1, Int>::from_data(TensorData::from(&*places), &hidden.device());
            hidden.reshape([batch * queries, width]).select(0, places)
        }
        Pooling::Mean => {
            let share =
                |length: usize| (0..queries).map(move |query| if query < length { 1.0 / length as f32 } else { 0.0 });
            let shares: Vec<f32> = lengths.iter().flat_map(|&length| share(length)).collect();
            let shares = Tensor::<3>::from_data(TensorData::new(shares, [batch, 1, queries]), &hidden.device());
            shares.matmul(hidden).reshape([batch, width])
        }
    }
}

/// What a look at a picture's positions looks like.
pub(crate) fn cross(heads: usize, width: usize, gated: bool) -> CrossConfig {
    CrossConfig { kind: CrossKind::Scaled, heads, channels: None, width, scale: None, gated }
}

/// A block of the plan.
pub(crate) fn block(plan: &TextPlan, cross: Option<CrossConfig>) -> BlockConfig {
    let branches = if cross.is_some() { 3.0 } else { 2.0 };
    let mask = if plan.causal { Mask::Causal } else { Mask::Everything };
    BlockConfig {
        width: plan.width,
        hidden: plan.hidden,
        attention: AttentionConfig {
            rotary: (plan.positions == TextPositions::Rotary).then_some(THETA.into()),
            ..AttentionConfig::plain(plan.heads, mask)
        },
        cross,
        feed_forward: plan.feed_forward,
        norm: plan.norm,
        norm_epsilon: plan.norm_epsilon,
        norm_place: NormPlace::Before,
        bias: if plan.bias { Bias::With } else { Bias::Without }.into(),
        dropout: plan.attention_dropout,
        residual: ResidualConfig { dropout: plan.dropout, ..ResidualConfig::default() },
        deviation: DEVIATION,
        // Each block writes so often into the residual stream, whose variance this keeps from growing with depth.
        residual_deviation: DEVIATION / (branches * plan.layers as f64).sqrt(),
    }
}
