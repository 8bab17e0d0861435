//! What a `config.json` of transformers says of ours. Where it says nothing, the defaults of transformers 5.23 hold.

use attentive_attention::{AttentionBias, FeedForwardKind, NormKind, RotaryScaling};
use attentive_hub::{Config, Unfit};
use serde_json::Value;

use super::{Format, KINDS};
use crate::{GptConfig, Positions, Style};

/// The table `[model]` that a foreign config amounts to, or why there is none.
///
/// Ours has one share of dropout. It becomes what theirs drops of residual branches in GPT-2, and elsewhere of attention weights, which
/// is all that is dropped there.
pub fn config(said: &Config) -> Result<GptConfig, Unfit> {
    let kind = said.text("model_type")?;
    match kind.and_then(Format::named) {
        Some(Format::Gpt2) => gpt2(said),
        Some(format) => llama(said, format),
        None => {
            let kind = kind.map_or("absent".to_owned(), |kind| format!("`{kind}`"));
            Err(said.unfit("model_type", &format!("is {kind}; of GPTs, {} are supported", quoted(KINDS))))
        }
    }
}

fn gpt2(said: &Config) -> Result<GptConfig, Unfit> {
    said.only("scale_attn_weights", said.flag("scale_attn_weights")?, true)?;
    for key in ["scale_attn_by_inverse_layer_idx", "add_cross_attention"] {
        said.only(key, said.flag(key)?, false)?;
    }
    let width = either(said, ["n_embd", "hidden_size"], 768)?;
    let heads = either(said, ["n_head", "num_attention_heads"], 12)?;
    let activation = said.text("activation_function")?.unwrap_or("gelu_new");
    let feed_forward = FeedForwardKind::known_as(activation).ok_or_else(|| {
        let known = ["gelu", "gelu_new", "gelu_pytorch_tanh", "quick_gelu", "relu", "silu"];
        said.unfit("activation_function", &format!("is `{activation}`; {} are supported", quoted(&known)))
    })?;
    Ok(GptConfig {
        family: Some("gpt".to_owned()),
        style: Some(Style::Gpt2),
        layers: either(said, ["n_layer", "num_hidden_layers"], 12)?,
        heads,
        channels: Some(divided(said, "n_head", [width, heads])?),
        key_value_heads: Some(heads),
        width,
        hidden: Some(said.count("n_inner")?.unwrap_or(width.saturating_mul(4))),
        context: either(said, ["n_positions", "max_position_embeddings"], 1024)?,
        dropout: Some(said.number("resid_pdrop")?.unwrap_or(0.1)),
        norm: Some(NormKind::Layer),
        norm_epsilon: Some(said.number("layer_norm_epsilon")?.unwrap_or(1e-5)),
        positions: Some(Positions::Learned),
        feed_forward: Some(feed_forward),
        bias: Some(true),
        attention_bias: Some(AttentionBias::All),
        feed_forward_bias: Some(true),
        tied: Some(said.flag("tie_word_embeddings")?.unwrap_or(true)),
        vocabulary: Some(said.count("vocab_size")?.unwrap_or(50257)),
        ..GptConfig::default()
    })
}

/// What Llama, Mistral and Qwen 2 say where their configs say nothing.
struct Defaults {
    hidden: usize,
    /// As many as heads of queries where absent.
    key_value_heads: Option<usize>,
    context: usize,
    vocabulary: usize,
}

impl Defaults {
    fn of(format: Format) -> Self {
        match format {
            Format::Mistral => Self { hidden: 14336, key_value_heads: Some(8), context: 131_072, vocabulary: 32000 },
            Format::Qwen2 => Self { hidden: 22016, key_value_heads: Some(32), context: 32768, vocabulary: 151_936 },
            Format::Llama | Format::Gpt2 => {
                Self { hidden: 11008, key_value_heads: None, context: 2048, vocabulary: 32000 }
            }
        }
    }
}

