//! Dropout on the processor: its factors are drawn again where they are needed, never stored.

use burn::tensor::Tensor;

use super::{
    Dropout,
    cpu::{self, Draws},
};
use crate::{
    cpu::buffer::unwritten,
    cpu::elementwise::add,
    flex::{Array, Input, Inputs, Operation, array, dense, dims, run, values},
};

pub(super) fn dropout<const D: usize>(input: Tensor<D>, dropout: Dropout) -> Tensor<D> {
    run(Dropped { dropout }, vec![Input::from(input)])
}

pub(super) fn add_dropped<const D: usize>(stream: Tensor<D>, branch: Tensor<D>, dropout: Option<Dropout>) -> Tensor<D> {
    run(AddDropped { dropout }, vec![Input::from(stream), branch.into()])
}

#[derive(Debug)]
struct Dropped {
    dropout: Dropout,
}

impl Operation for Dropped {
    fn forward(&self, inputs: &[Array], _: Option<&mut Vec<Array>>) -> Array {
        dropped(inputs[0].clone(), &self.dropout)
    }

    fn keeps_inputs(&self) -> bool {
        false
    }

    fn backward(&self, _: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        inputs.give(0, dropped(gradient, &self.dropout));
    }
}

/// `stream + dropout(branch)`.
#[derive(Debug)]
struct AddDropped {
    dropout: Option<Dropout>,
}

impl Operation for AddDropped {
    fn forward(&self, inputs: &[Array], _: Option<&mut Vec<Array>>) -> Array {
        let [stream, branch] = [0, 1].map(|index| dense(inputs[index].clone()));
        assert_eq!(dims(&stream), dims(&branch), "the stream has the shape of what is added to it");
        let (shape, stream, branch) = (dims(&stream), values(&stream), values(&branch));
        let mut sum = unwritten(stream.len());
        match &self.dropout {
            Some(dropout) => cpu::dropout_add(draws(dropout, &shape), branch, stream, &mut sum),
            None => add(stream, branch, &mut sum),
        }
        array(sum, &shape)
    }

    fn keeps_inputs(&self) -> bool {
        false
    }

    fn backward(&self, _: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        let branch = self.dropout.map_or_else(|| gradient.clone(), |dropout| dropped(gradient.clone(), &dropout));
        inputs.give(0, gradient);
        inputs.give(1, branch);
    }
}

fn dropped(input: Array, dropout: &Dropout) -> Array {
    let (shape, input) = (dims(&input), dense(input));
    let mut output = unwritten(values(&input).len());
    cpu::dropout(draws(dropout, &shape), values(&input), &mut output);
    array(output, &shape)
}

/// A row of the batch has as many draws as entries.
fn draws(dropout: &Dropout, shape: &[usize]) -> Draws {
    let entries: usize = shape[1..].iter().product();
    let &Dropout { key, probability, row } = dropout;
    Draws { key: key.words(), first: (row * entries) as u64, probability }
}
