//! A student beside its teacher: losses and gradients are those of PyTorch, by the golden file of `scripts/golden/distil.py`.

use attentive_attention::{Aspect, Initial, Parameter, Pass, Shares, Shown, Teaching, gradients, parameters, updated};
use attentive_bert::{Bert, BertPlan, foreign::config};
use attentive_hub::{Config, Place, gathered};
use attentive_kernels::Precision;
use attentive_testkit::{assert_slices_close, device, host, tensor};
use burn::{module::Module, tensor::Tensor};
use serde_json::Value;

use crate::golden::{Case, Tensors, stored};

const ASPECTS: [(&str, Aspect); 3] =
    [("logits", Aspect::Logits), ("states", Aspect::States), ("attention", Aspect::Attention)];
/// The file is within 4e-7 of float64; sums taken in another order add as much again, times the squared temperature.
const TOLERANCE: f32 = 5e-6;

fn about() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/distilled.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the file has its notes")).expect("which are JSON")
}

fn number(name: &str) -> f64 {
    about()[name].as_f64().expect("a number")
}

/// What the file has of a parameter; the lens is no part of the format.
fn values(plan: &BertPlan, tensors: &Tensors, path: &str, shape: &[usize]) -> Vec<f32> {
    let own = |place| gathered(&[place], shape, |name| Ok(tensors.get(name).cloned()));
    let found = match path {
        "lens.weight" => own(Place::turned(path)),
        "lens.bias" => own(Place::straight(path)),
        _ => stored(plan, tensors, path, shape),
    };
    found.unwrap_or_else(|gap| panic!("{path}: {gap}"))
}

fn model(plan: &BertPlan, tensors: &Tensors, lens: Option<usize>) -> Bert {
    let fresh = Bert::new(plan, &Initial::new(3, &device().autodiff()).with_lens(lens));
    let shapes = parameters(&fresh);
    updated(fresh, |path, before| {
        let values = values(plan, tensors, path, &shapes[path].shape);
        assert_eq!(before.dims(), [values.len()], "{path}");
        tensor([values.len()], &values)
    })
}

fn teaching(aspects: Vec<Aspect>) -> Teaching {
    Teaching { aspects, temperature: number("temperature"), precision: Precision::default() }
}

/// What the teacher says, and how wide it is.
fn told(case: &Case) -> (Shown, usize) {
    let said = Config::new(about()["teacher_config"].as_object().expect("a config").clone());
    let plan = config(&said).expect("it can be followed").resolve(1, case.plan.head).expect("and holds together");
    let (teacher, batch) = (model(&plan, &case.part("teacher"), None).valid(), case.batch());
    let all = teaching(ASPECTS.map(|(_, aspect)| aspect).into());
    let sentences = batch.sentences(&teacher.device());
    (teacher.shown(&sentences, &batch.targets, &all, &mut Pass::evaluation()), plan.width)
}

/// All classes alike, and all tokens of a row together as much as its class.
fn shares(case: &Case) -> Shares {
    let batch = case.batch();
    let (rows, length) = (batch.ids.len(), batch.ids[0].len());
    let share = |&real: &usize| (0..length).map(move |place| if place < real { 1.0 / real as f32 } else { 0.0 });
    let positions: Vec<f32> = batch.lengths.iter().flat_map(share).collect();
    Shares { scored: Tensor::ones([1, rows], &device()), positions: tensor([rows, length], &positions) }
}

#[test]
fn distances_to_a_teacher_and_their_gradients_are_those_of_torch() {
    let case = Case::open("distilled");
    let ((told, width), shares, batch) = (told(&case), shares(&case), case.batch());
    let student = model(&case.plan, &case.part("weight"), Some(width));
    let (count, weight) = (batch.targets.asked() as f64, number("weight"));
    let close = |found: &Tensor<1>, name: &str| {
        assert_slices_close(&host(found.clone() / count), case.values(name), TOLERANCE, name);
    };
    let all = teaching(ASPECTS.map(|(_, aspect)| aspect).into());
    let sentences = batch.sentences(&student.device());
    let (task, shown) = student.loss_shown(&sentences, &batch.targets, &all, &mut Pass::evaluation());
    close(&task, "task");
    for (name, aspect) in ASPECTS {
        close(&teaching(vec![aspect]).loss(shown.clone(), told.clone(), &shares), name);
    }
    let loss = task * (1.0 - weight) + all.loss(shown, told, &shares) * weight;
    close(&loss, "loss");
    let found = gradients(&student, &mut (loss / count).backward());
    let (shapes, expected) = (parameters(&student), case.part("gradient"));
    assert!(found.keys().eq(shapes.keys()), "every parameter has a gradient");
    for (path, gradient) in found {
        let Parameter { shape, .. } = &shapes[&path];
        assert_slices_close(&host(gradient), &values(&case.plan, &expected, &path, shape), TOLERANCE, &path);
    }
}
