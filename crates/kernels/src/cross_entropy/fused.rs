//! Cross-entropy on the processor. The loss is a sum, so that its gradients, made together with it, need no more than a factor.

use burn::tensor::{Int, Tensor};

use super::{
    CrossEntropy,
    cpu::{cross_entropy, cross_entropy_gradient},
    pieces,
};
use crate::{
    cpu::elementwise::scale_in_place,
    cpu::{
        buffer::unwritten,
        product::{Matrix, MatrixMut, Start, nothing, product},
    },
    flex::{
        Array, Input, Inputs, Operation, Strided, array, dense, dims, integers, matrix, run, strided, strided_array,
        values,
    },
};

const HIDDEN: usize = 0;
const WEIGHT: usize = 1;

pub(super) fn cross_entropy_rows(logits: Tensor<2>, targets: Tensor<1, Int>) -> Tensor<1> {
    run(Rows { targets: integers(targets) }, vec![Input::from(logits)])
}

pub(super) fn linear_cross_entropy(
    hidden: Tensor<3>,
    weight: Tensor<2>,
    targets: Tensor<2, Int>,
    options: CrossEntropy,
) -> Tensor<1> {
    run(LinearCrossEntropy { targets: integers(targets), options }, vec![Input::from(hidden), weight.into()])
}

/// The plain loss of each row, of which no gradient is asked.
#[derive(Debug)]
struct Rows {
    targets: Vec<i32>,
}

impl Operation for Rows {
    fn forward(&self, inputs: &[Array], _: Option<&mut Vec<Array>>) -> Array {
        let mut losses = unwritten(self.targets.len());
        cross_entropy(values(&dense(inputs[0].clone())), &self.targets, CrossEntropy::default(), &mut losses);
        array(losses, &[self.targets.len()])
    }

    fn backward(&self, _: Vec<Array>, _: Array, _: &mut Inputs<'_>) {
        unreachable!("under autodiff the reference runs");
    }
}

#[derive(Debug)]
struct LinearCrossEntropy {
    targets: Vec<i32>,
    options: CrossEntropy,
}

impl Operation for LinearCrossEntropy {
    fn forward(&self, inputs: &[Array], kept: Option<&mut Vec<Array>>) -> Array {
        let (hidden, weight) = (dense(inputs[HIDDEN].clone()), &inputs[WEIGHT]);
        let (rows, [width, vocabulary]) = (self.targets.len(), strided(weight).dims);
        assert_eq!(
            hidden.layout().num_elements(),
            rows * width,
            "a target for each row, as wide as the weight is high"
        );
        let mut ways = kept.is_some().then(|| Gradients::unwritten(rows, weight));
        let mut loss = 0.0;
        for (start, length) in pieces(rows, vocabulary) {
            let hidden = Matrix::row_major(&values(&hidden)[start * width..], length, width);
            loss += self.piece(hidden, weight, start, ways.as_mut());
        }
        if let (Some(kept), Some(Gradients { hidden: d_hidden, weight: d_weight, strides })) = (kept, ways) {
            kept.extend([array(d_hidden, &dims(&hidden)), strided_array(d_weight, &[width, vocabulary], &strides)]);
        }
        array(vec![loss as f32], &[1])
    }

    fn keeps_inputs(&self) -> bool {
        false
    }

    fn backward(&self, kept: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        let factor = values(&dense(gradient))[0];
        for (index, gradient) in kept.into_iter().enumerate() {
            inputs.give(index, if factor == 1.0 { gradient } else { scaled(gradient, factor) });
        }
    }
}

impl LinearCrossEntropy {
    /// The summed loss of some rows; their gradients are added to those of the rows before.
    fn piece(&self, hidden: Matrix<'_>, weight: &Array, start: usize, ways: Option<&mut Gradients>) -> f64 {
        let (weight, rows) = (matrix(weight), hidden.rows());
        let (mut logits, mut losses) = (unwritten(rows * weight.columns()), unwritten(rows));
        let target = MatrixMut::row_major(&mut logits, rows, weight.columns());
        product(hidden, weight, target, Start::Zero, self.options.precision, &nothing);
        let targets = &self.targets[start..start + rows];
        match ways {
            None => cross_entropy(&logits, targets, self.options, &mut losses),
            Some(ways) => {
                cross_entropy_gradient(&mut logits, targets, self.options, &mut losses);
                ways.add(hidden, weight, &logits, start, self.options);
            }
        }
        losses.into_iter().map(f64::from).sum()
    }
}

/// Of the hidden rows, and of the weight in its own layout.
struct Gradients {
    hidden: Vec<f32>,
    weight: Vec<f32>,
    strides: [usize; 2],
}

impl Gradients {
    fn unwritten(rows: usize, weight: &Array) -> Self {
        let Strided { dims: [width, vocabulary], strides, .. } = strided(weight);
        let strides = if strides[1] == 1 { [vocabulary, 1] } else { [1, width] };
        let mut gradients = Self { hidden: unwritten(rows * width), weight: unwritten(width * vocabulary), strides };
        if rows == 0 {
            gradients.weight.fill(0.0); // no piece will
        }
        gradients
    }

    fn add(&mut self, hidden: Matrix<'_>, weight: Matrix<'_>, d_logits: &[f32], start: usize, options: CrossEntropy) {
        let (rows, [width, vocabulary]) = (hidden.rows(), [weight.rows(), weight.columns()]);
        let d_logits = Matrix::row_major(d_logits, rows, vocabulary);
        let d_hidden = MatrixMut::row_major(&mut self.hidden[start * width..], rows, width);
        product(d_logits, weight.transposed(), d_hidden, Start::Zero, options.precision, &nothing);
        let begin = if start == 0 { Start::Zero } else { Start::Existing };
        if self.strides[1] == 1 {
            let d_weight = MatrixMut::row_major(&mut self.weight, width, vocabulary);
            product(hidden.transposed(), d_logits, d_weight, begin, options.precision, &nothing);
        } else {
            let d_weight = MatrixMut::row_major(&mut self.weight, vocabulary, width);
            product(d_logits.transposed(), hidden, d_weight, begin, options.precision, &nothing);
        }
    }
}

/// Only what feeds into something larger than its sum has another factor than one.
fn scaled(mut gradient: Array, factor: f32) -> Array {
    scale_in_place(gradient.storage_mut(), factor);
    gradient
}
