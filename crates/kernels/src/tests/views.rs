//! Inputs that are views, that are one tensor twice, that want no gradient, that have no rows.

use attentive_random::Key;
use attentive_testkit::{device, tensor};
use burn::tensor::{Int, Tensor, TensorData};

use super::case::{Case, check, host};
use crate::{attention::reference as plain_attention, *};

/// How a view of `rows` by `width` lies in its leaf of [`PADDING`] more rows and columns.
#[derive(Clone, Copy, Debug)]
enum View {
    Narrow,
    Turned,
    Repeated,
}

const VIEWS: [View; 3] = [View::Narrow, View::Turned, View::Repeated];
const PADDING: usize = 3;

impl View {
    fn length([rows, width]: [usize; 2]) -> usize {
        (rows + PADDING) * (width + PADDING)
    }

    fn of(self, leaf: &Tensor<1>, [rows, width]: [usize; 2]) -> Tensor<2> {
        let whole = leaf.clone().reshape([rows + PADDING, width + PADDING]);
        match self {
            Self::Narrow => whole.narrow(0, 2, rows).narrow(1, 1, width),
            Self::Turned => leaf
                .clone()
                .reshape([width + PADDING, rows + PADDING])
                .transpose()
                .narrow(0, 1, rows)
                .narrow(1, 2, width),
            Self::Repeated => whole.narrow(0, 1, 1).narrow(1, 2, width).expand([rows, width]),
        }
    }

    fn row(self, leaf: &Tensor<1>, width: usize) -> Tensor<1> {
        match self {
            Self::Narrow => leaf.clone().narrow(0, 1, width),
            Self::Turned => {
                leaf.clone().reshape([width + PADDING, 2]).narrow(0, 2, width).narrow(1, 1, 1).squeeze_dim(1)
            }
            Self::Repeated => leaf.clone().narrow(0, 1, 1).expand([width]),
        }
    }
}

#[test]
fn maps_take_views() {
    check(|mut case| {
        let [rows, width, out] = [case.size(), case.size(), case.size()];
        [[rows, width], [width, out], [rows, out]].into_iter().for_each(|dims| case.leaf(View::length(dims)));
        case.leaf(2 * (out + PADDING));
        let views = [(); 4].map(|()| case.choose(&VIEWS));
        let parts = |leaves: &[Tensor<1>]| {
            let affine = Affine {
                weight: views[1].of(&leaves[1], [width, out]),
                bias: Some(views[3].row(&leaves[3], out)),
                precision: Precision::F32,
            };
            let [input, stream] = [views[0].of(&leaves[0], [rows, width]), views[2].of(&leaves[2], [rows, out])];
            (stream.unsqueeze(), input.unsqueeze(), affine)
        };
        case.compare(
            |leaves| {
                let (stream, input, affine) = parts(leaves);
                let operand = Operand::Activated(input.clone(), Activation::Gelu);
                let activated = linear(operand, affine.clone());
                add_linear(stream, input.clone(), affine.clone()) + linear(input, affine) * activated
            },
            |leaves| {
                let (stream, input, affine) = parts(leaves);
                let activated =
                    linear::reference(activation::reference(input.clone(), Activation::Gelu), affine.clone());
                let mapped = linear::reference(input, affine);
                stream + mapped.clone() + mapped * activated
            },
        );
    });
}

#[test]
fn entries_take_views() {
    check(|mut case| {
        let dims @ [rows, width] = [case.size(), case.size() + 2];
        [dims, dims].into_iter().for_each(|dims| case.leaf(View::length(dims)));
        [(); 2].into_iter().for_each(|()| case.leaf(2 * (width + PADDING)));
        let views = [(); 4].map(|()| case.choose(&VIEWS));
        let parts = |leaves: &[Tensor<1>]| {
            let [left, right] = [0, 1].map(|index: usize| views[index].of(&leaves[index], [rows, width]).unsqueeze());
            let [scale, shift] = [2, 3].map(|index: usize| views[index].row(&leaves[index], width));
            (left, right, scale, shift)
        };
        let site = Dropout { key: Key::new(7), probability: 0.3, row: 1 };
        case.compare(
            |leaves| {
                let (left, right, scale, shift) = parts(leaves);
                let product = gated(left.clone(), right.clone(), Activation::Silu);
                let product = product + activate(left.clone(), Activation::GeluTanh);
                let normal =
                    layer_norm(left.clone(), scale.clone(), Some(shift), 0.1) + rms_norm(right.clone(), scale, 0.1);
                add_dropped(left, right.clone(), Some(site)) + dropout(right, Some(site)) + product + normal
            },
            |leaves| {
                let (left, right, scale, shift) = parts(leaves);
                let product = activation::reference(left.clone(), Activation::Silu) * right.clone();
                let product = product + activation::reference(left.clone(), Activation::GeluTanh);
                let normal = norm::reference::layer_norm(left.clone(), scale.clone(), Some(shift), 0.1)
                    + norm::reference::rms_norm(right.clone(), scale, 0.1);
                left + dropout::reference(right, site) * 2.0 + product + normal
            },
        );
    });
}

