//! BART and those made like it: mBART, Marian, Pegasus.

use attentive_attention::{FeedForwardKind, NormKind, NormPlace};
use attentive_hub::{Config, Lies, Place, Unfit};
use serde_json::{Value, json};

use super::{Format, Parts, count, id, needed};
use crate::{Positions, Seq2SeqConfig, Seq2SeqPlan, Style};

/// What names begin with but for those of the head.
pub(super) const BASE: &str = "model.";
pub(super) const BIAS: &str = "final_logits_bias";

/// Rows before the first position's in every table of learned ones.
const UNUSED: usize = 2;

/// No config says another.
const EPSILON: f64 = 1e-5;

impl Format {
    fn learned(self) -> bool {
        matches!(self, Self::Bart | Self::Mbart)
    }

    fn before(self) -> bool {
        matches!(self, Self::Mbart | Self::Pegasus)
    }

    fn style(self) -> Style {
        match (self.learned(), self.before()) {
            (true, _) => Style::Bart,
            (false, true) => Style::PreNorm,
            (false, false) => Style::Transformer,
        }
    }

    /// Where a config says none: the ids before, behind and beside targets, and the number of all.
    fn ids(self) -> ([Option<u32>; 3], usize) {
        match self {
            Self::Marian => ([Some(58_100), Some(0), Some(58_100)], 58_101),
            Self::Pegasus => ([Some(0), Some(1), Some(0)], 50_265),
            Self::Mbart => ([None, Some(2), Some(1)], 50_265),
            Self::Bart | Self::T5 => ([Some(2), Some(2), Some(1)], 50_265),
        }
    }
}

pub(super) fn config(said: &Config, format: Format) -> Result<Seq2SeqConfig, Unfit> {
    followed(said, format)?;
    let ([start, end, padding], vocabulary) = format.ids();
    let vocabulary = count(said, &["vocab_size"])?.unwrap_or(vocabulary);
    shared(said, vocabulary)?;
    Ok(Seq2SeqConfig {
        family: Some("seq2seq".into()),
        style: Some(format.style()),
        layers: count(said, &["encoder_layers", "num_hidden_layers"])?.unwrap_or(12),
        decoder_layers: Some(count(said, &["decoder_layers"])?.unwrap_or(12)),
        heads: alike(said, ["encoder_attention_heads", "decoder_attention_heads"], 16)?,
        width: count(said, &["d_model", "hidden_size"])?.unwrap_or(1024),
        hidden: Some(alike(said, ["encoder_ffn_dim", "decoder_ffn_dim"], 4096)?),
        context: count(said, &["max_position_embeddings"])?.unwrap_or(1024),
        dropout: Some(said.number("dropout")?.unwrap_or(0.1)),
        attention_dropout: Some(said.number("attention_dropout")?.unwrap_or(0.0)),
        norm: Some(NormKind::Layer),
        norm_epsilon: Some(EPSILON),
        norm_place: Some(if format.before() { NormPlace::Before } else { NormPlace::After }),
        positions: Some(if format.learned() { Positions::Learned } else { Positions::Sinusoidal }),
        unused_positions: Some(if format.learned() { UNUSED } else { 0 }),
        feed_forward: Some(feed_forward(said)?),
        bias: Some(true),
        tied: Some(true),
        embedding_scale: Some(said.flag("scale_embedding")?.unwrap_or(false)),
        embedding_norm: Some(format.learned()),
        score_scale: Some(true),
        head_scale: Some(false),
        head_bias: Some(true),
        vocabulary: Some(vocabulary),
        padding: id(said, "pad_token_id")?.or(padding),
        start: id(said, "decoder_start_token_id")?.or(start),
        end: id(said, "eos_token_id")?.or(end),
        ..Seq2SeqConfig::default()
    })
}

/// Refuses what old configs say against their own `model_type`.
fn followed(said: &Config, format: Format) -> Result<(), Unfit> {
    let keys = [
        ("normalize_before", format.before()),
        ("add_final_layer_norm", format.before()),
        ("normalize_embedding", format.learned()),
        ("static_position_embeddings", !format.learned()),
    ];
    keys.into_iter().try_for_each(|(key, followed)| said.only(key, said.flag(key)?, followed))
}

