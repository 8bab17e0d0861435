//! What a user writes about a model of pictures and text, and what that comes to.

mod text;

use std::fmt;

use attentive_attention::{Fault, MOST_CONTEXT, MOST_WIDTH};
use attentive_vit::{Pictured, VitConfig, VitPlan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use text::{Pooling, TextConfig, TextPlan, TextPositions};

/// The family of the tower that reads pictures.
const TOWER: &str = "vit";

/// What the model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Pictures and texts in one space, where those that belong together lie near each other (Radford et al. 2021).
    Contrastive,
    /// Text about a picture, token by token: captions, and answers to questions.
    Answers,
    /// Whether a statement about a picture holds.
    Statements,
}

/// What a batch of matching pairs is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PairLoss {
    /// Which text of the batch is a picture's, and which picture a text's (Radford et al. 2021).
    #[default]
    Softmax,
    /// Of each picture and each text, whether they belong together (Zhai et al. 2023).
    Sigmoid,
}

/// How far similarities may be scaled up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// To a hundred times at most (Radford et al. 2021, section 2.4).
    #[default]
    Bounded,
    /// As far as training takes them.
    Free,
}

/// How a statement meets its picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fusion {
    /// As one sequence of class token, patches and text (Li et al. 2019).
    #[default]
    Joint,
    /// As two streams, each of which attends to the other (Lu et al. 2019).
    Cross,
}

/// The table `[model]` of a config with `family = "multimodal"`, as written.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MultimodalConfig {
    /// The model family: `multimodal`.
    pub family: Option<String>,
    /// What the model is for: `contrastive`, `answers` or `statements`.
    pub kind: Kind,
    /// The tower that reads pictures, with the keys of the family `vit`.
    pub picture: VitConfig,
    /// The blocks that read or write text.
    pub text: TextConfig,
    /// Width of the space that pictures and texts share; for `contrastive`. Default: the text's width.
    pub projection: Option<usize>,
    /// What a batch of pairs is asked: `softmax` (default) or `sigmoid`; for `contrastive`.
    pub loss: Option<PairLoss>,
    /// How far similarities may be scaled up: `bounded` (default; a hundred times at most) or `free`, as in transformers; for `contrastive`.
    pub scale: Option<Scale>,
    /// Whether the look at the picture begins at zero and grows by a learned gate (Alayrac et al. 2022); for `answers`. Default: `false`.
    pub gated: Option<bool>,
    /// How a statement meets its picture: `joint` (default) or `cross`; for `statements`.
    pub fusion: Option<Fusion>,
    /// Number of classes of a statement; at least the data's; for `statements`. Default: the data's.
    pub classes: Option<usize>,
    /// Number of token ids; at least the tokenizer's. Default: the tokenizer's.
    pub vocabulary: Option<usize>,
}

/// The same with every value resolved and checked; written to a plan, it reads back as a config.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MultimodalPlan {
    pub family: &'static str,
    #[serde(flatten)]
    pub aim: Aim,
    pub vocabulary: usize,
    pub picture: VitPlan,
    pub text: TextPlan,
}

