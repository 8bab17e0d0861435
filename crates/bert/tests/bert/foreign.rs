//! Where our parameters stand in the files of transformers. Ours are named by path, and their matrices are `[in, out]`.

use std::collections::{BTreeMap, BTreeSet};

use attentive_attention::{parameters, updated};
use attentive_bert::Bert;
use attentive_testkit::{Golden, tensor};

pub(crate) type Tensors = BTreeMap<String, Golden>;

/// The model with the weights of a file.
pub(crate) fn filled(model: Bert, tensors: &Tensors) -> Bert {
    updated(model, |path, _| {
        let values = values(path, tensors);
        tensor([values.len()], &values)
    })
}

/// What stands in the file for our parameter, in the order of ours.
pub(crate) fn values(path: &str, tensors: &Tensors) -> Vec<f32> {
    let name = name(path, tensors);
    let Golden { shape, values } = tensors.get(&name).unwrap_or_else(|| panic!("the file has no tensor {name}"));
    match *shape.as_slice() {
        [outs, ins] if !path.ends_with("table") => {
            (0..ins).flat_map(|row| (0..outs).map(move |column| values[column * ins + row])).collect()
        }
        _ => values.clone(),
    }
}

/// The tensors that no parameter of the model comes from.
pub(crate) fn unread(model: &Bert, tensors: &Tensors) -> BTreeSet<String> {
    let read: BTreeSet<String> = parameters(model).keys().map(|path| name(path, tensors)).collect();
    tensors.keys().filter(|name| !read.contains(*name)).cloned().collect()
}

fn name(path: &str, tensors: &Tensors) -> String {
    if let Some(path) = path.strip_prefix("head.") {
        return head(path, tensors);
    }
    let (block, module, leaf) = parts(path);
    let name = match module {
        "tokens" => "embeddings.word_embeddings",
        "positions" => "embeddings.position_embeddings",
        "kinds" => "embeddings.token_type_embeddings",
        "embedding_norm" => "embeddings.LayerNorm",
        "attention.query" => "attention.self.query",
        "attention.key" => "attention.self.key",
        "attention.value" => "attention.self.value",
        "attention.output" => "attention.output.dense",
        "attention_norm" => "attention.output.LayerNorm",
        "feed_forward.up" => "intermediate.dense",
        "feed_forward.down" => "output.dense",
        "feed_forward_norm" => "output.LayerNorm",
        _ => panic!("BERT has no {path}"),
    };
    let scope = block.map(|block| format!("encoder.layer.{block}.")).unwrap_or_default();
    format!("bert.{scope}{name}.{leaf}")
}

/// The last map's name depends on the task, and, where tokens are named, on whether it is tied.
fn head(path: &str, tensors: &Tensors) -> String {
    let tied = !tensors.contains_key("cls.predictions.decoder.weight");
    if let Some(leaf) = path.strip_prefix("pooler.") {
        return format!("bert.pooler.dense.{leaf}");
    }
    match path {
        "weight" | "bias" if tensors.contains_key("classifier.weight") => format!("classifier.{path}"),
        "bias" if tied => "cls.predictions.bias".to_owned(),
        "weight" | "bias" => format!("cls.predictions.decoder.{path}"),
        "transform.weight" | "transform.bias" => format!("cls.predictions.{}", path.replace('.', ".dense.")),
        "norm.weight" | "norm.bias" => format!("cls.predictions.transform.{}", path.replace("norm", "LayerNorm")),
        _ => panic!("no head of BERT has {path}"),
    }
}

/// The block, the module within it and the foreign name of the leaf: `blocks.0.attention.query.weight` to
/// `(Some("0"), "attention.query", "weight")`.
fn parts(path: &str) -> (Option<&str>, &str, &str) {
    let (module, leaf) = path.rsplit_once('.').expect("a path ends in a leaf");
    let leaf = if leaf == "table" { "weight" } else { leaf };
    match module.strip_prefix("blocks.").and_then(|rest| rest.split_once('.')) {
        Some((block, module)) => (Some(block), module, leaf),
        None => (None, module, leaf),
    }
}
