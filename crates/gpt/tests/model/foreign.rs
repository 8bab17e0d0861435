//! Where our parameters stand in the files of other libraries. Ours are named by path, and their matrices are `[in, out]`.

use std::collections::{BTreeMap, BTreeSet};

use attentive_attention::{parameters, updated};
use attentive_gpt::Gpt;
use attentive_testkit::{Golden, tensor};

pub(crate) type Tensors = BTreeMap<String, Golden>;

/// The name of the foreign tensor that a parameter comes from, and how it lies in it.
pub(crate) struct Place {
    pub tensor: String,
    /// Whether the foreign matrix is `[out, in]`.
    transposed: bool,
    columns: Columns,
}

/// Which outputs of the foreign matrix make ours, and in which order.
#[derive(Clone, Copy)]
enum Columns {
    All,
    /// One part of queries, keys and values side by side.
    Third(usize),
    /// Rotary pairs are neighbors in each head of this many channels; ours are half a head apart.
    Neighbors(usize),
}

impl Columns {
    fn of(self, outs: usize) -> Vec<usize> {
        match self {
            Self::All => (0..outs).collect(),
            Self::Third(part) => (part * outs / 3..(part + 1) * outs / 3).collect(),
            Self::Neighbors(channels) => (0..outs).map(|column| neighbor(column, channels)).collect(),
        }
    }
}

/// The place among neighboring pairs of a column that belongs to halves of a head.
fn neighbor(column: usize, channels: usize) -> usize {
    let (head, channel) = (column / channels, column % channels);
    head * channels + 2 * (channel % (channels / 2)) + channel / (channels / 2)
}

impl Place {
    /// The entries of the foreign tensor in the order of ours.
    pub(crate) fn entries(&self, shape: &[usize]) -> Vec<usize> {
        let (rows, width) = match *shape {
            [rows, width] => (rows, width),
            [length] if self.transposed => (length, 1),
            [length] => (1, length),
            _ => panic!("{}: no model has a parameter of shape {shape:?}", self.tensor),
        };
        let (ins, outs) = if self.transposed { (width, rows) } else { (rows, width) };
        let columns = self.columns.of(outs);
        let entry =
            |row: usize, column: usize| if self.transposed { column * width + row } else { row * width + column };
        (0..ins).flat_map(|row| columns.iter().map(move |&column| entry(row, column))).collect()
    }

    /// What stands there, in the order of ours.
    pub(crate) fn values(&self, tensors: &Tensors) -> Vec<f32> {
        let source = tensors.get(&self.tensor).unwrap_or_else(|| panic!("the file has no tensor {}", self.tensor));
        self.entries(&source.shape).into_iter().map(|entry| source.values[entry]).collect()
    }
}

/// The model with the weights of a file.
pub(crate) fn filled(model: Gpt, tensors: &Tensors, place: fn(&str) -> Place) -> Gpt {
    updated(model, |path, _| {
        let values = place(path).values(tensors);
        tensor([values.len()], &values)
    })
}

/// The tensors that do not go into the model entry by entry, each entry once.
pub(crate) fn unread(model: &Gpt, tensors: &Tensors, place: fn(&str) -> Place) -> BTreeSet<String> {
    let mut read: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for place in parameters(model).keys().map(|path| place(path)) {
        read.entry(place.tensor.clone()).or_default().extend(place.entries(&tensors[&place.tensor].shape));
    }
    let whole = |name: &String, golden: &Golden| {
        let mut entries = read.get(name).cloned().unwrap_or_default();
        entries.sort_unstable();
        entries.into_iter().eq(0..golden.values.len())
    };
    tensors.iter().filter(|(name, golden)| !whole(name, golden)).map(|(name, _)| name.clone()).collect()
}

/// GPT-2 as transformers has it: `[in, out]` but for the head.
pub(crate) fn gpt2(path: &str) -> Place {
    let (block, module, leaf) = parts(path);
    let (name, columns) = match module {
        "tokens" => ("wte", Columns::All),
        "positions" => ("wpe", Columns::All),
        "norm" => ("ln_f", Columns::All),
        "head" => ("lm_head", Columns::All),
        "attention_norm" => ("ln_1", Columns::All),
        "attention.query" => ("attn.c_attn", Columns::Third(0)),
        "attention.key" => ("attn.c_attn", Columns::Third(1)),
        "attention.value" => ("attn.c_attn", Columns::Third(2)),
        "attention.output" => ("attn.c_proj", Columns::All),
        "feed_forward_norm" => ("ln_2", Columns::All),
        "feed_forward.up" => ("mlp.c_fc", Columns::All),
        "feed_forward.down" => ("mlp.c_proj", Columns::All),
        _ => panic!("GPT-2 has no {path}"),
    };
    let scope = match block {
        Some(block) => format!("transformer.h.{block}."),
        None if module == "head" => String::new(),
        None => "transformer.".to_owned(),
    };
    Place { tensor: format!("{scope}{name}.{leaf}"), transposed: module == "head", columns }
}

/// The same names as minGPT uses them: every matrix `[out, in]`.
pub(crate) fn mingpt(path: &str) -> Place {
    Place { transposed: !path.ends_with("table"), ..gpt2(path) }
}

/// Llama as transformers has it: `[out, in]`, rotary pairs half a head apart.
pub(crate) fn llama(path: &str) -> Place {
    let (block, module, leaf) = parts(path);
    let name = match module {
        "tokens" => "model.embed_tokens",
        "norm" => "model.norm",
        "head" => "lm_head",
        "attention_norm" => "input_layernorm",
        "attention.query" => "self_attn.q_proj",
        "attention.key" => "self_attn.k_proj",
        "attention.value" => "self_attn.v_proj",
        "attention.output" => "self_attn.o_proj",
        "feed_forward_norm" => "post_attention_layernorm",
        "feed_forward.gate" => "mlp.gate_proj",
        "feed_forward.up" => "mlp.up_proj",
        "feed_forward.down" => "mlp.down_proj",
        _ => panic!("Llama has no {path}"),
    };
    let scope = block.map(|block| format!("model.layers.{block}.")).unwrap_or_default();
    Place { tensor: format!("{scope}{name}.{leaf}"), transposed: module != "tokens", columns: Columns::All }
}

/// Llama as Meta published it: `[out, in]`, rotary pairs side by side. The head width is that of stories260K.
pub(crate) fn stories(path: &str) -> Place {
    const CHANNELS: usize = 8;
    let (block, module, leaf) = parts(path);
    let (name, columns) = match module {
        "tokens" => ("tok_embeddings", Columns::All),
        "norm" => ("norm", Columns::All),
        "attention_norm" => ("attention_norm", Columns::All),
        "attention.query" => ("attention.wq", Columns::Neighbors(CHANNELS)),
        "attention.key" => ("attention.wk", Columns::Neighbors(CHANNELS)),
        "attention.value" => ("attention.wv", Columns::All),
        "attention.output" => ("attention.wo", Columns::All),
        "feed_forward_norm" => ("ffn_norm", Columns::All),
        "feed_forward.gate" => ("feed_forward.w1", Columns::All),
        "feed_forward.up" => ("feed_forward.w3", Columns::All),
        "feed_forward.down" => ("feed_forward.w2", Columns::All),
        _ => panic!("stories260K has no {path}"),
    };
    let scope = block.map(|block| format!("layers.{block}.")).unwrap_or_default();
    Place { tensor: format!("{scope}{name}.{leaf}"), transposed: module != "tokens", columns }
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
