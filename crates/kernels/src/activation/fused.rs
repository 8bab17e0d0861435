//! Activations on the processor, in one pass each way.

use std::ops::Range;

use burn::tensor::Tensor;

use super::{
    Activation,
    cpu::{self, Curve, Gelu, GeluTanh, QuickGelu, Relu, Silu},
};
use crate::{
    cpu::buffer::unwritten,
    flex::{Array, Inputs, Making, Operation, array, dense, dims, into_values, run, values},
};

pub(super) fn activate<const D: usize>(input: Tensor<D>, activation: Activation) -> Tensor<D> {
    run(Activate(activation), vec![input.into()])
}

pub(super) fn gated<const D: usize>(gate: Tensor<D>, input: Tensor<D>, activation: Activation) -> Tensor<D> {
    run(Activate(activation), vec![gate.into(), input.into()])
}

/// Of one input, or of a gate and the input that it multiplies.
#[derive(Debug)]
pub(crate) struct Activate(pub(crate) Activation);

impl Operation for Activate {
    fn forward(&self, inputs: &[Array], _: Option<&mut Vec<Array>>) -> Array {
        self.made(inputs)
    }

    fn backward(&self, _: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        self.unmade(into_values(gradient), 0..inputs.count(), inputs);
    }
}

impl Making for Activate {
    fn made(&self, parts: &[Array]) -> Array {
        let parts: Vec<Array> = parts.iter().cloned().map(dense).collect();
        let mut output = unwritten(values(&parts[0]).len());
        with(self.0, Forward { inputs: &parts, output: &mut output });
        array(output, &dims(&parts[0]))
    }

    /// In the place of the parts, where nobody else holds them.
    fn unmade(&self, mut gradient: Vec<f32>, parts: Range<usize>, inputs: &mut Inputs<'_>) -> Array {
        let arrays: Vec<Array> = parts.clone().map(|index| inputs.last_array(index)).collect();
        let shape = dims(&arrays[0]);
        let mut values: Vec<Vec<f32>> = arrays.into_iter().map(into_values).collect();
        with(self.0, Backward { inputs: &mut values, gradient: &mut gradient });
        let mut values = values.into_iter();
        let output = values.next().expect("an activation has an input");
        let gradients = [gradient].into_iter().chain(values);
        parts.zip(gradients).for_each(|(index, gradient)| inputs.give(index, array(gradient, &shape)));
        array(output, &shape)
    }
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
