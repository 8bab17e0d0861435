//! The norm's sum on the processor, read where the values lie: a gradient is not copied for it.

use crate::{
    cpu::reductions::sum_of_squares,
    flex::{Array, Inputs, Operation, array, dense, values},
};

#[derive(Debug)]
pub(super) struct SumOfSquares;

impl Operation for SumOfSquares {
    fn forward(&self, inputs: &[Array], _: Option<&mut Vec<Array>>) -> Array {
        let sum = sum_of_squares(values(&dense(inputs[0].clone())));
        array(vec![sum as f32], &[1])
    }

    fn backward(&self, _: Vec<Array>, _: Array, _: &mut Inputs<'_>) {
        unreachable!("norms are taken of gradients, which have no gradients themselves")
    }
}
