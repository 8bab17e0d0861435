//! Fused code against its reference: values and the gradient of every input, over random shapes, layouts and choices.

use std::sync::Arc;

use attentive_random::Key;
use burn::tensor::Tensor;

use super::case::{Case, ROUNDING, check, heads, host, weight};
use crate::{attention::reference as plain_attention, *};

const ACTIVATIONS: [Activation; 5] =
    [Activation::Gelu, Activation::GeluTanh, Activation::Silu, Activation::QuickGelu, Activation::Relu];

#[test]
fn linear_maps_equal_their_reference() {
    check(|mut case| {
        let [rows, width, out] = [case.size(), case.size(), case.size()];
        let (biased, turned) = (case.flip(), case.flip());
        [rows * width, width * out, out, rows * out].into_iter().for_each(|length| case.leaf(length));
        let affine = |leaves: &[Tensor<1>]| Affine {
            weight: weight(&leaves[1], [width, out], turned),
            bias: biased.then(|| leaves[2].clone()),
            precision: Precision::F32,
        };
        let input = |leaves: &[Tensor<1>]| leaves[0].clone().reshape([1, rows, width]);
        // Every leaf takes part, so that each has a gradient.
        let all = |leaves: &[Tensor<1>], output: Tensor<3>| {
            output + leaves[2].clone().reshape([1, 1, out]) + leaves[3].clone().reshape([1, rows, out])
        };
        case.compare(
            |leaves| all(leaves, linear(input(leaves), affine(leaves))),
            |leaves| all(leaves, linear::reference(input(leaves), affine(leaves))),
        );
        let stream = |leaves: &[Tensor<1>]| leaves[3].clone().reshape([1, rows, out]);
        for activation in ACTIVATIONS {
            let made = |leaves: &[Tensor<1>]| activation::reference(input(leaves), activation);
            case.compare(
                |leaves| all(leaves, linear(Operand::Activated(input(leaves), activation), affine(leaves))),
                |leaves| all(leaves, linear::reference(made(leaves), affine(leaves))),
            );
            let gate = |leaves: &[Tensor<1>]| input(leaves) * 2.0;
            case.compare(
                |leaves| {
                    let operand = Operand::Gated(gate(leaves), input(leaves), activation);
                    all(leaves, add_linear(stream(leaves), operand, affine(leaves)))
                },
                |leaves| {
                    let made = activation::reference(gate(leaves), activation) * input(leaves);
                    all(leaves, stream(leaves) + linear::reference(made, affine(leaves)))
                },
            );
        }
        case.compare(
            |leaves| all(leaves, add_linear(stream(leaves), input(leaves), affine(leaves))),
            |leaves| all(leaves, stream(leaves) + linear::reference(input(leaves), affine(leaves))),
        );
    });
}

/// The stream is what is normalized, too, so that its gradients gather.
#[test]
fn linear_maps_of_norms_equal_their_reference() {
    check(|mut case| {
        let (rows, width) = (case.size(), case.size() + 2);
        [rows * width, width * width, width, width, width].into_iter().for_each(|length| case.leaf(length));
        let affine = |leaves: &[Tensor<1>]| Affine {
            weight: leaves[1].clone().reshape([width, width]),
            bias: Some(leaves[2].clone()),
            precision: Precision::F32,
        };
        let stream = |leaves: &[Tensor<1>]| leaves[0].clone().reshape([1, rows, width]);
        let epsilon = 1e-2;
        let [gamma, beta] = [3, 4].map(|place| move |leaves: &[Tensor<1>]| leaves[place].clone());
        case.compare(
            |leaves| {
                let operand = Operand::LayerNorm(stream(leaves), gamma(leaves), Some(beta(leaves)), epsilon);
                add_linear(stream(leaves), operand, affine(leaves))
            },
            |leaves| {
                let normal = norm::reference::layer_norm(stream(leaves), gamma(leaves), Some(beta(leaves)), epsilon);
                stream(leaves) + linear::reference(normal, affine(leaves))
            },
        );
        case.leaves.pop();
        case.compare(
            |leaves| linear(Operand::RmsNorm(stream(leaves), gamma(leaves), epsilon), affine(leaves)) * stream(leaves),
            |leaves| {
                let normal = norm::reference::rms_norm(stream(leaves), gamma(leaves), epsilon);
                linear::reference(normal, affine(leaves)) * stream(leaves)
            },
        );
    });
}

/// Gradients that gather in one place: a residual stream that is read by a norm and several maps.
#[test]
fn gradients_gather_in_place() {
    check(|mut case| {
        let [rows, width] = [case.size(), case.size()];
        [rows * width, width * width, width * width, width].into_iter().for_each(|length| case.leaf(length));
        let affine = |leaf: &Tensor<1>| Affine {
            weight: leaf.clone().reshape([width, width]),
            bias: None,
            precision: Precision::F32,
        };
        case.compare(
            |leaves| {
                let stream = leaves[0].clone().reshape([1, rows, width]);
                let normal = rms_norm(stream.clone(), leaves[3].clone(), 1e-5);
                let first = linear(normal.clone(), affine(&leaves[1]));
                let second = linear(normal.clone(), affine(&leaves[2]));
                add_linear(stream, first * second + normal, affine(&leaves[1]))
            },
            |leaves| {
                let stream = leaves[0].clone().reshape([1, rows, width]);
                let normal = norm::reference::rms_norm(stream.clone(), leaves[3].clone(), 1e-5);
                let first = linear::reference(normal.clone(), affine(&leaves[1]));
                let second = linear::reference(normal.clone(), affine(&leaves[2]));
                stream + linear::reference(first * second + normal, affine(&leaves[1]))
            },
        );
    });
}