/// Refuses more than one table of tokens.
fn shared(said: &Config, vocabulary: usize) -> Result<(), Unfit> {
    if said.flag("tie_word_embeddings")? == Some(false) {
        let reason = "is false, by which encoder, decoder and head have a table each; only one for all is supported";
        return Err(said.unfit("tie_word_embeddings", reason));
    }
    let key = "share_encoder_decoder_embeddings";
    if said.flag(key)? == Some(false) {
        let reason = "is false, by which source and target have a vocabulary each; only one for both is supported";
        return Err(said.unfit(key, reason));
    }
    said.only("decoder_vocab_size", said.count("decoder_vocab_size")?, vocabulary)
}

/// A size that encoder and decoder share.
fn alike(said: &Config, [encoder, decoder]: [&str; 2], absent: usize) -> Result<usize, Unfit> {
    let one = said.count(encoder)?.unwrap_or(absent);
    let other = said.count(decoder)?.unwrap_or(absent);
    if one == other {
        return Ok(one);
    }
    Err(said.unfit(decoder, &format!("is {other} and `{encoder}` is {one}; only equal ones are supported")))
}

fn feed_forward(said: &Config) -> Result<FeedForwardKind, Unfit> {
    let word = said.text("activation_function")?.unwrap_or("gelu");
    FeedForwardKind::known_as(word).ok_or_else(|| {
        let supported = "gelu, gelu_new, quick_gelu, relu and silu";
        said.unfit("activation_function", &format!("is `{word}`; supported are {supported}"))
    })
}

pub(super) fn check(plan: &Seq2SeqPlan) -> Result<(), Unfit> {
    let whole = plan.heads * plan.channels == plan.width;
    needed("channels", whole, "must be what `width` gives each head: BART and its like have no others")?;
    needed("feed_forward", !plan.feed_forward.is_gated(), "must have no gate: BART and its like have none")?;
    needed("norm_epsilon", plan.norm_epsilon == EPSILON, "must be 1e-5: BART and its like have no other")?;
    needed("unused_positions", plan.unused_positions <= UNUSED, "must be at most 2, as in tables of BART")?;
    needed("bias", plan.bias, "must be true: all layers of BART and its like add biases")?;
    needed("score_scale", plan.score_scale, "must be true: BART and its like divide scores")?;
    needed(
        "tied",
        plan.tied,
        "must be true: without, BART and its like have a table each for encoder, decoder and head",
    )?;
    needed("head_scale", !plan.head_scale, "must be false: BART and its like read the head as it is")
}

pub(super) fn said(plan: &Seq2SeqPlan, format: Format) -> Value {
    let mut said = json!({
        "encoder_layers": plan.layers,
        "decoder_layers": plan.decoder_layers,
        "encoder_attention_heads": plan.heads,
        "decoder_attention_heads": plan.heads,
        "encoder_ffn_dim": plan.hidden,
        "decoder_ffn_dim": plan.hidden,
        "max_position_embeddings": plan.context,
        "dropout": plan.dropout,
        "attention_dropout": plan.attention_dropout,
        "activation_dropout": 0.0,
        "activation_function": plan.feed_forward.known(),
        "scale_embedding": plan.embedding_scale,
        // Absent, an id of its own would end every answer that grows too long.
        "forced_eos_token_id": null,
    });
    if format == Format::Marian {
        said["decoder_vocab_size"] = json!(plan.vocabulary);
        said["share_encoder_decoder_embeddings"] = json!(true);
    }
    said
}

pub(super) fn place(plan: &Seq2SeqPlan, path: &str) -> Option<Place> {
    if path == "head_bias" {
        return Some(Place::straight(BIAS).shaped([1, plan.vocabulary]));
    }
    let parts = Parts::of(path)?;
    let Parts { side, block, module, .. } = parts;
    let name = match module {
        "tokens" => "shared".to_owned(),
        "positions" => format!("{side}.embed_positions"),
        "embedding_norm" => format!("{side}.layernorm_embedding"),
        "norm" => format!("{side}.layer_norm"),
        _ => format!("{side}.layers.{block}.{}", within(module)?),
    };
    let place = parts.place(&format!("{BASE}{name}"));
    let missing = UNUSED.saturating_sub(plan.unused_positions);
    Some(if module == "positions" { Place::new(place.tensor, Lies::Below { rows: missing }) } else { place })
}

/// The name of a block's module.
fn within(module: &str) -> Option<&'static str> {
    Some(match module {
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
        _ => return None,
    })
}
