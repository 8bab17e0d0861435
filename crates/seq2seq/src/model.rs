//! The model, top to bottom: the source through the encoder, the target through the decoder with a look at it, the head. Configs
//! choose its parts; the first transformer, T5 and BART are three such choices. Recomputation is not offered: a pass that asks for it
//! keeps its activations all the same.

use std::sync::Arc;

use attentive_attention::{
    AttentionConfig, Bias, Block, BlockConfig, Cache, CrossConfig, Embedding, Initial, Linear, Mask, Memory, Norm,
    NormPlace, Pass, Precision, RelativeBias, RelativeConfig, ResidualConfig, Sight, sinusoids,
};
use attentive_kernels::{Affine, CrossEntropy, linear, linear_cross_entropy, linear_cross_entropy_rows};
use burn::{
    module::{Module, Param},
    tensor::{Device, Int, Tensor},
};

use crate::{Positions, Seq2SeqPlan, fresh};

#[derive(Module, Debug)]
pub struct Seq2Seq {
    /// Of source and target.
    pub tokens: Embedding,
    pub encoder: Side,
    pub decoder: Side,
    /// Absent when the token embedding serves as head.
    pub head: Option<Linear>,
    /// `[vocabulary]`, added to logits: a constant of files from elsewhere, which training leaves alone.
    pub head_bias: Option<Param<Tensor<1>>>,
    /// The id whose vector learns nothing from being read.
    #[module(skip)]
    padding: Option<u32>,
    #[module(skip)]
    embedding_scale: Option<f64>,
    #[module(skip)]
    head_scale: Option<f64>,
    #[module(skip)]
    precision: Precision,
}

impl Seq2Seq {
    pub fn new(plan: &Seq2SeqPlan, initial: &Initial) -> Self {
        let (width, root) = (plan.width, (plan.width as f64).sqrt());
        let head = || Linear::new([width, plan.vocabulary], Bias::Without, 1.0 / root, &initial.at("head"));
        let model = Self {
            tokens: Embedding::new([plan.vocabulary, width], fresh::tokens(plan), &initial.at("tokens")),
            encoder: Side::encoder(plan, &initial.at("encoder")),
            decoder: Side::decoder(plan, &initial.at("decoder")),
            head: (!plan.tied).then(head),
            head_bias: plan.head_bias.then(|| initial.at("head_bias").constant([plan.vocabulary], 0.0)),
            padding: plan.padding,
            embedding_scale: plan.embedding_scale.then_some(root),
            head_scale: plan.head_scale.then_some(1.0 / root),
            precision: initial.precision(),
        };
        fresh::spread(model, plan)
    }

    /// What the decoder looks at, from source ids `[batch, key]` of which each row has `lengths` that are no padding. A cache has no
    /// place in this pass.
    pub fn encode(&self, source: Tensor<2, Int>, lengths: Arc<[usize]>, pass: &mut Pass) -> Memory {
        let hidden = self.encoder.forward(self.embed(source), lengths.clone().into(), pass);
        Memory { hidden, lengths: Some(lengths) }
    }

    /// Target ids `[batch, query]`, each seeing those before it and the whole source, to what the head reads, `[batch, query, width]`.
    /// With a cache, they follow the positions that it holds, and the memory is read once.
    pub fn decode(&self, ids: Tensor<2, Int>, memory: &Memory, pass: &mut Pass) -> Tensor<3> {
        let [_, queries] = ids.dims();
        let sight = Sight { memory: Some(memory.clone()), ..Sight::default() };
        let hidden = self.decoder.forward(self.embed(ids), sight, pass);
        pass.advance(queries);
        hidden
    }

    fn embed(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        let tokens = self.taught(self.tokens.forward(ids.clone()), ids);
        match self.embedding_scale {
            Some(scale) => tokens * scale,
            None => tokens,
        }
    }

    /// The vectors `[batch, query, width]` of ids, from which all but that of padding learn.
    fn taught(&self, tokens: Tensor<3>, ids: Tensor<2, Int>) -> Tensor<3> {
        let Some(padding) = self.padding.filter(|_| tokens.is_autodiff()) else { return tokens };
        let padded = ids.equal_elem(i64::from(padding)).unsqueeze_dim::<3>(2).expand(tokens.dims());
        tokens.clone().mask_where(padded, tokens.detach())
    }

    /// `[batch, query, width]` to logits `[batch, query, vocabulary]`.
    pub fn head(&self, hidden: Tensor<3>) -> Tensor<3> {
        let bias = self.head_bias.as_ref().map(|bias| bias.val().detach());
        let affine = Affine { weight: self.head_weight(), bias, precision: self.precision };
        linear(self.scaled(hidden), affine)
    }

