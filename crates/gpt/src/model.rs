//! The model, top to bottom: embed, blocks, head. Configs choose its parts; GPT-2 and Llama are two such choices.

use attentive_attention::{
    Aspect, AttentionConfig, Bias, Biases, Block, BlockConfig, Embedding, Initial, Linear, Mask, Norm, NormPlace, Pass,
    Precision, ResidualConfig, Rotary, Shown, Teaching,
};
use attentive_kernels::{Affine, CrossEntropy, Scored, linear, linear_cross_entropy, linear_cross_entropy_rows};
use burn::{
    module::{Module, Param},
    tensor::{Int, Tensor},
};

use crate::{GptPlan, Positions};

/// Standard deviation of fresh weights (Radford et al. 2019).
const DEVIATION: f64 = 0.02;

#[derive(Module, Debug)]
pub struct Gpt {
    pub tokens: Embedding,
    pub positions: Option<Embedding>,
    pub blocks: Vec<Block>,
    pub norm: Norm,
    /// Absent when the token embedding serves as head.
    pub head: Option<Linear>,
    /// Present where states are compared with those of a teacher of another width.
    pub lens: Option<Linear>,
    #[module(skip)]
    dropout: f64,
    #[module(skip)]
    precision: Precision,
}

impl Gpt {
    pub fn new(plan: &GptPlan, initial: &Initial) -> Self {
        let (block, width) = (block(plan), plan.width);
        let learned = plan.positions == Positions::Learned;
        Self {
            tokens: Embedding::new([plan.vocabulary, width], DEVIATION, &initial.at("tokens")),
            positions: learned.then(|| Embedding::new([plan.context, width], DEVIATION, &initial.at("positions"))),
            blocks: (0..plan.layers).map(|index| Block::new(&block, &initial.at("blocks").nth(index))).collect(),
            norm: Norm::new(plan.norm, width, block.bias.norms, plan.norm_epsilon, &initial.at("norm")),
            head: (!plan.tied)
                .then(|| Linear::new([width, plan.vocabulary], Bias::Without, DEVIATION, &initial.at("head"))),
            lens: initial.lens(width),
            dropout: plan.dropout,
            precision: initial.precision(),
        }
    }

    /// ids `[batch, query]` to the residual stream `[batch, query, width]`.
    pub fn embed(&self, ids: Tensor<2, Int>, pass: &mut Pass) -> Tensor<3> {
        let [_, queries] = ids.dims();
        pass.enter(self.blocks.len());
        let tokens = self.tokens.forward(ids);
        let hidden = match &self.positions {
            Some(positions) => tokens + positions.positions(pass.position(), queries),
            None => tokens,
        };
        pass.dropout(hidden, self.dropout)
    }

    /// The residual stream after all blocks, `[batch, query, width]`.
    pub fn hidden(&self, ids: Tensor<2, Int>, pass: &mut Pass) -> Tensor<3> {
        let [_, queries] = ids.dims();
        let start = self.embed(ids, pass);
        let blocks = self.blocks.iter().enumerate();
        let end = blocks.fold(start, |hidden, (index, block)| pass.block(index, block, hidden, Block::forward));
        pass.advance(queries);
        end
    }

    /// `[batch, query, width]` to logits `[batch, query, vocabulary]`.
    pub fn head(&self, hidden: Tensor<3>) -> Tensor<3> {
        linear(self.norm.forward(hidden), Affine { weight: self.head_weight(), bias: None, precision: self.precision })
    }

    /// `[width, vocabulary]`.
    fn head_weight(&self) -> Tensor<2> {
        match &self.head {
            Some(head) => head.weight.val(),
            None => self.tokens.table.val().transpose(),
        }
    }

    /// ids `[batch, query]` to logits `[batch, query, vocabulary]`.
    pub fn forward(&self, ids: Tensor<2, Int>, pass: &mut Pass) -> Tensor<3> {
        let hidden = self.hidden(ids, pass);
        self.head(hidden)
    }

