//! The model, top to bottom: embed, blocks, and what the head makes of them. A place is what the head judges: a position, or, where
//! it is pooled, a text as a whole.

use std::{f64::consts::SQRT_2, sync::Arc};

use attentive_attention::{
    AttentionConfig, Bias, Block, BlockConfig, Embedding, IGNORED, Initial, Linear, Mask, Norm, NormPlace, Pass,
    Precision, ResidualConfig, Sight, sinusoids,
};
use attentive_kernels::{
    Activation, Affine, CrossEntropy, activate, linear, linear_cross_entropy, linear_cross_entropy_rows,
};
use burn::{
    module::{Module, Param},
    tensor::{Device, Int, Tensor, TensorData},
};

use crate::{BertPlan, Head, HeadActivation, Pooling, Positions, asked::Asked};

/// Standard deviation of fresh weights (Devlin et al. 2019).
const DEVIATION: f64 = 0.02;

/// Base of the rotary frequencies (Su et al. 2021).
const THETA: f64 = 10_000.0;

/// Rows of tokens, padded behind their ends.
#[derive(Clone, Debug)]
pub struct Sentences {
    /// `[batch, query]`.
    pub ids: Tensor<2, Int>,
    /// Which segment each token belongs to, `[batch, query]`; absent, all belong to the first.
    pub kinds: Option<Tensor<2, Int>>,
    /// How many tokens of each row are no padding.
    pub lengths: Arc<[usize]>,
}

/// What is asked of a batch.
#[derive(Clone, Debug)]
pub enum Targets {
    /// The token, class or tag of each place, row by row; [`IGNORED`] where nothing is asked.
    Ids(Vec<i32>),
    /// The number of each row.
    Numbers(Vec<f32>),
}

/// What the model takes to be right at each place, `[batch, place]`; at padding, that is of no use.
#[derive(Clone, Debug)]
pub enum Predictions {
    Ids(Tensor<2, Int>),
    Numbers(Tensor<2>),
}

#[derive(Module, Debug)]
pub struct Bert {
    pub tokens: Embedding,
    pub positions: Option<Embedding>,
    pub kinds: Option<Embedding>,
    /// Present when blocks normalize behind their branches.
    pub embedding_norm: Option<Norm>,
    pub blocks: Vec<Block>,
    /// Present when blocks normalize before their branches.
    pub norm: Option<Norm>,
    pub head: Scorer,
    /// Present where states are compared with those of a teacher of another width.
    pub lens: Option<Linear>,
    #[module(skip)]
    plan: BertPlan,
    #[module(skip)]
    precision: Precision,
}

/// What makes scores of the last block's stream.
#[derive(Module, Debug)]
pub struct Scorer {
    /// Reads a text as a whole.
    pub pooler: Option<Linear>,
    /// Reads a masked token, as does the norm.
    pub transform: Option<Linear>,
    pub norm: Option<Norm>,
    /// `[width, output]`; absent when the token embedding serves.
    pub weight: Option<Param<Tensor<2>>>,
    /// `[output]`.
    pub bias: Option<Param<Tensor<1>>>,
}

impl Bert {
    pub fn new(plan: &BertPlan, initial: &Initial) -> Self {
        let (block, width) = (block(plan), plan.width);
        let table = |name, rows: usize| Embedding::new([rows, width], DEVIATION, &initial.at(name));
        let norm = |name| Norm::new(plan.norm, width, block.bias.norms, plan.norm_epsilon, &initial.at(name));
        let behind = plan.norm_place == NormPlace::After;
        Self {
            tokens: table("tokens", plan.vocabulary),
            positions: (plan.positions == Positions::Learned)
                .then(|| table("positions", plan.position_offset + plan.context)),
            kinds: (plan.kinds > 0).then(|| table("kinds", plan.kinds)),
            embedding_norm: behind.then(|| norm("embedding_norm")),
            blocks: (0..plan.layers).map(|index| Block::new(&block, &initial.at("blocks").nth(index))).collect(),
            norm: (!behind).then(|| norm("norm")),
            head: Scorer::new(plan, &initial.at("head")),
            lens: initial.lens(width),
            plan: plan.clone(),
            precision: initial.precision(),
        }
    }

