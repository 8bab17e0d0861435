//! GPTs as transformers has them: what their `config.json` says of ours, what ours comes to as one, and where our parameters stand in
//! their files.

mod places;
mod reading;
mod writing;

use attentive_attention::{AttentionBias, NormKind};
use attentive_hub::Unfit;
pub use places::{base, places, spare};
pub use reading::config;
pub use writing::said;

use crate::{GptPlan, Positions};

/// Values of `model_type` that [`config`] understands.
pub const KINDS: &[&str] = &["gpt2", "llama", "mistral", "qwen2"];

/// The architecture of transformers that a plan is. It follows from the plan alone, wherever its weights came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Gpt2,
    Llama,
    /// Llama without biases, with a window.
    Mistral,
    /// Llama with biases of queries, keys and values.
    Qwen2,
}

/// What has to hold of a key, and the values for which it does.
type Rule = (bool, &'static str, &'static str);

impl Format {
    pub fn of(plan: &GptPlan) -> Result<Self, Unfit> {
        match plan.positions {
            Positions::Learned => Self::learned(plan),
            Positions::Rotary => Self::rotary(plan),
            Positions::None => Err(unfit("positions", "must be `learned` or `rotary`: no other format is supported")),
        }
    }

    fn learned(plan: &GptPlan) -> Result<Self, Unfit> {
        let biased = plan.bias && plan.attention_bias == AttentionBias::All && plan.feed_forward_bias;
        let rules: [Rule; 6] = [
            (plan.norm == NormKind::Layer, "norm", "`layer`"),
            (!plan.feed_forward.is_gated(), "feed_forward", "one without a gate"),
            (biased, "bias", "`true` of all parts"),
            (plan.key_value_heads == plan.heads, "key_value_heads", "as many as `heads`"),
            (plan.channels * plan.heads == plan.width, "channels", "`width` / `heads`"),
            (plan.window.is_none(), "window", "left out"),
        ];
        kept(&rules, "GPT-2, whose positions are learned").map(|()| Self::Gpt2)
    }

    fn rotary(plan: &GptPlan) -> Result<Self, Unfit> {
        let rules: [Rule; 2] = [
            (plan.norm == NormKind::Rms, "norm", "`rms`"),
            (plan.feed_forward.is_gated(), "feed_forward", "`swiglu` or `geglu`"),
        ];
        kept(&rules, "Llama and its kin, whose positions are rotary")?;
        let divided = plan.width.is_multiple_of(plan.heads);
        match (plan.attention_bias, plan.feed_forward_bias, plan.window) {
            (AttentionBias::Inputs, false, _) => Ok(Self::Qwen2),
            (AttentionBias::Inputs, true, _) => Err(unfit(
                "feed_forward_bias",
                "must be `false` in the format of Qwen 2, whose attention has this bias",
            )),
            (AttentionBias::None, false, Some(_)) => Ok(Self::Mistral),
            (_, _, Some(_)) => {
                Err(unfit("window", "must be left out in the format of Llama, which alone has such biases"))
            }
            (_, _, None) if divided => Ok(Self::Llama),
            // Transformers wants heads that divide the width in Llama alone, whatever their channels.
            (AttentionBias::None, false, None) => Ok(Self::Mistral),
            (_, _, None) => {
                Err(unfit("heads", "must divide `model.width` in the format of Llama, which alone has such biases"))
            }
        }
    }

    /// What `model_type` says.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Gpt2 => "gpt2",
            Self::Llama => "llama",
            Self::Mistral => "mistral",
            Self::Qwen2 => "qwen2",
        }
    }

    /// The class in transformers, with a head that predicts tokens.
    pub fn architecture(self) -> &'static str {
        match self {
            Self::Gpt2 => "GPT2LMHeadModel",
            Self::Llama => "LlamaForCausalLM",
            Self::Mistral => "MistralForCausalLM",
            Self::Qwen2 => "Qwen2ForCausalLM",
        }
    }

    fn named(kind: &str) -> Option<Self> {
        [Self::Gpt2, Self::Llama, Self::Mistral, Self::Qwen2].into_iter().find(|format| format.kind() == kind)
    }
}

fn kept(rules: &[Rule], format: &str) -> Result<(), Unfit> {
    match rules.iter().find(|(holds, ..)| !holds) {
        Some((_, key, wanted)) => Err(unfit(key, &format!("must be {wanted} in the format of {format}"))),
        None => Ok(()),
    }
}

/// An error about a key of ours.
fn unfit(key: &str, reason: &str) -> Unfit {
    Unfit::new(format!("model.{key}"), reason)
}
