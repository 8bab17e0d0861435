//! What every configuration keeps, whatever its parts: drawn at random, with small odd sizes.

use attentive_attention::{IGNORED, Mode, Pass, Trace};
use attentive_random::Key;
use attentive_seq2seq::{Positions, Seq2Seq, Seq2SeqPlan};
use attentive_testkit::{assert_slices_close, host};
use burn::{module::Module, tensor::Tensor};
use proptest::{collection::vec, prelude::*, sample::select, test_runner::RngSeed};
use serde_json::json;

use crate::sample::{Batch, CROSSES, STYLES, integers, learn, logits, memory, model, plan};

/// Sums taken in another order differ by roundings, which norms over a few channels that are nearly alike raise much.
const ROUNDING: f32 = 3e-4;

const VOCABULARY: i32 = 7;
const CONTEXT: usize = 13;

/// Plans over all parts. Rotary positions pair channels, so they alone get an even number; multiplicative attention takes the heads
/// that make up the width.
fn plans() -> impl Strategy<Value = Seq2SeqPlan> {
    let parts = (
        select(STYLES.to_vec()),
        select(CROSSES.to_vec()),
        select(vec!["sinusoidal", "learned", "relative", "rotary", "none"]),
        select(vec!["before", "after"]),
        select(vec!["relu", "gelu", "geglu"]),
    );
    let sizes = (1..=2_usize, 1..=2_usize, 1..=3_usize, 1..=2_usize, 0..=1_usize);
    (parts, sizes, any::<[bool; 8]>()).prop_map(|(parts, sizes, flags)| {
        let [bias, tied, scores, scaled, normed, shifted, padding, unused] = flags;
        let (style, cross, positions, place, feed_forward) = parts;
        let (layers, decoder_layers, heads, half, more) = sizes;
        let channels = if positions == "rotary" { 2 * half } else { 2 * half + 1 };
        let more = if cross == "multiplicative" { 0 } else { more };
        plan(json!({
            "style": style, "cross": cross, "positions": positions, "norm_place": place, "feed_forward": feed_forward,
            "bias": bias, "tied": tied, "score_scale": scores, "embedding_scale": scaled, "embedding_norm": normed,
            "layers": layers, "decoder_layers": decoder_layers, "heads": heads, "channels": channels,
            "width": heads * channels + more, "hidden": 5, "context": CONTEXT, "vocabulary": VOCABULARY,
            "buckets": 6, "distance": 5, "head_bias": shifted, "padding": padding.then_some(3),
            "unused_positions": usize::from(unused),
        }))
    })
}

/// Two or three rows, most of whose targets count.
fn batches() -> impl Strategy<Value = Batch> {
    (2..=3_usize, 2..=6_usize, 2..=6_usize).prop_flat_map(|(rows, keys, queries)| {
        let targets = vec(vec(IGNORED..VOCABULARY, queries), rows).prop_map(|mut targets| {
            targets[0][0] = 1; // some target counts
            targets
        });
        let [source, inputs] = [keys, queries].map(|length| vec(vec(0..VOCABULARY, length), rows));
        let lengths = vec(1..=keys, rows);
        (source, lengths, inputs, targets).prop_map(|(source, lengths, inputs, targets)| Batch {
            source,
            lengths,
            inputs,
            targets,
        })
    })
}

fn training(key: u64) -> Pass {
    Pass::new(Mode::Training { key: Key::new(key), row: 0, recompute: false })
}

/// The logits of the first positions of each row.
fn beginnings(logits: &[f32], queries: usize, count: usize) -> Vec<f32> {
    let width = VOCABULARY as usize;
    logits.chunks(queries * width).flat_map(|row| &row[..count * width]).copied().collect()
}

/// The logits of the targets, read in parts.
fn cached(model: &Seq2Seq, batch: &Batch, cuts: &[usize]) -> Vec<f32> {
    let memory = memory(model, batch, &mut Pass::evaluation());
    let mut pass = Pass::evaluation().with_cache(model.cache(batch.inputs[0].len()));
    let inputs = integers(&batch.inputs, &model.device());
    let parts = cuts.windows(2).map(|cut| {
        let part = inputs.clone().narrow(1, cut[0], cut[1] - cut[0]);
        model.head(model.decode(part, &memory, &mut pass))
    });
    host(Tensor::cat(parts.collect(), 1))
}