/// The kind, with what only it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Aim {
    Contrastive(ContrastivePlan),
    Answers(AnswersPlan),
    Statements(StatementsPlan),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ContrastivePlan {
    pub projection: usize,
    pub loss: PairLoss,
    pub scale: Scale,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AnswersPlan {
    pub gated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StatementsPlan {
    pub fusion: Fusion,
    pub classes: usize,
}

impl MultimodalConfig {
    /// Fills in what is absent and refuses what cannot be. `tokens` is the tokenizer's number of ids; of the pictures, classes are
    /// read for statements alone.
    pub fn resolve(&self, tokens: usize, pictured: &Pictured) -> Result<MultimodalPlan, Fault> {
        self.check_foreign_keys()?;
        let plan = MultimodalPlan {
            family: "multimodal",
            aim: self.aim(pictured.classes),
            vocabulary: self.vocabulary.unwrap_or(tokens),
            picture: self.resolve_picture(pictured).map_err(|fault| fault.under("picture"))?,
            text: self.resolve_text().map_err(|fault| fault.under("text"))?,
        };
        plan.check(tokens, pictured.classes)?;
        Ok(plan)
    }

    fn aim(&self, classes: usize) -> Aim {
        match self.kind {
            Kind::Contrastive => Aim::Contrastive(ContrastivePlan {
                projection: self.projection.unwrap_or(self.text.width),
                loss: self.loss.unwrap_or_default(),
                scale: self.scale.unwrap_or_default(),
            }),
            Kind::Answers => Aim::Answers(AnswersPlan { gated: self.gated.unwrap_or(false) }),
            Kind::Statements => Aim::Statements(StatementsPlan {
                fusion: self.fusion.unwrap_or_default(),
                classes: self.classes.unwrap_or(classes),
            }),
        }
    }

    fn resolve_picture(&self, pictured: &Pictured) -> Result<VitPlan, Fault> {
        let family = self.picture.family.as_deref().unwrap_or(TOWER);
        if family != TOWER {
            return Err(Fault::new(
                "family",
                family,
                format!("cannot read pictures here; leave it out, or give `{TOWER}`"),
            ));
        }
        if self.picture.blend.as_ref().is_some_and(|encoders| !encoders.is_empty()) {
            return Err(Fault::new("blend", "[…]", "cannot read pictures here; leave it out"));
        }
        if self.picture.distilled == Some(true) {
            return Err(Fault::new(
                "distilled",
                true,
                "is for heads that tell classes apart, and here is none; leave it out",
            ));
        }
        // The tower sorts no pictures, whatever the data's classes are.
        self.picture.resolve(&Pictured { classes: 1, ..*pictured })
    }

    fn resolve_text(&self) -> Result<TextPlan, Fault> {
        let text = &self.text;
        match self.kind {
            Kind::Contrastive => {
                let plan = text.resolve(text.causal.unwrap_or(true))?;
                let usual = if plan.causal { Pooling::Last } else { Pooling::Mean };
                let plan = TextPlan { pooling: Some(text.pooling.unwrap_or(usual)), ..plan };
                plan.check_pooling()?;
                Ok(plan)
            }
            Kind::Answers => text.resolve(text.settled(true, "would let an answer see what it must predict")?),
            Kind::Statements => {
                text.resolve(text.settled(false, "would keep the class token from seeing the statement")?)
            }
        }
    }

    /// Keys that belong to another kind.
    fn check_foreign_keys(&self) -> Result<(), Fault> {
        let foreign = [
            ("projection", Kind::Contrastive, self.projection.map(|width| width.to_string())),
            ("loss", Kind::Contrastive, self.loss.map(written)),
            ("scale", Kind::Contrastive, self.scale.map(written)),
            ("text.pooling", Kind::Contrastive, self.text.pooling.map(written)),
            ("gated", Kind::Answers, self.gated.map(|gated| gated.to_string())),
            ("fusion", Kind::Statements, self.fusion.map(written)),
            ("classes", Kind::Statements, self.classes.map(|classes| classes.to_string())),
        ];
        let given = |(key, kind, value): (&'static str, Kind, Option<String>)| Some((key, kind, value?));
        match foreign.into_iter().filter_map(given).find(|(_, kind, _)| *kind != self.kind) {
            None => Ok(()),
            Some((key, kind, value)) => {
                let [kind, own] = [kind, self.kind].map(written);
                let reason = format!("is for `model.kind = {kind}` alone, and this is `{own}`; leave it out");
                Err(Fault::new(key, value, reason))
            }
        }
    }
}

impl MultimodalPlan {
    /// The pass's number of the first text block: before it come the picture's, and one for its embedding.
    pub(crate) fn first(&self) -> usize {
        self.picture.layers + 1
    }

    fn check(&self, tokens: usize, classes: usize) -> Result<(), Fault> {
        Fault::counts([("vocabulary", self.vocabulary, MOST_CONTEXT)])?;
        Fault::vocabulary(self.vocabulary, tokens)?;
        match self.aim {
            Aim::Contrastive(own) => Fault::counts([("projection", own.projection, MOST_WIDTH)]),
            Aim::Answers(_) => Ok(()),
            Aim::Statements(own) => check_classes(own.classes, classes),
        }
    }
}

/// A part's name as a config has it: that of its variant, in lower case.
fn written(part: impl fmt::Debug) -> String {
    format!("{part:?}").to_lowercase()
}

fn check_classes(given: usize, classes: usize) -> Result<(), Fault> {
    Fault::counts([("classes", given, MOST_WIDTH)])?;
    if given >= classes {
        return Ok(());
    }
    let reason = format!("is less than the data's {classes} classes; leave it out, or give at least {classes}");
    Err(Fault::new("classes", given, reason))
}
