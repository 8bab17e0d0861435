//! What a user writes about a vision transformer, and what that comes to.

use attentive_attention::{Fault, FeedForwardKind, MOST_LAYERS, MOST_WIDTH, NormKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Beyond these, a size is a slip of the finger.
const MOST_SIZE: usize = 10_000;
const MOST_PATCHES: usize = 65_536;
const MOST_ENCODERS: usize = 64;

/// What the data says about its pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pictured {
    /// Numbers a pixel: three of color, or one.
    pub channels: usize,
    /// Pixels of a side.
    pub size: usize,
    /// Kinds of pictures.
    pub classes: usize,
}

/// What stands for a whole picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// A learned token before the patches (Dosovitskiy et al. 2021).
    #[default]
    Class,
    /// The mean of the patches.
    Mean,
}

/// How the model knows where a patch lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Positions {
    /// A learned vector for each place.
    #[default]
    Learned,
    /// Fixed waves, half of the channels for the column and half for the row (He et al. 2022).
    Sinusoidal,
    /// Not at all: the patches are a bag.
    None,
}

/// The table `[model]` of a config with `family = "vit"`, as written.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VitConfig {
    /// The model family: `vit`.
    pub family: Option<String>,
    /// Pixels of a side, to which pictures are resized. Default: the data's.
    pub size: Option<usize>,
    /// Pixels of a patch's side; must divide `size`.
    pub patch: usize,
    /// Pixels by which the map of a patch also sees its neighbours, on every side, at most `patch`; zeros beyond the picture. Default: 0.
    pub overlap: Option<usize>,
    /// Number of blocks.
    pub layers: usize,
    /// Attention heads per block; must divide `width`.
    pub heads: usize,
    /// Width of the residual stream.
    pub width: usize,
    /// Width inside the feed-forward. Default: 4 × width, or for gated ones 8/3 × width rounded up to a multiple of 32.
    pub hidden: Option<usize>,
    /// Share of entries dropped in training, at embeddings, attention weights and residual branches. Default: 0.
    pub dropout: Option<f64>,
    /// The same for attention weights alone. Default: `dropout`.
    pub attention_dropout: Option<f64>,
    /// Share of rows for which the last block leaves out a branch in training (stochastic depth); it rises from 0 at the first block.
    /// Default: 0.
    pub depth: Option<f64>,
    /// What each channel's learned factor of a branch begins with (layer scale); 1e-5 to 0.1 is usual. Default: no such factors.
    pub layer_scale: Option<f64>,
    /// What stands for a picture: `class` (a token of its own; default) or `mean` (of the patches).
    pub pooling: Option<Pooling>,
    /// Positions: `learned` (default), `sinusoidal` or `none`.
    pub positions: Option<Positions>,
    /// Learned tokens beside the patches that stand for nothing (Darcet et al. 2024). Default: 0.
    pub registers: Option<usize>,
    /// Whether the first of them stands for a teacher's answer, as in DeiT: it has a head of its own, and a picture's logits are the mean of
    /// both heads'. Default: false.
    pub distilled: Option<bool>,
    /// Normalization: `layer` (default) or `rms`.
    pub norm: Option<NormKind>,
    /// Added to variances. Default: 1e-6.
    pub norm_epsilon: Option<f64>,
    /// Whether the embedded patches are normalized before the first block, as in CLIP. Default: false.
    pub embedding_norm: Option<bool>,
    /// Feed-forward: `gelu` (default), `gelu_tanh`, `quick_gelu`, `relu`, `silu`, or gated: `swiglu`, `geglu`.
    pub feed_forward: Option<FeedForwardKind>,
    /// Whether layers add biases. Default: true.
    pub bias: Option<bool>,
    /// Whether the map of a patch's pixels adds one; that of CLIP adds none. Default: `bias`.
    pub patch_bias: Option<bool>,
    /// Several encoders, a table each, whose pictures a learned token fuses in one more block, of this table's `width` and `heads`. What an
    /// encoder's table leaves out is as in this one. Default: this table's encoder alone.
    pub blend: Option<Vec<EncoderConfig>>,
}

