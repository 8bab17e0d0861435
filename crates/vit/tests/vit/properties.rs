//! What every configuration keeps, whatever its parts: drawn at random, with small odd sizes.

use std::collections::BTreeMap;

use attentive_attention::{Mode, Pass, Trace, updated};
use attentive_kernels::{AdamW, Moments, adamw};
use attentive_random::{Key, permuted};
use attentive_testkit::{assert_slices_close, device, host, tensor};
use attentive_vit::{Pooling, Positions, VitPlan};
use burn::{module::Module, tensor::Tensor};
use proptest::{prelude::*, sample::select, test_runner::RngSeed};
use serde_json::json;

use crate::sample::{CHANNELS, CLASSES, SIZE, fresh, learn, logits, model, noise, pictures, plan};

/// Sums taken in another order differ by roundings, which norms over a few channels that are nearly alike raise much.
const ROUNDING: f32 = 3e-4;

const BATCH: usize = 3;
const TARGETS: [i32; BATCH] = [2, 0, 4];

fn plans() -> impl Strategy<Value = VitPlan> {
    let parts = (
        select(vec!["learned", "sinusoidal", "none"]),
        select(vec!["class", "mean"]),
        select(vec!["layer", "rms"]),
        select(vec!["gelu", "relu", "swiglu"]),
    );
    let sizes = (1..=2_usize, 1..=3_usize, select(vec![2, 3, 4, 6]), 0..=2_usize);
    (parts, sizes, any::<[bool; 3]>()).prop_map(|(parts, sizes, [bias, scaled, normal])| {
        let (positions, pooling, norm, feed_forward) = parts;
        let (layers, heads, patch, registers) = sizes;
        let scale = if scaled { json!(0.3) } else { json!(null) };
        plan(json!({
            "positions": positions, "pooling": pooling, "norm": norm, "feed_forward": feed_forward, "bias": bias,
            "layers": layers, "heads": heads, "width": 5 * heads, "patch": patch, "registers": registers, "hidden": 7,
            "layer_scale": scale, "embedding_norm": normal,
        }))
    })
}

fn training(key: u64, row: usize, recompute: bool) -> Pass {
    Pass::new(Mode::Training { key: Key::new(key), row, recompute })
}

fn random(plan: VitPlan) -> VitPlan {
    VitPlan { dropout: 0.3, attention_dropout: 0.2, depth: 0.4, ..plan }
}

/// Each picture with its patches in another order.
fn shuffled(values: &[f32], patch: usize, order: &[usize]) -> Vec<f32> {
    let side = SIZE / patch;
    let pixel = |plane: usize, row: usize, column: usize| {
        let from = order[row / patch * side + column / patch];
        let (row, column) = (from / side * patch + row % patch, from % side * patch + column % patch);
        values[(plane * SIZE + row) * SIZE + column]
    };
    let planes = values.len() / (SIZE * SIZE);
    let rows = (0..planes).flat_map(|plane| (0..SIZE).map(move |row| (plane, row)));
    rows.flat_map(|(plane, row)| (0..SIZE).map(move |column| pixel(plane, row, column))).collect()
}

