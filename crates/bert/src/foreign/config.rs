//! What a config of transformers comes to.

use attentive_attention::{FeedForwardKind, NormKind, NormPlace};
use attentive_hub::{Config, Unfit};

use super::format::{DISTILLED_EPSILON, Format, class};
use crate::{BertConfig, HeadName, Pooling, Positions};

const ARCHITECTURES: &str = "Model, ForMaskedLM, ForPreTraining, ForSequenceClassification and ForTokenClassification \
                             of Bert, Roberta, XLMRoberta and DistilBert";

const ACTIVATIONS: &str = "gelu, gelu_python, gelu_new, gelu_fast, gelu_pytorch_tanh, quick_gelu, relu, silu and swish";

/// The table `[model]` of the model that a config describes, its head along with it where the config has one: `head` stays open for
/// the bare model. Of `BertForPreTraining`, that is the head which names masked tokens. What only training knows, dropout, is
/// written out where it isn't `dropout` itself.
pub fn config(said: &Config) -> Result<BertConfig, Unfit> {
    let format = Format::named(said)?;
    follows(said)?;
    let (keys, (head, classes)) = (format.keys(), asked(said)?);
    let (offset, dropout) = (offset(said, format)?, share(said, keys.dropout)?);
    let feed_forward = activation(said, keys.activation)?;
    Ok(BertConfig {
        family: Some("bert".to_owned()),
        head,
        classes,
        layers: count(said, keys.layers)?,
        heads: count(said, keys.heads)?,
        width: count(said, keys.width)?,
        hidden: Some(count(said, keys.hidden)?),
        context: context(said, offset)?,
        kinds: Some(kinds(said, format)?),
        dropout: Some(dropout),
        attention_dropout: Some(share(said, keys.attention_dropout)?).filter(|&other| other != dropout),
        head_dropout: head_dropout(said, format, head)?.filter(|&other| other != dropout),
        pooler_dropout: Some(format == Format::Roberta),
        norm: Some(NormKind::Layer),
        norm_epsilon: Some(epsilon(said, format)?),
        norm_place: Some(NormPlace::After),
        positions: Some(Positions::Learned),
        position_offset: Some(offset),
        feed_forward: Some(feed_forward),
        bias: Some(true),
        tied: Some(said.flag("tie_word_embeddings")?.unwrap_or(true)),
        vocabulary: Some(vocabulary(said, format)?),
        pooling: Some(Pooling::Class),
        pooler_activation: Some(format.pooler_activation()),
        transform_activation: Some(format.transform_activation(feed_forward)),
    })
}

/// Names of classes or tags, in order; none where the config has none.
pub fn labels(said: &Config) -> Result<Vec<String>, Unfit> {
    let Some(names) = said.table("id2label")? else { return Ok(Vec::new()) };
    let name = |index: usize| -> Result<String, Unfit> {
        let key = index.to_string();
        let name = names.text(&key)?.ok_or_else(|| names.unfit(&key, "is absent; write a name for each class"))?;
        Ok(name.to_owned())
    };
    (0..names.keys().count()).map(name).collect()
}

/// How vectors of tokens become a text's, by the `1_Pooling/config.json` of a folder of sentence-transformers; nothing where
/// that has all its ways off.
pub fn pooling(said: &Config) -> Result<Option<Pooling>, Unfit> {
    const SUPPORTED: &str = "and only pooling_mode_cls_token and pooling_mode_mean_tokens are supported";
    if let Some(mode) = said.text("pooling_mode")? {
        return match mode {
            "cls" => Ok(Some(Pooling::Class)),
            "mean" => Ok(Some(Pooling::Mean)),
            _ => Err(said.unfit("pooling_mode", &format!("is {mode}, and only cls and mean are supported"))),
        };
    }
    let class = said.flag("pooling_mode_cls_token")?.unwrap_or(false);
    // What sentence-transformers takes where nothing is said.
    let mean = said.flag("pooling_mode_mean_tokens")?.unwrap_or(true);
    for key in said.keys().filter(|key| key.starts_with("pooling_mode_")) {
        let followed = ["pooling_mode_cls_token", "pooling_mode_mean_tokens"].contains(&key);
        if !followed && said.flag(key)? == Some(true) {
            return Err(said.unfit(key, &format!("is true, {SUPPORTED}")));
        }
    }
    match (class, mean) {
        (true, true) => {
            Err(said.unfit("pooling_mode_cls_token", "is true beside pooling_mode_mean_tokens; choose one"))
        }
        (true, false) => Ok(Some(Pooling::Class)),
        (false, true) => Ok(Some(Pooling::Mean)),
        (false, false) => Ok(None),
    }
}

/// The class of transformers that the folder's model is of.
pub(super) fn architecture(said: &Config) -> Result<Option<&str>, Unfit> {
    let Some(first) = said.list("architectures")?.and_then(<[_]>::first) else { return Ok(None) };
    first.as_str().map(Some).ok_or_else(|| said.unfit("architectures", "has an entry that is no string"))
}

