//! What the layers promise, on a block of odd sizes.

use std::collections::BTreeMap;

use attentive_random::Key;
use attentive_testkit::{assert_slices_close, device, host, tensor};
use burn::{
    module::Module,
    tensor::{Gradients, Tensor},
};

use crate::*;

const BATCH: usize = 2;
const QUERIES: usize = 5;
const WIDTH: usize = 12;
const HEADS: usize = 3;

/// Sums taken in another order differ by a few roundings of f32.
const ROUNDING: f32 = 2e-6;

fn block(dropout: f64) -> Block {
    let config = BlockConfig {
        width: WIDTH,
        hidden: 7,
        attention: AttentionConfig {
            groups: 1,
            rotary: Some(100.0.into()),
            ..AttentionConfig::plain(HEADS, Mask::Causal)
        },
        cross: None,
        feed_forward: FeedForwardKind::Swiglu,
        norm: NormKind::Rms,
        norm_epsilon: 1e-5,
        norm_place: NormPlace::Before,
        bias: Bias::With.into(),
        dropout,
        residual: ResidualConfig { dropout, ..ResidualConfig::default() },
        deviation: 0.3,
        residual_deviation: 0.3,
    };
    Block::new(&config, &Initial::new(1, &device().autodiff()))
}

fn input() -> Tensor<3> {
    tensor([BATCH, QUERIES, WIDTH], &Key::new(2).normals(BATCH * QUERIES * WIDTH, 1.0))
}

fn learned(model: &[Block; 2], recompute: bool) -> BTreeMap<String, Vec<f32>> {
    let mut pass = Pass::new(Mode::Training { key: Key::new(3), row: 0, recompute });
    let start = Tensor::from_inner(input());
    let end =
        model.iter().enumerate().fold(start, |hidden, (index, block)| pass.block(index, block, hidden, Block::forward));
    let mut found = BTreeMap::new();
    let mut collect = |left: &mut Gradients| {
        for (index, block) in model.iter().enumerate() {
            let named =
                gradients(block, left).into_iter().map(|(path, gradient)| (format!("{index}.{path}"), host(gradient)));
            found.extend(named);
        }
    };
    pass.backward(&(end.clone() * end).sum(), &mut collect);
    found
}

#[test]
fn recomputing_gives_the_same_gradients_with_dropout_on() {
    let model = [block(0.3), block(0.3)];
    let (kept, recomputed) = (learned(&model, false), learned(&model, true));
    assert_eq!(kept.len(), 2 * parameters(&model[0]).len(), "every parameter has a gradient");
    assert_eq!(kept, recomputed);
}

#[test]
fn a_cache_gives_what_the_full_pass_gives() {
    let block = block(0.0).valid();
    let full = host(block.forward(input(), &mut Pass::evaluation()));
    let mut pass = Pass::evaluation().with_cache(Cache::new(1, QUERIES));
    let parts = [0..2, 2..3, 3..5].map(|range: std::ops::Range<usize>| {
        let part = block.forward(input().narrow(1, range.start, range.len()), &mut pass);
        pass.advance(range.len());
        part
    });
    assert_slices_close(&host(Tensor::cat(parts.to_vec(), 1)), &full, ROUNDING, "cached");
}

/// A residual stream that adds nothing.
fn nothing() -> Tensor<3> {
    input().zeros_like()
}

#[test]
fn a_trace_shows_weights_and_silences_heads() {
    let attention = block(0.0).valid().attention;
    let plain = host(attention.forward(input(), nothing(), &Sight::default(), &mut Pass::evaluation()));
    let watch = Trace { watched: [0].into(), ..Trace::default() };
    let mut pass = Pass::evaluation().with_trace(watch);
    assert_eq!(
        host(attention.forward(input(), nothing(), &Sight::default(), &mut pass)),
        plain,
        "watching changes nothing"
    );
    let weights = pass.into_trace().and_then(|mut trace| trace.weights.remove(&0)).expect("block 0 is watched");
    assert_eq!(weights.dims(), [BATCH, HEADS, QUERIES, QUERIES]);
    assert_slices_close(&host(weights.sum_dim(3)), &[1.0; BATCH * HEADS * QUERIES], ROUNDING, "row sums");

    let silenced = (0..HEADS).map(|head| Head { block: 0, head }).collect();
    let mut pass = Pass::evaluation().with_trace(Trace { silenced, ..Trace::default() });
    let silent = host(attention.forward(input(), nothing(), &Sight::default(), &mut pass));
    let bias = host(attention.output.bias.as_ref().expect("the block has biases").val());
    assert_eq!(silent, bias.repeat(BATCH * QUERIES), "only the output bias is left");
}

/// The block's query map, with a low-rank path that is open and drops this share of what it reads.
fn adapted(dropout: f64) -> Linear {
    let adapters = Adapters { targets: vec!["query".to_owned()], rank: 2, scale: 1.5, dropout };
    let initial = Initial::new(1, &device()).with_adapters(Some(adapters)).at("query");
    let layer = Linear::new([WIDTH, 5], Bias::With, 0.3, &initial);
    updated(layer, |path, values| if adapts(&format!("query.{path}")) { values + 0.1 } else { values })
}

#[test]
fn low_rank_paths_drop_in_training_alone_and_are_right_on_average() {
    const DRAWS: u64 = 2000;
    /// Entries have deviations of about one, of whose mean this is three.
    const CLOSE: f32 = 0.07;
    let training = |step| Pass::new(Mode::Training { key: Key::new(3).nth(step), row: 0, recompute: false });
    let (dry, dropping) = (adapted(0.0), adapted(0.3));
    let plain = host(dry.forward(input(), &Pass::evaluation()));
    assert_eq!(host(dry.forward(input(), &training(0))), plain);
    assert_eq!(host(dropping.forward(input(), &Pass::evaluation())), plain);
    let drawn = |step| dropping.forward(input(), &training(step));
    assert_eq!(host(drawn(1)), host(drawn(1)));
    assert_ne!(host(drawn(1)), host(drawn(2)));
    let mean = (1..DRAWS).map(drawn).fold(drawn(0), Tensor::add) / DRAWS as f64;
    assert_slices_close(&host(mean), &plain, CLOSE, "the mean of many draws");
}
