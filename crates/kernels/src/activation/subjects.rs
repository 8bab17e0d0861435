//! Activations of the hidden width of a 6 x 384 model.

use super::{Activation, activate, gated, reference};
use crate::subject::Subject;

const NUMBERS: usize = 2048 * 1536;

pub(crate) fn subjects() -> Vec<Subject> {
    let named = [("GELU", Activation::Gelu), ("GELU by tanh", Activation::GeluTanh), ("SiLU", Activation::Silu)];
    let alone = named.map(|(name, kind)| {
        Subject::new(
            (name, shape()),
            &[NUMBERS],
            move |leaves| activate(leaves[0].clone(), kind),
            move |leaves| reference(leaves[0].clone(), kind),
        )
        .forward(0, 2 * NUMBERS)
        .backward(0, 3 * NUMBERS)
    });
    let kind = Activation::Silu;
    let gated = Subject::new(
        ("SwiGLU", shape()),
        &[NUMBERS; 2],
        move |leaves| gated(leaves[0].clone(), leaves[1].clone(), kind),
        move |leaves| reference(leaves[0].clone(), kind) * leaves[1].clone(),
    );
    alone.into_iter().chain([gated.forward(0, 3 * NUMBERS).backward(0, 5 * NUMBERS)]).collect()
}

fn shape() -> String {
    "2048 x 1536".to_owned()
}
