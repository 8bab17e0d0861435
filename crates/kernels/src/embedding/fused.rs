//! The table's rows on the processor; their gradients go where the table's gradient already lies, such as that of a tied head.

use burn::tensor::{Int, Tensor};

use super::cpu;
use crate::{
    cpu::buffer::unwritten,
    flex::{Array, Input, Inputs, Operation, array, dense, dims, integers, into_values, run, values},
};

const TABLE: usize = 0;

pub(super) fn embedding(table: Tensor<2>, ids: Tensor<2, Int>) -> Tensor<3> {
    let dims = ids.dims();
    run(Embedding { ids: integers(ids), dims }, vec![Input::from(table)])
}

#[derive(Debug)]
struct Embedding {
    ids: Vec<i32>,
    dims: [usize; 2],
}

impl Operation for Embedding {
    fn forward(&self, inputs: &[Array], _: Option<&mut Vec<Array>>) -> Array {
        let table = dense(inputs[TABLE].clone());
        let (width, [batch, queries]) = (dims(&table)[1], self.dims);
        let mut output = unwritten(self.ids.len() * width);
        cpu::gather(values(&table), width, &self.ids, &mut output);
        array(output, &[batch, queries, width])
    }

    fn backward(&self, _: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        let shape = dims(&inputs.array(TABLE));
        let mut sum = inputs.take(TABLE).map_or_else(|| vec![0.0; shape[0] * shape[1]], into_values);
        cpu::scatter_add(values(&dense(gradient)), shape[1], &self.ids, &mut sum);
        inputs.give(TABLE, array(sum, &shape));
    }
}