#[test]
fn norms_equal_their_reference() {
    check(|mut case| {
        let (rows, width) = (case.size(), case.size() + 2);
        [rows * width, width, width].into_iter().for_each(|length| case.leaf(length));
        let input = |leaves: &[Tensor<1>]| leaves[0].clone().reshape([1, rows, width]);
        let epsilon = 1e-2;
        case.compare(
            |leaves| layer_norm(input(leaves), leaves[1].clone(), Some(leaves[2].clone()), epsilon),
            |leaves| norm::reference::layer_norm(input(leaves), leaves[1].clone(), Some(leaves[2].clone()), epsilon),
        );
        case.leaves.pop();
        case.compare(
            |leaves| rms_norm(input(leaves), leaves[1].clone(), epsilon),
            |leaves| norm::reference::rms_norm(input(leaves), leaves[1].clone(), epsilon),
        );
        case.compare(
            |leaves| layer_norm(input(leaves), leaves[1].clone(), None, epsilon),
            |leaves| norm::reference::layer_norm(input(leaves), leaves[1].clone(), None, epsilon),
        );
    });
}

#[test]
fn activations_equal_their_reference() {
    check(|mut case| {
        let length = case.size() * case.size();
        case.leaf(length);
        for activation in ACTIVATIONS {
            case.compare(
                |leaves| activate(leaves[0].clone() * 3.0, activation),
                |leaves| activation::reference(leaves[0].clone() * 3.0, activation),
            );
        }
        case.leaf(length);
        case.compare(
            |leaves| gated(leaves[0].clone(), leaves[1].clone(), Activation::Silu),
            |leaves| activation::reference(leaves[0].clone(), Activation::Silu) * leaves[1].clone(),
        );
    });
}

#[test]
fn rotation_equals_its_reference() {
    check(|mut case| {
        let dims = [case.small(), case.small(), case.size(), 2 * case.small()];
        let (turned, start) = (case.flip(), case.size());
        case.leaf(dims.iter().product());
        let input = |leaves: &[Tensor<1>]| heads(&leaves[0], dims, turned);
        case.compare(
            |leaves| rotary(input(leaves), start, 100.0),
            |leaves| rotary::reference(input(leaves), start, 100.0),
        );
    });
}

#[test]
fn dropout_equals_its_reference() {
    check(|mut case| {
        let [batch, length] = [case.small(), case.size()];
        [batch * length, batch * length].into_iter().for_each(|length| case.leaf(length));
        let site = Dropout { key: Key::new(7), probability: 0.3, row: case.small() };
        let dims = [batch, length];
        case.compare(
            |leaves| {
                let [stream, branch] = [0, 1].map(|index: usize| leaves[index].clone().reshape(dims));
                add_dropped(dropout(stream, Some(site)), branch, Some(site))
            },
            |leaves| {
                let [stream, branch] = [0, 1].map(|index: usize| leaves[index].clone().reshape(dims));
                dropout::reference(stream, site) + dropout::reference(branch, site)
            },
        );
    });
}

#[test]
fn embeddings_equal_their_reference() {
    check(|mut case| {
        let [vocabulary, width, batch, queries] = [case.size(), case.size(), case.small(), case.size()];
        case.leaf(vocabulary * width);
        let ids = || Case::ids([batch, queries], 0..vocabulary as i32);
        let table = |leaves: &[Tensor<1>]| leaves[0].clone().reshape([vocabulary, width]);
        // The table serves twice, as it does where a head is tied to it.
        case.compare(
            |leaves| {
                linear(
                    embedding(table(leaves), ids()),
                    Affine { weight: table(leaves).transpose(), bias: None, precision: Precision::F32 },
                )
            },
            |leaves| {
                let affine = Affine { weight: table(leaves).transpose(), bias: None, precision: Precision::F32 };
                linear::reference(embedding::reference(table(leaves), ids()), affine)
            },
        );
    });
}