    /// The summed cross-entropy of the targets in nats, `[1]`: what training lowers. Ignored ones don't count.
    pub fn loss(&self, ids: Tensor<2, Int>, targets: Tensor<2, Int>, pass: &mut Pass) -> Tensor<1> {
        let normal = self.norm.forward(self.hidden(ids, pass));
        self.surprise(normal, targets)
    }

    fn surprise(&self, normal: Tensor<3>, targets: Tensor<2, Int>) -> Tensor<1> {
        let options = CrossEntropy { precision: self.precision, ..CrossEntropy::default() };
        linear_cross_entropy(normal, self.head_weight(), targets, options)
    }

    /// What the model makes of ids on the way to its scores.
    pub fn shown(&self, ids: Tensor<2, Int>, teaching: &Teaching, pass: &mut Pass) -> Shown {
        let last = self.blocks.len() - 1;
        if teaching.of(Aspect::Attention) {
            pass.watch(last);
        }
        let normal = self.norm.forward(self.hidden(ids, pass));
        let attention = pass.watched(last);
        let states = self.lens.as_ref().map_or_else(|| normal.clone(), |lens| lens.forward(normal.clone(), pass));
        Shown { scored: Scored { hidden: normal, weight: self.head_weight() }, states, attention }
    }

    /// The loss, and what can be held against a teacher.
    pub fn loss_shown(
        &self,
        ids: Tensor<2, Int>,
        targets: Tensor<2, Int>,
        teaching: &Teaching,
        pass: &mut Pass,
    ) -> (Tensor<1>, Shown) {
        let shown = self.shown(ids, teaching, pass);
        (self.surprise(shown.scored.hidden.clone(), targets), shown)
    }

    /// The cross-entropy of each target in nats, `[batch, query]`; zero where it is ignored.
    pub fn losses(&self, ids: Tensor<2, Int>, targets: Tensor<2, Int>, pass: &mut Pass) -> Tensor<2> {
        let normal = self.norm.forward(self.hidden(ids, pass));
        linear_cross_entropy_rows(normal, self.head_weight(), targets, self.precision)
    }

    /// Whether weight decay spares the parameter at this path: norms, biases and embeddings.
    pub fn spared(path: &str) -> bool {
        path.contains("norm.") || path.ends_with("bias") || path.ends_with("table")
    }

    /// Whether the parameter at this path is a matrix between hidden layers.
    pub fn hidden_matrix(path: &str) -> bool {
        path.starts_with("blocks.") && !Self::spared(path)
    }

    /// The device that the model lives on.
    pub fn device(&self) -> burn::tensor::Device {
        Param::val(&self.tokens.table).device()
    }
}

fn block(plan: &GptPlan) -> BlockConfig {
    BlockConfig {
        width: plan.width,
        hidden: plan.hidden,
        attention: AttentionConfig {
            groups: plan.key_value_heads,
            channels: Some(plan.channels),
            rotary: (plan.positions == Positions::Rotary)
                .then_some(Rotary { theta: plan.rotary_theta, scaling: plan.rotary_scaling }),
            ..AttentionConfig::plain(plan.heads, plan.window.map_or(Mask::Causal, Mask::Window))
        },
        cross: None,
        feed_forward: plan.feed_forward,
        norm: plan.norm,
        norm_epsilon: plan.norm_epsilon,
        norm_place: NormPlace::Before,
        bias: Biases {
            norms: bias(plan.bias),
            attention: plan.attention_bias,
            feed_forward: bias(plan.feed_forward_bias),
        },
        dropout: plan.dropout,
        residual: ResidualConfig { dropout: plan.dropout, ..ResidualConfig::default() },
        deviation: DEVIATION,
        // Each block writes twice into the residual stream, whose variance this keeps from growing with depth.
        residual_deviation: DEVIATION / (2.0 * plan.layers as f64).sqrt(),
    }
}

fn bias(added: bool) -> Bias {
    if added { Bias::With } else { Bias::Without }
}
