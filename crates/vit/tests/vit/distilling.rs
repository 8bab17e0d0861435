//! What a student is held against, against sums by hand.

use attentive_attention::{Aspect, Initial, Pass, Teaching, gradients};
use attentive_kernels::Precision;
use attentive_testkit::{assert_close, assert_slices_close, device, host};
use attentive_vit::{Classifier, VitPlan, shares};
use burn::{module::Module, tensor::Tensor};
use serde_json::{Value, json};

use crate::sample::{CLASSES, SIZE, classes, model, noise, pictures, plan};

const BATCH: usize = 3;
const TEMPERATURE: f64 = 1.5;
const ROUNDING: f32 = 2e-5;

fn teaching(aspects: &[Aspect]) -> Teaching {
    Teaching { aspects: aspects.to_vec(), temperature: TEMPERATURE, precision: Precision::default() }
}

fn seen(model: &Classifier) -> Tensor<4> {
    pictures(&noise(BATCH, SIZE), [SIZE; 2], &model.device())
}

/// A model whose numbers are other than those of the student.
fn teacher(keys: Value) -> Classifier {
    model(&plan(keys)).valid()
}

/// The student's distance to a teacher, and its own loss.
fn distance(student: &Classifier, teacher: &Classifier, aspects: &[Aspect]) -> [Tensor<1>; 2] {
    let teaching = teaching(aspects);
    let told = teacher.shown(seen(teacher), &teaching, &mut Pass::evaluation());
    let (shares, targets) = (shares(&told), classes(&[0, 3, 1], &student.device()));
    let (own, shown) = student.loss_shown(seen(student), (&targets, 0.1), &teaching, &mut Pass::evaluation());
    [teaching.loss(shown, told, &shares), own]
}

#[test]
fn of_itself_nothing_is_learned() {
    for keys in [json!({}), json!({"distilled": true, "registers": 1}), json!({"pooling": "mean", "registers": 2})] {
        let student = model(&plan(keys.clone()));
        let all = [Aspect::Logits, Aspect::States, Aspect::Attention];
        let [apart, own] = distance(&student, &student.valid(), &all);
        assert_close(apart, &[0.0], ROUNDING);
        let targets = classes(&[0, 3, 1], &student.device());
        let loss = student.loss(seen(&student), &targets, 0.1, &mut Pass::evaluation());
        assert_slices_close(&host(own), &host(loss), 0.0, &keys.to_string());
    }
}

#[test]
fn scores_are_as_far_apart_as_their_distributions() {
    // Other patches, and several encoders.
    let blend = json!({"blend": [{"patch": 4, "layers": 1, "heads": 3, "width": 30}, {"patch": 3, "layers": 1, "heads": 2, "width": 20}]});
    for keys in [json!({"patch": 3, "layers": 1}), blend] {
        let (student, teacher) = (model(&plan(json!({}))), teacher(keys));
        let logs = |model: &Classifier| -> Vec<f64> {
            let logits = host(model.logits(seen(model), &mut Pass::evaluation()));
            logits.chunks(CLASSES).flat_map(softened).collect()
        };
        let (own, others) = (logs(&student), logs(&teacher));
        let expected: f64 = others.iter().zip(&own).map(|(told, own)| told.exp() * (told - own)).sum();
        let [apart, _] = distance(&student, &teacher, &[Aspect::Logits]);
        let found = f64::from(host(apart.clone())[0]);
        let expected = expected * TEMPERATURE.powi(2);
        assert!((found - expected).abs() < 1e-4 * expected, "{found}, by hand {expected}");
        let reached = gradients(&student, &mut apart.backward());
        assert!(reached.contains_key("head.weight") && reached.contains_key("encoders.0.patches.weight"));
    }
}

/// Logs of the probabilities at the temperature.
fn softened(logits: &[f32]) -> Vec<f64> {
    let scaled: Vec<f64> = logits.iter().map(|&logit| f64::from(logit) / TEMPERATURE).collect();
    let sum: f64 = scaled.iter().map(|logit| logit.exp()).sum();
    scaled.iter().map(|logit| logit - sum.ln()).collect()
}

#[test]
fn states_of_another_width_are_compared_through_a_lens() {
    let narrow: VitPlan = plan(json!({"width": 18, "heads": 3}));
    let student = Classifier::new(&narrow, &Initial::new(3, &device().autodiff()).with_lens(Some(30)));
    let teacher = teacher(json!({}));
    let [apart, _] = distance(&student, &teacher, &[Aspect::States, Aspect::Attention]);
    let lens = student.lens.as_ref().expect("it has one");
    let hidden = student.encoders[0].hidden(seen(&student), &mut Pass::evaluation());
    let own = host(lens.forward(hidden, &Pass::evaluation()));
    let others = host(teacher.encoders[0].hidden(seen(&teacher), &mut Pass::evaluation()));
    let squares: f32 = own.iter().zip(&others).map(|(own, other)| (own - other).powi(2)).sum();
    let states = squares / (own.len() / BATCH) as f32;
    let [looks, _] = distance(&student, &teacher, &[Aspect::Attention]);
    assert_close(apart.clone(), &[states + host(looks)[0]], ROUNDING);
    assert!(gradients(&student, &mut apart.backward()).contains_key("lens.weight"));
}
