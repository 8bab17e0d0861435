//! Where parameters stand in files of transformers.

use std::borrow::Cow;

use attentive_hub::Place;

use super::format::Format;
use crate::{BertPlan, Head};

/// Where our parameter of this path stands. Every parameter of a plan that has a [`Format`] stands somewhere.
pub fn places(plan: &BertPlan, path: &str) -> Vec<Place> {
    let format = Format::near(plan);
    let tensor = match path.strip_prefix("head.") {
        Some(path) => head(format, plan, path),
        None => body(format, path).map(|tensor| format!("{}{tensor}", base(plan))),
    };
    let is_matrix = path.ends_with("weight") && !path.ends_with("norm.weight");
    tensor.map(|tensor| if is_matrix { Place::turned(tensor) } else { Place::straight(tensor) }).into_iter().collect()
}

/// The same in a file of the encoder alone, which holds no head.
pub fn bare(plan: &BertPlan, path: &str) -> Vec<Place> {
    if path.starts_with("head.") {
        return Vec::new();
    }
    let stripped = |place: Place| match place.tensor.strip_prefix(base(plan)) {
        Some(tensor) => Place { tensor: tensor.to_owned(), ..place },
        None => place,
    };
    places(plan, path).into_iter().map(stripped).collect()
}

/// What names of tensors begin with in files of models with heads, and not in those of bare models.
pub fn base(plan: &BertPlan) -> &'static str {
    match Format::near(plan) {
        Format::Bert => "bert.",
        Format::Roberta => "roberta.",
        Format::DistilBert => "distilbert.",
    }
}

/// Whether a file may hold this tensor without need: buffers, the pooler of a model that pools otherwise or not at all, second copies
/// of what is tied, and which of two texts came first, which BERT was taught beside.
pub fn spare(plan: &BertPlan, tensor: &str) -> bool {
    let format = Format::near(plan);
    let bare = tensor.strip_prefix(base(plan)).unwrap_or(tensor);
    match bare {
        "embeddings.position_ids" | "embeddings.token_type_ids" => true,
        "pooler.dense.weight" | "pooler.dense.bias" => format != Format::Bert || !plan.head.is_pooled(),
        "cls.seq_relationship.weight" | "cls.seq_relationship.bias" => true,
        "cls.predictions.decoder.weight" | "cls.predictions.decoder.bias" => plan.tied && plan.head == Head::Masked,
        "lm_head.decoder.weight" | "lm_head.decoder.bias" => plan.tied && plan.head == Head::Masked,
        "vocab_projector.weight" => plan.tied && plan.head == Head::Masked,
        "cls.predictions.bias" | "lm_head.bias" => !plan.tied && plan.head == Head::Masked,
        _ => false,
    }
}

/// The name of today for what BERT's first files call otherwise.
pub fn modern(tensor: &str) -> Cow<'_, str> {
    let renamed = |old, new| Some(format!("{}{new}", tensor.strip_suffix(old)?));
    let renamed =
        renamed("LayerNorm.gamma", "LayerNorm.weight").or_else(|| renamed("LayerNorm.beta", "LayerNorm.bias"));
    renamed.map_or(Cow::Borrowed(tensor), Cow::Owned)
}

/// Below the base, for what stands before the head.
fn body(format: Format, path: &str) -> Option<String> {
    let (module, leaf) = path.rsplit_once('.')?;
    let leaf = if leaf == "table" { "weight" } else { leaf };
    let Some((block, module)) = module.strip_prefix("blocks.").and_then(|rest| rest.split_once('.')) else {
        return Some(format!("embeddings.{}.{leaf}", embedding(module)?));
    };
    let (scope, module) = match format {
        Format::Bert | Format::Roberta => ("encoder", long(module)?),
        Format::DistilBert => ("transformer", short(module)?),
    };
    Some(format!("{scope}.layer.{block}.{module}.{leaf}"))
}

fn embedding(module: &str) -> Option<&'static str> {
    Some(match module {
        "tokens" => "word_embeddings",
        "positions" => "position_embeddings",
        "kinds" => "token_type_embeddings",
        "embedding_norm" => "LayerNorm",
        _ => return None,
    })
}

/// A module of a block, as BERT and RoBERTa call it.
fn long(module: &str) -> Option<&'static str> {
    Some(match module {
        "attention.query" => "attention.self.query",
        "attention.key" => "attention.self.key",
        "attention.value" => "attention.self.value",
        "attention.output" => "attention.output.dense",
        "attention_norm" => "attention.output.LayerNorm",
        "feed_forward.up" => "intermediate.dense",
        "feed_forward.down" => "output.dense",
        "feed_forward_norm" => "output.LayerNorm",
        _ => return None,
    })
}

/// The same, as DistilBERT calls it.
fn short(module: &str) -> Option<&'static str> {
    Some(match module {
        "attention.query" => "attention.q_lin",
        "attention.key" => "attention.k_lin",
        "attention.value" => "attention.v_lin",
        "attention.output" => "attention.out_lin",
        "attention_norm" => "sa_layer_norm",
        "feed_forward.up" => "ffn.lin1",
        "feed_forward.down" => "ffn.lin2",
        "feed_forward_norm" => "output_layer_norm",
        _ => return None,
    })
}

/// A head's tensors stand beside the base, except BERT's pooler.
fn head(format: Format, plan: &BertPlan, path: &str) -> Option<String> {
    let (module, leaf) = path.rsplit_once('.').unwrap_or(("", path));
    let module = match (module, plan.head) {
        ("pooler", _) => pooler(format),
        ("transform" | "norm", _) => transform(format, module),
        ("", Head::Masked) => decoder(format, plan, leaf),
        ("", Head::Classes(_) | Head::Number) if format == Format::Roberta => "classifier.out_proj",
        ("", _) => "classifier",
        _ => return None,
    };
    Some(format!("{module}.{leaf}"))
}

fn pooler(format: Format) -> &'static str {
    match format {
        Format::Bert => "bert.pooler.dense",
        Format::Roberta => "classifier.dense",
        Format::DistilBert => "pre_classifier",
    }
}

fn transform(format: Format, module: &str) -> &'static str {
    match (format, module) {
        (Format::Bert, "norm") => "cls.predictions.transform.LayerNorm",
        (Format::Bert, _) => "cls.predictions.transform.dense",
        (Format::Roberta, "norm") => "lm_head.layer_norm",
        (Format::Roberta, _) => "lm_head.dense",
        (Format::DistilBert, "norm") => "vocab_layer_norm",
        (Format::DistilBert, _) => "vocab_transform",
    }
}

/// What names masked tokens. Where it is tied, transformers keeps its bias one level up.
fn decoder(format: Format, plan: &BertPlan, leaf: &str) -> &'static str {
    let above = plan.tied && leaf == "bias";
    match format {
        Format::Bert if above => "cls.predictions",
        Format::Bert => "cls.predictions.decoder",
        Format::Roberta if above => "lm_head",
        Format::Roberta => "lm_head.decoder",
        Format::DistilBert => "vocab_projector",
    }
}
