//! What a plan costs, computed from its sizes alone.

use attentive_attention::{Bias, Cost, NormKind};

use crate::{
    Pooling, Positions, VitPlan,
    model::{bias, block, patch_bias},
};

/// Of classifying one picture.
pub fn cost(plan: &VitPlan) -> Cost {
    let encoders = plan.encoders();
    let read: Cost = encoders.iter().map(encoder_cost).sum();
    let head = linear(bias(plan), 1, plan.width, plan.classes);
    let head = if plan.distilled { head + head } else { head };
    if plan.blend.is_empty() { read + head } else { read + fusion(plan) + head }
}

/// Of one encoder, without a head.
pub fn encoder_cost(plan: &VitPlan) -> Cost {
    let patches = plan.side().pow(2);
    let class = usize::from(plan.pooling == Pooling::Class);
    let placed = if plan.positions == Positions::Learned { class + patches } else { 0 };
    let pixels = plan.channels * plan.window().pow(2);
    let norms = if plan.embedding_norm { 2 } else { 1 };
    Cost::blocks(&block(plan, 0), plan.layers, plan.length(), 0)
        + linear(patch_bias(plan), patches, pixels, plan.width)
        + Cost::table(plan.leading() + placed, plan.width)
        + norm(plan, norms)
}

/// Of the block that joins several encoders.
fn fusion(plan: &VitPlan) -> Cost {
    let bridges: Cost = plan.blend.iter().map(|encoder| linear(bias(plan), 1, encoder.width, plan.width)).sum();
    let block = Cost::blocks(&block(plan, 0), 1, 1 + plan.blend.len(), 0);
    bridges + block + Cost::table(1, plan.width) + norm(plan, 1)
}

fn linear(bias: Bias, rows: usize, from: usize, to: usize) -> Cost {
    let with = Cost::linear(rows, from, to);
    match bias {
        Bias::With => with,
        Bias::Without => Cost { parameters: with.parameters - to as u64, ..with },
    }
}

fn norm(plan: &VitPlan, count: usize) -> Cost {
    let vectors = if plan.bias && plan.norm == NormKind::Layer { 2 } else { 1 };
    Cost::table(vectors * count, plan.width)
}
