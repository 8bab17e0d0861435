//! What every configuration keeps, whatever its parts and its head: drawn at random, with small odd sizes.

use attentive_attention::{IGNORED, Mode, Pass};
use attentive_bert::{Bert, BertPlan, Head, Pooling, Positions, Targets};
use attentive_random::{Key, permuted};
use attentive_testkit::{assert_slices_close, host};
use burn::module::Module;
use proptest::{collection::vec, prelude::*, sample::select, test_runner::RngSeed};
use serde_json::json;

use crate::sample::{Batch, learn, logits, model, plan};

/// Sums taken in another order differ by roundings, which norms over a few channels that are nearly alike raise much.
const ROUNDING: f32 = 3e-4;

const VOCABULARY: i32 = 7;
const CONTEXT: usize = 13;
const HEADS: [Head; 4] = [Head::Masked, Head::Classes(3), Head::Number, Head::Tags(5)];

/// Plans over all parts. Rotary positions pair channels, so they alone get an even number.
fn plans() -> impl Strategy<Value = BertPlan> {
    let parts = (
        select(vec![Positions::Learned, Positions::Sinusoidal, Positions::Rotary, Positions::None]),
        select(vec!["layer", "rms"]),
        select(vec!["after", "before"]),
        select(vec!["gelu", "relu", "swiglu"]),
        select(vec!["class", "mean"]),
        select(HEADS.to_vec()),
        select(vec!["tanh", "gelu_tanh"]),
    );
    let sizes = (1..=3_usize, 1..=3_usize, 1..=2_usize, 0..=3_usize, 0..=2_usize);
    (parts, sizes, any::<[bool; 3]>()).prop_map(|(parts, sizes, [bias, tied, pooler_dropout])| {
        let (positions, norm, norm_place, feed_forward, pooling, head, activation) = parts;
        let (layers, heads, half, kinds, offset) = sizes;
        let channels = if positions == Positions::Rotary { 2 * half } else { 2 * half + 1 };
        let written = json!({
            "positions": positions, "norm": norm, "norm_place": norm_place, "feed_forward": feed_forward, "kinds": kinds,
            "bias": bias, "tied": tied, "pooling": pooling, "layers": layers, "heads": heads, "width": heads * channels,
            // A norm whose input is almost flat would raise roundings without bound.
            "hidden": 5, "context": CONTEXT, "vocabulary": VOCABULARY, "norm_epsilon": 1e-2,
            "position_offset": if positions == Positions::Learned { offset } else { 0 },
            "pooler_activation": activation, "transform_activation": activation, "pooler_dropout": pooler_dropout,
        });
        plan(written, head)
    })
}

/// A plan and two or three rows of their own lengths, of which something is asked that fits its head.
fn cases() -> impl Strategy<Value = (BertPlan, Batch)> {
    (plans(), 2..=3_usize, 2..=7_usize).prop_flat_map(|(plan, rows, queries)| {
        let ids = |most| vec(vec(0..most, queries), rows);
        let asked = vec(vec(IGNORED..plan.outputs() as i32, queries), rows);
        let drawn = (ids(VOCABULARY), proptest::option::of(ids(2)), vec(1..=queries, rows), asked);
        drawn.prop_map(move |(ids, kinds, lengths, asked)| {
            let targets = targets(plan.head, &asked, &lengths);
            (plan.clone(), Batch { ids, kinds, lengths, targets })
        })
    })
}

/// What is asked, with nothing at padding and something at the very first place.
fn targets(head: Head, asked: &[Vec<i32>], lengths: &[usize]) -> Targets {
    if head == Head::Number {
        return Targets::Numbers(asked.iter().map(|row| row[0] as f32 - 0.5).collect());
    }
    if head.is_pooled() {
        return Targets::Ids(asked.iter().map(|row| row[0].max(0)).collect());
    }
    let real = |(row, &length): (&Vec<i32>, &usize)| [&row[..length], &vec![IGNORED; row.len() - length]].concat();
    let mut ids: Vec<i32> = asked.iter().zip(lengths).flat_map(real).collect();
    ids[0] = ids[0].max(0);
    Targets::Ids(ids)
}

