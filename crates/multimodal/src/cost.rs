//! What a plan costs, computed from its sizes alone.

use attentive_attention::{Bias, BlockConfig, Cost, NormKind};
use attentive_vit::encoder_cost;

use crate::{
    Aim, AnswersPlan, ContrastivePlan, Fusion, MultimodalPlan, PairLoss, StatementsPlan, TextPositions,
    statements::stream_block,
    text::{block, cross},
};

/// Of one picture with one text of the whole context.
pub fn cost(plan: &MultimodalPlan) -> Cost {
    let beside = match &plan.aim {
        Aim::Contrastive(own) => contrastive(plan, own),
        Aim::Answers(own) => answers(plan, own),
        Aim::Statements(own) => statements(plan, own),
    };
    encoder_cost(&plan.picture) + tables(plan) + beside
}

/// The text's tables and last norm.
fn tables(plan: &MultimodalPlan) -> Cost {
    let text = &plan.text;
    let positions = if text.positions == TextPositions::Learned { text.context } else { 0 };
    Cost::table(plan.vocabulary + positions, text.width) + norm(&block(text, None))
}

/// Two projections, the scale, and the shift if there is one.
fn contrastive(plan: &MultimodalPlan, own: &ContrastivePlan) -> Cost {
    let projections = [plan.picture.width, plan.text.width].map(|width| unbiased(1, width, own.projection));
    let numbers = if own.loss == PairLoss::Sigmoid { 2 } else { 1 };
    let [picture, text] = projections;
    text_blocks(plan, &block(&plan.text, None), 0) + picture + text + Cost::table(numbers, 1)
}

/// The head is the token table, whose weights are counted already.
fn answers(plan: &MultimodalPlan, own: &AnswersPlan) -> Cost {
    let text = &plan.text;
    let look = cross(text.heads, plan.picture.width, own.gated);
    let head = Cost { parameters: 0, ..Cost::linear(text.context, text.width, plan.vocabulary) };
    text_blocks(plan, &block(text, Some(look)), plan.picture.length()) + head
}

fn statements(plan: &MultimodalPlan, own: &StatementsPlan) -> Cost {
    let (text, picture) = (&plan.text, &plan.picture);
    let ends = Cost::table(1, text.width) + Cost::linear(1, text.width, own.classes);
    let (said, seen) = (1 + text.context, picture.length());
    let fused = match own.fusion {
        Fusion::Joint => {
            Cost::blocks(&block(text, None), text.layers, said + seen, 0)
                + Cost::linear(seen, picture.width, text.width)
        }
        Fusion::Cross => {
            let (stream, look) = (stream_block(plan), cross(text.heads, picture.width, false));
            Cost::blocks(&block(text, Some(look)), text.layers, said, seen)
                + Cost::blocks(&stream, text.layers - 1, seen, said)
                + norm(&stream)
        }
    };
    ends + fused
}

fn text_blocks(plan: &MultimodalPlan, block: &BlockConfig, memory: usize) -> Cost {
    Cost::blocks(block, plan.text.layers, plan.text.context, memory)
}

fn norm(block: &BlockConfig) -> Cost {
    let shifted = block.bias.norms == Bias::With && block.norm == NormKind::Layer;
    Cost::table(if shifted { 2 } else { 1 }, block.width)
}

fn unbiased(rows: usize, from: usize, to: usize) -> Cost {
    let affine = Cost::linear(rows, from, to);
    Cost { parameters: affine.parameters - to as u64, ..affine }
}
