//! The affine map on the processor, over all rows at once; what follows it is done while its output is still in the cache.

use burn::tensor::Tensor;

use super::Affine;
use crate::{
    Activation, Precision,
    activation::cpu::{Curve, Gelu, GeluTanh, QuickGelu, Relu, Silu, Value, activate_backward_in_place},
    cpu::{
        buffer::unwritten,
        product::{Finish, Matrix, MatrixMut, Start, activate, add, column_sums, nothing, product},
    },
    flex::{
        Array, Input, Inputs, Operation, Strided, array, dense, dims, into_values, matrix, run, strided, strided_array,
        values,
    },
};

const INPUT: usize = 0;
const WEIGHT: usize = 1;

pub(super) fn linear(input: Tensor<3>, affine: Affine) -> Tensor<3> {
    let map = Map::of(&affine, 2);
    run(Plain(map), inputs([input], affine))
}

pub(super) fn add_linear(stream: Tensor<3>, input: Tensor<3>, affine: Affine) -> Tensor<3> {
    let map = Map::of(&affine, 3);
    let mut inputs = inputs([input], affine);
    inputs.insert(STREAM, stream.into());
    run(Onto(map), inputs)
}

pub(super) fn linear_activated(input: Tensor<3>, affine: Affine, activation: Activation) -> Tensor<3> {
    let map = Map::of(&affine, 2);
    let inputs = inputs([input], affine);
    match activation {
        Activation::Gelu => run(Activated(map, Gelu), inputs),
        Activation::GeluTanh => run(Activated(map, GeluTanh), inputs),
        Activation::Silu => run(Activated(map, Silu), inputs),
        Activation::QuickGelu => run(Activated(map, QuickGelu), inputs),
        Activation::Relu => run(Activated(map, Relu), inputs),
    }
}

fn inputs([input]: [Tensor<3>; 1], affine: Affine) -> Vec<Input> {
    [Input::from(input), affine.weight.into()].into_iter().chain(affine.bias.map(Input::from)).collect()
}

#[derive(Debug)]
struct Plain(Map);

impl Operation for Plain {
    fn forward(&self, inputs: &[Array], _: Option<&mut Vec<Array>>) -> Array {
        let bias = self.0.bias(inputs);
        self.0.output(inputs, &add(bias.as_ref().map(values), None))
    }

    fn backward(&self, _: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        self.0.backward(&dense(gradient), inputs);
    }
}

const STREAM: usize = 2;

/// Added to a residual stream.
#[derive(Debug)]
struct Onto(Map);

impl Operation for Onto {
    fn forward(&self, inputs: &[Array], _: Option<&mut Vec<Array>>) -> Array {
        let (stream, bias) = (dense(inputs[STREAM].clone()), self.0.bias(inputs));
        let [rows, out] = self.0.sizes(inputs);
        assert_eq!(values(&stream).len(), rows * out, "the stream has the shape of what is added to it");
        self.0.output(inputs, &add(bias.as_ref().map(values), Some((values(&stream), out))))
    }

    fn backward(&self, _: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        let gradient = dense(gradient);
        self.0.backward(&gradient, inputs);
        inputs.give(STREAM, gradient);
    }
}

#[derive(Debug)]
struct Activated<F>(Map, F);

impl<F: Curve + std::fmt::Debug> Operation for Activated<F> {
    fn forward(&self, inputs: &[Array], kept: Option<&mut Vec<Array>>) -> Array {
        let Self(map, curve) = self;
        let ([rows, out], bias) = (map.sizes(inputs), map.bias(inputs));
        let mut activated = unwritten(rows * out);
        let target = MatrixMut::row_major(&mut activated, rows, out);
        let raw = map.output(inputs, &activate(bias.as_ref().map(values), Value(*curve), target));
        let shape = dims(&raw);
        if let Some(kept) = kept {
            kept.push(raw);
        }
        array(activated, &shape)
    }

    fn backward(&self, kept: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        let (shape, mut gradient) = (dims(&gradient), into_values(gradient));
        activate_backward_in_place(self.1, values(&kept[0]), &mut gradient);
        self.0.backward(&array(gradient, &shape), inputs);
    }
}

/// What all of them share.
#[derive(Debug)]
struct Map {
    precision: Precision,
    /// Where among the inputs the bias is, if anywhere.
    bias: Option<usize>,
}