fn dropping(plan: BertPlan, share: f64) -> BertPlan {
    BertPlan { dropout: share, attention_dropout: share, head_dropout: share, ..plan }
}

fn training(key: u64, recompute: bool) -> Pass {
    Pass::new(Mode::Training { key: Key::new(key), row: 0, recompute })
}

fn hidden(model: &Bert, batch: &Batch) -> Vec<f32> {
    host(model.hidden(&batch.sentences(&model.device()), &mut Pass::evaluation()))
}

/// The entries of positions that are no padding, if the model's output has positions at all.
fn real(batch: &Batch, entries: &[f32], per_row: usize) -> Vec<f32> {
    let width = entries.len() / batch.ids.len() / per_row;
    let rows = entries.chunks(per_row * width).zip(&batch.lengths);
    rows.flat_map(|(row, length)| &row[..per_row.min(*length) * width]).copied().collect()
}

/// Places of a row that the head judges.
fn places(plan: &BertPlan, batch: &Batch) -> usize {
    if plan.head.is_pooled() { 1 } else { batch.ids[0].len() }
}

/// Each row longer by what the pads say, and its old padding other than it was.
fn padded(plan: &BertPlan, batch: &Batch, pads: &[i32]) -> Batch {
    let longer = |rows: &Vec<Vec<i32>>, most: i32| -> Vec<Vec<i32>> {
        let rows = rows.iter().zip(&batch.lengths).map(|(row, &length)| {
            let others = row[length..].iter().chain(pads).map(|id| (id + 1) % most);
            row[..length].iter().copied().chain(others).collect()
        });
        rows.collect()
    };
    let targets = match &batch.targets {
        Targets::Ids(ids) if !plan.head.is_pooled() => {
            let nothing = vec![IGNORED; pads.len()];
            Targets::Ids(ids.chunks(batch.ids[0].len()).flat_map(|row| [row, &nothing].concat()).collect())
        }
        same => same.clone(),
    };
    Batch {
        ids: longer(&batch.ids, VOCABULARY),
        kinds: batch.kinds.as_ref().map(|kinds| longer(kinds, 2)),
        lengths: batch.lengths.clone(),
        targets,
    }
}

