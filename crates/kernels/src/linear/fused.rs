//! The affine map on the processor, over all rows at once; what it is added to is added while its output is still in the cache.

use std::ops::Range;

use burn::tensor::Tensor;

use super::{Affine, Operand};
use crate::{
    Precision,
    activation::fused::Activate,
    cpu::{
        buffer::unwritten,
        product::{Matrix, MatrixMut, Start, add, column_sums, nothing, product},
    },
    flex::{
        Array, Input, Inputs, Making, Operation, Strided, array, dense, dims, into_values, matrix, run, strided,
        strided_array, values,
    },
    norm::fused::Normalize,
};

pub(super) fn map(stream: Option<Tensor<3>>, operand: Operand, affine: Affine) -> Tensor<3> {
    let Affine { weight, bias, precision } = affine;
    let (made, operands) = parts(operand);
    let mut inputs = vec![Input::from(weight)];
    inputs.extend(operands);
    let operands = OPERANDS..inputs.len();
    let mut place = |input: Input| {
        inputs.push(input);
        inputs.len() - 1
    };
    let [stream, bias] = [stream.map(Input::from), bias.map(Input::from)].map(|input| input.map(&mut place));
    run(Map { precision, made, operands, stream, bias }, inputs)
}

/// What makes the operand, and of what.
fn parts(operand: Operand) -> (Option<Box<dyn Making>>, Vec<Input>) {
    match operand {
        Operand::Tensor(input) => (None, vec![input.into()]),
        Operand::Activated(input, activation) => (Some(Box::new(Activate(activation))), vec![input.into()]),
        Operand::Gated(gate, input, activation) => {
            (Some(Box::new(Activate(activation))), vec![gate.into(), input.into()])
        }
        Operand::LayerNorm(input, weight, bias, epsilon) => {
            let inputs = [Input::from(input), weight.into()].into_iter().chain(bias.map(Input::from));
            (Some(Box::new(Normalize::layer(epsilon))), inputs.collect())
        }
        Operand::RmsNorm(input, weight, epsilon) => {
            (Some(Box::new(Normalize::rms(epsilon))), vec![input.into(), weight.into()])
        }
    }
}

const WEIGHT: usize = 0;
const OPERANDS: usize = 1;

/// `stream + made(operands) · weight + bias`, and where among the inputs these are.
#[derive(Debug)]
struct Map {
    precision: Precision,
    /// What makes the operand of its parts, again on the way back; without it, there is one part that is mapped as it is.
    made: Option<Box<dyn Making>>,
    operands: Range<usize>,
    stream: Option<usize>,
    bias: Option<usize>,
}

impl Operation for Map {
    fn forward(&self, inputs: &[Array], _: Option<&mut Vec<Array>>) -> Array {
        let [stream, bias] = [self.stream, self.bias].map(|place| place.map(|index| dense(inputs[index].clone())));
        let (input, weight) = (self.input(&inputs[self.operands.clone()]), matrix(&inputs[WEIGHT]));
        let (mut shape, [width, out]) = (dims(&input), [weight.rows(), weight.columns()]);
        assert_eq!(shape.pop(), Some(width), "the weight is as high as the input is wide");
        let rows = shape.iter().product();
        shape.push(out);
        let [stream, bias] = [&stream, &bias].map(|array| array.as_ref().map(values));
        assert!(
            stream.is_none_or(|stream| stream.len() == rows * out),
            "the stream has the shape of what is added to it"
        );
        let mut output = unwritten(rows * out);
        let target = MatrixMut::row_major(&mut output, rows, out);
        let input = Matrix::row_major(values(&input), rows, width);
        let finish = add(bias, stream.map(|stream| (stream, out)));
        product(input, weight, target, Start::Zero, self.precision, &finish);
        array(output, &shape)
    }

    fn backward(&self, _: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        let (gradient, weight) = (dense(gradient), inputs.array(WEIGHT));
        let input = match &self.made {
            Some(making) if self.operands.clone().any(|index| inputs.wants(index)) => {
                let d_input = self.to_input(&gradient, &weight, None);
                making.unmade(d_input, self.operands.clone(), inputs)
            }
            _ => self.input(&self.operands.clone().map(|index| inputs.array(index)).collect::<Vec<_>>()),
        };
        if inputs.wants(WEIGHT) {
            let gradient = self.to_weight(&gradient, &weight, &input, inputs);
            inputs.give(WEIGHT, gradient);
        }
        if let Some(index) = self.bias.filter(|&index| inputs.wants(index)) {
            inputs.give(index, to_bias(&gradient, &weight));
        }
        if self.made.is_none() && inputs.wants(OPERANDS) {
            let before = inputs.take(OPERANDS);
            let d_input = self.to_input(&gradient, &weight, before);
            inputs.give(OPERANDS, array(d_input, &dims(&input)));
        }
        if let Some(index) = self.stream {
            inputs.give(index, gradient);
        }
    }
}

impl Map {
    /// What is mapped.
    fn input(&self, operands: &[Array]) -> Array {
        match &self.made {
            Some(making) => making.made(operands),
            None => dense(operands[0].clone()),
        }
    }

    /// `gradient · weightᵀ`, added to what the input has gathered from its other uses.
    fn to_input(&self, gradient: &Array, weight: &Array, before: Option<Array>) -> Vec<f32> {
        let weight = matrix(weight);
        let rows = values(gradient).len() / weight.columns();
        let (mut sum, start) = gathered(before, rows * weight.rows());
        let target = MatrixMut::row_major(&mut sum, rows, weight.rows());
        let gradient = Matrix::row_major(values(gradient), rows, weight.columns());
        product(gradient, weight.transposed(), target, start, self.precision, &nothing);
        sum
    }

    /// `inputᵀ · gradient`, laid out as the weight is: a transposed table gets its gradient transposed.
    fn to_weight(&self, gradient: &Array, weight: &Array, input: &Array, inputs: &mut Inputs<'_>) -> Array {
        let Strided { dims: [width, out], strides, .. } = strided(weight);
        let rows = values(gradient).len() / out;
        let (input, gradient) =
            (Matrix::row_major(values(input), rows, width), Matrix::row_major(values(gradient), rows, out));
        if strides[1] == 1 {
            let (mut sum, start) = gathered(inputs.take(WEIGHT), width * out);
            let target = MatrixMut::row_major(&mut sum, width, out);
            product(input.transposed(), gradient, target, start, self.precision, &nothing);
            array(sum, &[width, out])
        } else {
            let mut sum = unwritten(width * out);
            let target = MatrixMut::row_major(&mut sum, out, width);
            product(gradient.transposed(), input, target, Start::Zero, self.precision, &nothing);
            strided_array(sum, &[width, out], &[1, width])
        }
    }
}

fn to_bias(gradient: &Array, weight: &Array) -> Array {
    let [_, out] = strided(weight).dims;
    let mut sums = unwritten(out);
    let rows = values(gradient).len() / out;
    column_sums(Matrix::row_major(values(gradient), rows, out), &mut sums);
    array(sums, &[out])
}

/// What has been gathered so far, or a place to start from.
fn gathered(before: Option<Array>, length: usize) -> (Vec<f32>, Start) {
    match before {
        Some(before) => (into_values(before), Start::Existing),
        None => (unwritten(length), Start::Zero),
    }
}