/// One table `[[model.blend]]`: an encoder among several.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EncoderConfig {
    /// Pixels of a patch's side; must divide `size`.
    pub patch: Option<usize>,
    /// Number of blocks.
    pub layers: Option<usize>,
    /// Attention heads per block; must divide `width`.
    pub heads: Option<usize>,
    /// Width of the residual stream.
    pub width: Option<usize>,
    /// Width inside the feed-forward. Default: as in `model` where the width is, else by the rule there.
    pub hidden: Option<usize>,
    /// What stands for a picture: `class` or `mean`.
    pub pooling: Option<Pooling>,
    /// Positions: `learned`, `sinusoidal` or `none`.
    pub positions: Option<Positions>,
    /// Learned tokens beside the patches that stand for nothing.
    pub registers: Option<usize>,
    /// Whether training leaves this encoder as it is. Default: false.
    pub frozen: Option<bool>,
    /// The run whose trained encoder this one begins as. Default: fresh weights.
    pub from: Option<String>,
}

/// The same with every value resolved and checked; written to a plan, it reads back as a config.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VitPlan {
    pub family: &'static str,
    pub size: usize,
    pub patch: usize,
    pub overlap: usize,
    pub layers: usize,
    pub heads: usize,
    pub width: usize,
    pub hidden: usize,
    pub dropout: f64,
    pub attention_dropout: f64,
    pub depth: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_scale: Option<f64>,
    pub pooling: Pooling,
    pub positions: Positions,
    pub registers: usize,
    pub distilled: bool,
    pub norm: NormKind,
    pub norm_epsilon: f64,
    pub embedding_norm: bool,
    pub feed_forward: FeedForwardKind,
    pub bias: bool,
    pub patch_bias: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blend: Vec<EncoderPlan>,
    /// The data's, which says it anew wherever the plan is read.
    #[serde(skip)]
    pub channels: usize,
    #[serde(skip)]
    pub classes: usize,
}

/// One encoder among several, resolved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EncoderPlan {
    pub patch: usize,
    pub layers: usize,
    pub heads: usize,
    pub width: usize,
    pub hidden: usize,
    pub pooling: Pooling,
    pub positions: Positions,
    pub registers: usize,
    pub frozen: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

impl VitConfig {
    /// Fills in what is absent and refuses what cannot be.
    pub fn resolve(&self, pictured: &Pictured) -> Result<VitPlan, Fault> {
        let plan = self.alone(pictured)?;
        if pictured.classes == 0 {
            return Err(Fault::new("family", "vit", "tells classes apart, and the data names none; give it labels"));
        }
        let written = self.blend.as_deref().unwrap_or_default();
        Fault::counts([("blend", written.len().max(1), MOST_ENCODERS)])?;
        let numbered = written.iter().enumerate();
        let blend = numbered.map(|(index, encoder)| {
            encoder.resolve(self, pictured).map_err(|fault| fault.under(&format!("blend.{index}")))
        });
        let plan = VitPlan { blend: blend.collect::<Result<_, _>>()?, ..plan };
        plan.check_distilled()?;
        Ok(plan)
    }

    /// Without the blend.
    fn alone(&self, pictured: &Pictured) -> Result<VitPlan, Fault> {
        let feed_forward = self.feed_forward.unwrap_or(FeedForwardKind::Gelu);
        let (dropout, bias) = (self.dropout.unwrap_or(0.0), self.bias.unwrap_or(true));
        let plan = VitPlan {
            family: "vit",
            size: self.size.unwrap_or(pictured.size),
            patch: self.patch,
            overlap: self.overlap.unwrap_or(0),
            layers: self.layers,
            heads: self.heads,
            width: self.width,
            hidden: self.hidden.unwrap_or_else(|| feed_forward.usual_hidden(self.width)),
            dropout,
            attention_dropout: self.attention_dropout.unwrap_or(dropout),
            depth: self.depth.unwrap_or(0.0),
            layer_scale: self.layer_scale,
            pooling: self.pooling.unwrap_or_default(),
            positions: self.positions.unwrap_or_default(),
            registers: self.registers.unwrap_or(0),
            distilled: self.distilled.unwrap_or(false),
            norm: self.norm.unwrap_or(NormKind::Layer),
            norm_epsilon: self.norm_epsilon.unwrap_or(1e-6),
            embedding_norm: self.embedding_norm.unwrap_or(false),
            feed_forward,
            bias,
            patch_bias: self.patch_bias.unwrap_or(bias),
            blend: Vec::new(),
            channels: pictured.channels,
            classes: pictured.classes,
        };
        plan.check()?;
        Ok(plan)
    }
}

