//! What every configuration keeps, whatever its parts: drawn at random, with small odd sizes.

use attentive_attention::{Cache, IGNORED, Mode, Pass};
use attentive_gpt::{Gpt, GptPlan, Positions};
use attentive_random::Key;
use attentive_testkit::{assert_slices_close, host};
use burn::{module::Module, tensor::Tensor};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::json;

use crate::sample::{Batch, integers, learn, logits, model, plan};

/// Sums taken in another order differ by roundings, which layers raise a little.
const ROUNDING: f32 = 2e-5;

const VOCABULARY: i32 = 7;
const CONTEXT: usize = 13;

/// Plans over all parts. Rotary positions pair channels, so they alone get an even number.
fn plans() -> impl Strategy<Value = GptPlan> {
    let parts = (
        select(vec!["gpt2", "llama"]),
        select(vec![Positions::Learned, Positions::Rotary, Positions::None]),
        select(vec!["layer", "rms"]),
        select(vec!["gelu", "gelu_tanh", "swiglu"]),
    );
    let sizes = (1..=3_usize, 1..=2_usize, 1..=3_usize, 1..=2_usize, 0..=2_usize);
    let biases = select(vec!["none", "inputs", "all"]);
    (parts, sizes, option::of(1..=4_usize), any::<[bool; 4]>(), biases).prop_map(|(parts, sizes, window, flags, biases)| {
        let [bias, tied, feed_forward_bias, lowered] = flags;
        let (style, positions, norm, feed_forward) = parts;
        let (layers, groups, share, half, rest) = sizes;
        let channels = if positions == Positions::Rotary { 2 * half } else { 2 * half + 1 };
        let scaling = (lowered && positions == Positions::Rotary).then(|| json!({"kind": "linear", "factor": 3.0}));
        plan(json!({
            "style": style, "positions": positions, "norm": norm, "feed_forward": feed_forward, "bias": bias, "tied": tied,
            "layers": layers, "heads": groups * share, "key_value_heads": groups, "channels": channels,
            "width": groups * share * channels + rest, "attention_bias": biases, "feed_forward_bias": feed_forward_bias,
            "rotary_scaling": scaling, "hidden": 5, "context": CONTEXT, "vocabulary": VOCABULARY, "window": window,
        }))
    })
}

/// Two or three rows of equal length, most of whose targets count.
fn batches() -> impl Strategy<Value = Batch> {
    (2..=3_usize, 2..=7_usize).prop_flat_map(|(rows, queries)| {
        let targets = vec(vec(IGNORED..VOCABULARY, queries), rows).prop_map(|mut targets| {
            targets[0][0] = 1; // some target counts
            targets
        });
        (vec(vec(0..VOCABULARY, queries), rows), targets).prop_map(|(ids, targets)| Batch { ids, targets })
    })
}

fn training(key: u64, recompute: bool) -> Pass {
    Pass::new(Mode::Training { key: Key::new(key), row: 0, recompute })
}

/// The logits of the first positions of each row.
fn beginnings(logits: &[f32], queries: usize, count: usize) -> Vec<f32> {
    let width = VOCABULARY as usize;
    logits.chunks(queries * width).flat_map(|row| &row[..count * width]).copied().collect()
}

fn cached(model: &Gpt, ids: &[Vec<i32>], cuts: &[usize]) -> Vec<f32> {
    let queries = ids[0].len();
    let mut pass = Pass::evaluation().with_cache(Cache::new(model.blocks.len(), queries));
    let ids = integers(ids, &model.device());
    let parts = cuts.windows(2).map(|cut| {
        let part = ids.clone().narrow(1, cut[0], cut[1] - cut[0]);
        model.forward(part, &mut pass)
    });
    host(Tensor::cat(parts.collect(), 1))
}

