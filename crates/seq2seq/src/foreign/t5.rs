//! T5, its version 1.1, and mT5.

use attentive_attention::{FeedForwardKind, NormKind, NormPlace};
use attentive_hub::{Config, Place, Unfit};
use serde_json::{Value, json};

use super::{Parts, count, id, needed};
use crate::{Positions, Seq2SeqConfig, Seq2SeqPlan, Style};

/// A second table of distances, which the first files held.
pub(super) const FORMER: &str = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";

/// The head, where it is not the embedding.
const HEAD: &str = "lm_head.weight";

/// T5 reads any length; where a config says none, this is how long the texts were that it learned from (Raffel et al. 2020, section
/// 3.1.2).
const CONTEXT: usize = 512;

/// What transformers takes for absent keys.
pub(super) struct Absent {
    vocabulary: usize,
    hidden: usize,
    layers: usize,
    heads: usize,
    feed_forward: &'static str,
    /// Whether a head may be scaled and tied, as T5's is unless its config says otherwise.
    scales: Scales,
}

#[derive(PartialEq)]
enum Scales {
    AsSaid,
    Never,
}

pub(super) const ORIGINAL: Absent =
    Absent { vocabulary: 32128, hidden: 2048, layers: 6, heads: 8, feed_forward: "relu", scales: Scales::AsSaid };
pub(super) const MULTILINGUAL: Absent = Absent {
    vocabulary: 250_112,
    hidden: 1024,
    layers: 8,
    heads: 6,
    feed_forward: "gated-gelu",
    scales: Scales::Never,
};

pub(super) fn config(said: &Config, absent: &Absent) -> Result<Seq2SeqConfig, Unfit> {
    let layers = count(said, &["num_layers", "num_hidden_layers"])?.unwrap_or(absent.layers);
    let dropout = said.number("dropout_rate")?.unwrap_or(0.1);
    let head = Head::of(said, absent)?;
    let padding = id(said, "pad_token_id")?.unwrap_or(0);
    Ok(Seq2SeqConfig {
        family: Some("seq2seq".into()),
        style: Some(Style::T5),
        layers,
        decoder_layers: Some(count(said, &["num_decoder_layers"])?.unwrap_or(layers)),
        heads: count(said, &["num_heads", "num_attention_heads"])?.unwrap_or(absent.heads),
        channels: Some(count(said, &["d_kv", "head_dim"])?.unwrap_or(64)),
        width: count(said, &["d_model", "hidden_size"])?.unwrap_or(512),
        hidden: Some(count(said, &["d_ff"])?.unwrap_or(absent.hidden)),
        context: count(said, &["n_positions"])?.unwrap_or(CONTEXT),
        dropout: Some(dropout),
        attention_dropout: Some(dropout),
        norm: Some(NormKind::Rms),
        norm_epsilon: Some(said.number("layer_norm_epsilon")?.unwrap_or(1e-6)),
        norm_place: Some(NormPlace::Before),
        positions: Some(Positions::Relative),
        unused_positions: Some(0),
        buckets: Some(count(said, &["relative_attention_num_buckets"])?.unwrap_or(32)),
        distance: Some(count(said, &["relative_attention_max_distance"])?.unwrap_or(128)),
        feed_forward: Some(feed_forward(said, absent)?),
        bias: Some(false),
        tied: Some(head.tied),
        embedding_scale: Some(false),
        embedding_norm: Some(false),
        score_scale: Some(false),
        head_scale: Some(head.scaled),
        head_bias: Some(false),
        vocabulary: Some(count(said, &["vocab_size"])?.unwrap_or(absent.vocabulary)),
        // Targets begin with the padding where nothing else is said.
        start: Some(id(said, "decoder_start_token_id")?.unwrap_or(padding)),
        end: Some(id(said, "eos_token_id")?.unwrap_or(1)),
        ..Seq2SeqConfig::default()
    })
}

struct Head {
    tied: bool,
    scaled: bool,
}

impl Head {
    /// Configs that transformers 5 wrote say `tie_word_embeddings` of every T5, and whether it scales apart; one that does not has a
    /// head of its own, unless its file has none (see [`lends`]). mT5's is never scaled.
    fn of(said: &Config, absent: &Absent) -> Result<Self, Unfit> {
        let tied = said.flag("tie_word_embeddings")?.unwrap_or(true);
        if absent.scales == Scales::Never {
            return Ok(Self { tied: false, scaled: false });
        }
        let scaled = said.flag("scale_decoder_outputs")?.unwrap_or(tied);
        Ok(Self { tied: tied && scaled, scaled })
    }
}

