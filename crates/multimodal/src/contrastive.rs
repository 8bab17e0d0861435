//! Pictures and texts in one space, top to bottom: two towers, two projections, similarities, and what a batch of pairs is asked.

use attentive_attention::{Bias, Initial, Linear, Pass};
use attentive_kernels::cross_entropy_rows;
use attentive_vit::Vit;
use burn::{
    module::{Module, Param},
    tensor::{Device, Int, Tensor, activation::log_sigmoid},
};

use crate::{
    Classifier, ContrastivePlan, MultimodalPlan, PairLoss, Pooling, Scale, Text, Texts,
    text::{block, pooled},
};

/// Similarities are multiplied with this at most (Radford et al. 2021, section 2.4).
pub(crate) const MOST_SCALE: f64 = 100.0;

/// Keeps a vector of zeros, which has no direction, from becoming NaN.
const SMALLEST: f64 = 1e-24;

/// scale `[1]`: the log of what similarities are multiplied with, so minus the log of a temperature; shift `[1]`: added to them.
#[derive(Module, Debug)]
pub struct Contrastive {
    pub picture: Vit,
    pub text: Text,
    pub picture_projection: Linear,
    pub text_projection: Linear,
    pub scale: Param<Tensor<1>>,
    pub shift: Option<Param<Tensor<1>>>,
    #[module(skip)]
    loss: PairLoss,
    #[module(skip)]
    bound: Scale,
    #[module(skip)]
    pooling: Pooling,
}

impl Contrastive {
    pub fn new(plan: &MultimodalPlan, own: &ContrastivePlan, initial: &Initial) -> Self {
        let projection = |name, width: usize| {
            Linear::new([width, own.projection], Bias::Without, (width as f64).sqrt().recip(), &initial.at(name))
        };
        let (scale, shift) = beginnings(own.loss);
        let text = block(&plan.text, None);
        Self {
            picture: Vit::new(&plan.picture, &initial.at("picture")),
            text: Text::new(&plan.text, &text, [plan.vocabulary, plan.first()], &initial.at("text")),
            picture_projection: projection("picture_projection", plan.picture.width),
            text_projection: projection("text_projection", plan.text.width),
            scale: initial.at("scale").constant([1], scale),
            shift: shift.map(|shift| initial.at("shift").constant([1], shift)),
            loss: own.loss,
            bound: own.scale,
            pooling: plan.text.pooling.unwrap_or_default(),
        }
    }

    /// pictures `[picture, channel, height, width]` to vectors of length one, `[picture, shared]`.
    pub fn embed_pictures(&self, pictures: Tensor<4>, pass: &mut Pass) -> Tensor<2> {
        let pooled = self.picture.pooled(pictures, pass);
        embedded(pooled, &self.picture_projection, pass)
    }

    /// Texts to vectors of length one, `[text, shared]`.
    pub fn embed_texts(&self, texts: &Texts, pass: &mut Pass) -> Tensor<2> {
        let hidden = self.text.hidden(texts.ids.clone(), &texts.lengths.clone().into(), pass);
        embedded(pooled(hidden, &texts.lengths, self.pooling), &self.text_projection, pass)
    }

    /// How well each text fits each picture, `[text, picture]`: logits of what the loss asks.
    pub fn similarity(&self, texts: Tensor<2>, pictures: Tensor<2>) -> Tensor<2> {
        let logits = texts.matmul(pictures.transpose()) * self.factor().unsqueeze::<2>();
        match &self.shift {
            Some(shift) => logits + shift.val().unsqueeze::<2>(),
            None => logits,
        }
    }

    /// What similarities are multiplied with, `[1]`. A bounded scale that has grown to the most takes no gradient anymore, and stays
    /// there.
    fn factor(&self) -> Tensor<1> {
        match self.bound {
            Scale::Bounded => self.scale.val().clamp_max(MOST_SCALE.ln()).exp(),
            Scale::Free => self.scale.val().exp(),
        }
    }