impl Map {
    fn of(affine: &Affine, bias: usize) -> Self {
        Self { precision: affine.precision, bias: affine.bias.as_ref().map(|_| bias) }
    }

    fn bias(&self, inputs: &[Array]) -> Option<Array> {
        self.bias.map(|index| dense(inputs[index].clone()))
    }

    /// Rows of the input, and what each becomes as wide as.
    fn sizes(&self, inputs: &[Array]) -> [usize; 2] {
        let (shape, [width, out]) = (dims(&inputs[INPUT]), strided(&inputs[WEIGHT]).dims);
        assert_eq!(shape.last(), Some(&width), "the weight is as high as the input is wide");
        [shape[..shape.len() - 1].iter().product(), out]
    }

    fn output(&self, inputs: &[Array], finish: &Finish<'_>) -> Array {
        let (input, weight) = (dense(inputs[INPUT].clone()), matrix(&inputs[WEIGHT]));
        let [rows, out] = self.sizes(inputs);
        let mut output = unwritten(rows * out);
        let target = MatrixMut::row_major(&mut output, rows, out);
        product(
            Matrix::row_major(values(&input), rows, weight.rows()),
            weight,
            target,
            Start::Zero,
            self.precision,
            finish,
        );
        let mut shape = dims(&input);
        shape.splice(shape.len() - 1.., [out]);
        array(output, &shape)
    }

    fn backward(&self, gradient: &Array, inputs: &mut Inputs<'_>) {
        let weight = inputs.array(WEIGHT);
        self.weight(gradient, &weight, inputs);
        self.sums(gradient, &weight, inputs);
        self.input(gradient, &weight, inputs);
    }

    /// `gradient · weightᵀ`, added to what the input has gathered from its other uses.
    fn input(&self, gradient: &Array, weight: &Array, inputs: &mut Inputs<'_>) {
        if !inputs.wants(INPUT) {
            return;
        }
        let weight = matrix(weight);
        let rows = values(gradient).len() / weight.columns();
        let (mut sum, start) = gathered(inputs.take(INPUT), rows * weight.rows());
        let target = MatrixMut::row_major(&mut sum, rows, weight.rows());
        let gradient = Matrix::row_major(values(gradient), rows, weight.columns());
        product(gradient, weight.transposed(), target, start, self.precision, &nothing);
        let shape = dims(&inputs.array(INPUT));
        inputs.give(INPUT, array(sum, &shape));
    }

    /// `inputᵀ · gradient`, laid out as the weight is: a transposed table gets its gradient transposed.
    fn weight(&self, gradient: &Array, weight: &Array, inputs: &mut Inputs<'_>) {
        if !inputs.wants(WEIGHT) {
            return;
        }
        let Strided { dims: [width, out], strides, .. } = strided(weight);
        let (input, rows) = (dense(inputs.array(INPUT)), values(gradient).len() / out);
        let (input, gradient) =
            (Matrix::row_major(values(&input), rows, width), Matrix::row_major(values(gradient), rows, out));
        let gradient = if strides[1] == 1 {
            let (mut sum, start) = gathered(inputs.take(WEIGHT), width * out);
            let target = MatrixMut::row_major(&mut sum, width, out);
            product(input.transposed(), gradient, target, start, self.precision, &nothing);
            array(sum, &[width, out])
        } else {
            let mut sum = unwritten(width * out);
            let target = MatrixMut::row_major(&mut sum, out, width);
            product(gradient.transposed(), input, target, Start::Zero, self.precision, &nothing);
            strided_array(sum, &[width, out], &[1, width])
        };
        inputs.give(WEIGHT, gradient);
    }

    fn sums(&self, gradient: &Array, weight: &Array, inputs: &mut Inputs<'_>) {
        let Some(index) = self.bias.filter(|&index| inputs.wants(index)) else { return };
        let [_, out] = strided(weight).dims;
        let mut sums = unwritten(out);
        let rows = values(gradient).len() / out;
        column_sums(Matrix::row_major(values(gradient), rows, out), &mut sums);
        inputs.give(index, array(sums, &[out]));
    }
}

/// What has been gathered so far, or a place to start from.
fn gathered(before: Option<Array>, length: usize) -> (Vec<f32>, Start) {
    match before {
        Some(before) => (into_values(before), Start::Existing),
        None => (unwritten(length), Start::Zero),
    }
}
