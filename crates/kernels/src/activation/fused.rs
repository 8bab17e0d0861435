//! Activations on the processor, in one pass each way.

use burn::tensor::Tensor;

use super::{
    Activation,
    cpu::{self, Curve, Gelu, GeluTanh, QuickGelu, Relu, Silu},
};
use crate::{
    cpu::buffer::unwritten,
    flex::{Array, Inputs, Operation, array, dense, dims, into_values, run, values},
};

pub(super) fn activate<const D: usize>(input: Tensor<D>, activation: Activation) -> Tensor<D> {
    run(Activate(activation), vec![input.into()])
}

pub(super) fn gated<const D: usize>(gate: Tensor<D>, input: Tensor<D>, activation: Activation) -> Tensor<D> {
    run(Activate(activation), vec![gate.into(), input.into()])
}

/// Of one input, or of a gate and the input that it multiplies.
#[derive(Debug)]
struct Activate(Activation);

impl Operation for Activate {
    fn forward(&self, inputs: &[Array], _: Option<&mut Vec<Array>>) -> Array {
        made(self.0, inputs)
    }

    fn backward(&self, _: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        let arrays = (0..inputs.count()).map(|index| inputs.last_array(index)).collect();
        let (_, gradients) = unmade(self.0, arrays, gradient);
        gradients.into_iter().enumerate().for_each(|(index, gradient)| inputs.give(index, gradient));
    }
}

/// What an activation makes of one array, or of a gate and the array that it multiplies.
pub(crate) fn made(activation: Activation, inputs: &[Array]) -> Array {
    let inputs: Vec<Array> = inputs.iter().cloned().map(dense).collect();
    let mut output = unwritten(values(&inputs[0]).len());
    with(activation, Forward { inputs: &inputs, output: &mut output });
    array(output, &dims(&inputs[0]))
}

/// The same once more, and the gradients of its inputs, in their place where nobody else holds them.
pub(crate) fn unmade(activation: Activation, inputs: Vec<Array>, gradient: Array) -> (Array, Vec<Array>) {
    let shape = dims(&inputs[0]);
    let (mut values, mut gradient) = (inputs.into_iter().map(into_values).collect::<Vec<_>>(), into_values(gradient));
    with(activation, Backward { inputs: &mut values, gradient: &mut gradient });
    let mut arrays = values.into_iter().map(|values| array(values, &shape));
    let output = arrays.next().expect("an activation has an input");
    (output, [array(gradient, &shape)].into_iter().chain(arrays).collect())
}

/// What is done with the curve of an activation, which loops are compiled for.
trait Job {
    fn run(self, curve: impl Curve);
}

fn with(activation: Activation, job: impl Job) {
    match activation {
        Activation::Gelu => job.run(Gelu),
        Activation::GeluTanh => job.run(GeluTanh),
        Activation::Silu => job.run(Silu),
        Activation::QuickGelu => job.run(QuickGelu),
        Activation::Relu => job.run(Relu),
    }
}

struct Forward<'a> {
    inputs: &'a [Array],
    output: &'a mut [f32],
}

impl Job for Forward<'_> {
    fn run(self, curve: impl Curve) {
        match self.inputs {
            [input] => cpu::activate(curve, values(input), self.output),
            [gate, input] => {
                assert_eq!(dims(gate), dims(input), "a gate for each entry");
                cpu::gated(curve, values(gate), values(input), self.output);
            }
            _ => unreachable!("an activation takes one input or two"),
        }
    }
}

/// The gradient of the output becomes that of the first input, which becomes the output; a second input becomes its gradient.
struct Backward<'a> {
    inputs: &'a mut [Vec<f32>],
    gradient: &'a mut [f32],
}

impl Job for Backward<'_> {
    fn run(self, curve: impl Curve) {
        match self.inputs {
            [input] => cpu::activate_backward(curve, self.gradient, input),
            [gate, input] => cpu::gated_backward(curve, self.gradient, gate, input),
            _ => unreachable!("an activation takes one input or two"),
        }
    }
}
