//! Models and golden files, put into each other.

use std::collections::{BTreeMap, BTreeSet};

use attentive_attention::{parameters, updated};
use attentive_hub::{Assembly, Foreign, Gap, gathered};
use attentive_seq2seq::{Seq2Seq, Seq2SeqPlan, foreign::places};
use attentive_testkit::{Golden, host, tensor};

pub(crate) type Tensors = BTreeMap<String, Golden>;

/// The model with the weights of a file.
pub(crate) fn filled(model: Seq2Seq, plan: &Seq2SeqPlan, tensors: &Tensors) -> Seq2Seq {
    let before = parameters(&model);
    updated(model, |path, values| tensor(values.dims(), &taken(plan, path, &before[path].shape, tensors)))
}

/// What stands in a file for our parameter of this path.
pub(crate) fn taken(plan: &Seq2SeqPlan, path: &str, shape: &[usize], tensors: &Tensors) -> Vec<f32> {
    let read = |name: &str| {
        let golden = tensors.get(name).cloned();
        Ok::<_, Gap>(golden.map(|Golden { shape, values }| Foreign { shape, values }))
    };
    let places = places(plan, path);
    assert!(!places.is_empty(), "{path} has no place");
    gathered(&places, shape, read).unwrap_or_else(|gap| panic!("{path}: {gap}"))
}

/// The tensors that no parameter of ours reads.
pub(crate) fn unread(model: &Seq2Seq, plan: &Seq2SeqPlan, tensors: &Tensors) -> BTreeSet<String> {
    let places = parameters(model).into_keys().flat_map(|path| places(plan, &path));
    let read: BTreeSet<String> = places.map(|place| place.tensor).collect();
    tensors.keys().filter(|name| !read.contains(*name)).cloned().collect()
}

/// The model's parameters as a file of transformers holds them.
pub(crate) fn exported(model: &Seq2Seq, plan: &Seq2SeqPlan) -> Tensors {
    let mut assembly = Assembly::default();
    for (path, parameter) in parameters(model) {
        assembly.put(&places(plan, &path), &parameter.shape, &host(parameter.values));
    }
    let tensors = assembly.into_tensors().into_iter();
    tensors.map(|(name, Foreign { shape, values })| (name, Golden { shape, values })).collect()
}
