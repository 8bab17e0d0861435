//! What a plan costs, computed from its sizes alone.

use attentive_attention::{Cost, NormKind};

use crate::{BertPlan, Head, Positions, model::block};

/// One position in so many is masked (Devlin et al. 2019 take 15 %), and only those are named.
const ASKED: usize = 6;

/// Of one text of the whole context.
pub fn cost(plan: &BertPlan) -> Cost {
    let blocks = Cost::blocks(&block(plan), plan.layers, plan.context, 0);
    // One behind the embedding, or behind the last block.
    tables(plan) + norm(plan, plan.context) + blocks + head(plan)
}

fn tables(plan: &BertPlan) -> Cost {
    let positions = if plan.positions == Positions::Learned { plan.position_offset + plan.context } else { 0 };
    Cost::table(plan.vocabulary + plan.kinds + positions, plan.width)
}

fn head(plan: &BertPlan) -> Cost {
    match plan.head {
        Head::Masked => {
            let rows = plan.context.div_ceil(ASKED);
            map(plan, rows, plan.width) + norm(plan, rows) + shared(plan, map(plan, rows, plan.vocabulary))
        }
        Head::Tags(tags) => map(plan, plan.context, tags),
        Head::Classes(_) | Head::Number => map(plan, 1, plan.width) + map(plan, 1, plan.outputs()),
    }
}

/// A linear map of so many rows of the stream.
fn map(plan: &BertPlan, rows: usize, to: usize) -> Cost {
    let cost = Cost::linear(rows, plan.width, to);
    let absent = if plan.bias { 0 } else { to as u64 };
    Cost { parameters: cost.parameters - absent, ..cost }
}

/// Without the weights that it has from the token embedding.
fn shared(plan: &BertPlan, decoder: Cost) -> Cost {
    let absent = if plan.tied { (plan.width * plan.vocabulary) as u64 } else { 0 };
    Cost { parameters: decoder.parameters - absent, ..decoder }
}

fn norm(plan: &BertPlan, rows: usize) -> Cost {
    let shifted = plan.bias && plan.norm == NormKind::Layer;
    let kept = (rows * plan.width) as u64;
    Cost {
        parameters: plan.width as u64 * if shifted { 2 } else { 1 },
        forward: 0,
        activations: kept,
        reference_activations: kept,
        recomputed_activations: kept,
    }
}
