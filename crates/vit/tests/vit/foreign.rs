//! Where our parameters stand in the files of transformers, whose matrices are `[out, in]`.

use std::collections::{BTreeMap, BTreeSet};

use attentive_testkit::Golden;

pub(crate) type Tensors = BTreeMap<String, Golden>;

/// Rows of a foreign tensor that make a parameter of ours, or are added to it.
pub(crate) struct Place {
    pub tensor: String,
    rows: Rows,
}

enum Rows {
    All,
    /// All, turned: one of our columns is one of these rows. A kernel of a convolution is one row.
    Columns,
    One(usize),
    /// All but this one.
    Without(usize),
}

impl Place {
    fn new(tensor: impl Into<String>, rows: Rows) -> Vec<Self> {
        vec![Self { tensor: tensor.into(), rows }]
    }

    /// What stands there, in the order of ours.
    pub(crate) fn values(&self, tensors: &Tensors, width: usize) -> Vec<f32> {
        let Golden { shape, values } =
            tensors.get(&self.tensor).unwrap_or_else(|| panic!("the file has no tensor {}", self.tensor));
        let rows = |keep: &dyn Fn(usize) -> bool| {
            let rows = values.chunks(width).enumerate().filter(|(row, _)| keep(*row));
            rows.flat_map(|(_, row)| row).copied().collect()
        };
        match self.rows {
            Rows::All => values.clone(),
            Rows::Columns => {
                let ins = values.len() / shape[0];
                (0..ins).flat_map(|column| values.iter().skip(column).step_by(ins)).copied().collect()
            }
            Rows::One(one) => rows(&|row| row == one),
            Rows::Without(one) => rows(&|row| row != one),
        }
    }
}

/// The tensors that no parameter reads.
pub(crate) fn unread<'a>(paths: impl Iterator<Item = &'a String>, tensors: &Tensors, place: Named) -> BTreeSet<String> {
    let read: BTreeSet<String> = paths.flat_map(|path| place(path)).map(|place| place.tensor).collect();
    tensors.keys().filter(|name| !read.contains(*name)).cloned().collect()
}

/// From our path to all places whose sum our parameter is.
pub(crate) type Named = fn(&str) -> Vec<Place>;

pub(crate) fn vit(path: &str) -> Vec<Place> {
    named("vit", path)
}

/// The distillation token and its position, which are apart there, are a register here.
pub(crate) fn deit(path: &str) -> Vec<Place> {
    const POSITIONS: &str = "deit.embeddings.position_embeddings";
    match path {
        "encoders.0.registers.table" => {
            let mut places = Place::new("deit.embeddings.distillation_token", Rows::All);
            places.extend(Place::new(POSITIONS, Rows::One(1)));
            places
        }
        "encoders.0.positions.table" => Place::new(POSITIONS, Rows::Without(1)),
        _ => named("deit", path),
    }
}

fn named(model: &str, path: &str) -> Vec<Place> {
    let (module, leaf) = path.rsplit_once('.').expect("a path ends in a leaf");
    let rows = if path.ends_with("weight") && !path.contains("norm.") { Rows::Columns } else { Rows::All };
    let Some(module) = module.strip_prefix("encoders.0.") else {
        assert_eq!(module, "head", "{model} has no {path}");
        return Place::new(format!("classifier.{leaf}"), rows);
    };
    let name = match module {
        "class" => return Place::new(format!("{model}.embeddings.cls_token"), rows),
        "positions" => return Place::new(format!("{model}.embeddings.position_embeddings"), rows),
        "patches" => "embeddings.patch_embeddings.projection".to_owned(),
        "norm" => "layernorm".to_owned(),
        _ => {
            let (block, part) = module
                .strip_prefix("blocks.")
                .and_then(|rest| rest.split_once('.'))
                .unwrap_or_else(|| panic!("{model} has no {path}"));
            format!("encoder.layer.{block}.{}", layer(part))
        }
    };
    Place::new(format!("{model}.{name}.{leaf}"), rows)
}

fn layer(part: &str) -> &str {
    match part {
        "attention_norm" => "layernorm_before",
        "attention.query" => "attention.attention.query",
        "attention.key" => "attention.attention.key",
        "attention.value" => "attention.attention.value",
        "attention.output" => "attention.output.dense",
        "feed_forward_norm" => "layernorm_after",
        "feed_forward.up" => "intermediate.dense",
        "feed_forward.down" => "output.dense",
        _ => panic!("a block has no {part}"),
    }
}
