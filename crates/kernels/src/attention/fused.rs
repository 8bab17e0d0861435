//! Attention on the processor, without ever holding the scores.

use burn::tensor::Tensor;

use super::{
    Attend,
    cpu::{self, Bias, Gradients, Heads, Options, Shape},
};
use crate::{
    cpu::buffer::unwritten,
    flex::{Array, Input, Inputs, Operation, Strided, array, by_position, channels_dense, dims, run, strided, values},
};

const QUERY: usize = 0;
const KEY: usize = 1;
const VALUE: usize = 2;
const BIAS: usize = 3;

pub(super) fn attend(query: Tensor<4>, key: Tensor<4>, value: Tensor<4>, options: &Attend) -> Tensor<4> {
    let (mut options, mut inputs) = (options.clone(), vec![Input::from(query), key.into(), value.into()]);
    inputs.extend(options.bias.take().map(Input::from));
    run(Attention { options }, inputs)
}

#[derive(Debug)]
struct Attention {
    /// The bias is among the inputs.
    options: Attend,
}

impl Operation for Attention {
    fn forward(&self, inputs: &[Array], kept: Option<&mut Vec<Array>>) -> Array {
        let inputs = Views::of(inputs.to_vec());
        inputs.check();
        let shape = inputs.shape();
        let Shape { batch, heads, queries, channels, .. } = shape;
        let mut output = unwritten(batch * queries * heads * channels);
        let mut log_sums = unwritten(batch * heads * queries);
        let [query, key, value] = inputs.heads();
        cpu::forward(&shape, query, key, value, &self.options(&inputs), &mut output, &mut log_sums);
        let output = by_position(output, [batch, heads, queries, channels]);
        if let Some(kept) = kept {
            kept.extend([output.clone(), array(log_sums, &[batch, heads, queries])]);
        }
        output
    }

    fn backward(&self, kept: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>) {
        let views = Views::of((0..inputs.count()).map(|index| inputs.array(index)).collect());
        let shape = views.shape();
        let Shape { batch, heads, groups, queries, keys, channels } = shape;
        let [mut query, mut key, mut value] =
            [heads * queries, groups * keys, groups * keys].map(|rows| unwritten(batch * rows * channels));
        let mut bias =
            (views.0.len() > BIAS && inputs.wants(BIAS)).then(|| unwritten(views.0[BIAS].layout().num_elements()));
        let gradient = Views::of(vec![gradient]);
        let [q, k, v] = views.heads();
        cpu::backward(
            &shape,
            [q, k, v, heads_of(&gradient.0[0])],
            &self.options(&views),
            (strided::<4>(&kept[0]).values, values(&kept[1])),
            Gradients { query: &mut query, key: &mut key, value: &mut value, bias: bias.as_deref_mut() },
        );
        inputs.give(QUERY, by_position(query, [batch, heads, queries, channels]));
        inputs.give(KEY, by_position(key, [batch, groups, keys, channels]));
        inputs.give(VALUE, by_position(value, [batch, groups, keys, channels]));
        if let Some(bias) = bias {
            inputs.give(BIAS, array(bias, &dims(&views.0[BIAS])));
        }
    }
}

impl Attention {
    fn options<'a>(&'a self, views: &'a Views) -> Options<'a> {
        let options = &self.options;
        let Shape { channels, .. } = views.shape();
        Options {
            mask: options.mask.clone(),
            scale: options.scale(channels) as f32,
            soft_cap: options.soft_cap.map(|cap| cap as f32),
            slopes: options.slopes.as_deref(),
            lengths: options.lengths.as_deref(),
            segments: options.segments.as_ref().map(|segments| (&*segments.query, &*segments.key)),
            bias: views.0.get(BIAS).map(bias_of),
            dropout: options.dropout,
            precision: options.precision,
        }
    }
}

/// The inputs, each with its channels side by side.
struct Views(Vec<Array>);

impl Views {
    fn of(arrays: Vec<Array>) -> Self {
        Self(arrays.into_iter().map(channels_dense).collect())
    }

    fn heads(&self) -> [Heads<'_>; 3] {
        [QUERY, KEY, VALUE].map(|index| heads_of(&self.0[index]))
    }

    fn shape(&self) -> Shape {
        let [batch, heads, queries, channels] = strided::<4>(&self.0[QUERY]).dims;
        let [_, groups, keys, _] = strided::<4>(&self.0[KEY]).dims;
        Shape { batch, heads, groups, queries, keys, channels }
    }

    /// The CPU code reads by strides, and would not notice.
    fn check(&self) {
        let Shape { batch, heads, groups, queries, keys, channels } = self.shape();
        assert_eq!(dims(&self.0[KEY]), [batch, groups, keys, channels], "keys are as wide as queries");
        assert_eq!(dims(&self.0[VALUE]), dims(&self.0[KEY]), "a value for each key");
        assert!(groups > 0 && heads.is_multiple_of(groups), "the groups of keys divide the heads");
        if let Some(bias) = self.0.get(BIAS) {
            assert_eq!(dims(bias)[2..], [queries, keys], "a bias for each score");
        }
    }
}

fn heads_of(array: &Array) -> Heads<'_> {
    let Strided { values, strides: [batch, head, position, _], .. } = strided(array);
    Heads { values, batch, head, position }
}

/// The strides of axes of length one are zero, so that one bias serves all.
fn bias_of(array: &Array) -> Bias<'_> {
    let Strided { values, dims, strides } = strided::<4>(array);
    let [batch, head] = [0, 1].map(|axis| if dims[axis] == 1 { 0 } else { strides[axis] });
    Bias { values, batch, head, query: strides[2] }
}
