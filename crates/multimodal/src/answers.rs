//! Text about a picture, top to bottom: a picture tower, a text decoder that looks at its positions in every block, and the token
//! table as head. A question is the beginning of the text: its targets are ignored.

use attentive_attention::{Cache, Initial, Memory, Pass, Precision, Sight};
use attentive_kernels::{Affine, CrossEntropy, linear, linear_cross_entropy, linear_cross_entropy_rows};
use attentive_vit::Vit;
use burn::{
    module::Module,
    tensor::{Device, Int, Tensor},
};

use crate::{
    AnswersPlan, MultimodalPlan, Text,
    text::{block, cross},
};

#[derive(Module, Debug)]
pub struct Answers {
    pub picture: Vit,
    pub text: Text,
    /// Blocks of both, and one number for each embedding.
    #[module(skip)]
    numbers: usize,
    #[module(skip)]
    precision: Precision,
}

impl Answers {
    pub fn new(plan: &MultimodalPlan, own: &AnswersPlan, initial: &Initial) -> Self {
        let cross = cross(plan.text.heads, plan.picture.width, own.gated);
        let text = block(&plan.text, Some(cross));
        Self {
            picture: Vit::new(&plan.picture, &initial.at("picture")),
            text: Text::new(&plan.text, &text, [plan.vocabulary, plan.first()], &initial.at("text")),
            numbers: plan.first() + plan.text.layers + 1,
            precision: initial.precision(),
        }
    }

    /// What the text looks at: pictures `[batch, channel, height, width]` as `[batch, position, width]`. The pass must have no cache.
    pub fn memory(&self, pictures: Tensor<4>, pass: &mut Pass) -> Memory {
        Memory { hidden: self.picture.hidden(pictures, pass), lengths: None }
    }

    /// An empty cache for texts of up to `capacity` tokens.
    pub fn cache(&self, capacity: usize) -> Cache {
        Cache::new(self.numbers, capacity)
    }

    /// ids `[batch, query]` to `[batch, query, width]` after the last norm. With a cache, the ids follow those that it holds, and only
    /// the memory of its first pass is read.
    pub fn hidden(&self, ids: Tensor<2, Int>, memory: &Memory, pass: &mut Pass) -> Tensor<3> {
        let [_, queries] = ids.dims();
        let sight = Sight { memory: Some(memory.clone()), ..Sight::default() };
        let hidden = self.text.hidden(ids, &sight, pass);
        pass.advance(queries);
        hidden
    }

    /// `[batch, query, width]` to logits `[batch, query, vocabulary]`.
    pub fn head(&self, hidden: Tensor<3>) -> Tensor<3> {
        linear(hidden, Affine { weight: self.head_weight(), bias: None, precision: self.precision })
    }

    /// `[width, vocabulary]`.
    fn head_weight(&self) -> Tensor<2> {
        self.text.tokens.table.val().transpose()
    }

    /// pictures and ids `[batch, query]` to logits `[batch, query, vocabulary]`.
    pub fn forward(&self, pictures: Tensor<4>, ids: Tensor<2, Int>, pass: &mut Pass) -> Tensor<3> {
        let memory = self.memory(pictures, pass);
        self.head(self.hidden(ids, &memory, pass))
    }

    /// The summed cross-entropy of the targets `[batch, query]` in nats, `[1]`: what training lowers. Ignored ones don't count.
    pub fn loss(
        &self,
        pictures: Tensor<4>,
        ids: Tensor<2, Int>,
        targets: Tensor<2, Int>,
        smoothing: f64,
        pass: &mut Pass,
    ) -> Tensor<1> {
        let memory = self.memory(pictures, pass);
        let options = CrossEntropy { smoothing, precision: self.precision, ..CrossEntropy::default() };
        linear_cross_entropy(self.hidden(ids, &memory, pass), self.head_weight(), targets, options)
    }

    /// The cross-entropy of each target in nats, `[batch, query]`; zero where it is ignored.
    pub fn losses(
        &self,
        pictures: Tensor<4>,
        ids: Tensor<2, Int>,
        targets: Tensor<2, Int>,
        pass: &mut Pass,
    ) -> Tensor<2> {
        let memory = self.memory(pictures, pass);
        linear_cross_entropy_rows(self.hidden(ids, &memory, pass), self.head_weight(), targets, self.precision)
    }

    /// Whether weight decay spares the parameter at this path: norms, biases, embeddings and gates.
    pub fn spared(path: &str) -> bool {
        path.ends_with("cross.gate") || Vit::spared(path)
    }

    /// Whether the parameter at this path is a matrix between hidden layers.
    pub fn hidden_matrix(path: &str) -> bool {
        Vit::hidden_matrix(path) && !Self::spared(path)
    }

    /// The device that the model lives on.
    pub fn device(&self) -> Device {
        self.picture.device()
    }
}
