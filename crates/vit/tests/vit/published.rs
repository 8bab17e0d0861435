//! Models of transformers as golden files hold them: their config, weights, and what they gave.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use attentive_attention::{parameters, updated};
use attentive_hub::{Config, Foreign, Gap, Place, gathered};
use attentive_testkit::{Golden, assert_slices_close, golden, host, tensor};
use attentive_vit::{
    Classifier, VitPlan,
    foreign::{config, pictured, places},
};
use burn::tensor::{Tensor, TensorData};
use serde_json::{Map, Value};

use crate::sample::fresh;

pub(crate) struct Published {
    pub name: &'static str,
    pub said: Config,
    pub plan: VitPlan,
    pub tensors: BTreeMap<String, Golden>,
}

impl Published {
    pub(crate) fn all() -> [Self; 6] {
        ["vit", "vit-odd", "deit", "deit-odd", "deit-taught", "deit-taught-odd"].map(Self::read)
    }

    fn read(name: &'static str) -> Self {
        let file = |kind: &str| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.{kind}"));
        let notes = std::fs::read(file("json")).expect("each golden file has notes");
        let notes: Map<String, Value> = serde_json::from_slice(&notes).expect("they are JSON");
        let said = Config::new(notes["config"].as_object().expect("a table").clone());
        let plan = config(&said).expect("it can be followed").resolve(&pictured(&said).expect("it has pictures"));
        Self { name, said, plan: plan.expect("it can be"), tensors: golden(&file("safetensors")) }
    }

    pub(crate) fn places(&self, path: &str) -> Vec<Place> {
        places(&self.plan, path)
    }

    /// The names of the tensors below a prefix, `weight` or `gradient`.
    pub(crate) fn names(&self, part: &str) -> BTreeSet<String> {
        let names = self.tensors.keys().filter_map(|name| name.strip_prefix(part)?.strip_prefix('/'));
        names.map(str::to_owned).collect()
    }

    /// What stands at these places of a part.
    pub(crate) fn gathered(&self, part: &str, places: &[Place], wanted: &[usize]) -> Vec<f32> {
        let read = |name: &str| -> Result<Option<Foreign>, Gap> {
            let found = self.tensors.get(&format!("{part}/{name}"));
            Ok(found.map(|Golden { shape, values }| Foreign { shape: shape.clone(), values: values.clone() }))
        };
        gathered(places, wanted, read).unwrap_or_else(|gap| panic!("{}: {gap}", self.name))
    }

    pub(crate) fn model(&self) -> Classifier {
        let fresh = fresh(&self.plan);
        let shapes = parameters(&fresh);
        updated(fresh, |path, _| {
            let places = self.places(path);
            assert!(!places.is_empty(), "{}: {path} comes from nowhere", self.name);
            let values = self.gathered("weight", &places, &shapes[path].shape);
            tensor([values.len()], &values)
        })
    }

    pub(crate) fn pictures(&self, name: &str, model: &Classifier) -> Tensor<4> {
        let Golden { shape, values } = &self.tensors[name];
        Tensor::from_data(TensorData::new(values.clone(), shape.clone()), &model.device())
    }

    pub(crate) fn targets(&self) -> Vec<i32> {
        self.tensors["target"].values.iter().map(|&class| class as i32).collect()
    }

    pub(crate) fn assert_close<const D: usize>(&self, actual: Tensor<D>, expected: &str, tolerance: f32) {
        let what = format!("{}: {expected}", self.name);
        assert_slices_close(&host(actual), &self.tensors[expected].values, tolerance, &what);
    }
}