#[test]
fn cross_entropy_with_its_head_equals_its_reference() {
    check(|mut case| {
        let [width, vocabulary, batch, queries] = [case.size(), case.size() + 1, case.small(), case.size()];
        let turned = case.flip();
        [batch * queries * width, width * vocabulary].into_iter().for_each(|length| case.leaf(length));
        let targets = || Case::ids([batch, queries], IGNORED..vocabulary as i32);
        let options = CrossEntropy { smoothing: 0.1, z: 0.01, precision: Precision::F32 };
        let hidden = |leaves: &[Tensor<1>]| leaves[0].clone().reshape([batch, queries, width]) * 0.1;
        for options in [options, CrossEntropy::default()] {
            case.compare(
                |leaves| {
                    linear_cross_entropy(
                        hidden(leaves),
                        weight(&leaves[1], [width, vocabulary], turned),
                        targets(),
                        options,
                    )
                },
                |leaves| {
                    let weight = weight(&leaves[1], [width, vocabulary], turned);
                    cross_entropy::reference::linear_cross_entropy(hidden(leaves), weight, targets(), options)
                },
            );
        }
        let plain = |leaves: &[Tensor<1>]| (hidden(leaves), weight(&leaves[1], [width, vocabulary], turned));
        let (hidden, weight) = plain(&case.leaves);
        let rows = host(linear_cross_entropy_rows(hidden.clone(), weight.clone(), targets(), Precision::F32));
        let sum = host(linear_cross_entropy(hidden, weight, targets(), CrossEntropy::default()))[0];
        assert!((rows.iter().sum::<f32>() - sum).abs() <= ROUNDING * sum.abs().max(1.0));
    });
}

#[test]
fn attention_equals_its_reference() {
    check(|mut case| {
        let [batch, groups, queries, channels] = [case.small(), case.small(), case.size(), case.size()];
        let count = groups * case.choose(&[1, 2, 3]);
        let keys = if case.flip() { queries } else { case.size() };
        let by_position = case.flip();
        let lengths = [batch * count * queries, batch * groups * keys, batch * groups * keys];
        lengths.into_iter().for_each(|length| case.leaf(length * channels));
        case.leaf(count * queries * keys);
        let options = choices(&mut case, [batch, count, queries, keys]);
        let biased = case.flip();
        let inputs = |leaves: &[Tensor<1>]| {
            let query = heads(&leaves[0], [batch, count, queries, channels], by_position);
            let [key, value] =
                [1, 2].map(|index: usize| heads(&leaves[index], [batch, groups, keys, channels], by_position));
            let bias = leaves[3].clone().reshape([1, count, queries, keys]);
            let options = Attend { bias: biased.then_some(bias.clone()), ..options.clone() };
            (query, key, value, options, bias.sum().reshape([1, 1, 1, 1]))
        };
        case.compare(
            |leaves| {
                let (query, key, value, options, bias) = inputs(leaves);
                attend(query, key, value, &options) + bias * 1e-3
            },
            |leaves| {
                let (query, key, value, options, bias) = inputs(leaves);
                plain_attention::attend(query, key, value, &options) + bias * 1e-3
            },
        );
    });
}

/// Rounding to the eight bits of bf16, twice a product; gradients have three products behind them.
const BF16_ROUNDING: f32 = 6.0 / 256.0;

#[test]
fn attention_in_bf16_is_near_its_reference() {
    for mask in [Mask::Everything, Mask::Causal, Mask::Window(7)] {
        let mut case = Case::default();
        let (dims, site) = ([2, 3, 65, 17], Dropout { key: Key::new(3), probability: 0.2, row: 2 });
        (0..3).for_each(|_| case.leaf(dims.iter().product()));
        let run = |attend: fn(Tensor<4>, Tensor<4>, Tensor<4>, &Attend) -> Tensor<4>| {
            let options = Attend { dropout: Some(site), precision: Precision::Bf16, ..mask.clone().into() };
            case.differentiated(|leaves| {
                let [query, key, value] = [0, 1, 2].map(|index: usize| heads(&leaves[index], dims, true));
                attend(query, key, value, &options)
            })
        };
        for (found, expected) in run(attend).iter().zip(run(plain_attention::attend)) {
            let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|value| value * value).sum::<f32>().sqrt();
            let error = norm(&mut found.iter().zip(&expected).map(|(found, expected)| found - expected));
            let share = error / norm(&mut expected.iter().copied());
            assert!(share <= BF16_ROUNDING, "{share} in {mask:?}");
            assert_eq!(share > ROUNDING, bf16_available(), "{share} in {mask:?}");
        }
    }
}

/// Each choice in about half of the cases.
fn choices(case: &mut Case, [batch, heads, queries, keys]: [usize; 4]) -> Attend {
    let mask = match case.choose(&[0, 1, 2]) {
        0 => Mask::Everything,
        1 => Mask::Causal,
        _ => Mask::Window(case.size()),
    };
    let ids = |length: usize| -> Arc<[i32]> { (0..length).map(|place| (place * 3 / length) as i32 % 2).collect() };
    let segments = Segments { query: ids(batch * queries), key: ids(batch * keys) };
    let lengths: Arc<[usize]> = (0..batch).map(|row| keys.saturating_sub(row)).collect();
    let slopes: Arc<[f32]> = (0..heads).map(|head| 0.5_f32.powi(head as i32 + 1)).collect();
    let site = Dropout { key: Key::new(3), probability: 0.2, row: 2 };
    Attend {
        mask,
        scale: case.flip().then_some(0.3),
        soft_cap: case.flip().then_some(2.0),
        slopes: case.flip().then_some(slopes),
        bias: None,
        lengths: case.flip().then_some(lengths),
        segments: case.flip().then_some(segments),
        dropout: case.flip().then_some(site),
        precision: Precision::F32,
    }
}