/// Each row longer by what the pads say; nothing is asked there.
fn padded(batch: &Batch, pads: &[i32]) -> Batch {
    let longer = |row: &Vec<i32>, end: &[i32]| [&row[..], end].concat();
    let targets = vec![IGNORED; pads.len()];
    Batch {
        ids: batch.ids.iter().map(|row| longer(row, pads)).collect(),
        targets: batch.targets.iter().map(|row| longer(row, &targets)).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn later_ids_change_no_earlier_logit(plan in plans(), batch in batches(), cut in 1..7_usize) {
        let (model, queries) = (model(&plan).valid(), batch.ids[0].len());
        let cut = cut.min(queries - 1);
        let mut changed = batch.ids.clone();
        changed.iter_mut().flat_map(|row| &mut row[cut..]).for_each(|id| *id = (*id + 1) % VOCABULARY);
        let [one, other] = [batch.ids, changed].map(|ids| logits(&model, &ids, &mut Pass::evaluation()));
        prop_assert_eq!(beginnings(&one, queries, cut), beginnings(&other, queries, cut));
    }

    #[test]
    fn a_cache_gives_what_the_full_pass_gives(plan in plans(), batch in batches(), cuts in vec(1..7_usize, 0..4)) {
        let (model, queries) = (model(&plan).valid(), batch.ids[0].len());
        let mut cuts = [vec![0, queries], cuts].concat();
        cuts.retain(|&cut| cut <= queries);
        cuts.sort_unstable();
        cuts.dedup();
        let full = logits(&model, &batch.ids, &mut Pass::evaluation());
        assert_slices_close(&cached(&model, &batch.ids, &cuts), &full, ROUNDING, "logits");
    }

    #[test]
    fn padding_is_inert(plan in plans(), batch in batches(), pads in vec(0..VOCABULARY, 1..6)) {
        let model = model(&plan);
        let plain = learn(&model, &batch, Pass::evaluation());
        learn(&model, &padded(&batch, &pads), Pass::evaluation()).assert_close(&plain, ROUNDING);
    }

    #[test]
    fn evaluation_ignores_dropout(plan in plans(), batch in batches()) {
        let dropping = model(&GptPlan { dropout: 0.4, ..plan.clone() });
        let [one, other] = [model(&plan), dropping].map(|model| logits(&model, &batch.ids, &mut Pass::evaluation()));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn dropout_is_a_function_of_its_key(plan in plans(), batch in batches()) {
        let model = model(&GptPlan { dropout: 0.4, ..plan });
        let [one, same, other] = [1, 1, 2].map(|key| learn(&model, &batch, training(key, false)).loss);
        prop_assert_eq!(one.to_bits(), same.to_bits());
        prop_assert_ne!(one.to_bits(), other.to_bits());
    }

    #[test]
    fn dropout_of_a_row_ignores_how_the_batch_is_split(plan in plans(), batch in batches()) {
        let model = model(&GptPlan { dropout: 0.4, ..plan });
        let whole = logits(&model, &batch.ids, &mut training(1, false));
        let alone = batch.ids.iter().enumerate().flat_map(|(row, ids)| {
            let mode = Mode::Training { key: Key::new(1), row, recompute: false };
            logits(&model, std::slice::from_ref(ids), &mut Pass::new(mode))
        });
        assert_slices_close(&alone.collect::<Vec<_>>(), &whole, ROUNDING, "logits");
    }

    #[test]
    fn recomputing_gives_the_same_gradients(plan in plans(), batch in batches(), dropout in select(vec![0.0, 0.4])) {
        let model = model(&GptPlan { dropout, ..plan });
        let [kept, recomputed] = [false, true].map(|recompute| learn(&model, &batch, training(1, recompute)));
        recomputed.assert_close(&kept, ROUNDING);
    }
}

#[test]
fn a_window_hides_what_is_older() {
    let written =
        json!({"layers": 1, "heads": 1, "width": 3, "context": CONTEXT, "vocabulary": VOCABULARY, "window": 2});
    let model = model(&plan(written)).valid();
    let [one, other] = [0, 1].map(|first| logits(&model, &[vec![first, 2, 3]], &mut Pass::evaluation()));
    let seen = 2 * VOCABULARY as usize;
    assert_eq!(one[seen..], other[seen..], "the third position does not see the first");
    assert_ne!(one[..seen], other[..seen]);
}
