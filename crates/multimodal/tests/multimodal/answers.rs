//! What writing about pictures keeps, whatever its parts.

use attentive_attention::{IGNORED, Pass, Trace};
use attentive_multimodal::{Answers, MultimodalPlan};
use attentive_testkit::{assert_slices_close, host};
use burn::tensor::Tensor;
use serde_json::json;

use crate::sample::{
    BATCH, ROUNDING, VOCABULARY, answers, assert_recomputable, integers, learned, moved, pictures, plan,
};

fn plans() -> Vec<MultimodalPlan> {
    let keys = [
        json!({}),
        json!({"gated": true, "text.positions": "rotary", "text.norm": "rms", "text.bias": false}),
        json!({"text.positions": "none", "text.feed_forward": "swiglu", "picture.pooling": "mean"}),
    ];
    keys.map(|keys| plan("answers", keys)).into()
}

fn model(plan: &MultimodalPlan) -> Answers {
    moved(answers(plan))
}

fn ids() -> Vec<Vec<i32>> {
    vec![vec![1, 5, 2, 3], vec![4, 0, 6, 2], vec![3, 3, 0, 1]]
}

/// Questions of different lengths, and padding behind an answer.
fn targets() -> Vec<Vec<i32>> {
    vec![vec![IGNORED, 2, 3, 6], vec![IGNORED, IGNORED, 2, IGNORED], vec![3, 0, 1, 4]]
}

fn logits(model: &Answers, seed: u64, ids: &[Vec<i32>]) -> Vec<f32> {
    host(model.forward(pictures(ids.len(), seed), integers(ids), &mut Pass::evaluation()))
}

#[test]
fn a_cache_gives_what_the_full_pass_gives() {
    for plan in plans() {
        let model = model(&plan);
        let memory = model.memory(pictures(BATCH, 1), &mut Pass::evaluation());
        let mut pass = Pass::evaluation().with_cache(model.cache(4));
        let parts = [(0, 2), (2, 1), (3, 1)].map(|(start, count)| {
            model.head(model.hidden(integers(&ids()).narrow(1, start, count), &memory, &mut pass))
        });
        let full = logits(&model, 1, &ids());
        assert_slices_close(&host(Tensor::cat(parts.into(), 1)), &full, ROUNDING, "logits");
    }
}

#[test]
fn later_ids_change_no_earlier_logit() {
    for plan in plans() {
        let model = model(&plan);
        let mut changed = ids();
        changed.iter_mut().for_each(|row| row[2] = (row[2] + 1) % VOCABULARY as i32);
        let [one, other] = [ids(), changed].map(|ids| logits(&model, 1, &ids));
        for (one, other) in one.chunks(4 * VOCABULARY).zip(other.chunks(4 * VOCABULARY)) {
            assert_eq!(one[..2 * VOCABULARY], other[..2 * VOCABULARY]);
            assert_ne!(one[2 * VOCABULARY..], other[2 * VOCABULARY..]);
        }
    }
}

#[test]
fn each_row_sees_its_own_picture() {
    for plan in plans() {
        let model = model(&plan);
        let row = vec![ids()[0].clone(); BATCH];
        let alike = logits(&model, 1, &row);
        let [first, second] = [0, 1].map(|row| &alike[row * 4 * VOCABULARY..(row + 1) * 4 * VOCABULARY]);
        assert_ne!(first, second, "one text, two pictures");
        let alone = logits(&model, 1, &row[..1]);
        assert_slices_close(&alone, first, ROUNDING, "a row alone");
    }
}

#[test]
fn a_fresh_gate_is_closed() {
    let model = answers(&plan("answers", json!({"gated": true})));
    assert_eq!(logits(&model, 1, &ids()), logits(&model, 2, &ids()));
}

#[test]
fn losses_are_of_answers_alone() {
    for plan in plans() {
        let model = model(&plan);
        let rows =
            host(model.losses(pictures(BATCH, 1), integers(&ids()), integers(&targets()), &mut Pass::evaluation()));
        let counts: Vec<bool> = rows.iter().map(|&loss| loss != 0.0).collect();
        assert_eq!(counts, targets().concat().iter().map(|&target| target != IGNORED).collect::<Vec<_>>());
        let learned = |ids: Vec<Vec<i32>>| {
            learned(&model, Pass::evaluation(), |model, pass| {
                model.loss(pictures(BATCH, 1), integers(&ids), integers(&targets()), 0.0, pass)
            })
        };
        let found = learned(ids());
        assert_slices_close(&[rows.iter().sum()], &[found.loss], ROUNDING, "sum");
        found.assert_reaches_all(&model);
        // What stands behind an answer is padding.
        let mut padded = ids();
        padded[1][3] = 5;
        learned(padded).assert_close(&found, ROUNDING);
    }
}

#[test]
fn smoothing_spreads_targets_over_the_vocabulary() {
    let model = model(&plans()[0]);
    let loss = |targets: &[Vec<i32>], smoothing| {
        host(model.loss(pictures(BATCH, 1), integers(&ids()), integers(targets), smoothing, &mut Pass::evaluation()))[0]
    };
    let every = |id: i32| -> Vec<Vec<i32>> {
        let asked = |&old: &i32| if old == IGNORED { IGNORED } else { id };
        targets().iter().map(|row| row.iter().map(asked).collect()).collect()
    };
    let all: f32 = (0..VOCABULARY as i32).map(|id| loss(&every(id), 0.0)).sum();
    let expected = 0.9 * loss(&targets(), 0.0) + 0.1 * all / VOCABULARY as f32;
    assert_slices_close(&[loss(&targets(), 0.1)], &[expected], ROUNDING, "loss");
}

#[test]
fn a_trace_shows_where_a_text_looks() {
    let model = model(&plans()[0]);
    let mut pass = Pass::evaluation().with_trace(Trace { watched: [3, 4].into(), ..Trace::default() });
    drop(model.forward(pictures(BATCH, 1), integers(&ids()), &mut pass));
    let trace = pass.into_trace().expect("the pass has one");
    // A class token and four patches.
    assert!(trace.crossed.values().all(|weights| weights.dims() == [BATCH, 3, 4, 5]));
    assert!(trace.crossed.keys().eq(&[3, 4]) && trace.weights.keys().eq(&[3, 4]));
}

#[test]
fn recomputing_gives_the_same_gradients() {
    for gated in [false, true] {
        let keys = json!({"gated": gated, "text.dropout": 0.3, "picture.dropout": 0.3});
        let model = model(&plan("answers", keys));
        assert_recomputable(&model, |model, pass| {
            model.loss(pictures(BATCH, 1), integers(&ids()), integers(&targets()), 0.0, pass)
        });
    }
}

#[test]
fn evaluation_ignores_dropout() {
    let [one, other] = [0.0, 0.4].map(|dropout| {
        logits(&model(&plan("answers", json!({"text.dropout": dropout, "picture.dropout": dropout}))), 1, &ids())
    });
    assert_eq!(one, other);
}
