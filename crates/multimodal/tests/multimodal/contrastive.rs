//! What matching pairs keeps, whatever its parts.

use attentive_attention::{Pass, Trace, updated};
use attentive_multimodal::{Contrastive, MultimodalPlan};
use attentive_testkit::{assert_slices_close, host, tensor};
use burn::tensor::Tensor;
use serde_json::json;

use crate::sample::{
    BATCH, CONTEXT, ROUNDING, assert_recomputable, contrastive, learned, moved, pictures, plan, rows, targets, texts,
};

/// Every way to pool a text, with masks that allow it.
fn readers() -> Vec<MultimodalPlan> {
    let ways = [("last", true), ("mean", true), ("last", false), ("mean", false), ("first", false)];
    let keys = ways.map(|(pooling, causal)| json!({"text.pooling": pooling, "text.causal": causal}));
    keys.into_iter().map(|keys| plan("contrastive", keys)).collect()
}

fn model(plan: &MultimodalPlan) -> Contrastive {
    moved(contrastive(plan))
}

#[test]
fn padding_is_inert() {
    for plan in readers() {
        let model = model(&plan);
        let read = |filler, length| host(model.embed_texts(&texts(&rows(), filler, length), &mut Pass::evaluation()));
        let plain = read(0, 4);
        assert_eq!(read(6, 4), plain, "{:?}: what stands there", plan.text);
        assert_slices_close(&read(3, CONTEXT), &plain, ROUNDING, "how much of it there is");
    }
}

#[test]
fn padding_takes_no_gradient() {
    for plan in readers() {
        let model = model(&plan);
        let with = |filler, length| {
            learned(&model, Pass::evaluation(), |model, pass| {
                model.loss(pictures(BATCH, 1), &texts(&rows(), filler, length), pass)
            })
        };
        with(3, CONTEXT).assert_close(&with(0, 4), ROUNDING);
    }
}

#[test]
fn texts_without_positions_are_bags() {
    let model = model(&plan("contrastive", json!({"text.causal": false, "text.positions": "none"})));
    let [one, other] = [vec![1, 5, 2, 3], vec![3, 1, 2, 5]]
        .map(|row| host(model.embed_texts(&texts(&[row], 0, 4), &mut Pass::evaluation())));
    assert_slices_close(&one, &other, ROUNDING, "embedding");
}

#[test]
fn every_position_of_a_text_counts() {
    for plan in readers() {
        let model = model(&plan);
        let read = |row: Vec<i32>| host(model.embed_texts(&texts(&[row], 0, 4), &mut Pass::evaluation()));
        let plain = read(vec![1, 5, 2, 3]);
        for place in 0..4 {
            let mut row = vec![1, 5, 2, 3];
            row[place] = 6;
            assert_ne!(read(row), plain, "{:?}: position {place}", plan.text.pooling);
        }
    }
}

#[test]
fn embeddings_have_length_one() {
    let model = model(&plan("contrastive", json!({"projection": 7})));
    let mut pass = Pass::evaluation();
    let both =
        [model.embed_pictures(pictures(BATCH, 1), &mut pass), model.embed_texts(&texts(&rows(), 0, 4), &mut pass)];
    for embedded in both {
        assert_eq!(embedded.dims(), [BATCH, 7]);
        assert_slices_close(&host(embedded.powf_scalar(2.0).sum_dim(1)), &[1.0; BATCH], ROUNDING, "squares");
    }
}

#[test]
fn losses_go_along_with_their_pairs() {
    for loss in ["softmax", "sigmoid"] {
        let model = model(&plan("contrastive", json!({"loss": loss})));
        let losses = |order: [usize; BATCH]| {
            let rows = order.map(|row| rows()[row].clone());
            let parts = order.map(|row| pictures(BATCH, 1).narrow(0, row, 1));
            host(model.losses(Tensor::cat(parts.into(), 0), &texts(&rows, 0, 4), &mut Pass::evaluation()))
        };
        let (plain, turned) = (losses([0, 1, 2]), losses([2, 0, 1]));
        assert_slices_close(&turned, &[plain[2], plain[0], plain[1]], ROUNDING, loss);
    }
}

/// By hand, from two pairs.
#[test]
fn losses_are_what_the_papers_say() {
    let softplus = |x: f64| (1.0 + x.exp()).ln();
    let logits = Tensor::<2>::from_inner(tensor([2, 2], &[2.0, -1.0, 0.5, 3.0]));
    let expected = [
        // Among its row and among its column, each has one rival.
        ("softmax", [(softplus(-3.0) + softplus(-1.5)) / 2.0, (softplus(-2.5) + softplus(-4.0)) / 2.0]),
        ("sigmoid", [softplus(-2.0) + softplus(-1.0), softplus(0.5) + softplus(-3.0)]),
    ];
    for (loss, expected) in expected {
        let model = contrastive(&plan("contrastive", json!({"loss": loss})));
        let losses = host(model.pair_losses(logits.clone()));
        assert_slices_close(&losses, &expected.map(|loss| loss as f32), ROUNDING, loss);
    }
}