impl EncoderConfig {
    fn resolve(&self, outer: &VitConfig, pictured: &Pictured) -> Result<EncoderPlan, Fault> {
        let width = self.width.unwrap_or(outer.width);
        let config = VitConfig {
            patch: self.patch.unwrap_or(outer.patch),
            layers: self.layers.unwrap_or(outer.layers),
            heads: self.heads.unwrap_or(outer.heads),
            width,
            hidden: self.hidden.or(outer.hidden.filter(|_| width == outer.width)),
            pooling: self.pooling.or(outer.pooling),
            positions: self.positions.or(outer.positions),
            registers: self.registers.or(outer.registers),
            ..outer.clone()
        };
        let plan = config.alone(pictured)?;
        Ok(EncoderPlan {
            patch: plan.patch,
            layers: plan.layers,
            heads: plan.heads,
            width: plan.width,
            hidden: plan.hidden,
            pooling: plan.pooling,
            positions: plan.positions,
            registers: plan.registers,
            frozen: self.frozen.unwrap_or(false),
            from: self.from.clone(),
        })
    }
}

impl VitPlan {
    /// The encoders that read a picture: those of the blend, or this plan's own.
    pub fn encoders(&self) -> Vec<Self> {
        if self.blend.is_empty() {
            return vec![self.clone()];
        }
        self.blend.iter().map(|encoder| self.encoder(encoder)).collect()
    }

    fn encoder(&self, encoder: &EncoderPlan) -> Self {
        Self {
            patch: encoder.patch,
            layers: encoder.layers,
            heads: encoder.heads,
            width: encoder.width,
            hidden: encoder.hidden,
            pooling: encoder.pooling,
            positions: encoder.positions,
            registers: encoder.registers,
            blend: Vec::new(),
            ..self.clone()
        }
    }

    /// Patches of a side.
    pub fn side(&self) -> usize {
        self.size / self.patch
    }

    /// Pixels of a side of what the map of a patch sees.
    pub fn window(&self) -> usize {
        self.patch + 2 * self.overlap
    }

    /// Tokens before the patches.
    pub fn leading(&self) -> usize {
        usize::from(self.pooling == Pooling::Class) + self.registers
    }

    /// Positions of the residual stream.
    pub fn length(&self) -> usize {
        self.leading() + self.side().pow(2)
    }

    fn check(&self) -> Result<(), Fault> {
        Fault::counts([
            ("size", self.size, MOST_SIZE),
            ("patch", self.patch, MOST_SIZE),
            ("layers", self.layers, MOST_LAYERS),
            ("heads", self.heads, MOST_WIDTH),
            ("width", self.width, MOST_WIDTH),
            ("hidden", self.hidden, 4 * MOST_WIDTH),
        ])?;
        Fault::heads("heads", self.heads, ("width", self.width))?;
        Fault::heads("patch", self.patch, ("size", self.size))?;
        self.check_tokens()?;
        if self.overlap > self.patch {
            let reason = format!("reaches beyond the patches around one; give at most `patch`, {}", self.patch);
            return Err(Fault::new("overlap", self.overlap, reason));
        }
        Fault::share("dropout", self.dropout)?;
        Fault::share("attention_dropout", self.attention_dropout)?;
        Fault::share("depth", self.depth)?;
        Fault::within("layer_scale", self.layer_scale.unwrap_or(1.0), -10.0..=10.0, "1e-5 to 0.1 is usual")?;
        Fault::epsilon(self.norm_epsilon)
    }

    fn check_distilled(&self) -> Result<(), Fault> {
        let faults = [
            (!self.blend.is_empty(), "is for one encoder; leave `model.blend` out"),
            (self.pooling != Pooling::Class, "needs a class token beside it; give `model.pooling = \"class\"`"),
            (self.registers == 0, "needs a register to read; give `model.registers = 1`"),
        ];
        match faults.into_iter().find(|(faulty, _)| self.distilled && *faulty) {
            Some((_, reason)) => Err(Fault::new("distilled", true, reason)),
            None => Ok(()),
        }
    }

    fn check_tokens(&self) -> Result<(), Fault> {
        let (patches, reason) = (self.side().pow(2), format!("is too many; give at most {MOST_PATCHES}"));
        if patches > MOST_PATCHES {
            let reason = format!("cuts a picture into {patches} patches; more than {MOST_PATCHES} are too many");
            return Err(Fault::new("patch", self.patch, reason));
        }
        if self.registers > MOST_PATCHES { Err(Fault::new("registers", self.registers, reason)) } else { Ok(()) }
    }
}