    /// The loss of each pair, `[batch]`: picture `i` and text `i` belong together. Every other row of the batch counts against them, so
    /// that a step's rows must come at once; there is no accumulating over parts.
    pub fn losses(&self, pictures: Tensor<4>, texts: &Texts, pass: &mut Pass) -> Tensor<1> {
        let pictures = self.embed_pictures(pictures, pass);
        let texts = self.embed_texts(texts, pass);
        self.pair_losses(self.similarity(texts, pictures))
    }

    /// The same from the similarity `[text, picture]` of a whole batch.
    pub fn pair_losses(&self, similarity: Tensor<2>) -> Tensor<1> {
        match self.loss {
            PairLoss::Softmax => softmax_losses(similarity),
            PairLoss::Sigmoid => sigmoid_losses(similarity),
        }
    }

    /// Their sum `[1]`: what training lowers.
    pub fn loss(&self, pictures: Tensor<4>, texts: &Texts, pass: &mut Pass) -> Tensor<1> {
        self.losses(pictures, texts, pass).sum()
    }

    /// Vectors of classes `[class, shared]` from those of their prompts `[class, template, shared]`: the directions of their means.
    pub fn classes(prompts: Tensor<3>) -> Tensor<2> {
        normalized(prompts.mean_dim(1).squeeze_dim(1))
    }

    /// A classifier of pictures that begins with these classes `[class, shared]` as its head, and says what `similarity` says.
    pub fn classifier(self, classes: Tensor<2>) -> Classifier {
        let factor = self.factor().inner();
        Classifier::new(self.picture, self.picture_projection, classes.inner() * factor.unsqueeze::<2>())
    }

    /// Whether weight decay spares the parameter at this path: norms, biases, embeddings, the scale and the shift.
    pub fn spared(path: &str) -> bool {
        path == "scale" || path == "shift" || Vit::spared(path)
    }

    /// Whether the parameter at this path is a matrix between hidden layers.
    pub fn hidden_matrix(path: &str) -> bool {
        Vit::hidden_matrix(path)
    }

    /// The device that the model lives on.
    pub fn device(&self) -> Device {
        self.picture.device()
    }
}

/// What the scale and the shift begin with, as the papers of the losses have them.
fn beginnings(loss: PairLoss) -> (f32, Option<f32>) {
    match loss {
        PairLoss::Softmax => ((1.0_f32 / 0.07).ln(), None),
        PairLoss::Sigmoid => (10.0_f32.ln(), Some(-10.0)),
    }
}

/// `[row, width]` to directions in the shared space, `[row, shared]`.
pub(crate) fn embedded(rows: Tensor<2>, projection: &Linear, pass: &Pass) -> Tensor<2> {
    normalized(projection.forward(rows.unsqueeze(), pass).squeeze_dim(0))
}

/// Rows `[row, shared]` at length one.
fn normalized(rows: Tensor<2>) -> Tensor<2> {
    let squares = (rows.clone() * rows.clone()).sum_dim(1) + SMALLEST;
    rows / squares.sqrt()
}

/// The cross-entropy of each text among the pictures and of its picture among the texts, halved.
fn softmax_losses(logits: Tensor<2>) -> Tensor<1> {
    let [batch, _] = logits.dims();
    let own = Tensor::<1, Int>::arange(0..batch as i64, &logits.device());
    let texts = cross_entropy_rows(logits.clone().transpose(), own.clone());
    (cross_entropy_rows(logits, own) + texts) / 2.0
}

/// Of each text, the summed surprise at which pictures it belongs to.
fn sigmoid_losses(logits: Tensor<2>) -> Tensor<1> {
    let [batch, _] = logits.dims();
    let own = Tensor::<2>::eye(batch, &logits.device()) * 2.0 - 1.0;
    log_sigmoid(logits * own).sum_dim(1).squeeze_dim::<1>(1).neg()
}
