//! What pictures show: one encoder with a head, or several whose tokens a learned one fuses before the head.

use attentive_attention::{Block, Embedding, Initial, Linear, Norm, Pass};
use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use crate::{
    EncoderPlan, Targets, Vit, VitPlan,
    model::{DEVIATION, bias, block},
};

const ENCODERS: &str = "encoders.";

/// An encoder's parameters lie below `encoders.N` whether it is alone or one of several, so that trained ones can be blended.
#[derive(Module, Debug)]
pub struct Classifier {
    pub encoders: Vec<Vit>,
    pub fusion: Option<Fusion>,
    pub head: Linear,
    /// What the first register is read by, where it stands for a teacher's answer.
    pub distilled: Option<Linear>,
    /// Present where states are compared with those of a teacher of another width.
    pub lens: Option<Linear>,
    /// Which encoders learn.
    #[module(skip)]
    frozen: Vec<bool>,
}

impl Classifier {
    pub fn new(plan: &VitPlan, initial: &Initial) -> Self {
        let plans = plan.encoders();
        let mut numbers = 0;
        let encoder = |(index, plan): (usize, &VitPlan)| {
            let encoder = Vit::new(plan, &initial.at("encoders").nth(index)).numbered_from(numbers);
            numbers += encoder.numbers();
            encoder
        };
        let encoders: Vec<Vit> = plans.iter().enumerate().map(encoder).collect();
        let head = |name| Linear::new([plan.width, plan.classes], bias(plan), DEVIATION, &initial.at(name));
        Self {
            fusion: (!plan.blend.is_empty()).then(|| Fusion::new(plan, numbers, &initial.at("fusion"))),
            encoders,
            head: head("head"),
            distilled: plan.distilled.then(|| head("distilled")),
            lens: initial.lens(plan.width),
            frozen: plan.blend.iter().map(|EncoderPlan { frozen, .. }| *frozen).collect(),
        }
    }

    /// The same for pictures with sides of this many pixels.
    #[must_use]
    pub fn resized(self, size: usize) -> Self {
        let encoders = self.encoders.into_iter().map(|encoder| encoder.resized(size)).collect();
        Self { encoders, ..self }
    }

    /// What the head reads of pictures `[batch, channel, height, width]`: `[batch, width]`.
    pub fn pooled(&self, pictures: Tensor<4>, pass: &mut Pass) -> Tensor<2> {
        let indices = 0..self.encoders.len();
        let mut tokens: Vec<Tensor<2>> = indices.map(|index| self.token(index, pictures.clone(), pass)).collect();
        match &self.fusion {
            Some(fusion) => fusion.forward(tokens, pass),
            None => tokens.remove(0),
        }
    }

    /// What one encoder says of the pictures, `[batch, width]`. One that is frozen reads as in evaluation, and keeps nothing.
    fn token(&self, index: usize, pictures: Tensor<4>, pass: &mut Pass) -> Tensor<2> {
        let encoder = &self.encoders[index];
        let learns = !self.frozen.get(index).copied().unwrap_or(false);
        if learns || !encoder.patches.weight.val().is_autodiff() {
            return encoder.pooled(pictures, pass);
        }
        let pictures = if pictures.is_autodiff() { pictures.inner() } else { pictures };
        Tensor::from_inner(encoder.valid().pooled(pictures, &mut Pass::evaluation()))
    }

    /// pictures `[batch, channel, height, width]` to logits `[batch, class]`.
    pub fn logits(&self, pictures: Tensor<4>, pass: &mut Pass) -> Tensor<2> {
        if self.fusion.is_some() {
            let pooled = self.pooled(pictures, pass).unsqueeze();
            return self.head.forward(pooled, pass).squeeze_dim(0);
        }
        let hidden = self.encoders[0].hidden(pictures, pass);
        self.scores(hidden, pass)
    }

