//! Rotation on the processor, one pass each way. Cosines and sines are computed once for all layers.

use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::Tensor;

use super::{
    Rotary,
    cpu::{self, Heads, Turn, Waves},
};
use crate::{
    cpu::buffer::unwritten,
    flex::{Array, Input, Inputs, Operation, Strided, by_position, channels_dense, run, strided},
};

pub(super) fn rotary(input: Tensor<4>, start: usize, rotary: Rotary) -> Tensor<4> {
    let [_, _, positions, channels] = input.dims();
    run(Rotation { waves: waves(Asked { start, positions, channels, rotary }) }, vec![Input::from(input)])
}

/// All that waves depend on.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Asked {
    start: usize,
    positions: usize,
    channels: usize,
    rotary: Rotary,
}

/// How many waves are remembered: a model has one or two kinds, and training and evaluation may differ in length.
const REMEMBERED: usize = 4;

/// The waves asked for last come first.
static RECENT: Mutex<Vec<(Asked, Arc<Waves>)>> = Mutex::new(Vec::new());

fn waves(asked: Asked) -> Arc<Waves> {
    // Whoever panics while holding it has not begun to change it.
    let mut recent = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
    let waves = match recent.iter().position(|(known, _)| *known == asked) {
        Some(index) => recent.remove(index).1,
        None => {
            let Asked { start, positions, channels, rotary } = asked;
            Arc::new(Waves::new(start, positions, &rotary.frequencies(channels)))
        }
    };
    recent.truncate(REMEMBERED - 1);
    recent.insert(0, (asked, waves.clone()));
    waves
}

#[derive(Debug)]
struct Rotation {
    waves: Arc<Waves>,
}

impl Operation for Rotation {
    fn forward(&self, inputs: &[Array], _: Option<&mut Vec<Array>>) -> Array {
        self.turned(inputs[0].clone(), Turn::Forward)
    }

    fn keeps_inputs(&self) -> bool {
        false
    }

    fn backward(&self, _: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        inputs.give(0, self.turned(gradient, Turn::Back));
    }
}

impl Rotation {
    fn turned(&self, input: Array, turn: Turn) -> Array {
        let input = channels_dense(input);
        let Strided { values, dims: shape, strides: [batch, head, position, _] } = strided(&input);
        let mut output = unwritten(shape.iter().product());
        cpu::rotary(Heads { values, shape, strides: [batch, head, position] }, &self.waves, turn, &mut output);
        by_position(output, shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_are_made_once_for_all_who_ask_alike() {
        let asked = |start| Asked { start, positions: 3, channels: 8, rotary: 77.0.into() };
        let first = waves(asked(5));
        assert!(Arc::ptr_eq(&first, &waves(asked(5))));
        for other in [asked(6), Asked { positions: 4, ..asked(5) }, Asked { rotary: 78.0.into(), ..asked(5) }] {
            assert!(!Arc::ptr_eq(&first, &waves(other)));
        }
    }
}
