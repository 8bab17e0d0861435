//! A classifier of pictures whose head was written in words: it begins as what the prompts of its classes say, and may learn on.

use attentive_attention::{Linear, Pass, Precision};
use attentive_kernels::{Affine, CrossEntropy, linear, linear_cross_entropy, linear_cross_entropy_rows};
use attentive_vit::Vit;
use burn::{
    module::{Module, Param},
    tensor::{Device, Int, Tensor},
};

use crate::contrastive::embedded;

/// head `[shared, class]`.
#[derive(Module, Debug)]
pub struct Classifier {
    pub picture: Vit,
    pub picture_projection: Linear,
    pub head: Param<Tensor<2>>,
}

impl Classifier {
    /// classes `[class, shared]`, without autodiff; the head learns where the tower does.
    pub(crate) fn new(picture: Vit, picture_projection: Linear, classes: Tensor<2>) -> Self {
        let tracked = picture_projection.weight.val().is_autodiff();
        let head = classes.transpose();
        let head = Param::from_tensor(if tracked { Tensor::from_inner(head) } else { head });
        Self { picture, picture_projection, head }
    }

    /// pictures `[batch, channel, height, width]` to directions in the shared space, `[1, batch, shared]`.
    fn embed(&self, pictures: Tensor<4>, pass: &mut Pass) -> Tensor<3> {
        let pooled = self.picture.pooled(pictures, pass);
        embedded(pooled, &self.picture_projection, pass).unsqueeze()
    }

    /// pictures `[batch, channel, height, width]` to logits `[batch, class]`.
    pub fn logits(&self, pictures: Tensor<4>, pass: &mut Pass) -> Tensor<2> {
        let head = Affine { weight: self.head.val(), bias: None, precision: Precision::default() };
        linear(self.embed(pictures, pass), head).squeeze_dim(0)
    }

    /// The summed cross-entropy of the classes `[batch]` in nats, `[1]`; ignored ones don't count.
    pub fn loss(&self, pictures: Tensor<4>, targets: Tensor<1, Int>, smoothing: f64, pass: &mut Pass) -> Tensor<1> {
        let options = CrossEntropy { smoothing, ..CrossEntropy::default() };
        linear_cross_entropy(self.embed(pictures, pass), self.head.val(), targets.unsqueeze(), options)
    }

    /// The cross-entropy of each class in nats, `[batch]`.
    pub fn losses(&self, pictures: Tensor<4>, targets: Tensor<1, Int>, pass: &mut Pass) -> Tensor<1> {
        let (embedded, head) = (self.embed(pictures, pass), self.head.val());
        linear_cross_entropy_rows(embedded, head, targets.unsqueeze(), Precision::default()).squeeze_dim(0)
    }

    /// Whether weight decay spares the parameter at this path: norms, biases and embeddings.
    pub fn spared(path: &str) -> bool {
        Vit::spared(path)
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
