//! Activations on the processor, in one pass each way.

use burn::tensor::Tensor;

use super::{
    Activation,
    cpu::{self, Curve, Gelu, GeluTanh, QuickGelu, Relu, Silu},
};
use crate::{
    cpu::buffer::unwritten,
    flex::{Array, Input, Inputs, Operation, array, dense, dims, into_values, run, values},
};

pub(super) fn activate<const D: usize>(input: Tensor<D>, activation: Activation) -> Tensor<D> {
    let inputs = vec![Input::from(input)];
    match activation {
        Activation::Gelu => run(Activate(Gelu), inputs),
        Activation::GeluTanh => run(Activate(GeluTanh), inputs),
        Activation::Silu => run(Activate(Silu), inputs),
        Activation::QuickGelu => run(Activate(QuickGelu), inputs),
        Activation::Relu => run(Activate(Relu), inputs),
    }
}

pub(super) fn gated<const D: usize>(gate: Tensor<D>, input: Tensor<D>, activation: Activation) -> Tensor<D> {
    let inputs = vec![Input::from(gate), input.into()];
    match activation {
        Activation::Gelu => run(Gated(Gelu), inputs),
        Activation::GeluTanh => run(Gated(GeluTanh), inputs),
        Activation::Silu => run(Gated(Silu), inputs),
        Activation::QuickGelu => run(Gated(QuickGelu), inputs),
        Activation::Relu => run(Gated(Relu), inputs),
    }
}

#[derive(Debug)]
struct Activate<F>(F);

impl<F: Curve + std::fmt::Debug> Operation for Activate<F> {
    fn forward(&self, inputs: &[Array], _: Option<&mut Vec<Array>>) -> Array {
        let input = dense(inputs[0].clone());
        let mut output = unwritten(values(&input).len());
        cpu::activate(self.0, values(&input), &mut output);
        array(output, &dims(&input))
    }

    fn backward(&self, _: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        let (shape, mut gradient) = (dims(&gradient), into_values(gradient));
        cpu::activate_backward_in_place(self.0, values(&dense(inputs.array(0))), &mut gradient);
        inputs.give(0, array(gradient, &shape));
    }
}

/// `f(gate) * input`.
#[derive(Debug)]
struct Gated<F>(F);

impl<F: Curve + std::fmt::Debug> Operation for Gated<F> {
    fn forward(&self, inputs: &[Array], _: Option<&mut Vec<Array>>) -> Array {
        let [gate, input] = [0, 1].map(|index| dense(inputs[index].clone()));
        assert_eq!(dims(&gate), dims(&input), "a gate for each entry");
        let mut output = unwritten(values(&gate).len());
        cpu::gated(self.0, values(&gate), values(&input), &mut output);
        array(output, &dims(&gate))
    }

    fn backward(&self, _: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        let [gate, input] = [0, 1].map(|index| dense(inputs.array(index)));
        let (shape, gradient) = (dims(&gate), dense(gradient));
        let [mut d_gate, mut d_input] = [(); 2].map(|()| unwritten(values(&gate).len()));
        cpu::gated_backward(self.0, [values(&gate), values(&input), values(&gradient)], &mut d_gate, &mut d_input);
        inputs.give(0, array(d_gate, &shape));
        inputs.give(1, array(d_input, &shape));
    }
}
