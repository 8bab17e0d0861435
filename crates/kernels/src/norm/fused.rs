//! The norms on the processor: one pass each way, and what reached the input by other ways is added in the backward one.

use burn::tensor::Tensor;

use super::cpu::{self, Center, Norm, Seen, norm_backward};
use crate::{
    cpu::buffer::unwritten,
    flex::{Array, Input, Inputs, Operation, array, dense, dims, run, values},
};

const INPUT: usize = 0;
const WEIGHT: usize = 1;
const BIAS: usize = 2;

pub(super) fn layer_norm(input: Tensor<3>, weight: Tensor<1>, bias: Option<Tensor<1>>, epsilon: f64) -> Tensor<3> {
    let inputs = [Input::from(input), weight.into()].into_iter().chain(bias.map(Input::from));
    run(Normalize { center: Center::Mean, epsilon: epsilon as f32 }, inputs.collect())
}

pub(super) fn rms_norm(input: Tensor<3>, weight: Tensor<1>, epsilon: f64) -> Tensor<3> {
    run(Normalize { center: Center::Zero, epsilon: epsilon as f32 }, vec![Input::from(input), weight.into()])
}

#[derive(Debug)]
struct Normalize {
    center: Center,
    epsilon: f32,
}

impl Operation for Normalize {
    fn forward(&self, inputs: &[Array], kept: Option<&mut Vec<Array>>) -> Array {
        let inputs: Vec<Array> = inputs.iter().cloned().map(dense).collect();
        let (input, width) = (values(&inputs[INPUT]), values(&inputs[WEIGHT]).len());
        assert_eq!(dims(&inputs[INPUT]).last(), Some(&width), "a weight for each channel");
        let (mut output, mut statistics) = (unwritten(input.len()), unwritten(2 * (input.len() / width)));
        let norm = self.norm(&inputs[WEIGHT], inputs.get(BIAS));
        cpu::norm(norm, input, &mut output, &mut statistics);
        if let Some(kept) = kept {
            let rows = statistics.len() / 2;
            kept.push(array(statistics, &[rows, 2]));
        }
        array(output, &dims(&inputs[INPUT]))
    }

    fn backward(&self, kept: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        let (input, weight, gradient) = (dense(inputs.array(INPUT)), dense(inputs.array(WEIGHT)), dense(gradient));
        let gathered = inputs.take(INPUT).map(dense);
        let seen = Seen {
            input: values(&input),
            statistics: values(&kept[0]),
            d_output: values(&gradient),
            d_sum: gathered.as_ref().map(values),
        };
        let width = values(&weight).len();
        let (mut d_input, mut d_weight, mut d_bias) = (unwritten(seen.input.len()), unwritten(width), unwritten(width));
        let d_bias_wanted = inputs.wants(BIAS).then_some(&mut d_bias[..]);
        norm_backward(self.norm(&weight, None), seen, &mut d_input, &mut d_weight, d_bias_wanted);
        inputs.give(INPUT, array(d_input, &dims(&input)));
        inputs.give(WEIGHT, array(d_weight, &[width]));
        if inputs.wants(BIAS) {
            inputs.give(BIAS, array(d_bias, &[width]));
        }
    }
}

impl Normalize {
    fn norm<'a>(&self, weight: &'a Array, bias: Option<&'a Array>) -> Norm<'a> {
        Norm { center: self.center, weight: values(weight), bias: bias.map(values), epsilon: self.epsilon }
    }
}
