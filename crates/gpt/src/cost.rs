//! What a plan costs, computed from its sizes alone.

use attentive_attention::{AttentionBias, Cost, NormKind};

use crate::{GptPlan, Positions};

/// Of one sequence of the whole context.
pub fn cost(plan: &GptPlan) -> Cost {
    let sizes = Sizes::from(plan);
    Cost {
        parameters: sizes.parameters(plan),
        forward: sizes.forward(plan),
        activations: sizes.layers * sizes.block(plan) + sizes.ends(),
        reference_activations: sizes.reference(plan),
        recomputed_activations: sizes.layers * sizes.context * sizes.width + sizes.block(plan) + sizes.ends(),
    }
}

/// Logits that are held at a time, at most.
const LOGITS: u64 = 1 << 24;

struct Sizes {
    width: u64,
    hidden: u64,
    /// Width of all heads of queries.
    inner: u64,
    /// Width of all heads of keys, or of values.
    grouped: u64,
    /// Matrices of width × hidden in a feed-forward.
    feeds: u64,
    layers: u64,
    context: u64,
    vocabulary: u64,
}

impl From<&GptPlan> for Sizes {
    fn from(plan: &GptPlan) -> Self {
        Self {
            width: plan.width as u64,
            hidden: plan.hidden as u64,
            inner: (plan.channels * plan.heads) as u64,
            grouped: (plan.channels * plan.key_value_heads) as u64,
            feeds: if plan.feed_forward.is_gated() { 3 } else { 2 },
            layers: plan.layers as u64,
            context: plan.context as u64,
            vocabulary: plan.vocabulary as u64,
        }
    }
}

impl Sizes {
    /// Weights of a block's matrices.
    fn matrices(&self) -> u64 {
        2 * self.width * self.inner + 2 * self.width * self.grouped + self.feeds * self.width * self.hidden
    }

    fn parameters(&self, plan: &GptPlan) -> u64 {
        let shift = plan.bias && plan.norm == NormKind::Layer;
        let norm = self.width * if shift { 2 } else { 1 };
        let block = self.matrices() + 2 * norm + self.biases(plan);
        let positions = if plan.positions == Positions::Learned { self.context * self.width } else { 0 };
        let tables = if plan.tied { 1 } else { 2 } * self.vocabulary * self.width;
        self.layers * block + norm + positions + tables
    }

    /// Entries of a block's biases, norms aside.
    fn biases(&self, plan: &GptPlan) -> u64 {
        let attention = match plan.attention_bias {
            AttentionBias::None => 0,
            AttentionBias::Inputs => self.inner + 2 * self.grouped,
            AttentionBias::All => self.inner + 2 * self.grouped + self.width,
        };
        attention + if plan.feed_forward_bias { (self.feeds - 1) * self.hidden + self.width } else { 0 }
    }

    fn forward(&self, plan: &GptPlan) -> u64 {
        let seen = plan.window.map_or(self.context, |window| self.context.min(2 * window as u64));
        // Scores and mixing are two products over, on average, half of the keys.
        let attention = 2 * self.inner * seen;
        2 * self.context * (self.layers * self.matrices() + self.width * self.vocabulary)
            + self.context * self.layers * attention
    }

    /// What fused code keeps of a block: both norms' outputs, queries, keys and values, what was attended to, the residual stream
    /// twice, and the feed-forward before and after its activation.
    fn block(&self, plan: &GptPlan) -> u64 {
        let hidden = if self.feeds == 3 { 3 * self.hidden } else { 2 * self.hidden };
        self.context * (4 * self.width + 2 * self.inner + 2 * self.grouped + hidden + 5 * plan.heads as u64 / 4)
    }

    /// Around the blocks: the embedding, the last norm, and the gradients that the way back holds at a time.
    fn ends(&self) -> u64 {
        self.context * (4 * self.width + self.hidden + self.vocabulary.min(LOGITS / self.context))
    }

    /// What the reference path keeps for its backward pass, in copies fitted to the measured memory of eight runs
    /// (2 to 6 layers, widths 128 to 384, contexts 64 and 256, both styles), each within 4 %.
    fn reference(&self, plan: &GptPlan) -> u64 {
        let scores = 3 * plan.heads as u64 * self.context * self.context;
        let hidden = if self.feeds == 3 { 6 * self.hidden } else { 5 * self.hidden / 2 };
        let rows = self.context * (4 * self.width + 2 * self.inner + 2 * self.grouped + hidden);
        self.layers * (scores + rows) + 3 * self.context * self.vocabulary
    }
}