    /// The sum of what each token is, where it stands and which segment it belongs to, `[batch, query, width]`.
    fn begin(&self, sentences: &Sentences, pass: &mut Pass) -> Tensor<3> {
        let [_, queries] = sentences.ids.dims();
        pass.enter(self.blocks.len());
        let tokens = self.tokens.forward(sentences.ids.clone());
        let placed = match (&self.positions, self.plan.positions) {
            (Some(positions), _) => tokens + positions.positions(self.plan.position_offset, queries),
            (None, Positions::Sinusoidal) => {
                // The mean square of a wave is one half.
                let waves = sinusoids(0, queries, self.plan.width, &tokens.device()) * (DEVIATION * SQRT_2);
                tokens + waves
            }
            (None, _) => tokens,
        };
        let sum = match (&self.kinds, &sentences.kinds) {
            (None, _) => placed,
            (Some(table), Some(kinds)) if self.plan.kinds > 1 => placed + table.forward(kinds.clone()),
            (Some(table), _) => placed + table.positions(0, 1),
        };
        pass.dropout(normalized(self.embedding_norm.as_ref(), sum), self.plan.dropout)
    }

    /// The last block's stream, `[batch, query, width]`; at padding, that is of no use.
    pub fn hidden(&self, sentences: &Sentences, pass: &mut Pass) -> Tensor<3> {
        let start = self.begin(sentences, pass);
        let sight = Sight::from(sentences.lengths.clone());
        let end = self.blocks.iter().enumerate().fold(start, |hidden, (index, block)| {
            let sight = sight.clone();
            let see = move |block: &Block, hidden, pass: &mut Pass| block.seeing(hidden, &sight, pass);
            pass.block(index, block, hidden, see)
        });
        normalized(self.norm.as_ref(), end)
    }

    /// A vector for each text, `[batch, width]`, of whatever length it comes to.
    pub fn embed(&self, sentences: &Sentences, pooling: Pooling, pass: &mut Pass) -> Tensor<2> {
        pooling.of(self.hidden(sentences, pass), &sentences.lengths).squeeze_dim(1)
    }

    /// What the head judges, `[batch, place, width]`.
    fn places(&self, sentences: &Sentences, pass: &mut Pass) -> Tensor<3> {
        let hidden = self.hidden(sentences, pass);
        self.judged(hidden, sentences, pass)
    }

    /// The same of the last block's stream.
    pub(crate) fn judged(&self, hidden: Tensor<3>, sentences: &Sentences, pass: &mut Pass) -> Tensor<3> {
        pass.enter(self.blocks.len() + 1);
        let judged = match &self.head.pooler {
            Some(pooler) => self.pooled(pooler, self.plan.pooling.of(hidden, &sentences.lengths), pass),
            None => hidden,
        };
        if self.plan.head == Head::Masked { judged } else { pass.dropout(judged, self.plan.head_dropout) }
    }

    /// What the pooler makes of texts' vectors, `[batch, 1, width]`.
    fn pooled(&self, pooler: &Linear, vectors: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let BertPlan { pooler_dropout, head_dropout, pooler_activation, .. } = self.plan;
        let vectors = if pooler_dropout { pass.dropout(vectors, head_dropout) } else { vectors };
        pooler_activation.behind(pooler, vectors, pass)
    }

    /// `[width, output]`.
    fn head_weight(&self) -> Tensor<2> {
        match &self.head.weight {
            Some(weight) => weight.val(),
            None => self.tokens.table.val().transpose(),
        }
    }

    /// What the last map reads.
    fn features(&self, places: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let transformed = match &self.head.transform {
            Some(transform) => self.plan.transform_activation.behind(transform, places, pass),
            None => places,
        };
        normalized(self.head.norm.as_ref(), transformed)
    }

    /// Scores of some places, `[batch, place, width]` to `[batch, place, output]`.
    fn scores(&self, places: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let bias = self.head.bias.as_ref().map(Param::val);
        linear(self.features(places, pass), Affine { weight: self.head_weight(), bias, precision: self.precision })
    }