/// The encoder's `[batch, position, width]` of noise, its patches in this order.
fn hidden(plan: &VitPlan, values: &[f32]) -> Tensor<3> {
    let model = model(plan).valid();
    model.encoders[0].hidden(pictures(values, [SIZE; 2], &model.device()), &mut Pass::evaluation())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn without_positions_patches_are_a_bag(plan in plans(), key in any::<u64>()) {
        let plan = VitPlan { positions: Positions::None, ..plan };
        let count = plan.side().pow(2);
        let order: Vec<usize> = (0..count).map(|place| permuted(Key::new(key), place, count)).collect();
        let values = noise(BATCH, SIZE);
        let [plain, moved] = [values.clone(), shuffled(&values, plan.patch, &order)].map(|values| hidden(&plan, &values));
        let leading: Vec<usize> = (0..plan.leading()).collect();
        let order = leading.into_iter().chain(order.iter().map(|place| place + plan.leading()));
        let expected = order.map(|place| plain.clone().narrow(1, place, 1)).collect();
        assert_slices_close(&host(moved), &host(Tensor::cat(expected, 1)), ROUNDING, "hidden");
    }

    #[test]
    fn with_positions_they_are_not(plan in plans()) {
        prop_assume!(plan.positions != Positions::None);
        let plan = VitPlan { pooling: Pooling::Mean, registers: 0, ..plan };
        let values = noise(1, SIZE);
        let order: Vec<usize> = (0..plan.side().pow(2)).rev().collect();
        let [plain, moved] = [values.clone(), shuffled(&values, plan.patch, &order)];
        prop_assert_ne!(host(hidden(&plan, &plain).mean_dim(1)), host(hidden(&plan, &moved).mean_dim(1)));
    }

    #[test]
    fn evaluation_ignores_dropout_and_depth(plan in plans()) {
        let plans = [plan.clone(), random(plan)];
        let [one, other] = plans.map(|plan| logits(&model(&plan), &noise(BATCH, SIZE), SIZE, &mut Pass::evaluation()));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn attention_is_dropped_by_a_share_of_its_own(plan in plans()) {
        let losses = [(0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5)].map(|(dropout, attention_dropout)| {
            let model = model(&VitPlan { dropout, attention_dropout, ..plan.clone() });
            learn(&model, &noise(BATCH, SIZE), &TARGETS, training(1, 0, false)).loss.to_bits()
        });
        let different: std::collections::BTreeSet<u32> = losses.into_iter().collect();
        prop_assert_eq!(different.len(), losses.len());
    }

    #[test]
    fn dropout_is_a_function_of_its_key(plan in plans()) {
        let (model, values) = (model(&random(plan)), noise(BATCH, SIZE));
        let [one, same, other] = [1, 1, 2].map(|key| learn(&model, &values, &TARGETS, training(key, 0, false)).loss);
        prop_assert_eq!(one.to_bits(), same.to_bits());
        prop_assert_ne!(one.to_bits(), other.to_bits());
    }

    #[test]
    fn dropout_of_a_row_ignores_how_the_batch_is_split(plan in plans()) {
        let (model, values) = (model(&random(plan)), noise(BATCH, SIZE));
        let whole = logits(&model, &values, SIZE, &mut training(1, 0, false));
        let rows = values.chunks(values.len() / BATCH).enumerate();
        let alone = rows.flat_map(|(row, values)| logits(&model, values, SIZE, &mut training(1, row, false)));
        assert_slices_close(&alone.collect::<Vec<_>>(), &whole, ROUNDING, "logits");
    }

    #[test]
    fn recomputing_gives_the_same_gradients(plan in plans(), dropping in any::<bool>()) {
        let model = model(&if dropping { random(plan) } else { plan });
        let passes = [false, true].map(|recompute| training(1, 0, recompute));
        let [kept, recomputed] = passes.map(|pass| learn(&model, &noise(BATCH, SIZE), &TARGETS, pass));
        recomputed.assert_close(&kept, ROUNDING);
    }

    #[test]
    fn a_resized_model_says_of_larger_pictures_what_the_first_one_does(plan in plans(), larger in 1..=3_usize) {
        let size = SIZE + larger * plan.patch;
        let values = noise(2, size);
        let first = model(&plan);
        let expected = logits(&first, &values, size, &mut Pass::evaluation());
        let resized = first.resized(size);
        prop_assert_eq!(logits(&resized, &values, size, &mut Pass::evaluation()), expected);
    }
}

#[test]
fn the_last_block_is_left_out_most_and_the_first_never() {
    const ROWS: usize = 8;
    let keys = |depth: f64, layers: usize| plan(json!({"layers": layers, "depth": depth}));
    let values = noise(ROWS, SIZE);
    let embedded = |plan: &VitPlan, pass: &mut Pass| {
        let mut model = model(plan);
        // The blocks of both are numbered alike, so their weights are.
        model.encoders[0].blocks.truncate(1);
        logits(&model, &values, SIZE, pass)
    };
    let expected = embedded(&keys(0.0, 2), &mut Pass::evaluation());
    let deepest = logits(&model(&keys(0.9999, 2)), &values, SIZE, &mut training(1, 0, false));
    assert_slices_close(&deepest, &expected, ROUNDING, "logits");
}

#[test]
fn a_waved_place_has_its_column_then_its_row() {
    let plan = plan(json!({"positions": "sinusoidal", "pooling": "mean", "width": 12}));
    let silent = updated(fresh(&plan), |_, values| values.zeros_like());
    let silent = silent.valid();
    let blank = pictures(&vec![0.0; CHANNELS * SIZE * SIZE], [SIZE; 2], &device());
    let places = host(silent.encoders[0].embed(blank, &mut Pass::evaluation()));
    // Three waves an axis, each slower than the one before by the cube root of 10000; sines, then cosines.
    let axis = |place: f32| {
        let angles = [1.0, 21.544_347, 464.158_88].map(|slower: f32| place / slower);
        [angles.map(f32::sin), angles.map(f32::cos)].concat()
    };
    let expected: Vec<f32> =
        (0..9_u8).flat_map(|place| [axis(f32::from(place % 3)), axis(f32::from(place / 3))]).flatten().collect();
    assert_slices_close(&places, &expected, ROUNDING, "places");
}

#[test]
fn a_trace_shows_what_each_block_attends_to() {
    let plan = plan(json!({"registers": 1}));
    let trace = Trace { watched: [0, 1].into(), ..Trace::default() };
    let mut pass = Pass::evaluation().with_trace(trace);
    logits(&model(&plan).valid(), &noise(2, SIZE), SIZE, &mut pass);
    let weights = pass.into_trace().expect("the pass had a trace").weights;
    let shapes: Vec<[usize; 4]> = weights.values().map(Tensor::dims).collect();
    assert_eq!(shapes, [[2, 3, 11, 11]; 2]);
}

#[test]
fn a_batch_of_noise_is_learned_by_heart() {
    const STEPS: u64 = 60;
    let values = noise(8, SIZE);
    let targets: Vec<i32> = (0..8).map(|row| row % CLASSES as i32).collect();
    let (mut model, mut moments) = (fresh(&plan(json!({}))), BTreeMap::<String, Moments>::new());
    let start = learn(&model, &values, &targets, Pass::evaluation()).loss;
    assert_slices_close(&[start], &[(CLASSES as f32).ln()], 0.1, "every class begins about alike");
    for step in 1..=STEPS {
        let learned = learn(&model, &values, &targets, Pass::evaluation());
        let settings = AdamW { learning_rate: 3e-3, betas: [0.9, 0.95], epsilon: 1e-8, decay: 0.0, step, factor: 1.0 };
        model = updated(model, |path, values| {
            let before = moments.remove(path).unwrap_or_else(|| Moments::zeros_like(&values));
            let (values, after) = adamw(values, learned.gradients[path].clone(), before, &settings);
            moments.insert(path.to_owned(), after);
            values
        });
    }
    let end = learn(&model, &values, &targets, Pass::evaluation()).loss;
    assert!(end < 0.05, "{STEPS} steps took the loss from {start} to {end} only");
}

/// One number says so of all: a picture of one patch, whose pixels are weighed one by one.
#[test]
fn pixels_are_weighed_channel_by_channel_and_row_by_row() {
    let plan = plan(json!({"size": 2, "patch": 2, "heads": 1, "width": 1, "positions": "none", "pooling": "mean"}));
    let weights: Vec<f32> = (0..12_u8).map(|pixel| 2.0_f32.powi(i32::from(pixel))).collect();
    let model = updated(fresh(&plan), |path, values| {
        if path == "encoders.0.patches.weight" { tensor([12], &weights) } else { values.zeros_like() }
    });
    let model = model.valid();
    for (pixel, weight) in weights.iter().enumerate() {
        let lit: Vec<f32> = (0..12).map(|other| if other == pixel { 1.0 } else { 0.0 }).collect();
        let embedded = model.encoders[0].embed(pictures(&lit, [2; 2], &device()), &mut Pass::evaluation());
        assert_eq!(host(embedded), [*weight]);
    }
}

/// Four patches of a pixel each, whose windows of nine pixels see all of the picture from four corners, and zeros beyond it.
#[test]
fn windows_see_what_lies_around_a_patch() {
    let keys =
        json!({"size": 2, "patch": 1, "overlap": 1, "heads": 1, "width": 1, "positions": "none", "pooling": "mean"});
    let plan = plan(keys);
    let weights: Vec<f32> = (0..27_u8).map(|pixel| 2.0_f32.powi(i32::from(pixel))).collect();
    let model = updated(fresh(&plan), |path, values| {
        if path == "encoders.0.patches.weight" { tensor([27], &weights) } else { values.zeros_like() }
    });
    let lit: Vec<f32> = (0..12).map(|pixel| if pixel == 4 + 1 { 1.0 } else { 0.0 }).collect();
    let embedded = model.valid().encoders[0].embed(pictures(&lit, [2; 2], &device()), &mut Pass::evaluation());
    let of = |row: usize, column: usize| weights[9 + 3 * row + column];
    assert_eq!(host(embedded), [of(1, 2), of(1, 1), of(0, 2), of(0, 1)], "the second channel's upper right");
}