    /// What a single encoder makes of pictures, `[batch, position, width]`, to logits `[batch, class]`.
    pub(crate) fn scores(&self, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<2> {
        let Some(distilled) = &self.distilled else {
            let pooled = self.encoders[0].pool(hidden).unsqueeze();
            return self.head.forward(pooled, pass).squeeze_dim(0);
        };
        let [own, taught] = [(&self.head, 0), (distilled, 1)]
            .map(|(head, place)| head.forward(hidden.clone().narrow(1, place, 1), pass));
        ((own + taught) / 2.0).squeeze_dim(1)
    }

    /// The summed cross-entropy of the targets in nats, `[1]`: what training lowers. `smoothing` is the share of each target that is
    /// spread over all classes (Szegedy et al. 2016).
    pub fn loss(&self, pictures: Tensor<4>, targets: &Targets, smoothing: f64, pass: &mut Pass) -> Tensor<1> {
        targets.losses(self.logits(pictures, pass), smoothing).sum()
    }

    /// The cross-entropy of each picture in nats, `[batch]`.
    pub fn losses(&self, pictures: Tensor<4>, targets: &Targets, pass: &mut Pass) -> Tensor<1> {
        targets.losses(self.logits(pictures, pass), 0.0)
    }

    /// Whether training leaves the parameter at this path as it is: it has no gradient.
    pub fn frozen(&self, path: &str) -> bool {
        let frozen = |(index, frozen): (usize, &bool)| *frozen && path.starts_with(&format!("{ENCODERS}{index}."));
        self.frozen.iter().enumerate().any(frozen)
    }

    /// Where the parameter at this path lies in the run that its encoder comes from: the encoder's index, and the path there, where that
    /// run trained an encoder alone. `None` for what belongs to no encoder.
    pub fn origin(path: &str) -> Option<(usize, String)> {
        let (index, rest) = path.strip_prefix(ENCODERS)?.split_once('.')?;
        Some((index.parse().ok()?, format!("{ENCODERS}0.{rest}")))
    }

    /// Whether weight decay spares the parameter at this path: norms, biases, tokens and positions.
    pub fn spared(path: &str) -> bool {
        Vit::spared(path)
    }

    /// Whether the parameter at this path is a matrix between hidden layers.
    pub fn hidden_matrix(path: &str) -> bool {
        Vit::hidden_matrix(path) || path.starts_with("fusion.") && !Self::spared(path)
    }

    /// The device that the model lives on.
    pub fn device(&self) -> Device {
        self.head.weight.val().device()
    }
}

/// A learned token that attends to what several encoders say.
#[derive(Module, Debug)]
pub struct Fusion {
    /// From each encoder's width to the common one.
    pub bridges: Vec<Linear>,
    pub token: Embedding,
    pub block: Block,
    pub norm: Norm,
    /// The block's number in passes and traces.
    #[module(skip)]
    number: usize,
}

impl Fusion {
    fn new(plan: &VitPlan, number: usize, initial: &Initial) -> Self {
        let (width, bias) = (plan.width, bias(plan));
        let bridge = |(index, encoder): (usize, &EncoderPlan)| {
            let deviation = (encoder.width as f64).sqrt().recip();
            Linear::new([encoder.width, width], bias, deviation, &initial.at("bridges").nth(index))
        };
        Self {
            bridges: plan.blend.iter().enumerate().map(bridge).collect(),
            token: Embedding::new([1, width], DEVIATION, &initial.at("token")),
            block: Block::new(&block(plan, 0), &initial.at("block")),
            norm: Norm::new(plan.norm, width, bias, plan.norm_epsilon, &initial.at("norm")),
            number,
        }
    }

    /// Tokens `[batch, width]`, one an encoder, to what the learned one makes of them `[batch, width]`.
    fn forward(&self, tokens: Vec<Tensor<2>>, pass: &mut Pass) -> Tensor<2> {
        let [batch, _] = tokens[0].dims();
        let [_, width] = self.token.table.dims();
        let own = self.token.positions(0, 1).expand([batch, 1, width]);
        let bridged =
            self.bridges.iter().zip(tokens).map(|(bridge, token)| bridge.forward(token.unsqueeze_dim(1), pass));
        let all = Tensor::cat([own].into_iter().chain(bridged).collect(), 1); // [batch, 1 + encoder, width]
        let fused = pass.block(self.number, &self.block, all, Block::forward);
        self.norm.forward(fused.narrow(1, 0, 1)).squeeze_dim(1)
    }
}
