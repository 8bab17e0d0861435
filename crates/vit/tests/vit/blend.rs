//! Several encoders fused by a learned token.

use std::collections::BTreeMap;

use attentive_attention::{Mode, Parameter, Pass, Trace, parameters, updated};
use attentive_random::Key;
use attentive_testkit::{assert_slices_close, host};
use attentive_vit::{Classifier, VitPlan};
use burn::{module::Module, tensor::Tensor};
use serde_json::{Value, json};

use crate::sample::{CLASSES, SIZE, fresh, learn, logits, model, noise, pictures, plan};

const ROUNDING: f32 = 2e-5;
const BATCH: usize = 3;
const TARGETS: [i32; BATCH] = [2, 0, 4];

fn coarse() -> Value {
    json!({"patch": 6, "layers": 1, "width": 21, "hidden": 40})
}

/// A coarse encoder and one as all others here.
fn blended(frozen: bool) -> VitPlan {
    let mut first = coarse();
    first["frozen"] = json!(frozen);
    plan(json!({"blend": [first, {}], "width": 30}))
}

fn training(recompute: bool) -> Pass {
    Pass::new(Mode::Training { key: Key::new(1), row: 0, recompute })
}

#[test]
fn the_token_sees_itself_and_every_encoder() {
    // One block of the first encoder, two of the second, and a number before each for what is dropped there.
    const FUSION: usize = 2 + 3;
    let trace = Trace { watched: [0, 2, 3, FUSION].into(), ..Trace::default() };
    let mut pass = Pass::evaluation().with_trace(trace);
    let seen = logits(&model(&blended(false)).valid(), &noise(BATCH, SIZE), SIZE, &mut pass);
    assert_eq!(seen.len(), BATCH * CLASSES);
    let weights = pass.into_trace().expect("the pass had a trace").weights;
    let keys: Vec<usize> = weights.values().map(|weights| weights.dims()[3]).collect();
    assert_eq!(keys, [5, 10, 10, 3], "four patches and nine, each with a class token; two encoders and the token");
}

#[test]
fn every_encoder_changes_what_is_said() {
    let model = model(&blended(false)).valid();
    let values = noise(BATCH, SIZE);
    let plain = logits(&model, &values, SIZE, &mut Pass::evaluation());
    for index in 0..2 {
        let prefix = format!("encoders.{index}.");
        let silent =
            updated(model.clone(), |path, values| if path.starts_with(&prefix) { values.zeros_like() } else { values });
        assert_ne!(logits(&silent, &values, SIZE, &mut Pass::evaluation()), plain, "encoder {index}");
    }
}

#[test]
fn a_frozen_encoder_is_read_but_does_not_learn() {
    let values = noise(BATCH, SIZE);
    let [free, frozen] = [false, true].map(|frozen| model(&blended(frozen)));
    let [expected, actual] = [&free, &frozen].map(|model| learn(model, &values, &TARGETS, training(false)));
    assert_slices_close(&[actual.loss], &[expected.loss], ROUNDING, "loss");
    for path in parameters(&frozen).keys() {
        let still = path.starts_with("encoders.0.");
        assert_eq!(frozen.frozen(path), still, "{path}");
        assert!(!free.frozen(path), "{path}");
        assert_eq!(actual.gradients.contains_key(path), !still, "{path}");
        if let Some(gradient) = actual.gradients.get(path) {
            let expected = host(expected.gradients[path].clone());
            assert_slices_close(&host(gradient.clone()), &expected, ROUNDING, path);
        }
    }
}

#[test]
fn a_frozen_encoder_drops_nothing() {
    let plan = VitPlan { dropout: 0.5, ..blended(true) };
    let silent = |model: Classifier| {
        updated(model, |path, values| {
            let heard = path.starts_with("encoders.0.") || path.starts_with("fusion.bridges.0");
            if heard { values } else { values.zeros_like() }
        })
    };
    // What the first encoder says is all that could vary, and the bridge shows it.
    let model = silent(model(&plan));
    let tokens = [1, 2].map(|key| {
        let mode = Mode::Training { key: Key::new(key), row: 0, recompute: false };
        host(model.pooled(pictures(&noise(BATCH, SIZE), [SIZE; 2], &model.device()), &mut Pass::new(mode)))
    });
    assert_eq!(tokens[0], tokens[1]);
}

#[test]
fn recomputing_a_blend_gives_the_same_gradients() {
    for (frozen, dropout) in [(false, 0.0), (false, 0.3), (true, 0.3)] {
        let model = model(&VitPlan { dropout, depth: dropout, ..blended(frozen) });
        let values = noise(BATCH, SIZE);
        let [kept, recomputed] = [false, true].map(|recompute| learn(&model, &values, &TARGETS, training(recompute)));
        recomputed.assert_close(&kept, ROUNDING);
    }
}

/// What a trainer does with `from`.
#[test]
fn trained_encoders_keep_what_they_know() {
    let trained: Vec<Classifier> = [coarse(), json!({})].map(|keys| model(&plan(keys))).into();
    let runs: Vec<BTreeMap<String, Parameter>> = trained.iter().map(parameters).collect();
    let blend = updated(fresh(&blended(true)), |path, values| match Classifier::origin(path) {
        Some((index, origin)) => runs[index][&origin].values.clone(),
        None => values,
    });
    let values = noise(BATCH, SIZE);
    for (encoder, trained) in blend.encoders.iter().zip(&trained) {
        let said = [encoder, &trained.encoders[0]].map(|encoder| -> Tensor<2> {
            encoder.pooled(pictures(&values, [SIZE; 2], &encoder.device()), &mut Pass::evaluation())
        });
        assert_eq!(host(said[0].clone()), host(said[1].clone()));
    }
}

#[test]
fn what_belongs_to_no_encoder_comes_from_none() {
    assert_eq!(Classifier::origin("encoders.12.norm.weight"), Some((12, "encoders.0.norm.weight".to_owned())));
    assert_eq!(Classifier::origin("fusion.norm.weight"), None);
    assert_eq!(Classifier::origin("head.bias"), None);
}

#[test]
fn roles_follow_from_paths() {
    let model = model(&plan(json!({"blend": [coarse(), {}], "layer_scale": 0.1, "registers": 1})));
    let roles = |role: fn(&str) -> bool| parameters(&model).into_keys().filter(move |path| role(path));
    assert!(roles(Classifier::spared).all(|path| !Classifier::hidden_matrix(&path)));
    let shapes = parameters(&model);
    assert!(roles(Classifier::hidden_matrix).all(|path| shapes[&path].shape.len() == 2));
    let others: Vec<String> =
        shapes.keys().filter(|path| !Classifier::spared(path) && !Classifier::hidden_matrix(path)).cloned().collect();
    assert_eq!(others, ["encoders.0.patches.weight", "encoders.1.patches.weight", "head.weight"]);
}
