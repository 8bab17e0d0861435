//! The golden files of `scripts/golden/bert.py`, opened as folders of transformers are.

use std::{collections::BTreeMap, path::PathBuf};

use attentive_attention::{parameters, updated};
use attentive_bert::{
    Bert, BertPlan, Head, Targets,
    foreign::{base, config, places},
};
use attentive_hub::{Config, Foreign, Gap, gathered};
use attentive_testkit::{Golden, golden, tensor};
use serde_json::Value;

use crate::sample::{Batch, fresh};

/// Each format with each head, at two shapes.
pub(crate) const ASKED: [&str; 26] = [
    "bert-masked",
    "bert-masked-untied",
    "bert-masked-ten",
    "bert-classify",
    "bert-classify-ten",
    "bert-regress",
    "bert-regress-ten",
    "bert-tags",
    "bert-tags-ten",
    "roberta-masked-six",
    "roberta-masked-ten",
    "roberta-classify-six",
    "roberta-classify-ten",
    "roberta-regress-six",
    "roberta-regress-ten",
    "roberta-tags-six",
    "roberta-tags-ten",
    "xlm-roberta-classify-six",
    "distilbert-masked-six",
    "distilbert-masked-ten",
    "distilbert-classify-six",
    "distilbert-classify-ten",
    "distilbert-regress-six",
    "distilbert-regress-ten",
    "distilbert-tags-six",
    "distilbert-tags-ten",
];

/// The bare models, which have no head.
pub(crate) const BARE: [&str; 6] = [
    "bert-bare-six",
    "bert-bare-ten",
    "roberta-bare-six",
    "roberta-bare-ten",
    "distilbert-bare-six",
    "distilbert-bare-ten",
];

pub(crate) type Tensors = BTreeMap<String, Foreign>;

/// One golden file, and our plan of its model.
pub(crate) struct Case {
    pub name: &'static str,
    pub said: Config,
    pub plan: BertPlan,
    tensors: BTreeMap<String, Golden>,
}

impl Case {
    pub(crate) fn open(name: &'static str) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.safetensors"));
        let about =
            std::fs::read_to_string(path.with_extension("json")).expect("a golden file has its config beside it");
        let about: Value = serde_json::from_str(&about).expect("which is JSON");
        let said = Config::new(about["config"].as_object().expect("and a table").clone());
        let written = config(&said).unwrap_or_else(|unfit| panic!("{name}: {unfit}"));
        // Of the heads that a bare model can be given, this one has BERT's pooler.
        let head = written.written_head().unwrap_or(Head::Number);
        let plan = written.resolve(1, head).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        Self { name, said, plan, tensors: golden(&path) }
    }

    /// The tensors below a prefix, `weight` or `gradient`.
    pub(crate) fn part(&self, prefix: &str) -> Tensors {
        let named = self.tensors.iter().filter_map(|(name, Golden { shape, values })| {
            let name = name.strip_prefix(prefix)?.strip_prefix('/')?;
            Some((name.to_owned(), Foreign { shape: shape.clone(), values: values.clone() }))
        });
        named.collect()
    }

    pub(crate) fn values(&self, name: &str) -> &[f32] {
        &self.tensors[name].values
    }

    /// With the weights of the file; heads that it lacks stay fresh.
    pub(crate) fn model(&self) -> Bert {
        let (model, weights) = (fresh(&self.plan), self.part("weight"));
        let shapes = parameters(&model);
        updated(model, |path, values| match stored(&self.plan, &weights, path, &shapes[path].shape) {
            Ok(values) => tensor([values.len()], &values),
            Err(_) if self.is_bare() && Bert::of_head(path) => values,
            Err(gap) => panic!("{}: {path}: {gap}", self.name),
        })
    }

    pub(crate) fn is_bare(&self) -> bool {
        BARE.contains(&self.name)
    }

    fn integers(&self, name: &str) -> Option<Vec<Vec<i32>>> {
        let golden = self.tensors.get(name)?;
        let width = golden.shape.last().expect("rows of ids");
        Some(golden.values.chunks(*width).map(|row| row.iter().map(|&id| id as i32).collect()).collect())
    }

    pub(crate) fn batch(&self) -> Batch {
        let targets = match self.plan.head {
            Head::Number => Targets::Numbers(self.values("target").to_vec()),
            _ => Targets::Ids(self.integers("target").expect("every file has targets").concat()),
        };
        let ids = self.integers("input").expect("every file has ids");
        Batch { ids, kinds: self.integers("token_types"), lengths: self.lengths(), targets }
    }

    fn lengths(&self) -> Vec<usize> {
        self.values("lengths").iter().map(|&length| length as usize).collect()
    }

    /// Of entries that lie as those of a tensor of the file do, those at places that are no padding.
    pub(crate) fn real(&self, like: &str, entries: &[f32]) -> Vec<f32> {
        let [_, places, _] = *self.tensors[like].shape.as_slice() else { return entries.to_vec() };
        let rows = entries.chunks(entries.len() / self.lengths().len()).zip(self.lengths());
        rows.flat_map(|(row, length)| &row[..length * row.len() / places]).copied().collect()
    }
}

/// What stands in a folder for our parameter: under its name, or under the one that it has in bare models.
pub(crate) fn stored(plan: &BertPlan, tensors: &Tensors, path: &str, shape: &[usize]) -> Result<Vec<f32>, Gap> {
    gathered(&places(plan, path), shape, |name| {
        let bare = || tensors.get(name.strip_prefix(base(plan))?);
        Ok(tensors.get(name).or_else(bare).cloned())
    })
}
