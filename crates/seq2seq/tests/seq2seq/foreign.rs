//! Where our parameters stand in the files of transformers. Ours are named by path, and their matrices are `[in, out]`.

use std::collections::{BTreeMap, BTreeSet};

use attentive_attention::{parameters, updated};
use attentive_seq2seq::Seq2Seq;
use attentive_testkit::{Golden, tensor};

pub(crate) type Tensors = BTreeMap<String, Golden>;

/// The name of the foreign tensor that a parameter comes from, and how it lies in it.
pub(crate) struct Place {
    pub tensor: String,
    /// Whether the foreign matrix is `[out, in]`.
    transposed: bool,
    /// Rows of the foreign table that nothing reads.
    skipped: usize,
}

impl Place {
    /// The entries of the foreign tensor in the order of ours.
    fn entries(&self, shape: &[usize]) -> Vec<usize> {
        match *shape {
            [outs, ins] if self.transposed => (0..ins * outs).map(|entry| entry % outs * ins + entry / outs).collect(),
            [rows, width] => (self.skipped * width..rows * width).collect(),
            [length] => (0..length).collect(),
            _ => panic!("{}: no model has a parameter of shape {shape:?}", self.tensor),
        }
    }

    /// What stands there, in the order of ours.
    pub(crate) fn values(&self, tensors: &Tensors) -> Vec<f32> {
        let source = tensors.get(&self.tensor).unwrap_or_else(|| panic!("the file has no tensor {}", self.tensor));
        self.entries(&source.shape).into_iter().map(|entry| source.values[entry]).collect()
    }
}

/// The model with the weights of a file.
pub(crate) fn filled(model: Seq2Seq, tensors: &Tensors, place: fn(&str) -> Place) -> Seq2Seq {
    updated(model, |path, before| {
        let values = place(path).values(tensors);
        assert_eq!(before.dims(), [values.len()], "{path} has another size");
        tensor([values.len()], &values)
    })
}

/// The tensors that no parameter of ours reads.
pub(crate) fn unread(model: &Seq2Seq, tensors: &Tensors, place: fn(&str) -> Place) -> BTreeSet<String> {
    let read: BTreeSet<String> = parameters(model).keys().map(|path| place(path).tensor).collect();
    tensors.keys().filter(|name| !read.contains(*name)).cloned().collect()
}

pub(crate) fn t5(path: &str) -> Place {
    let Parts { side, block, module, leaf } = Parts::of(path);
    let feeding = if side == "encoder" { 1 } else { 2 };
    let name = match module {
        "tokens" => "shared".to_owned(),
        "head" => "lm_head".to_owned(),
        "norm" => format!("{side}.final_layer_norm"),
        "relative" => format!("{side}.block.0.layer.0.SelfAttention.relative_attention_bias"),
        _ => {
            let (layer, name) = match module {
                "attention_norm" => (0, "layer_norm"),
                "cross_norm" => (1, "layer_norm"),
                "feed_forward_norm" => (feeding, "layer_norm"),
                "attention.query" => (0, "SelfAttention.q"),
                "attention.key" => (0, "SelfAttention.k"),
                "attention.value" => (0, "SelfAttention.v"),
                "attention.output" => (0, "SelfAttention.o"),
                "cross.query" => (1, "EncDecAttention.q"),
                "cross.key" => (1, "EncDecAttention.k"),
                "cross.value" => (1, "EncDecAttention.v"),
                "cross.output" => (1, "EncDecAttention.o"),
                "feed_forward.up" => (feeding, "DenseReluDense.wi"),
                "feed_forward.down" => (feeding, "DenseReluDense.wo"),
                _ => panic!("T5 has no {path}"),
            };
            format!("{side}.block.{block}.layer.{layer}.{name}")
        }
    };
    Place { tensor: format!("{name}.{leaf}"), transposed: !path.ends_with("table"), skipped: 0 }
}

/// T5 1.1, whose feed-forwards are gated.
pub(crate) fn gated(path: &str) -> Place {
    let renamed = |to: &str| {
        let plain = t5(&path.replace(".gate.", ".up."));
        Place { tensor: plain.tensor.replace(".wi.", to), ..plain }
    };
    match path {
        _ if path.contains(".gate.") => renamed(".wi_0."),
        _ if path.contains(".up.") => renamed(".wi_1."),
        _ => t5(path),
    }
}

/// BART and Marian.
pub(crate) fn bart(path: &str) -> Place {
    /// Before the first position stand two rows of old, unused ones.
    const OFFSET: usize = 2;
    let Parts { side, block, module, leaf } = Parts::of(path);
    let name = match module {
        "tokens" => "shared".to_owned(),
        "positions" => format!("{side}.embed_positions"),
        "embedding_norm" => format!("{side}.layernorm_embedding"),
        _ => {
            let name = match module {
                "attention_norm" => "self_attn_layer_norm",
                "cross_norm" => "encoder_attn_layer_norm",
                "feed_forward_norm" => "final_layer_norm",
                "attention.query" => "self_attn.q_proj",
                "attention.key" => "self_attn.k_proj",
                "attention.value" => "self_attn.v_proj",
                "attention.output" => "self_attn.out_proj",
                "cross.query" => "encoder_attn.q_proj",
                "cross.key" => "encoder_attn.k_proj",
                "cross.value" => "encoder_attn.v_proj",
                "cross.output" => "encoder_attn.out_proj",
                "feed_forward.up" => "fc1",
                "feed_forward.down" => "fc2",
                _ => panic!("BART has no {path}"),
            };
            format!("{side}.layers.{block}.{name}")
        }
    };
    let skipped = if module == "positions" { OFFSET } else { 0 };
    Place { tensor: format!("model.{name}.{leaf}"), transposed: !path.ends_with("table"), skipped }
}

/// `decoder.blocks.0.cross.query.weight` is `weight` of `cross.query` of block 0 of the decoder.
struct Parts<'a> {
    side: &'a str,
    block: &'a str,
    module: &'a str,
    leaf: &'a str,
}

impl<'a> Parts<'a> {
    fn of(path: &'a str) -> Self {
        let (place, leaf) = path.rsplit_once('.').expect("a path ends in a leaf");
        let leaf = if leaf == "table" { "weight" } else { leaf };
        let (side, rest) = place.split_once('.').unwrap_or(("", place));
        let within = rest.strip_prefix("blocks.").and_then(|rest| rest.split_once('.'));
        let (block, module) = within.unwrap_or(("", rest));
        Self { side, block, module, leaf }
    }
}