    /// Scores of tokens, classes or tags, or the number, at each place: `[batch, place, output]`.
    pub fn logits(&self, sentences: &Sentences, pass: &mut Pass) -> Tensor<3> {
        let places = self.places(sentences, pass);
        self.scores(places, pass)
    }

    /// The same of those places alone that something is asked of, row by row: `[1, target, output]`.
    pub fn logits_asked(&self, sentences: &Sentences, targets: &[i32], pass: &mut Pass) -> Tensor<3> {
        let asked = Asked::of(targets);
        let places = self.places(sentences, pass);
        self.scores(asked.gather(places), pass)
    }

    /// What the model takes to be right.
    pub fn predictions(&self, sentences: &Sentences, pass: &mut Pass) -> Predictions {
        let logits = self.logits(sentences, pass);
        match self.plan.head {
            Head::Number => Predictions::Numbers(logits.squeeze_dim(2)),
            _ => Predictions::Ids(logits.argmax(2).squeeze_dim(2)),
        }
    }

    /// The summed loss of the targets, `[1]`: what training lowers. Cross-entropy in nats, or the square of a difference of numbers.
    pub fn loss(&self, sentences: &Sentences, targets: &Targets, pass: &mut Pass) -> Tensor<1> {
        let places = self.places(sentences, pass);
        self.missed(places, targets, pass)
    }

    /// The summed loss of what the head judges.
    pub(crate) fn missed(&self, places: Tensor<3>, targets: &Targets, pass: &Pass) -> Tensor<1> {
        match targets {
            Targets::Numbers(numbers) => self.squares(places, numbers, pass).sum(),
            Targets::Ids(ids) => {
                let asked = Asked::of(ids);
                let (features, weight) = self.product(asked.gather(places), pass);
                let options = CrossEntropy { precision: self.precision, ..CrossEntropy::default() };
                let targets = asked.targets(&features.device());
                linear_cross_entropy(features, weight, targets, options)
            }
        }
    }

    /// The loss at each place, `[batch, place]`; zero where it is ignored.
    pub fn losses(&self, sentences: &Sentences, targets: &Targets, pass: &mut Pass) -> Tensor<2> {
        let places = self.places(sentences, pass);
        let [batch, count, _] = places.dims();
        match targets {
            Targets::Numbers(numbers) => self.squares(places, numbers, pass).squeeze_dim(2),
            Targets::Ids(ids) => {
                let asked = Asked::of(ids);
                let (features, weight) = self.product(asked.gather(places), pass);
                let targets = asked.targets(&features.device());
                let losses = linear_cross_entropy_rows(features, weight, targets, self.precision);
                asked.scatter(losses, batch * count).reshape([batch, count])
            }
        }
    }

    /// `[batch, 1, 1]`.
    fn squares(&self, places: Tensor<3>, numbers: &[f32], pass: &Pass) -> Tensor<3> {
        let dims = [numbers.len(), 1, 1];
        let targets = Tensor::from_data(TensorData::new(numbers.to_vec(), dims), &places.device());
        let difference = self.scores(places, pass) - targets;
        difference.clone() * difference
    }

    /// What is multiplied to scores. A bias joins it as the weights of a channel that is always one.
    pub(crate) fn product(&self, places: Tensor<3>, pass: &Pass) -> (Tensor<3>, Tensor<2>) {
        let features = self.features(places, pass);
        let Some(bias) = &self.head.bias else { return (features, self.head_weight()) };
        let [batch, places, _] = features.dims();
        let one = Tensor::ones([batch, places, 1], &features.device());
        let weight = Tensor::cat(vec![self.head_weight(), bias.val().unsqueeze()], 0);
        (Tensor::cat(vec![features, one], 2), weight)
    }

    /// Whether weight decay spares the parameter at this path: norms, biases and embeddings.
    pub fn spared(path: &str) -> bool {
        path.contains("norm.") || path.ends_with("bias") || path.ends_with("table")
    }