/// One row of a batch.
fn alone(plan: &BertPlan, batch: &Batch, row: usize) -> Batch {
    let count = places(plan, batch);
    let targets = match &batch.targets {
        Targets::Ids(ids) => Targets::Ids(ids[row * count..][..count].to_vec()),
        Targets::Numbers(numbers) => Targets::Numbers(vec![numbers[row]]),
    };
    Batch {
        ids: vec![batch.ids[row].clone()],
        kinds: batch.kinds.as_ref().map(|kinds| vec![kinds[row].clone()]),
        lengths: vec![batch.lengths[row]],
        targets,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn padding_is_inert((plan, batch) in cases(), pads in vec(0..VOCABULARY, 1..6)) {
        let (model, more) = (model(&plan), padded(&plan, &batch, &pads));
        let [less_real, more_real] =
            [&batch, &more].map(|batch| real(batch, &logits(&model, batch, &mut Pass::evaluation()), places(&plan, batch)));
        assert_slices_close(&more_real, &less_real, ROUNDING, "logits");
        learn(&model, &more, Pass::evaluation()).assert_close(&learn(&model, &batch, Pass::evaluation()), ROUNDING);
    }

    /// As long as there is as much of it.
    #[test]
    fn what_stands_in_padding_changes_no_bit((plan, batch) in cases()) {
        let (model, other) = (model(&plan).valid(), padded(&plan, &batch, &[]));
        let [one, other] =
            [&batch, &other].map(|batch| real(batch, &logits(&model, batch, &mut Pass::evaluation()), places(&plan, batch)));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn rows_do_not_see_each_other((plan, batch) in cases()) {
        let model = model(&plan).valid();
        let whole = logits(&model, &batch, &mut Pass::evaluation());
        let each = (0..batch.ids.len()).flat_map(|row| logits(&model, &alone(&plan, &batch, row), &mut Pass::evaluation()));
        assert_slices_close(&each.collect::<Vec<_>>(), &whole, ROUNDING, "logits");
    }

    #[test]
    fn without_positions_order_is_nothing((plan, batch) in cases(), key in 0..100_u64) {
        let plan = BertPlan { positions: Positions::None, position_offset: 0, ..plan };
        let model = model(&plan);
        let queries = batch.ids[0].len();
        let order: Vec<usize> = (0..queries).map(|place| permuted(Key::new(key), place, queries)).collect();
        let shuffled = |rows: &Vec<Vec<i32>>| -> Vec<Vec<i32>> {
            rows.iter().map(|row| order.iter().map(|&place| row[place]).collect()).collect()
        };
        let full = Batch { lengths: vec![queries; batch.ids.len()], ..batch };
        let other = Batch { ids: shuffled(&full.ids), kinds: full.kinds.as_ref().map(shuffled), ..full.clone() };
        let rows = hidden(&model, &full);
        let rows = rows.chunks(queries * plan.width);
        let expected = rows.flat_map(|row| order.iter().flat_map(|&place| &row[place * plan.width..][..plan.width]));
        assert_slices_close(&hidden(&model, &other), &expected.copied().collect::<Vec<_>>(), ROUNDING, "hidden");
    }

    #[test]
    fn evaluation_ignores_dropout((plan, batch) in cases()) {
        let dropping = model(&dropping(plan.clone(), 0.4));
        let [one, other] = [model(&plan), dropping].map(|model| logits(&model, &batch, &mut Pass::evaluation()));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn dropout_is_a_function_of_its_key((plan, batch) in cases()) {
        let model = model(&dropping(plan, 0.4));
        let drawn = |key| logits(&model, &batch, &mut training(key, false));
        prop_assert_eq!(drawn(1), drawn(1));
        // A head so small may lose all of its input to either key.
        prop_assert!((2..8).any(|key| drawn(key) != drawn(1)));
    }

    #[test]
    fn dropout_of_a_row_ignores_how_the_batch_is_split((plan, batch) in cases()) {
        let model = model(&dropping(plan.clone(), 0.4));
        let whole = logits(&model, &batch, &mut training(1, false));
        let each = (0..batch.ids.len()).flat_map(|row| {
            let mode = Mode::Training { key: Key::new(1), row, recompute: false };
            logits(&model, &alone(&plan, &batch, row), &mut Pass::new(mode))
        });
        assert_slices_close(&each.collect::<Vec<_>>(), &whole, ROUNDING, "logits");
    }

    #[test]
    fn recomputing_gives_the_same_gradients((plan, batch) in cases(), dropout in select(vec![0.0, 0.4])) {
        let model = model(&dropping(plan, dropout));
        let [kept, recomputed] = [false, true].map(|recompute| learn(&model, &batch, training(1, recompute)));
        recomputed.assert_close(&kept, ROUNDING);
    }

    #[test]
    fn losses_are_the_loss_place_by_place((plan, batch) in cases()) {
        let model = model(&plan).valid();
        let sentences = batch.sentences(&model.device());
        let sum = host(model.loss(&sentences, &batch.targets, &mut Pass::evaluation()));
        let losses = model.losses(&sentences, &batch.targets, &mut Pass::evaluation());
        prop_assert_eq!(losses.dims(), [batch.ids.len(), places(&plan, &batch)]);
        let losses = host(losses);
        assert_slices_close(&[losses.iter().sum()], &sum, ROUNDING, "sum");
        if let Targets::Ids(ids) = &batch.targets {
            prop_assert!(ids.iter().zip(&losses).all(|(&id, &loss)| id != IGNORED || loss == 0.0));
            let asked = host(model.logits_asked(&sentences, ids, &mut Pass::evaluation()));
            let all = logits(&model, &batch, &mut Pass::evaluation());
            let expected = all.chunks(plan.outputs()).zip(ids).filter(|(_, id)| **id != IGNORED).flat_map(|(row, _)| row);
            assert_slices_close(&asked, &expected.copied().collect::<Vec<_>>(), ROUNDING, "asked");
        }
    }

    #[test]
    fn a_text_is_embedded_as_its_pooling_says((plan, batch) in cases(), pooling in select(vec![Pooling::Class, Pooling::Mean])) {
        let model = model(&plan).valid();
        let found = model.embed(&batch.sentences(&model.device()), pooling, &mut Pass::evaluation());
        let hidden = hidden(&model, &batch);
        let rows = hidden.chunks(batch.ids[0].len() * plan.width).zip(&batch.lengths);
        let expected = rows.flat_map(|(row, &length)| {
            let count = if pooling == Pooling::Class { 1 } else { length };
            let sum = |channel: usize| row[channel..count * plan.width].iter().step_by(plan.width).sum::<f32>();
            (0..plan.width).map(|channel| sum(channel) / count as f32).collect::<Vec<_>>()
        });
        assert_slices_close(&host(found), &expected.collect::<Vec<_>>(), ROUNDING, "embedding");
    }
}

fn small(head: Head, kinds: usize) -> BertPlan {
    plan(
        json!({"layers": 1, "heads": 1, "width": 3, "context": CONTEXT, "vocabulary": VOCABULARY, "kinds": kinds}),
        head,
    )
}

#[test]
fn a_batch_that_asks_for_nothing_teaches_nothing() {
    let ids = vec![vec![1, 2, 3], vec![4, 5, 6]];
    for head in [Head::Masked, Head::Tags(5)] {
        let targets = Targets::Ids(vec![IGNORED; 6]);
        let batch = Batch { ids: ids.clone(), kinds: None, lengths: vec![3, 2], targets };
        let learned = learn(&model(&small(head, 2)), &batch, Pass::evaluation());
        assert_eq!(learned.loss, 0.0);
        for (path, gradient) in learned.gradients {
            assert!(host(gradient).iter().all(|&entry| entry == 0.0), "{path}");
        }
    }
}

#[test]
fn segments_matter_only_where_there_are_kinds_of_them() {
    let changed = |kinds: usize| {
        let model = model(&small(Head::Number, kinds)).valid();
        let batch =
            |kinds| Batch { ids: vec![vec![1, 2, 3]], kinds, lengths: vec![3], targets: Targets::Numbers(vec![0.0]) };
        let [none, first, second] = [None, Some(vec![vec![0; 3]]), Some(vec![vec![0, 1, 1]])]
            .map(|kinds| logits(&model, &batch(kinds), &mut Pass::evaluation()));
        assert_eq!(none, first, "absent, all belong to the first");
        none != second
    };
    assert_eq!([0, 1, 2].map(changed), [false, false, true]);
}

#[test]
fn with_positions_order_matters() {
    for positions in ["learned", "sinusoidal", "rotary"] {
        let written =
            json!({"layers": 1, "heads": 1, "width": 4, "context": 5, "vocabulary": 7, "positions": positions});
        let model = model(&plan(written, Head::Tags(3))).valid();
        let batch = |ids| Batch { ids: vec![ids], kinds: None, lengths: vec![3], targets: Targets::Ids(vec![0; 3]) };
        let [one, other] =
            [vec![1, 2, 3], vec![1, 3, 2]].map(|ids| logits(&model, &batch(ids), &mut Pass::evaluation()));
        assert_ne!(one[..3], other[..3], "{positions}");
    }
}

#[test]
fn each_share_drops_where_it_says() {
    let plan = small(Head::Number, 2);
    let batch =
        Batch { ids: vec![vec![1, 2, 3, 4]], kinds: None, lengths: vec![4], targets: Targets::Numbers(vec![0.0]) };
    let seen = |plan: BertPlan| {
        let model = model(&plan);
        let streams = model.hidden(&batch.sentences(&model.device()), &mut training(1, false));
        (host(streams), (0..9).map(|key| logits(&model, &batch, &mut training(key, false))).collect::<Vec<_>>())
    };
    let whole = seen(plan.clone());
    let attention = seen(BertPlan { attention_dropout: 0.4, ..plan.clone() });
    let head = seen(BertPlan { head_dropout: 0.4, ..plan.clone() });
    let pooler = seen(BertPlan { head_dropout: 0.4, pooler_dropout: true, ..plan.clone() });
    assert_eq!(seen(BertPlan { pooler_dropout: true, ..plan }), whole, "of nothing, nothing is dropped");
    assert!(attention.0 != whole.0 && attention.1 != whole.1);
    assert!(head.0 == whole.0 && head.1 != whole.1);
    assert!(pooler.0 == whole.0 && pooler.1 != whole.1 && pooler.1 != head.1);
}
