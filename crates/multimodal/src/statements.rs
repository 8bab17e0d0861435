//! Statements about pictures, top to bottom: a picture tower and text blocks that see both, as one sequence or as two streams; then
//! classes from the class token.

use std::sync::Arc;

use attentive_attention::{
    AttentionConfig, Bias, Block, BlockConfig, Embedding, Initial, Linear, Mask, Memory, Norm, NormPlace, Pass,
    ResidualConfig, Sight,
};
use attentive_kernels::cross_entropy_rows;
use attentive_vit::Vit;
use burn::{
    module::Module,
    tensor::{Device, Int, Tensor},
};

use crate::{
    Fusion, MultimodalPlan, StatementsPlan, Text, Texts,
    text::{DEVIATION, block, cross},
};

/// bridge: where there is one sequence, from the picture's width to the text's; stream: where there are two, the picture's.
#[derive(Module, Debug)]
pub struct Statements {
    pub picture: Vit,
    pub text: Text,
    pub class: Embedding,
    pub bridge: Option<Linear>,
    pub stream: Option<Stream>,
    pub head: Linear,
}

/// Blocks of the picture's stream, one fewer than the text's, which speaks last; and the norm through which the text looks at it.
#[derive(Module, Debug)]
pub struct Stream {
    pub blocks: Vec<Block>,
    pub norm: Norm,
}

impl Statements {
    pub fn new(plan: &MultimodalPlan, own: &StatementsPlan, initial: &Initial) -> Self {
        let (text, picture) = (&plan.text, &plan.picture);
        let joint = own.fusion == Fusion::Joint;
        let look = (!joint).then(|| cross(text.heads, picture.width, false));
        let linear = |name, [from, to]: [usize; 2]| Linear::new([from, to], Bias::With, DEVIATION, &initial.at(name));
        Self {
            picture: Vit::new(picture, &initial.at("picture")),
            text: Text::new(text, &block(text, look), [plan.vocabulary, plan.first()], &initial.at("text")),
            class: Embedding::new([1, text.width], DEVIATION, &initial.at("class")),
            bridge: joint.then(|| linear("bridge", [picture.width, text.width])),
            stream: (!joint).then(|| Stream::new(plan, &initial.at("stream"))),
            head: linear("head", [text.width, own.classes]),
        }
    }

    /// What the class token has come to know, `[batch, width]`.
    pub fn pooled(&self, pictures: Tensor<4>, texts: &Texts, pass: &mut Pass) -> Tensor<2> {
        let seen = self.picture.hidden(pictures, pass); // [batch, position, width]
        let said = self.text.embed(texts.ids.clone(), pass); // [batch, query, width]
        let [batch, _, width] = said.dims();
        let class = self.class.positions(0, 1).expand([batch, 1, width]);
        let hidden = match (&self.bridge, &self.stream) {
            (Some(bridge), _) => self.joint([class, bridge.forward(seen, pass), said], &texts.lengths, pass),
            (None, Some(stream)) => self.crossed(stream, seen, Tensor::cat(vec![class, said], 1), &texts.lengths, pass),
            (None, None) => panic!("a picture is seen in one stream or in two"),
        };
        hidden.narrow(1, 0, 1).squeeze_dim(1)
    }

    /// One sequence: class token, picture, and last the text, so that padding ends it.
    fn joint(&self, parts: [Tensor<3>; 3], lengths: &[usize], pass: &mut Pass) -> Tensor<3> {
        let [class, patches, _] = parts.each_ref().map(|part| part.dims()[1]);
        let lengths: Arc<[usize]> = lengths.iter().map(|length| class + patches + length).collect();
        self.text.through(Tensor::cat(parts.into(), 1), &lengths.into(), pass)
    }

    /// Two streams: at each level the text looks at the picture, and the picture at the text, as the level below left them.
    fn crossed(
        &self,
        stream: &Stream,
        mut seen: Tensor<3>,
        mut said: Tensor<3>,
        lengths: &[usize],
        pass: &mut Pass,
    ) -> Tensor<3> {
        let lengths: Arc<[usize]> = lengths.iter().map(|length| 1 + length).collect();
        for level in 0..self.text.blocks.len() {
            let picture = Memory { hidden: stream.norm.forward(seen.clone()), lengths: None };
            let text = Memory { hidden: self.text.norm.forward(said.clone()), lengths: Some(lengths.clone()) };
            let sight = Sight { lengths: Some(lengths.clone()), memory: Some(picture), ..Sight::default() };
            said = self.text.block(level, said, &sight, pass);
            if let Some(block) = stream.blocks.get(level) {
                pass.enter(self.text.end() + level);
                seen = block.seeing(seen, &Sight { memory: Some(text), ..Sight::default() }, pass);
            }
        }
        self.text.norm.forward(said)
    }

    /// Logits `[batch, class]`.
    pub fn logits(&self, pictures: Tensor<4>, texts: &Texts, pass: &mut Pass) -> Tensor<2> {
        let pooled = self.pooled(pictures, texts, pass).unsqueeze();
        self.head.forward(pooled, pass).squeeze_dim(0)
    }

    /// The cross-entropy of each class `[batch]` in nats, `[batch]`; zero where it is ignored.
    pub fn losses(&self, pictures: Tensor<4>, texts: &Texts, targets: Tensor<1, Int>, pass: &mut Pass) -> Tensor<1> {
        cross_entropy_rows(self.logits(pictures, texts, pass), targets)
    }

    /// Their sum `[1]`: what training lowers.
    pub fn loss(&self, pictures: Tensor<4>, texts: &Texts, targets: Tensor<1, Int>, pass: &mut Pass) -> Tensor<1> {
        self.losses(pictures, texts, targets, pass).sum()
    }

    /// Whether weight decay spares the parameter at this path: norms, biases and embeddings.
    pub fn spared(path: &str) -> bool {
        Vit::spared(path)
    }

    /// Whether the parameter at this path is a matrix between hidden layers.
    pub fn hidden_matrix(path: &str) -> bool {
        Vit::hidden_matrix(path) || path == "bridge.weight"
    }

    /// The device that the model lives on.
    pub fn device(&self) -> Device {
        self.picture.device()
    }
}

impl Stream {
    fn new(plan: &MultimodalPlan, initial: &Initial) -> Self {
        let (block, picture) = (stream_block(plan), &plan.picture);
        let norm = Norm::new(picture.norm, picture.width, block.bias.norms, picture.norm_epsilon, &initial.at("norm"));
        let blocks = 0..plan.text.layers - 1;
        Self { blocks: blocks.map(|index| Block::new(&block, &initial.at("blocks").nth(index))).collect(), norm }
    }
}

/// A block of the picture's stream: as wide as the tower's, with a look at the text.
pub(crate) fn stream_block(plan: &MultimodalPlan) -> BlockConfig {
    let picture = &plan.picture;
    BlockConfig {
        width: picture.width,
        hidden: picture.hidden,
        attention: AttentionConfig::plain(picture.heads, Mask::Everything),
        cross: Some(cross(picture.heads, plan.text.width, false)),
        feed_forward: picture.feed_forward,
        norm: picture.norm,
        norm_epsilon: picture.norm_epsilon,
        norm_place: NormPlace::Before,
        bias: if picture.bias { Bias::With } else { Bias::Without }.into(),
        dropout: picture.attention_dropout,
        residual: ResidualConfig { dropout: picture.dropout, ..ResidualConfig::default() },
        deviation: DEVIATION,
        residual_deviation: DEVIATION,
    }
}