fn llama(said: &Config, format: Format) -> Result<GptConfig, Unfit> {
    let defaults = Defaults::of(format);
    let width = said.count("hidden_size")?.unwrap_or(4096);
    let heads = said.count("num_attention_heads")?.unwrap_or(32);
    let layers = said.count("num_hidden_layers")?.unwrap_or(32);
    let context = said.count("max_position_embeddings")?.unwrap_or(defaults.context);
    let channels = match said.count("head_dim")? {
        Some(channels) => channels,
        None => divided(said, "num_attention_heads", [width, heads])?,
    };
    let (rotary_theta, rotary_scaling) = rotary(said, context)?;
    let (attention_bias, feed_forward_bias) = biases(said, format)?;
    Ok(GptConfig {
        family: Some("gpt".to_owned()),
        style: Some(Style::Llama),
        layers,
        heads,
        channels: Some(channels),
        key_value_heads: Some(stated(said, "num_key_value_heads", defaults.key_value_heads)?.unwrap_or(heads)),
        width,
        hidden: Some(said.count("intermediate_size")?.unwrap_or(defaults.hidden)),
        context,
        dropout: Some(said.number("attention_dropout")?.unwrap_or(0.0)),
        norm: Some(NormKind::Rms),
        norm_epsilon: Some(said.number("rms_norm_eps")?.unwrap_or(1e-6)),
        positions: Some(Positions::Rotary),
        rotary_theta: Some(rotary_theta),
        rotary_scaling,
        feed_forward: Some(gated(said)?),
        bias: Some(attention_bias == AttentionBias::All && feed_forward_bias),
        attention_bias: Some(attention_bias),
        feed_forward_bias: Some(feed_forward_bias),
        tied: Some(said.flag("tie_word_embeddings")?.unwrap_or(false)),
        window: window(said, format, layers)?,
        vocabulary: Some(said.count("vocab_size")?.unwrap_or(defaults.vocabulary)),
    })
}

/// Mistral has no biases and Qwen 2 always the same, whatever their configs say.
fn biases(said: &Config, format: Format) -> Result<(AttentionBias, bool), Unfit> {
    Ok(match format {
        Format::Mistral => (AttentionBias::None, false),
        Format::Qwen2 => (AttentionBias::Inputs, false),
        Format::Llama | Format::Gpt2 => {
            let attention = said.flag("attention_bias")?.unwrap_or(false);
            let attention = if attention { AttentionBias::All } else { AttentionBias::None };
            (attention, said.flag("mlp_bias")?.unwrap_or(false))
        }
    })
}

fn gated(said: &Config) -> Result<FeedForwardKind, Unfit> {
    let activation = said.text("hidden_act")?.unwrap_or("silu");
    match FeedForwardKind::known_as(activation) {
        Some(FeedForwardKind::Silu) => Ok(FeedForwardKind::Swiglu),
        Some(FeedForwardKind::GeluTanh) => Ok(FeedForwardKind::Geglu),
        _ => {
            let known = quoted(&["silu", "gelu_new", "gelu_pytorch_tanh"]);
            Err(said.unfit("hidden_act", &format!("is `{activation}`; of gated feed-forwards, {known} are supported")))
        }
    }
}

/// The base of the frequencies, and how they are scaled. An old table, `rope_scaling`, goes before a new one.
fn rotary(said: &Config, context: usize) -> Result<(f64, Option<RotaryScaling>), Unfit> {
    let old = said.table("rope_scaling")?.filter(|table| table.keys().next().is_some());
    let table = old.or(said.table("rope_parameters")?).unwrap_or_default();
    if let Some(key) = table.keys().find(|key| table.raw(key).is_some_and(Value::is_object)) {
        return Err(table.unfit(key, "is a table of one kind of layers, and only one for all layers is supported"));
    }
    for scope in [said, &table] {
        scope.only("partial_rotary_factor", scope.number("partial_rotary_factor")?, 1.0)?;
    }
    let theta = table.number("rope_theta")?.or(said.number("rope_theta")?).unwrap_or(10_000.0);
    // Transformers lets what stands outside of the table go before what stands in it.
    let key = "original_max_position_embeddings";
    let original = said.count(key)?.or(table.count(key)?).unwrap_or(context);
    Ok((theta, scaling(&table, original)?))
}