/// Whether the embedding serves as the head of a file that has none: T5 1.1 and mT5 as transformers 5 makes them, which does not scale
/// what such a head reads.
pub(super) fn lends(config: &Seq2SeqConfig, holds: impl Fn(&str) -> bool) -> bool {
    config.style == Some(Style::T5) && config.tied == Some(false) && !holds(HEAD)
}

fn feed_forward(said: &Config, absent: &Absent) -> Result<FeedForwardKind, Unfit> {
    let word = said.text("feed_forward_proj")?.unwrap_or(absent.feed_forward);
    let (gated, activation) = match word.strip_prefix("gated-") {
        // Since before there was a name for it, this is the approximation.
        Some("gelu") => (true, "gelu_new"),
        Some(activation) => (true, activation),
        None => (false, word),
    };
    let gated = said.flag("is_gated_act")?.unwrap_or(gated);
    let activation = said.text("dense_act_fn")?.unwrap_or(activation);
    let kind = match (FeedForwardKind::known_as(activation), gated) {
        (Some(FeedForwardKind::GeluTanh), true) => Some(FeedForwardKind::Geglu),
        (Some(FeedForwardKind::Silu), true) => Some(FeedForwardKind::Swiglu),
        (_, true) => None,
        (plain, false) => plain,
    };
    let gate = if gated { "gated " } else { "" };
    kind.ok_or_else(|| {
        let supported = "gelu, gelu_new, quick_gelu, relu and silu, and, gated, gelu_new and silu";
        said.unfit("feed_forward_proj", &format!("comes to {gate}`{activation}`; supported are {supported}"))
    })
}

pub(super) fn check(plan: &Seq2SeqPlan) -> Result<(), Unfit> {
    needed("bias", !plan.bias, "must be false: T5 has no biases")?;
    needed("embedding_scale", !plan.embedding_scale, "must be false: T5 reads embeddings as they are")?;
    needed("score_scale", !plan.score_scale, "must be false: T5 does not divide scores")?;
    needed("head_bias", !plan.head_bias, "must be false: T5 adds nothing to logits")
}

pub(super) fn said(plan: &Seq2SeqPlan) -> Value {
    let activation = plan.feed_forward.known();
    let gated = plan.feed_forward.is_gated();
    let word = match (gated, activation) {
        (true, "gelu_new") => "gated-gelu".to_owned(),
        (true, activation) => format!("gated-{activation}"),
        (false, activation) => activation.to_owned(),
    };
    json!({
        "d_kv": plan.channels,
        "d_ff": plan.hidden,
        "num_layers": plan.layers,
        "num_decoder_layers": plan.decoder_layers,
        "num_heads": plan.heads,
        "relative_attention_num_buckets": plan.buckets,
        "relative_attention_max_distance": plan.distance,
        "dropout_rate": plan.dropout,
        "layer_norm_epsilon": plan.norm_epsilon,
        "feed_forward_proj": word,
        "dense_act_fn": activation,
        "is_gated_act": gated,
        "scale_decoder_outputs": plan.head_scale,
        "n_positions": plan.context,
    })
}

pub(super) fn place(plan: &Seq2SeqPlan, path: &str) -> Option<Place> {
    let parts = Parts::of(path)?;
    let Parts { side, block, module, .. } = parts;
    let name = match module {
        "tokens" => "shared".to_owned(),
        "head" => "lm_head".to_owned(),
        "norm" => format!("{side}.final_layer_norm"),
        "relative" => format!("{side}.block.0.layer.0.SelfAttention.relative_attention_bias"),
        _ => format!("{side}.block.{block}.layer.{}", within(side, module, plan.feed_forward.is_gated())?),
    };
    Some(parts.place(&name))
}

/// The number and the name of a block's layer.
fn within(side: &str, module: &str, gated: bool) -> Option<String> {
    let last = if side == "encoder" { 1 } else { 2 };
    let (layer, name) = match module {
        "attention_norm" => (0, "layer_norm"),
        "cross_norm" => (1, "layer_norm"),
        "feed_forward_norm" => (last, "layer_norm"),
        "attention.query" => (0, "SelfAttention.q"),
        "attention.key" => (0, "SelfAttention.k"),
        "attention.value" => (0, "SelfAttention.v"),
        "attention.output" => (0, "SelfAttention.o"),
        "cross.query" => (1, "EncDecAttention.q"),
        "cross.key" => (1, "EncDecAttention.k"),
        "cross.value" => (1, "EncDecAttention.v"),
        "cross.output" => (1, "EncDecAttention.o"),
        "feed_forward.gate" => (last, "DenseReluDense.wi_0"),
        "feed_forward.up" if gated => (last, "DenseReluDense.wi_1"),
        "feed_forward.up" => (last, "DenseReluDense.wi"),
        "feed_forward.down" => (last, "DenseReluDense.wo"),
        _ => return None,
    };
    Some(format!("{layer}.{name}"))
}