/// Refuses what makes another model.
fn follows(said: &Config) -> Result<(), Unfit> {
    for key in ["is_decoder", "is_encoder_decoder", "add_cross_attention"] {
        said.only(key, said.flag(key)?, false)?;
    }
    said.only("position_embedding_type", said.text("position_embedding_type")?, "absolute")?;
    for key in ["pruned_heads", "per_layer_config"] {
        if said.table(key)?.is_some_and(|table| table.keys().next().is_some()) {
            return Err(said.unfit(key, "makes layers unlike each other, and only those of one shape are supported"));
        }
    }
    Ok(())
}

/// The head, and how many classes or tags it tells apart.
fn asked(said: &Config) -> Result<(Option<HeadName>, Option<usize>), Unfit> {
    let Some(name) = architecture(said)? else { return Ok((None, None)) };
    match class(name).map(|(_, task)| task) {
        Some("Model") => Ok((None, None)),
        Some("ForMaskedLM" | "ForPreTraining") => Ok((Some(HeadName::Masked), None)),
        Some("ForTokenClassification") => Ok((Some(HeadName::Tags), Some(classes(said)?))),
        Some("ForSequenceClassification") => judged(said),
        _ => Err(said.unfit("architectures", &format!("begins with {name}, and only {ARCHITECTURES} are supported"))),
    }
}

/// What a head that reads texts as a whole tells, which transformers leaves to the number of classes where nobody says it.
fn judged(said: &Config) -> Result<(Option<HeadName>, Option<usize>), Unfit> {
    let unfit = |reason: &str| Err(said.unfit("problem_type", reason));
    match (said.text("problem_type")?, classes(said)?) {
        (None | Some("regression"), 1) => Ok((Some(HeadName::Number), None)),
        (None | Some("single_label_classification"), classes @ 2..) => Ok((Some(HeadName::Classes), Some(classes))),
        (Some("regression"), numbers) => {
            unfit(&format!("is regression of {numbers} numbers, and only of one is supported"))
        }
        (Some("single_label_classification"), _) => {
            unfit("is single_label_classification, which needs at least 2 labels")
        }
        (Some(other), _) => {
            unfit(&format!("is {other}, and only regression and single_label_classification are supported"))
        }
        (None, _) => Err(said.unfit("id2label", "is empty; write a name for each class")),
    }
}

fn classes(said: &Config) -> Result<usize, Unfit> {
    match said.table("id2label")? {
        Some(names) => Ok(names.keys().count()),
        None => count(said, ("num_labels", 2)),
    }
}

/// Rows of the table of positions before that of the first token.
fn offset(said: &Config, format: Format) -> Result<usize, Unfit> {
    match format {
        Format::Bert | Format::DistilBert => Ok(0),
        Format::Roberta => Ok(count(said, ("pad_token_id", 1))?.saturating_add(1)),
    }
}

fn context(said: &Config, offset: usize) -> Result<usize, Unfit> {
    const KEY: &str = "max_position_embeddings";
    let positions = count(said, (KEY, 512))?;
    let reason = || format!("is {positions}, which leaves none behind the first {offset}");
    positions.checked_sub(offset).filter(|&context| context > 0).ok_or_else(|| said.unfit(KEY, &reason()))
}

fn kinds(said: &Config, format: Format) -> Result<usize, Unfit> {
    const KEY: &str = "type_vocab_size";
    match (format, count(said, (KEY, 2))?) {
        (Format::DistilBert, _) => Ok(0),
        (_, 0) => Err(said.unfit(KEY, "is 0, and every token is of a type; at least 1 is needed")),
        (_, kinds) => Ok(kinds),
    }
}

fn vocabulary(said: &Config, format: Format) -> Result<usize, Unfit> {
    let known = said.text("model_type")?;
    let usual = if format == Format::Roberta && known != Some("xlm-roberta") { 50_265 } else { 30_522 };
    count(said, ("vocab_size", usual))
}

fn epsilon(said: &Config, format: Format) -> Result<f64, Unfit> {
    match format {
        Format::DistilBert => Ok(DISTILLED_EPSILON),
        _ => Ok(said.number("layer_norm_eps")?.unwrap_or(1e-12)),
    }
}

/// DistilBERT has one of its own for texts as a whole alone.
fn head_dropout(said: &Config, format: Format, head: Option<HeadName>) -> Result<Option<f64>, Unfit> {
    let written = said.number(format.keys().head_dropout)?;
    Ok(match (format, head) {
        (Format::DistilBert, Some(HeadName::Tags)) => None,
        (Format::DistilBert, _) => Some(written.unwrap_or(0.2)),
        _ => written,
    })
}

fn activation(said: &Config, key: &str) -> Result<FeedForwardKind, Unfit> {
    let name = said.text(key)?.unwrap_or("gelu");
    let reason = || format!("is {name}, and only {ACTIVATIONS} are supported");
    FeedForwardKind::known_as(name).ok_or_else(|| said.unfit(key, &reason()))
}

fn count(said: &Config, (key, usual): (&str, usize)) -> Result<usize, Unfit> {
    Ok(said.count(key)?.unwrap_or(usual))
}

fn share(said: &Config, key: &str) -> Result<f64, Unfit> {
    Ok(said.number(key)?.unwrap_or(0.1))
}
