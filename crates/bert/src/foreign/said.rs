//! What a config of transformers says of our models.

use attentive_hub::Unfit;
use serde_json::{Map, Value, json};

use super::format::Format;
use crate::{BertPlan, Head, Pooling};

/// The `config.json` of this plan, or why transformers has no such model. `labels` are names of classes or tags; those without one are
/// numbered as transformers does.
///
/// Says all that an evaluation knows. Of training, it says dropout, as near as the format can: DistilBERT's heads of tags have no
/// `head_dropout` of their own, and `pooler_dropout` is RoBERTa's alone. The tokenizer's ids are left to whoever has it; but
/// `pad_token_id` of a RoBERTa, which says where positions begin, must be the tokenizer's.
pub fn said(plan: &BertPlan, labels: &[String]) -> Result<Map<String, Value>, Unfit> {
    let format = Format::of(plan)?;
    let keys = format.keys();
    let common = [
        ("architectures", json!([class(format, plan.head)])),
        ("model_type", json!(format.kind())),
        ("vocab_size", json!(plan.vocabulary)),
        ("max_position_embeddings", json!(plan.position_offset + plan.context)),
        ("tie_word_embeddings", json!(plan.tied)),
        ("initializer_range", json!(0.02)),
        (keys.layers.0, json!(plan.layers)),
        (keys.heads.0, json!(plan.heads)),
        (keys.width.0, json!(plan.width)),
        (keys.hidden.0, json!(plan.hidden)),
        (keys.activation, json!(plan.feed_forward.known())),
        (keys.dropout, json!(plan.dropout)),
        (keys.attention_dropout, json!(plan.attention_dropout)),
        (keys.head_dropout, json!(plan.head_dropout)),
    ];
    let all = common.into_iter().chain(own(format, plan)).chain(asked(plan.head, labels));
    Ok(all.map(|(key, value)| (key.to_owned(), value)).collect())
}

/// The same of the encoder alone, whatever head the plan has.
pub fn said_bare(plan: &BertPlan) -> Result<Map<String, Value>, Unfit> {
    let transform_activation = Format::near(plan).transform_activation(plan.feed_forward);
    let bare = BertPlan { head: Head::Masked, transform_activation, ..plan.clone() };
    let mut said = said(&bare, &[])?;
    said.insert("architectures".to_owned(), json!([format!("{}Model", family(Format::of(&bare)?))]));
    Ok(said)
}

fn family(format: Format) -> &'static str {
    match format {
        Format::Bert => "Bert",
        Format::Roberta => "Roberta",
        Format::DistilBert => "DistilBert",
    }
}

fn class(format: Format, head: Head) -> String {
    let family = family(format);
    let task = match head {
        Head::Masked => "ForMaskedLM",
        Head::Classes(_) | Head::Number => "ForSequenceClassification",
        Head::Tags(_) => "ForTokenClassification",
    };
    format!("{family}{task}")
}

/// What only some formats have.
fn own(format: Format, plan: &BertPlan) -> Vec<(&'static str, Value)> {
    let mut own = match format {
        Format::DistilBert => vec![("sinusoidal_pos_embds", json!(false))],
        Format::Bert | Format::Roberta => {
            vec![("type_vocab_size", json!(plan.kinds)), ("layer_norm_eps", json!(plan.norm_epsilon))]
        }
    };
    if format == Format::Roberta {
        own.push(("pad_token_id", json!(plan.position_offset - 1)));
    }
    own
}

/// What the head tells apart.
fn asked(head: Head, labels: &[String]) -> Vec<(&'static str, Value)> {
    match head {
        Head::Masked => Vec::new(),
        Head::Tags(tags) => names(tags, labels),
        Head::Classes(classes) => {
            [names(classes, labels), vec![("problem_type", json!("single_label_classification"))]].concat()
        }
        Head::Number => [names(1, labels), vec![("problem_type", json!("regression"))]].concat(),
    }
}

fn names(count: usize, labels: &[String]) -> Vec<(&'static str, Value)> {
    let name = |index: usize| labels.get(index).cloned().unwrap_or_else(|| format!("LABEL_{index}"));
    let names: Map<String, Value> = (0..count).map(|index| (index.to_string(), json!(name(index)))).collect();
    let indices: Map<String, Value> = (0..count).map(|index| (name(index), json!(index))).collect();
    vec![("id2label", Value::Object(names)), ("label2id", Value::Object(indices))]
}

/// The `1_Pooling/config.json` of sentence-transformers.
pub fn said_pooling(plan: &BertPlan) -> Map<String, Value> {
    let modes = ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens"];
    let chosen = match plan.pooling {
        Pooling::Class => "cls_token",
        Pooling::Mean => "mean_tokens",
    };
    let width = ("word_embedding_dimension".to_owned(), json!(plan.width));
    let modes = modes.into_iter().map(|mode| (format!("pooling_mode_{mode}"), json!(mode == chosen)));
    [width].into_iter().chain(modes).collect()
}