    /// What is multiplied to logits. The bias joins it as the weights of a channel that is always one.
    fn product(&self, hidden: Tensor<3>) -> (Tensor<3>, Tensor<2>) {
        let (hidden, weight) = (self.scaled(hidden), self.head_weight());
        let Some(bias) = &self.head_bias else { return (hidden, weight) };
        let [batch, queries, _] = hidden.dims();
        let one = Tensor::ones([batch, queries, 1], &hidden.device());
        let bias = bias.val().detach().unsqueeze(); // [1, vocabulary]
        (Tensor::cat(vec![hidden, one], 2), Tensor::cat(vec![weight, bias], 0))
    }

    fn scaled(&self, hidden: Tensor<3>) -> Tensor<3> {
        match self.head_scale {
            Some(scale) => hidden * scale,
            None => hidden,
        }
    }

    /// `[width, vocabulary]`.
    fn head_weight(&self) -> Tensor<2> {
        match &self.head {
            Some(head) => head.weight.val(),
            None => self.tokens.table.val().transpose(),
        }
    }

    /// The summed cross-entropy of the targets `[batch, query]` in nats, `[1]`: what training lowers. `inputs` are the targets moved on
    /// by a start token; targets that are ignored don't count. `smoothing` is the share of each target spread over the vocabulary.
    pub fn loss(
        &self,
        source: Tensor<2, Int>,
        lengths: Arc<[usize]>,
        inputs: Tensor<2, Int>,
        targets: Tensor<2, Int>,
        smoothing: f64,
        pass: &mut Pass,
    ) -> Tensor<1> {
        let memory = self.encode(source, lengths, pass);
        let (hidden, weight) = self.product(self.decode(inputs, &memory, pass));
        let options = CrossEntropy { smoothing, precision: self.precision, ..CrossEntropy::default() };
        linear_cross_entropy(hidden, weight, targets, options)
    }

    /// The plain cross-entropy of each target in nats, `[batch, query]`; zero where it is ignored.
    pub fn losses(
        &self,
        source: Tensor<2, Int>,
        lengths: Arc<[usize]>,
        inputs: Tensor<2, Int>,
        targets: Tensor<2, Int>,
        pass: &mut Pass,
    ) -> Tensor<2> {
        let memory = self.encode(source, lengths, pass);
        let (hidden, weight) = self.product(self.decode(inputs, &memory, pass));
        linear_cross_entropy_rows(hidden, weight, targets, self.precision)
    }

    /// A cache for this many positions of the decoder.
    pub fn cache(&self, capacity: usize) -> Cache {
        Cache::new(self.encoder.blocks.len() + self.decoder.blocks.len(), capacity)
    }

    /// Whether weight decay spares the parameter at this path: norms, biases, embeddings and the vector of additive attention.
    pub fn spared(path: &str) -> bool {
        path.contains("norm.") || ["bias", "table", "score"].iter().any(|leaf| path.ends_with(leaf))
    }

    /// Whether the parameter at this path is a matrix between hidden layers.
    pub fn hidden_matrix(path: &str) -> bool {
        path.contains(".blocks.") && !Self::spared(path)
    }

    /// Whether training leaves the parameter at this path as it is: it has no gradient.
    pub fn frozen(path: &str) -> bool {
        path == "head_bias"
    }

    /// The device that the model lives on.
    pub fn device(&self) -> Device {
        Param::val(&self.tokens.table).device()
    }
}

/// The encoder or the decoder.
#[derive(Module, Debug)]
pub struct Side {
    pub positions: Option<Embedding>,
    pub embedding_norm: Option<Norm>,
    /// One for all blocks.
    pub relative: Option<RelativeBias>,
    pub blocks: Vec<Block>,
    /// Behind the blocks, where they normalize before their branches.
    pub norm: Option<Norm>,
    #[module(skip)]
    places: Positions,
    /// Rows of learned positions before the first one's.
    #[module(skip)]
    unused: usize,
    /// The number of the first block: those of the two sides draw and remember apart.
    #[module(skip)]
    first: usize,
    /// The number under which the embedding draws.
    #[module(skip)]
    entrance: usize,
    #[module(skip)]
    dropout: f64,
}

impl Side {
    fn encoder(plan: &Seq2SeqPlan, initial: &Initial) -> Self {
        let (first, entrance) = (0, plan.layers + plan.decoder_layers);
        Self { first, entrance, ..Self::new(plan, &encoder_block(plan), plan.layers, initial) }
    }

