//! What judging statements keeps, whichever way they meet their pictures.

use attentive_attention::{IGNORED, Pass};
use attentive_multimodal::{MultimodalPlan, Statements, Texts};
use attentive_testkit::{assert_slices_close, host};
use burn::tensor::Tensor;
use serde_json::{Value, json};

use crate::sample::{
    BATCH, CONTEXT, PICTURED, ROUNDING, assert_recomputable, learned, moved, pictures, plan, rows, statements, targets,
    texts,
};

/// Both fusions, with these keys.
fn plans(keys: Value) -> Vec<MultimodalPlan> {
    let fused = |fusion: &str| {
        let mut keys = keys.clone();
        keys["fusion"] = json!(fusion);
        plan("statements", keys)
    };
    ["joint", "cross"].map(fused).into()
}

fn models(keys: Value) -> impl Iterator<Item = Statements> {
    plans(keys).into_iter().map(|plan| moved(statements(&plan)))
}

fn logits(model: &Statements, pictures: Tensor<4>, texts: &Texts) -> Vec<f32> {
    host(model.logits(pictures, texts, &mut Pass::evaluation()))
}

#[test]
fn padding_is_inert() {
    for model in models(json!({})) {
        let read = |filler, length| logits(&model, pictures(BATCH, 1), &texts(&rows(), filler, length));
        let plain = read(0, 4);
        assert_eq!(read(6, 4), plain, "what stands there");
        assert_slices_close(&read(3, CONTEXT), &plain, ROUNDING, "how much of it there is");
    }
}

#[test]
fn padding_takes_no_gradient() {
    for model in models(json!({})) {
        let with = |filler, length| {
            learned(&model, Pass::evaluation(), |model, pass| {
                model.loss(pictures(BATCH, 1), &texts(&rows(), filler, length), targets(&[1, 0, 1]), pass)
            })
        };
        with(3, CONTEXT).assert_close(&with(0, 4), ROUNDING);
    }
}

#[test]
fn both_sides_count() {
    for model in models(json!({})) {
        let plain = logits(&model, pictures(BATCH, 1), &texts(&rows(), 0, 4));
        assert_ne!(logits(&model, pictures(BATCH, 2), &texts(&rows(), 0, 4)), plain, "another picture");
        let mut other = rows();
        other.iter_mut().for_each(|row| row[0] = 3);
        assert_ne!(logits(&model, pictures(BATCH, 1), &texts(&other, 0, 4)), plain, "another text");
    }
}

#[test]
fn without_positions_order_is_nothing() {
    for model in models(json!({"text.positions": "none", "picture.positions": "none"})) {
        let plain = logits(&model, pictures(1, 1), &texts(&[vec![1, 5, 2, 3]], 0, 4));
        let turned = logits(&model, swapped(pictures(1, 1)), &texts(&[vec![3, 1, 5, 2]], 0, 4));
        assert_slices_close(&turned, &plain, ROUNDING, "logits");
    }
}

/// Pictures whose left and right halves, a patch wide each, have changed places.
fn swapped(pictures: Tensor<4>) -> Tensor<4> {
    let half = PICTURED.size / 2;
    Tensor::cat(vec![pictures.clone().narrow(3, half, half), pictures.narrow(3, 0, half)], 3)
}

#[test]
fn losses_add_up() {
    for model in models(json!({"classes": 3})) {
        let own = targets(&[2, IGNORED, 0]);
        let rows = host(model.losses(pictures(BATCH, 1), &texts(&rows(), 0, 4), own.clone(), &mut Pass::evaluation()));
        assert_eq!(rows[1], 0.0, "ignored");
        let found = learned(&model, Pass::evaluation(), |model, pass| {
            model.loss(pictures(BATCH, 1), &texts(&crate::sample::rows(), 0, 4), own.clone(), pass)
        });
        assert_slices_close(&[rows.iter().sum()], &[found.loss], ROUNDING, "sum");
    }
}

#[test]
fn recomputing_gives_the_same_gradients() {
    for model in models(json!({"text.dropout": 0.3, "picture.dropout": 0.3})) {
        assert_recomputable(&model, |model, pass| {
            model.loss(pictures(BATCH, 1), &texts(&rows(), 0, 4), targets(&[1, 0, 1]), pass)
        });
    }
}

#[test]
fn evaluation_ignores_dropout() {
    let [one, other] = [0.0, 0.4].map(|dropout| {
        let keys = json!({"text.dropout": dropout, "picture.dropout": dropout});
        models(keys).flat_map(|model| logits(&model, pictures(BATCH, 1), &texts(&rows(), 0, 4))).collect::<Vec<_>>()
    });
    assert_eq!(one, other);
}
