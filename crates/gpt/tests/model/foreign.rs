//! Models filled from files of other libraries, and where two formats that no folder of transformers has keep our parameters.

use std::collections::{BTreeMap, BTreeSet};

use attentive_attention::{parameters, updated};
use attentive_gpt::Gpt;
use attentive_hub::{Foreign, Gap, Lies, Place, gathered};
use attentive_testkit::{Golden, tensor};

pub(crate) type Tensors = BTreeMap<String, Golden>;

/// The model with the weights of a file.
pub(crate) fn filled(model: Gpt, tensors: &Tensors, places: impl Fn(&str) -> Vec<Place>) -> Gpt {
    let parameters = parameters(&model);
    updated(model, |path, _| {
        let values = taken(&places(path), &parameters[path].shape, tensors);
        tensor([values.len()], &values)
    })
}

/// What stands at these places of a file.
pub(crate) fn taken(places: &[Place], wanted: &[usize], tensors: &Tensors) -> Vec<f32> {
    assert_eq!(places.len(), 1, "each parameter has one place");
    let read = |name: &str| {
        let found = tensors.get(name);
        Ok::<_, Gap>(found.map(|golden| Foreign { shape: golden.shape.clone(), values: golden.values.clone() }))
    };
    gathered(places, wanted, read).unwrap_or_else(|gap| panic!("{gap}"))
}

/// The tensors that do not go into the model entry by entry, each entry once.
pub(crate) fn unread(model: &Gpt, tensors: &Tensors, places: impl Fn(&str) -> Vec<Place>) -> BTreeSet<String> {
    let mut read: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for place in parameters(model).keys().flat_map(|path| places(path)) {
        let entries = place.lies.entries(&tensors[&place.tensor].shape);
        read.entry(place.tensor).or_default().extend(entries);
    }
    let whole = |name: &String, golden: &Golden| {
        let mut entries = read.get(name).cloned().unwrap_or_default();
        entries.sort_unstable();
        entries.into_iter().eq(0..golden.values.len())
    };
    tensors.iter().filter(|(name, golden)| !whole(name, golden)).map(|(name, _)| name.clone()).collect()
}

/// GPT-2 as minGPT publishes it: the names of transformers, but every matrix is `[out, in]`.
pub(crate) fn mingpt(path: &str) -> Vec<Place> {
    let (block, module, leaf) = parts(path);
    let matrix = if leaf == "weight" { Lies::Turned } else { Lies::Straight };
    let third = |index| {
        if leaf == "weight" { Lies::TurnedPart { index, of: 3 } } else { Lies::Part { index, of: 3 } }
    };
    let (name, lies) = match module {
        "tokens" => ("wte", Lies::Straight),
        "positions" => ("wpe", Lies::Straight),
        "norm" => ("ln_f", Lies::Straight),
        "head" => ("lm_head", matrix),
        "attention_norm" => ("ln_1", Lies::Straight),
        "attention.query" => ("attn.c_attn", third(0)),
        "attention.key" => ("attn.c_attn", third(1)),
        "attention.value" => ("attn.c_attn", third(2)),
        "attention.output" => ("attn.c_proj", matrix),
        "feed_forward_norm" => ("ln_2", Lies::Straight),
        "feed_forward.up" => ("mlp.c_fc", matrix),
        "feed_forward.down" => ("mlp.c_proj", matrix),
        _ => panic!("minGPT has no {path}"),
    };
    let scope = match block {
        Some(block) => format!("transformer.h.{block}."),
        None if module == "head" => String::new(),
        None => "transformer.".to_owned(),
    };
    vec![Place::new(format!("{scope}{name}.{}", if leaf == "table" { "weight" } else { leaf }), lies)]
}

/// Llama as Meta published it: `[out, in]`, rotary pairs side by side. The head width is that of stories260K.
pub(crate) fn stories(path: &str) -> Vec<Place> {
    const CHANNELS: usize = 8;
    let (block, module, _) = parts(path);
    let (name, lies) = match module {
        "tokens" => ("tok_embeddings", Lies::Straight),
        "norm" => ("norm", Lies::Straight),
        "attention_norm" => ("attention_norm", Lies::Straight),
        "attention.query" => ("attention.wq", Lies::Neighbors { channels: CHANNELS }),
        "attention.key" => ("attention.wk", Lies::Neighbors { channels: CHANNELS }),
        "attention.value" => ("attention.wv", Lies::Turned),
        "attention.output" => ("attention.wo", Lies::Turned),
        "feed_forward_norm" => ("ffn_norm", Lies::Straight),
        "feed_forward.gate" => ("feed_forward.w1", Lies::Turned),
        "feed_forward.up" => ("feed_forward.w3", Lies::Turned),
        "feed_forward.down" => ("feed_forward.w2", Lies::Turned),
        _ => panic!("stories260K has no {path}"),
    };
    let scope = block.map(|block| format!("layers.{block}.")).unwrap_or_default();
    vec![Place::new(format!("{scope}{name}.weight"), lies)]
}

/// The block, the module within it and the leaf: `blocks.0.attention.query.weight` to `(Some("0"), "attention.query", "weight")`.
fn parts(path: &str) -> (Option<&str>, &str, &str) {
    let (module, leaf) = path.rsplit_once('.').expect("a path ends in a leaf");
    match module.strip_prefix("blocks.").and_then(|rest| rest.split_once('.')) {
        Some((block, module)) => (Some(block), module, leaf),
        None => (None, module, leaf),
    }
}