    fn decoder(plan: &Seq2SeqPlan, initial: &Initial) -> Self {
        let (first, entrance) = (plan.layers, plan.layers + plan.decoder_layers + 1);
        Self { first, entrance, ..Self::new(plan, &decoder_block(plan), plan.decoder_layers, initial) }
    }

    fn new(plan: &Seq2SeqPlan, block: &BlockConfig, layers: usize, initial: &Initial) -> Self {
        let (width, deviation) = (plan.width, fresh::positions(plan));
        let norm = |name| Norm::new(plan.norm, width, block.bias.norms, plan.norm_epsilon, &initial.at(name));
        let learned =
            || Embedding::new([plan.unused_positions + plan.context, width], deviation, &initial.at("positions"));
        let both_sides = block.attention.mask == Mask::Everything;
        let distances = RelativeConfig { buckets: plan.buckets, most: plan.distance, both_sides };
        let relative = || RelativeBias::new(distances, plan.heads, deviation, &initial.at("relative"));
        Self {
            positions: (plan.positions == Positions::Learned).then(learned),
            embedding_norm: plan.embedding_norm.then(|| norm("embedding_norm")),
            relative: (plan.positions == Positions::Relative).then(relative),
            blocks: (0..layers).map(|index| Block::new(block, &initial.at("blocks").nth(index))).collect(),
            norm: (plan.norm_place == NormPlace::Before).then(|| norm("norm")),
            places: plan.positions,
            unused: plan.unused_positions,
            first: 0,
            entrance: 0,
            dropout: plan.dropout,
        }
    }

    /// Embedded tokens `[batch, query, width]` to what stands behind the last block.
    fn forward(&self, tokens: Tensor<3>, sight: Sight, pass: &mut Pass) -> Tensor<3> {
        let [_, queries, _] = tokens.dims();
        let start = pass.position();
        let bias = self.relative.as_ref().map(|relative| relative.forward(start, queries, start + queries));
        let sight = Sight { bias, ..sight };
        let blocks = self.blocks.iter().zip(self.first..);
        let end = blocks.fold(self.enter(tokens, pass), |hidden, (block, index)| {
            pass.enter(index);
            block.seeing(hidden, &sight, pass)
        });
        normalized(self.norm.as_ref(), end)
    }

    /// Where the tokens stand, and what is done before the first block.
    fn enter(&self, tokens: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let [_, queries, width] = tokens.dims();
        let start = pass.position();
        let placed = match (&self.positions, self.places) {
            (Some(learned), _) => tokens + learned.positions(self.unused + start, queries),
            (None, Positions::Sinusoidal) => {
                let waves = sinusoids(start, queries, width, &tokens.device());
                tokens + waves
            }
            (None, _) => tokens,
        };
        pass.enter(self.entrance);
        pass.dropout(normalized(self.embedding_norm.as_ref(), placed), self.dropout)
    }
}

fn normalized(norm: Option<&Norm>, hidden: Tensor<3>) -> Tensor<3> {
    match norm {
        Some(norm) => norm.forward(hidden),
        None => hidden,
    }
}

/// A block whose positions see the whole source.
pub(crate) fn encoder_block(plan: &Seq2SeqPlan) -> BlockConfig {
    BlockConfig {
        width: plan.width,
        hidden: plan.hidden,
        attention: AttentionConfig {
            channels: Some(plan.channels),
            scale: score_scale(plan),
            rotary: (plan.positions == Positions::Rotary).then_some(plan.rotary_theta.into()),
            ..AttentionConfig::plain(plan.heads, Mask::Everything)
        },
        cross: None,
        feed_forward: plan.feed_forward,
        norm: plan.norm,
        norm_epsilon: plan.norm_epsilon,
        norm_place: plan.norm_place,
        bias: if plan.bias { Bias::With } else { Bias::Without }.into(),
        dropout: plan.attention_dropout,
        residual: ResidualConfig { dropout: plan.dropout, ..ResidualConfig::default() },
        deviation: fresh::UNIT,
        residual_deviation: fresh::UNIT,
    }
}

/// A block whose positions see those before them, and what the encoder made.
pub(crate) fn decoder_block(plan: &Seq2SeqPlan) -> BlockConfig {
    let block = encoder_block(plan);
    let cross = CrossConfig {
        kind: plan.cross,
        heads: plan.heads,
        channels: Some(plan.channels),
        width: plan.width,
        scale: score_scale(plan),
        gated: false,
    };
    BlockConfig { attention: AttentionConfig { mask: Mask::Causal, ..block.attention }, cross: Some(cross), ..block }
}

/// What scores are multiplied with, where it is not what they usually are.
fn score_scale(plan: &Seq2SeqPlan) -> Option<f64> {
    (!plan.score_scale).then_some(1.0)
}
