//! A student beside its teacher: losses and gradients are those of PyTorch, by the golden file of `scripts/golden/distil.py`.

use std::{collections::BTreeMap, path::PathBuf};

use attentive_attention::{Aspect, IGNORED, Initial, Mode, Pass, Shares, Shown, Teaching, gradients, parameters};
use attentive_gpt::{Gpt, GptPlan, foreign as format};
use attentive_hub::{Config, Place};
use attentive_kernels::Precision;
use attentive_random::Key;
use attentive_testkit::{assert_slices_close, device, golden, host, tensor};
use burn::{module::Module, tensor::Tensor};
use serde_json::Value;

use crate::{
    foreign::{Tensors, filled, taken},
    sample::integers,
};

const ASPECTS: [(&str, Aspect); 3] =
    [("logits", Aspect::Logits), ("states", Aspect::States), ("attention", Aspect::Attention)];
/// The file is within 4e-7 of float64; sums taken in another order add as much again, times the squared temperature.
const TOLERANCE: f32 = 5e-6;

struct Case {
    about: Value,
    tensors: Tensors,
}

impl Case {
    fn open() -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/distilled.json");
        let about = std::fs::read_to_string(&path).expect("the file has its notes");
        Self {
            about: serde_json::from_str(&about).expect("which are JSON"),
            tensors: golden(&path.with_extension("safetensors")),
        }
    }

    fn plan(&self, said: &str) -> GptPlan {
        let said = Config::new(self.about[said].as_object().expect("a config").clone());
        format::config(&said).expect("it can be followed").resolve(1).expect("and holds together")
    }

    fn number(&self, name: &str) -> f64 {
        self.about[name].as_f64().expect("a number")
    }

    fn part(&self, prefix: &str) -> Tensors {
        let named = self.tensors.iter().filter_map(|(name, golden)| {
            Some((name.strip_prefix(prefix)?.strip_prefix('/')?.to_owned(), golden.clone()))
        });
        named.collect()
    }

    fn model(&self, plan: &GptPlan, weights: &str, lens: Option<usize>) -> Gpt {
        let fresh = Gpt::new(plan, &Initial::new(3, &device().autodiff()).with_lens(lens));
        filled(fresh, &self.part(weights), |path| places(plan, path))
    }

    fn rows(&self, name: &str) -> Vec<Vec<i32>> {
        let golden = &self.tensors[name];
        golden.values.chunks(golden.shape[1]).map(|row| row.iter().map(|&id| id as i32).collect()).collect()
    }

    fn teaching(&self, aspects: Vec<Aspect>) -> Teaching {
        Teaching { aspects, temperature: self.number("temperature"), precision: Precision::default() }
    }

    /// What the teacher says, and how much each place counts.
    fn told(&self) -> (Shown, Shares) {
        let plan = self.plan("teacher_config");
        let teacher = self.model(&plan, "teacher", None).valid();
        let all = self.teaching(ASPECTS.map(|(_, aspect)| aspect).into());
        let told = teacher.shown(integers(&self.rows("input"), &teacher.device()), &all, &mut Pass::evaluation());
        let counts: Vec<f32> =
            self.rows("target").concat().into_iter().map(|target| f32::from(u8::from(target != IGNORED))).collect();
        let counts: Tensor<2> = tensor([self.rows("target").len(), self.rows("target")[0].len()], &counts);
        (told, Shares { scored: counts.clone(), positions: counts })
    }
}

/// Where the file has a parameter; the lens is no part of the format.
fn places(plan: &GptPlan, path: &str) -> Vec<Place> {
    match path {
        "lens.weight" => vec![Place::turned(path)],
        "lens.bias" => vec![Place::straight(path)],
        _ => format::places(plan, path),
    }
}

#[test]
fn distances_to_a_teacher_and_their_gradients_are_those_of_torch() {
    let case = Case::open();
    let (plan, width) = (case.plan("config"), case.plan("teacher_config").width);
    let ((told, shares), student) = (case.told(), case.model(&plan, "weight", Some(width)));
    let targets = case.rows("target");
    let count = targets.iter().flatten().filter(|&&target| target != IGNORED).count() as f64;
    let [ids, targets] = [&case.rows("input"), &targets].map(|rows| integers(rows, &student.device()));
    let close = |found: &Tensor<1>, name: &str| {
        assert_slices_close(&host(found.clone() / count), &case.tensors[name].values, TOLERANCE, name);
    };
    let weight = case.number("weight");
    for recompute in [false, true] {
        let mut pass = Pass::new(Mode::Training { key: Key::new(1), row: 0, recompute });
        let all = case.teaching(ASPECTS.map(|(_, aspect)| aspect).into());
        let (task, shown) = student.loss_shown(ids.clone(), targets.clone(), &all, &mut pass);
        close(&task, "task");
        for (name, aspect) in ASPECTS {
            close(&case.teaching(vec![aspect]).loss(shown.clone(), told.clone(), &shares), name);
        }
        let loss = task * (1.0 - weight) + all.loss(shown, told.clone(), &shares) * weight;
        close(&loss, "loss");
        let mut found: BTreeMap<String, Tensor<1>> = BTreeMap::new();
        pass.backward(&(loss / count), |left| {
            for (path, gradient) in gradients(&student, left) {
                let sum = found.remove(&path).map_or(gradient.clone(), |before| before + gradient);
                found.insert(path, sum);
            }
        });
        let (shapes, expected) = (parameters(&student), case.part("gradient"));
        assert!(found.keys().eq(shapes.keys()), "every parameter has a gradient");
        for (path, gradient) in found {
            let expected = taken(&places(&plan, &path), &shapes[&path].shape, &expected);
            assert_slices_close(&host(gradient), &expected, TOLERANCE, &format!("{path}, recompute {recompute}"));
        }
    }
}