fn scaling(table: &Config, original_context: usize) -> Result<Option<RotaryScaling>, Unfit> {
    let needed =
        |key| table.number(key)?.ok_or_else(|| table.unfit(key, "is absent, and its kind of scaling needs it"));
    let key = if table.text("rope_type")?.is_some() { "rope_type" } else { "type" };
    Ok(match table.text(key)?.unwrap_or("default") {
        "default" => None,
        "linear" => Some(RotaryScaling::Linear { factor: needed("factor")? }),
        "llama3" => Some(RotaryScaling::Llama3 {
            factor: needed("factor")?,
            low: needed("low_freq_factor")?,
            high: needed("high_freq_factor")?,
            original_context,
        }),
        other => {
            let known = quoted(&["default", "linear", "llama3"]);
            return Err(table.unfit(key, &format!("is `{other}`, and only {known} are supported")));
        }
    })
}

/// How far the layers look back, which has to be equally far.
fn window(said: &Config, format: Format, layers: usize) -> Result<Option<usize>, Unfit> {
    let declared = match format {
        Format::Gpt2 | Format::Llama => return Ok(None),
        Format::Mistral => stated(said, "sliding_window", Some(4096))?,
        Format::Qwen2 if said.flag("use_sliding_window")? == Some(true) => stated(said, "sliding_window", Some(4096))?,
        Format::Qwen2 => None,
    };
    let Some(kinds) = said.list("layer_types")? else {
        return if format == Format::Qwen2 { windowed(said, declared, layers) } else { Ok(declared) };
    };
    let all = |kind: &str| kinds.iter().all(|layer| layer == kind);
    match declared {
        Some(window) if all("sliding_attention") => Ok(Some(window)),
        None if all("full_attention") => Ok(None),
        Some(_) if format == Format::Qwen2 && all("full_attention") => Ok(None),
        _ => {
            Err(said.unfit("layer_types", "differ in their windows, and only layers that are all alike are supported"))
        }
    }
}

/// The window of Qwen 2 where kinds of layers are not listed: its first layers have none.
fn windowed(said: &Config, declared: Option<usize>, layers: usize) -> Result<Option<usize>, Unfit> {
    let first = said.count("max_window_layers")?.unwrap_or(28);
    match declared {
        Some(_) if first > 0 && first < layers => {
            let reason =
                format!("gives a window to some of {layers} layers; only 0, or at least {layers}, is supported");
            Err(said.unfit("max_window_layers", &reason))
        }
        Some(_) if first > 0 => Ok(None),
        declared => Ok(declared),
    }
}

/// The first of two names for a count that is there.
fn either(said: &Config, names: [&str; 2], default: usize) -> Result<usize, Unfit> {
    let [first, second] = names.map(|name| said.count(name));
    Ok(first?.or(second?).unwrap_or(default))
}

/// A count whose default holds where the key is absent; `null` says that there is none.
fn stated(said: &Config, key: &str, default: Option<usize>) -> Result<Option<usize>, Unfit> {
    let absent = said.keys().all(|other| other != key);
    if absent { Ok(default) } else { said.count(key) }
}

/// The channels of a head.
fn divided(said: &Config, key: &str, [width, heads]: [usize; 2]) -> Result<usize, Unfit> {
    match width.checked_rem(heads) {
        Some(0) => Ok(width / heads),
        _ => Err(said.unfit(key, &format!("is {heads}, which does not divide the width of {width}"))),
    }
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