/// Embeddings of one row each, alike: their similarity is the factor, and what is added.
fn factor(model: &Contrastive) -> Tensor<2> {
    let one = Tensor::<2>::from_inner(tensor([1, 2], &[0.6, 0.8]));
    model.similarity(one.clone(), one)
}

#[test]
fn fresh_models_have_the_temperatures_of_the_papers() {
    for (loss, expected) in [("softmax", 1.0 / 0.07), ("sigmoid", 0.0)] {
        let model = contrastive(&plan("contrastive", json!({"loss": loss})));
        assert_slices_close(&host(factor(&model)), &[expected], ROUNDING, loss);
    }
}

/// What similarities are multiplied with at this scale, and how that grows.
fn slope(bound: &str, scale: f32) -> (f32, f32) {
    let model = contrastive(&plan("contrastive", json!({"scale": bound})));
    let model = updated(model, |path, values| if path == "scale" { tensor([1], &[scale]) } else { values });
    let found = learned(&model, Pass::evaluation(), |model, _| factor(model).sum());
    (found.loss, host(found.gradients["scale"].clone())[0])
}

#[test]
fn a_free_temperature_has_no_floor() {
    let (factor, growth) = slope("free", 5.0);
    assert_slices_close(&[factor, growth], &[5.0_f32.exp(); 2], ROUNDING, "beyond the most");
}

#[test]
fn the_temperature_has_a_floor() {
    let (below, beyond) = (slope("bounded", 4.0), slope("bounded", 5.0));
    assert_slices_close(&[below.0, below.1], &[4.0_f32.exp(); 2], ROUNDING, "below the most");
    assert_slices_close(&[beyond.0, beyond.1], &[100.0, 0.0], ROUNDING, "beyond the most");
}

#[test]
fn a_classifier_written_in_words_says_what_the_pairs_say() {
    let model = model(&plan("contrastive", json!({"projection": 7})));
    let prompts =
        model.embed_texts(&texts(&[vec![1, 2], vec![3, 2], vec![1, 5], vec![3, 5]], 0, 2), &mut Pass::evaluation());
    let classes = Contrastive::classes(prompts.clone().reshape([2, 2, 7])); // [class, shared]
    assert_slices_close(&host(classes.clone().powf_scalar(2.0).sum_dim(1)), &[1.0; 2], ROUNDING, "squares");
    let mean = prompts.clone().narrow(0, 0, 1) + prompts.narrow(0, 1, 1);
    let length = host(mean.clone().powf_scalar(2.0).sum())[0].sqrt();
    assert_slices_close(&host(classes.clone().narrow(0, 0, 1)), &host(mean / length), ROUNDING, "first class");

    let seen = model.embed_pictures(pictures(BATCH, 1), &mut Pass::evaluation());
    let expected = host(model.similarity(classes.clone(), seen).transpose());
    let classifier = model.classifier(classes);
    assert_slices_close(
        &host(classifier.logits(pictures(BATCH, 1), &mut Pass::evaluation())),
        &expected,
        ROUNDING,
        "logits",
    );

    let own = targets(&[1, 0, 1]);
    let loss = |smoothing| {
        learned(&classifier, Pass::evaluation(), |model, pass| {
            model.loss(pictures(BATCH, 1), own.clone(), smoothing, pass)
        })
    };
    loss(0.1).assert_reaches_all(&classifier);
    let rows = host(classifier.losses(pictures(BATCH, 1), own.clone(), &mut Pass::evaluation()));
    assert_slices_close(&[rows.iter().sum()], &[loss(0.0).loss], ROUNDING, "losses");
}

#[test]
fn recomputing_gives_the_same_gradients() {
    for loss in ["softmax", "sigmoid"] {
        let model = model(&plan("contrastive", json!({"loss": loss, "text.dropout": 0.3, "picture.dropout": 0.3})));
        assert_recomputable(&model, |model, pass| model.loss(pictures(BATCH, 1), &texts(&rows(), 0, 4), pass));
    }
}

#[test]
fn evaluation_ignores_dropout() {
    let [one, other] = [0.0, 0.4].map(|dropout| {
        let keys = json!({"text.dropout": dropout, "picture.dropout": dropout, "picture.depth": dropout});
        host(model(&plan("contrastive", keys)).losses(
            pictures(BATCH, 1),
            &texts(&rows(), 0, 4),
            &mut Pass::evaluation(),
        ))
    });
    assert_eq!(one, other);
}

#[test]
fn towers_have_numbers_of_their_own() {
    let model = model(&plan("contrastive", json!({})));
    let mut pass = Pass::evaluation().with_trace(Trace { watched: (0..9).collect(), ..Trace::default() });
    drop(model.losses(pictures(BATCH, 1), &texts(&rows(), 0, 4), &mut pass));
    let weights = pass.into_trace().expect("the pass has one").weights;
    // Two blocks of pictures, whose class token and patches are five positions; a number for their embedding; two blocks of texts.
    let shapes: Vec<_> = weights.iter().map(|(number, weights)| (*number, weights.dims())).collect();
    let (seen, read) = ([BATCH, 2, 5, 5], [BATCH, 3, 4, 4]);
    assert_eq!(shapes, [(0, seen), (1, seen), (3, read), (4, read)]);
}