    /// Whether the parameter at this path is a matrix between hidden layers.
    pub fn hidden_matrix(path: &str) -> bool {
        path.starts_with("blocks.") && !Self::spared(path)
    }

    /// Whether the parameter at this path belongs to a task: what other tasks take over is the rest.
    pub fn of_head(path: &str) -> bool {
        path.starts_with("head.")
    }

    /// The device that the model lives on.
    pub fn device(&self) -> Device {
        Param::val(&self.tokens.table).device()
    }
}

impl Scorer {
    fn new(plan: &BertPlan, initial: &Initial) -> Self {
        let (bias, width) = (bias(plan), plan.width);
        let masked = plan.head == Head::Masked;
        let dense = |name| Linear::new([width, width], bias, DEVIATION, &initial.at(name));
        Self {
            pooler: plan.head.is_pooled().then(|| dense("pooler")),
            transform: masked.then(|| dense("transform")),
            norm: masked.then(|| Norm::new(plan.norm, width, bias, plan.norm_epsilon, &initial.at("norm"))),
            weight: (!masked || !plan.tied).then(|| initial.at("weight").normal([width, plan.outputs()], DEVIATION)),
            bias: bias.parameter(plan.outputs(), &initial.at("bias")),
        }
    }
}

impl HeadActivation {
    /// What a layer and this make of `[batch, place, width]`.
    fn behind(self, layer: &Linear, input: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let activation = match self {
            Self::Tanh => return layer.forward(input, pass).tanh(),
            Self::Gelu => Activation::Gelu,
            Self::GeluTanh => Activation::GeluTanh,
            Self::QuickGelu => Activation::QuickGelu,
            Self::Relu => Activation::Relu,
            Self::Silu => Activation::Silu,
        };
        activate(layer.forward(input, pass), activation)
    }
}

impl Targets {
    /// How many count.
    pub fn asked(&self) -> usize {
        match self {
            Self::Ids(ids) => ids.iter().filter(|&&id| id != IGNORED).count(),
            Self::Numbers(numbers) => numbers.len(),
        }
    }
}

impl Pooling {
    /// A vector for each row, `[batch, 1, width]`.
    fn of(self, hidden: Tensor<3>, lengths: &[usize]) -> Tensor<3> {
        match self {
            Self::Class => hidden.narrow(1, 0, 1),
            Self::Mean => {
                let [_, queries, _] = hidden.dims();
                shares(lengths, queries, &hidden.device()).matmul(hidden)
            }
        }
    }
}

/// What each position adds to the mean of its row, `[batch, 1, query]`.
fn shares(lengths: &[usize], queries: usize, device: &Device) -> Tensor<3> {
    let share = |length: usize, query: usize| if query < length { 1.0 / length as f32 } else { 0.0 };
    let rows = lengths.iter().flat_map(|&length| (0..queries).map(move |query| share(length, query)));
    Tensor::from_data(TensorData::new(rows.collect::<Vec<f32>>(), [lengths.len(), 1, queries]), device)
}

fn normalized(norm: Option<&Norm>, stream: Tensor<3>) -> Tensor<3> {
    match norm {
        Some(norm) => norm.forward(stream),
        None => stream,
    }
}

fn bias(plan: &BertPlan) -> Bias {
    if plan.bias { Bias::With } else { Bias::Without }
}

pub(crate) fn block(plan: &BertPlan) -> BlockConfig {
    BlockConfig {
        width: plan.width,
        hidden: plan.hidden,
        attention: AttentionConfig {
            rotary: (plan.positions == Positions::Rotary).then_some(THETA.into()),
            ..AttentionConfig::plain(plan.heads, Mask::Everything)
        },
        cross: None,
        feed_forward: plan.feed_forward,
        norm: plan.norm,
        norm_epsilon: plan.norm_epsilon,
        norm_place: plan.norm_place,
        bias: bias(plan).into(),
        dropout: plan.attention_dropout,
        residual: ResidualConfig { dropout: plan.dropout, ..ResidualConfig::default() },
        deviation: DEVIATION,
        residual_deviation: DEVIATION,
    }
}