/// Other ids where each source is padded, and more padding behind; targets that ask for nothing behind those that do.
fn padded(batch: &Batch, pads: &[i32], more: &[i32]) -> Batch {
    let fill = |(row, &length): (&Vec<i32>, &usize)| {
        let filled = (length..row.len()).map(|place| pads[place % pads.len()]);
        row[..length].iter().copied().chain(filled).chain(pads.iter().copied()).collect()
    };
    let longer = |rows: &[Vec<i32>], end: &[i32]| rows.iter().map(|row| [&row[..], end].concat()).collect();
    Batch {
        source: batch.source.iter().zip(&batch.lengths).map(fill).collect(),
        lengths: batch.lengths.clone(),
        inputs: longer(&batch.inputs, more),
        targets: longer(&batch.targets, &vec![IGNORED; more.len()]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn later_targets_change_no_earlier_logit(plan in plans(), batch in batches(), cut in 1..6_usize) {
        let (model, queries) = (model(&plan).valid(), batch.inputs[0].len());
        let cut = cut.min(queries - 1);
        let mut changed = batch.clone();
        changed.inputs.iter_mut().flat_map(|row| &mut row[cut..]).for_each(|id| *id = (*id + 1) % VOCABULARY);
        let [one, other] = [batch, changed].map(|batch| logits(&model, &batch, &mut Pass::evaluation()));
        prop_assert_eq!(beginnings(&one, queries, cut), beginnings(&other, queries, cut));
    }

    #[test]
    fn a_cache_gives_what_the_full_pass_gives(plan in plans(), batch in batches(), cuts in vec(1..6_usize, 0..4)) {
        let (model, queries) = (model(&plan).valid(), batch.inputs[0].len());
        let mut cuts = [vec![0, queries], cuts].concat();
        cuts.retain(|&cut| cut <= queries);
        cuts.sort_unstable();
        cuts.dedup();
        let full = logits(&model, &batch, &mut Pass::evaluation());
        assert_slices_close(&cached(&model, &batch, &cuts), &full, ROUNDING, "logits");
    }

    #[test]
    fn a_row_is_what_it_is_alone(plan in plans(), batch in batches()) {
        let model = model(&plan).valid();
        let together = logits(&model, &batch, &mut Pass::evaluation());
        let alone = (0..batch.source.len()).flat_map(|row| logits(&model, &batch.row(row), &mut Pass::evaluation()));
        assert_slices_close(&alone.collect::<Vec<_>>(), &together, ROUNDING, "logits");
    }

    #[test]
    fn padding_is_inert(
        plan in plans(), batch in batches(), pads in vec(0..VOCABULARY, 1..6), more in vec(0..VOCABULARY, 0..5),
    ) {
        let model = model(&plan);
        let [plain, filled] = [&batch, &padded(&batch, &pads, &more)].map(|batch| learn(&model, batch, 0.1, Pass::evaluation()));
        filled.assert_close(&plain, ROUNDING);
    }

    #[test]
    fn without_positions_a_source_has_no_order(plan in plans(), batch in batches(), turn in 0..6_usize) {
        let model = model(&Seq2SeqPlan { positions: Positions::None, ..plan }).valid();
        let mut turned = batch.clone();
        turned.source.iter_mut().zip(&batch.lengths).for_each(|(row, &length)| row[..length].rotate_left(turn % length));
        let [one, other] = [batch, turned].map(|batch| logits(&model, &batch, &mut Pass::evaluation()));
        assert_slices_close(&other, &one, ROUNDING, "logits");
    }

    #[test]
    fn evaluation_ignores_dropout(plan in plans(), batch in batches()) {
        let dropping = model(&Seq2SeqPlan { dropout: 0.4, attention_dropout: 0.3, ..plan.clone() });
        let [one, other] = [model(&plan), dropping].map(|model| logits(&model, &batch, &mut Pass::evaluation()));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn dropout_is_a_function_of_its_key(plan in plans(), batch in batches()) {
        let model = model(&Seq2SeqPlan { dropout: 0.4, ..plan });
        let [one, same, other] = [1, 1, 2].map(|key| logits(&model, &batch, &mut training(key)));
        prop_assert_eq!(&one, &same);
        prop_assert_ne!(one, other);
    }

    #[test]
    fn dropout_of_a_row_ignores_how_the_batch_is_split(plan in plans(), batch in batches()) {
        let model = model(&Seq2SeqPlan { dropout: 0.4, attention_dropout: 0.3, ..plan });
        let batch = Batch { lengths: vec![batch.source[0].len(); batch.source.len()], ..batch };
        let whole = logits(&model, &batch, &mut training(1));
        let alone = (0..batch.source.len()).flat_map(|row| {
            let mode = Mode::Training { key: Key::new(1), row, recompute: false };
            logits(&model, &batch.row(row), &mut Pass::new(mode))
        });
        assert_slices_close(&alone.collect::<Vec<_>>(), &whole, ROUNDING, "logits");
    }

    #[test]
    fn the_loss_is_that_of_the_logits(plan in plans(), batch in batches(), smoothing in select(vec![0.0, 0.1])) {
        let model = model(&plan);
        let logits = logits(&model, &batch, &mut Pass::evaluation());
        let learned = learn(&model, &batch, smoothing, Pass::evaluation());
        assert_slices_close(&[learned.loss], &[mean_loss(&logits, &batch, smoothing)], ROUNDING, "loss");
    }
}

/// From Vaswani et al. 2017, section 5.4: the target is worth less, and every id a little.
fn mean_loss(logits: &[f32], batch: &Batch, smoothing: f64) -> f32 {
    let rows = logits.chunks(VOCABULARY as usize).zip(batch.targets.iter().flatten());
    let losses: Vec<f64> = rows
        .filter(|&(_, &target)| target != IGNORED)
        .map(|(row, &target)| {
            let row: Vec<f64> = row.iter().map(|&logit| f64::from(logit)).collect();
            let total = row.iter().map(|logit| logit.exp()).sum::<f64>().ln();
            let mean = row.iter().sum::<f64>() / row.len() as f64;
            total - (1.0 - smoothing) * row[target as usize] - smoothing * mean
        })
        .collect();
    (losses.iter().sum::<f64>() / losses.len() as f64) as f32
}

#[test]
fn losses_are_those_that_the_loss_sums() {
    let plan = plan(json!({"layers": 1, "heads": 2, "width": 6, "context": 5, "vocabulary": VOCABULARY}));
    let (model, ids) = (model(&plan), vec![vec![1, 2, 3], vec![4, 5, 6]]);
    let targets = vec![vec![2, IGNORED, 4], vec![5, 6, IGNORED]];
    let batch = Batch { source: ids.clone(), lengths: vec![3, 2], inputs: ids, targets };
    let [source, inputs, targets] =
        [&batch.source, &batch.inputs, &batch.targets].map(|rows| integers(rows, &model.device()));
    let lengths = batch.lengths.as_slice().into();
    let losses = host(model.losses(source, lengths, inputs, targets, &mut Pass::evaluation()));
    assert_eq!((losses[1], losses[5]), (0.0, 0.0), "ignored targets cost nothing");
    let learned = learn(&model, &batch, 0.0, Pass::evaluation());
    assert_slices_close(&[losses.iter().sum::<f32>() / 4.0], &[learned.loss], ROUNDING, "loss");
}

#[test]
fn a_search_goes_on_from_the_rows_that_it_chooses() {
    const CHOSEN: [usize; 3] = [2, 0, 2];
    for style in STYLES {
        let plan = plan(json!({
            "style": style, "layers": 2, "heads": 2, "width": 6, "context": CONTEXT, "vocabulary": VOCABULARY,
        }));
        let model = model(&plan).valid();
        let row = |start: i32| (start..start + 4).map(|id| id % VOCABULARY).collect::<Vec<_>>();
        let [source, inputs] = [1, 3].map(|shift| (0..3).map(|start| row(start * shift)).collect::<Vec<_>>());
        let batch = Batch { source, lengths: vec![4, 2, 3], targets: inputs.clone(), inputs };
        let mut memory = memory(&model, &batch, &mut Pass::evaluation());
        let inputs = integers(&batch.inputs, &model.device());
        let mut pass = Pass::evaluation().with_cache(model.cache(4));
        model.decode(inputs.clone().narrow(1, 0, 2), &memory, &mut pass);

        let mut cache = pass.into_cache().expect("the pass had a cache");
        cache.choose(&CHOSEN);
        memory.choose(&CHOSEN);
        let chosen = |rows: &[Vec<i32>]| CHOSEN.map(|row| rows[row].clone()).to_vec();
        let rest = integers(&chosen(&batch.inputs), &model.device()).narrow(1, 2, 2);
        let resumed = host(model.head(model.decode(rest, &memory, &mut Pass::evaluation().with_cache(cache))));

        let whole = Batch {
            source: chosen(&batch.source),
            lengths: CHOSEN.map(|row| batch.lengths[row]).to_vec(),
            inputs: chosen(&batch.inputs),
            targets: chosen(&batch.targets),
        };
        let full = logits(&model, &whole, &mut Pass::evaluation());
        let ends = full.chunks(4 * VOCABULARY as usize).flat_map(|row| row[2 * VOCABULARY as usize..].to_vec());
        assert_slices_close(&resumed, &ends.collect::<Vec<_>>(), ROUNDING, style);
    }
}

#[test]
fn a_trace_sees_both_sides_and_the_look_between_them() {
    let plan = plan(json!({"layers": 2, "heads": 3, "width": 6, "context": 5, "vocabulary": VOCABULARY}));
    let model = model(&plan).valid();
    let ids = vec![vec![1, 2, 3, 4]];
    let batch = Batch { source: ids.clone(), lengths: vec![3], inputs: vec![vec![0, 1]], targets: ids };
    let watched = (0..4).collect();
    let mut pass = Pass::evaluation().with_trace(Trace { watched, ..Trace::default() });
    logits(&model, &batch, &mut pass);
    let trace = pass.into_trace().expect("the pass had a trace");
    assert_eq!([0, 1, 2, 3].map(|block| trace.weights[&block].dims()[3]), [4, 4, 2, 2], "keys of self-attention");
    assert!(trace.crossed.keys().eq(&[2, 3]), "the decoder's blocks look at the source");
    let last = host(trace.crossed[&3].clone().narrow(3, 3, 1));
    assert_eq!(last, [0.0; 6], "padding gets no weight");
}