/// Queries, keys and values out of one projection, with channels and heads to leave out; a bias that is cut out or turned.
#[test]
fn attention_takes_views() {
    check(|mut case| {
        let [batch, heads, positions, channels] = [case.small(), case.small(), case.size(), case.small()];
        let padded = [batch, positions + 1, 3, heads + 1, 2 * channels + 1];
        case.leaf(padded.iter().product());
        case.leaf(heads * (positions + 1) * (positions + 1));
        let (start, turned) = (case.size(), case.flip());
        let inputs = |leaves: &[Tensor<1>]| {
            let all = leaves[0].clone().reshape(padded);
            let part = |index| {
                let part = all.clone().narrow(1, 1, positions).narrow(2, index, 1).narrow(3, 1, heads);
                part.narrow(4, 1, 2 * channels).squeeze_dim::<4>(2).swap_dims(1, 2)
            };
            let bias = leaves[1].clone().reshape([1, heads, positions + 1, positions + 1]);
            let bias = if turned { bias.swap_dims(2, 3) } else { bias };
            (part(0), part(1), part(2), bias.narrow(2, 1, positions).narrow(3, 0, positions))
        };
        case.compare(
            |leaves| {
                let (query, key, value, bias) = inputs(leaves);
                let options = Attend { bias: Some(bias), ..Mask::Causal.into() };
                attend(rotary(query, start, 100.0), rotary(key, start, 100.0), value, &options)
            },
            |leaves| {
                let (query, key, value, bias) = inputs(leaves);
                let options = Attend { bias: Some(bias), ..Mask::Causal.into() };
                let [query, key] = [query, key].map(|heads| rotary::reference(heads, start, 100.0));
                plain_attention::attend(query, key, value, &options)
            },
        );
    });
}

#[test]
fn heads_and_tables_take_views() {
    check(|mut case| {
        let [vocabulary, width, queries] = [case.size() + 1, case.size(), case.size()];
        let (table_dims, head_dims) = ([vocabulary, width], [width, vocabulary]);
        [table_dims, head_dims].into_iter().for_each(|dims| case.leaf(View::length(dims)));
        let views = [(); 2].map(|()| case.choose(&VIEWS));
        // One of two columns, so that the ids are a view as well.
        let ids = || Case::ids([queries, 2], 0..vocabulary as i32).narrow(1, 0, 1).transpose();
        let parts = |leaves: &[Tensor<1>]| (views[0].of(&leaves[0], table_dims), views[1].of(&leaves[1], head_dims));
        case.compare(
            |leaves| {
                let (table, head) = parts(leaves);
                linear_cross_entropy(embedding(table, ids()), head, ids(), CrossEntropy::default()) * 0.5
            },
            |leaves| {
                let (table, head) = parts(leaves);
                let hidden = embedding::reference(table, ids());
                cross_entropy::reference::linear_cross_entropy(hidden, head, ids(), CrossEntropy::default()) * 0.5
            },
        );
    });
}

#[test]
fn one_tensor_may_be_several_inputs() {
    check(|mut case| {
        let [rows, width] = [case.size(), case.size()];
        [rows * width, width * width, width].into_iter().for_each(|length| case.leaf(length));
        let affine = |leaves: &[Tensor<1>]| Affine {
            weight: leaves[1].clone().reshape([width, width]),
            bias: Some(leaves[2].clone()),
            precision: Precision::F32,
        };
        let input = |leaves: &[Tensor<1>]| leaves[0].clone().reshape([1, rows, width]);
        case.compare(
            |leaves| {
                let input = input(leaves);
                let sum = add_linear(input.clone(), input.clone(), affine(leaves));
                let sum = sum + gated(input.clone(), input.clone(), Activation::Gelu);
                let sum = sum + layer_norm(input.clone(), leaves[2].clone(), Some(leaves[2].clone()), 0.1);
                let heads = input.clone().unsqueeze_dim::<4>(1);
                let attended = attend(heads.clone(), heads.clone(), heads, &Mask::Causal.into());
                add_dropped(input.clone(), input, None) + sum + attended.squeeze_dim::<3>(1)
            },
            |leaves| {
                let input = input(leaves);
                let sum = input.clone() + linear::reference(input.clone(), affine(leaves));
                let sum = sum + activation::reference(input.clone(), Activation::Gelu) * input.clone();
                let (scale, shift) = (leaves[2].clone(), Some(leaves[2].clone()));
                let sum = sum + norm::reference::layer_norm(input.clone(), scale, shift, 0.1);
                let heads = input.clone().unsqueeze_dim::<4>(1);
                let attended = plain_attention::attend(heads.clone(), heads.clone(), heads, &Mask::Causal.into());
                input * 2.0 + sum + attended.squeeze_dim::<3>(1)
            },
        );
    });
}

