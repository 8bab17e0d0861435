//! The norms on the processor: one pass each way, and what reached the input by other ways is added in the backward one.

use std::ops::Range;

use burn::tensor::Tensor;

use super::cpu::{self, Center, Norm, Seen, norm_backward};
use crate::{
    cpu::buffer::unwritten,
    flex::{Array, Input, Inputs, Making, Operation, array, dense, dims, run, values},
};

const INPUT: usize = 0;
const WEIGHT: usize = 1;
const BIAS: usize = 2;

pub(super) fn layer_norm(input: Tensor<3>, weight: Tensor<1>, bias: Option<Tensor<1>>, epsilon: f64) -> Tensor<3> {
    let inputs = [Input::from(input), weight.into()].into_iter().chain(bias.map(Input::from));
    run(Normalize::layer(epsilon), inputs.collect())
}

pub(super) fn rms_norm(input: Tensor<3>, weight: Tensor<1>, epsilon: f64) -> Tensor<3> {
    run(Normalize::rms(epsilon), vec![Input::from(input), weight.into()])
}

/// Of an input, with a weight and perhaps a bias.
#[derive(Debug)]
pub(crate) struct Normalize {
    center: Center,
    epsilon: f32,
}

impl Normalize {
    pub(crate) fn layer(epsilon: f64) -> Self {
        Self { center: Center::Mean, epsilon: epsilon as f32 }
    }

    pub(crate) fn rms(epsilon: f64) -> Self {
        Self { center: Center::Zero, epsilon: epsilon as f32 }
    }
}

impl Operation for Normalize {
    fn forward(&self, inputs: &[Array], kept: Option<&mut Vec<Array>>) -> Array {
        let (output, statistics) = self.normal(inputs);
        if let Some(kept) = kept {
            kept.push(statistics);
        }
        output
    }

    fn backward(&self, kept: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        self.give(&kept[0], values(&dense(gradient)), 0..inputs.count(), inputs);
    }
}

impl Making for Normalize {
    fn made(&self, parts: &[Array]) -> Array {
        self.normal(parts).0
    }

    fn unmade(&self, gradient: Vec<f32>, parts: Range<usize>, inputs: &mut Inputs<'_>) -> Array {
        let (output, statistics) = self.normal(&parts.clone().map(|index| inputs.array(index)).collect::<Vec<_>>());
        self.give(&statistics, &gradient, parts, inputs);
        output
    }
}

impl Normalize {
    /// The output, and the center and the reciprocal deviation of each row.
    fn normal(&self, parts: &[Array]) -> (Array, Array) {
        let parts: Vec<Array> = parts.iter().cloned().map(dense).collect();
        let (input, weight) = (values(&parts[INPUT]), values(&parts[WEIGHT]));
        assert_eq!(dims(&parts[INPUT]).last(), Some(&weight.len()), "a weight for each channel");
        let rows = input.len() / weight.len();
        let (mut output, mut statistics) = (unwritten(input.len()), unwritten(2 * rows));
        let norm = self.norm(weight, parts.get(BIAS).map(values));
        cpu::norm(norm, input, &mut output, &mut statistics);
        (array(output, &dims(&parts[INPUT])), array(statistics, &[rows, 2]))
    }

    /// The gradients of the parts, with what reached the input by other ways added.
    fn give(&self, statistics: &Array, gradient: &[f32], parts: Range<usize>, inputs: &mut Inputs<'_>) {
        let [place, weight_place, bias_place] = [INPUT, WEIGHT, BIAS].map(|part| parts.start + part);
        let (input, weight) = (dense(inputs.array(place)), dense(inputs.array(weight_place)));
        let gathered = inputs.take(place).map(dense);
        let seen = Seen {
            input: values(&input),
            statistics: values(statistics),
            d_output: gradient,
            d_sum: gathered.as_ref().map(values),
        };
        let width = values(&weight).len();
        let (mut d_input, mut d_weight, mut d_bias) = (unwritten(seen.input.len()), unwritten(width), unwritten(width));
        let d_bias_wanted = (parts.contains(&bias_place) && inputs.wants(bias_place)).then_some(&mut d_bias[..]);
        norm_backward(self.norm(values(&weight), None), seen, &mut d_input, &mut d_weight, d_bias_wanted);
        inputs.give(place, array(d_input, &dims(&input)));
        inputs.give(weight_place, array(d_weight, &[width]));
        if parts.contains(&bias_place) {
            inputs.give(bias_place, array(d_bias, &[width]));
        }
    }

    fn norm<'a>(&self, weight: &'a [f32], bias: Option<&'a [f32]>) -> Norm<'a> {
        Norm { center: self.center, weight, bias, epsilon: self.epsilon }
    }
}
