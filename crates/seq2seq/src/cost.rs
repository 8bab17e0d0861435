//! What a plan costs, computed from its sizes alone.

use attentive_attention::{BlockConfig, Cost, NormKind, NormPlace};

use crate::{
    Positions, Seq2SeqPlan,
    model::{decoder_block, encoder_block},
};

/// Logits that are held at a time, at most.
const LOGITS: u64 = 1 << 24;

/// Of one source and one target, both of the whole context.
pub fn cost(plan: &Seq2SeqPlan) -> Cost {
    let encoder = side(plan, &encoder_block(plan), plan.layers, 0);
    let decoder = side(plan, &decoder_block(plan), plan.decoder_layers, plan.context);
    let total = Cost::table(plan.vocabulary, plan.width) + encoder + decoder + head(plan);
    // No block is run again.
    Cost { recomputed_activations: total.activations, ..total }
}

fn side(plan: &Seq2SeqPlan, block: &BlockConfig, layers: usize, memory: usize) -> Cost {
    let [width, context, heads] = [plan.width, plan.context, plan.heads].map(|size| size as u64);
    let norm = width * if plan.bias && plan.norm == NormKind::Layer { 2 } else { 1 };
    let norms = u64::from(plan.embedding_norm) + u64::from(plan.norm_place == NormPlace::Before);
    let normalized = norms * context * width;
    let positions = match plan.positions {
        Positions::Learned => Cost::table(plan.unused_positions + plan.context, plan.width),
        Positions::Relative => Cost { activations: context * context * heads, ..Cost::table(plan.buckets, plan.heads) },
        Positions::Sinusoidal | Positions::Rotary | Positions::None => Cost::default(),
    };
    let ends = Cost {
        parameters: norms * norm,
        activations: normalized,
        reference_activations: normalized + positions.activations,
        ..Cost::default()
    };
    Cost::blocks(block, layers, plan.context, memory) + positions + ends
}

fn head(plan: &Seq2SeqPlan) -> Cost {
    let [width, context, vocabulary] = [plan.width, plan.context, plan.vocabulary].map(|size| size as u64);
    let matrix = if plan.tied { 0 } else { width * vocabulary };
    let bias = if plan.head_bias { vocabulary } else { 0 };
    Cost {
        parameters: matrix + bias,
        forward: 2 * context * width * vocabulary,
        activations: context * vocabulary.min((LOGITS / context).max(1)),
        reference_activations: 3 * context * vocabulary,
        recomputed_activations: 0,
    }
}
