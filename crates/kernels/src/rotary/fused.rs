//! Rotation on the processor, one pass each way.

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
    let [_, _, queries, channels] = input.dims();
    run(Rotation { waves: Waves::new(start, queries, &rotary.frequencies(channels)) }, vec![Input::from(input)])
}

#[derive(Debug)]
struct Rotation {
    waves: Waves,
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