/// One leaf after the other wants no gradient; those of the others stay what they were.
#[test]
fn gradients_do_not_depend_on_who_else_wants_one() {
    let mut case = Case::default();
    let [rows, width, out] = [5, 7, 3];
    [rows * width, width * out, out, rows * out, width].into_iter().for_each(|length| case.leaf(length));
    let run = |leaves: &[Tensor<1>]| {
        let affine = || Affine {
            weight: leaves[1].clone().reshape([width, out]),
            bias: Some(leaves[2].clone()),
            precision: Precision::F32,
        };
        let input = leaves[0].clone().reshape([1, rows, width]);
        let normal =
            rms_norm(input.clone(), leaves[4].clone(), 0.1) + layer_norm(input.clone(), leaves[4].clone(), None, 0.1);
        let stream = leaves[3].clone().reshape([1, rows, out]);
        let operand = Operand::Gated(input.clone(), input, Activation::Silu);
        let mapped = linear(operand, affine()) + linear(normal.clone(), affine());
        let product = gated(mapped, stream.clone(), Activation::Gelu);
        let heads = stream.clone().unsqueeze_dim::<4>(1);
        let others = product.clone().unsqueeze_dim::<4>(1);
        let attended = attend(heads, others.clone(), others, &Attend::default());
        add_linear(add_dropped(stream, attended.squeeze_dim::<3>(1), None), normal, affine())
    };
    let gradients = |wanted: &dyn Fn(usize) -> bool| {
        let tracked = |(index, leaf): (usize, &Tensor<1>)| {
            let leaf = Tensor::from_inner(leaf.clone());
            if wanted(index) { leaf.require_grad() } else { leaf }
        };
        let leaves: Vec<Tensor<1>> = case.leaves.iter().enumerate().map(tracked).collect();
        let gradients = run(&leaves).sum().backward();
        leaves.iter().map(|leaf| leaf.grad(&gradients).map(host)).collect::<Vec<_>>()
    };
    let all = gradients(&|_| true);
    for unwanted in 0..case.leaves.len() {
        let others = gradients(&|index| index != unwanted);
        for (index, (other, all)) in others.iter().zip(&all).enumerate() {
            assert_eq!(other.as_ref(), all.as_ref().filter(|_| index != unwanted), "{index} without {unwanted}");
        }
        let alone = gradients(&|index| index == unwanted);
        assert_eq!(alone[unwanted], all[unwanted], "{unwanted} alone");
    }
}

#[test]
fn no_rows_give_no_output_and_gradients_of_zero() {
    let leaves = [4 * 6, 6].map(|length| Tensor::<1>::from_inner(tensor([length], &vec![1.0; length])).require_grad());
    let weight = || leaves[0].clone().reshape([4, 6]);
    let affine = || Affine { weight: weight(), bias: Some(leaves[1].clone()), precision: Precision::F32 };
    let nothing = |width| Tensor::<3>::from_inner(tensor([1, 0, width], &[]));
    let output = add_linear(nothing(6), nothing(4), affine())
        + linear(Operand::Activated(nothing(4), Activation::Gelu), affine());
    let output = layer_norm(output, leaves[1].clone(), Some(leaves[1].clone()), 0.1);
    let site = Dropout { key: Key::new(1), probability: 0.5, row: 0 };
    let output = gated(output.clone(), dropout(output, Some(site)), Activation::Silu);
    assert_eq!(output.dims(), [1, 0, 6]);
    let heads = Tensor::<4>::from_inner(tensor([1, 2, 0, 6], &[]));
    assert_eq!(attend(heads.clone(), heads.clone(), heads, &Mask::Causal.into()).dims(), [1, 2, 0, 6]);
    let targets = Tensor::<2, Int>::from_data(TensorData::new(Vec::<i32>::new(), [1, 0]), &device());
    let loss = linear_cross_entropy(nothing(4), weight(), targets.clone(), CrossEntropy::default());
    let rows = embedding(weight(), targets);
    assert_eq!(rows.dims(), [1, 0, 6]);
    let gradients = (loss + output.sum() + rows.sum()).backward();
    for leaf in &leaves {
        assert!(host(leaf.grad(&gradients).expect("it was used")).iter().all(|&slope| slope == 0.0));
    }
}

#[test]
#[should_panic(expected = "as high as the input is wide")]
fn a_weight_of_another_width_is_refused() {
    let affine = Affine { weight: tensor([2, 3], &[0.0; 6]), bias: None, precision: Precision::F32 };
    linear(tensor([1, 1, 4], &[0.0; 4]), affine);
}

#[test]
#[should_panic(expected = "a weight for each channel")]
fn a_norm_of_another_width_is_refused() {
    rms_norm(tensor([1, 1, 4], &[0.0; 4]), tensor([2], &[0.0; 2]), 0.1);
}

#[test]
#[should_panic(expected = "a value for each key")]
fn values_without_keys_are_refused() {
    let [keys, values] = [2, 3].map(|keys: usize| tensor([1, 1, keys, 2], &vec![0.0; 2 * keys]));
    attend(keys.clone(), keys, values, &Attend::default());
}
