//! A small task: two blocks learn a function of each position, and each row counts some of its positions only.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use attentive_attention::{
    AttentionConfig, Bias, Block, BlockConfig, FeedForwardKind, Initial, Linear, Mask, NormKind, NormPlace, Pass,
    ResidualConfig,
};
use attentive_engine::{At, Item, Loss, Role, Split, Task, TaskError};
use attentive_random::Key;
use attentive_testkit::host;
use burn::{
    module::Module,
    tensor::{Device, Tensor, TensorData},
};

const QUERIES: usize = 5;
const FEATURES: usize = 3;
const HEADS: usize = 2;
pub(crate) const VALIDATION_BATCHES: u64 = 3;

/// What goes wrong at a step.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// The loss is this many times what it should be.
    Times(f32),
    /// The gradient of `output.weight`, and of no other tensor, is no number.
    OutputWeight,
    /// The split ends.
    End,
    Error,
}

/// Where the gradient is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    Nowhere,
    /// Nothing flows back into the first layer.
    Input,
    /// Half of the prediction counts as a constant: all gradients are half of what they should be.
    Half,
}

#[derive(Module, Debug)]
pub(crate) struct Network {
    input: Linear,
    blocks: Vec<Block>,
    output: Linear,
}

#[derive(Debug)]
pub(crate) struct Synthetic {
    pub(crate) width: usize,
    pub(crate) blocks: usize,
    pub(crate) dropout: f64,
    /// Each step has the rows of the first one.
    pub(crate) repeated: bool,
    /// Validation wants the opposite of what training teaches.
    pub(crate) contrary: bool,
    pub(crate) faults: BTreeMap<u64, Fault>,
    pub(crate) cut: Cut,
    /// The interrupt that runs listen to, and the step and first row of the micro-batch that sets it.
    pub(crate) interrupt: AtomicBool,
    pub(crate) interrupted_within: Option<(u64, usize)>,
    /// Training batches made so far.
    pub(crate) made: AtomicUsize,
}

impl Default for Synthetic {
    fn default() -> Self {
        Self {
            width: 8,
            blocks: 2,
            dropout: 0.2,
            repeated: false,
            contrary: false,
            faults: BTreeMap::new(),
            cut: Cut::Nowhere,
            interrupt: AtomicBool::new(false),
            interrupted_within: None,
            made: AtomicUsize::new(0),
        }
    }
}

/// Plain arrays, row by row; a position counts by its weight, zero or one.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    step: u64,
    first: usize,
    inputs: Vec<f32>,
    targets: Vec<f32>,
    weights: Vec<f32>,
}

impl Rows {
    fn push(&mut self, key: Key, sign: f32) {
        let inputs = key.normals(QUERIES * FEATURES, 1.0);
        let counted = 1 + key.at("counted").stream().below(QUERIES);
        self.targets.extend(inputs.chunks(FEATURES).map(|input| sign * (input[0] * input[1] - input[2])));
        self.weights.extend((0..QUERIES).map(|query| if query < counted { 1.0 } else { 0.0 }));
        self.inputs.extend(inputs);
    }

    /// Targets that count in each row.
    fn counts(&self) -> Vec<u64> {
        self.weights.chunks(QUERIES).map(|row| row.iter().sum::<f32>() as u64).collect()
    }

    fn tensor<const D: usize>(values: &[f32], dims: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::from_data(TensorData::new(values.to_vec(), dims), device)
    }
}

impl Synthetic {
    fn block(&self) -> BlockConfig {
        BlockConfig {
            width: self.width,
            hidden: 2 * self.width,
            attention: AttentionConfig::plain(HEADS, Mask::Causal),
            cross: None,
            feed_forward: FeedForwardKind::Gelu,
            norm: NormKind::Rms,
            norm_epsilon: 1e-5,
            norm_place: NormPlace::Before,
            bias: Bias::Without.into(),
            dropout: self.dropout,
            residual: ResidualConfig { dropout: self.dropout, ..ResidualConfig::default() },
            deviation: 0.3,
            residual_deviation: 0.3,
        }
    }

    /// Squared errors `[batch, query]`, zero where a position doesn't count.
    fn errors(&self, model: &Network, rows: &Rows, pass: &mut Pass) -> Tensor<2> {
        let (batch, device) = (rows.weights.len() / QUERIES, model.output.weight.val().device());
        let input = Rows::tensor(&rows.inputs, [batch, QUERIES, FEATURES], &device);
        pass.enter(model.blocks.len());
        let start = pass.dropout(model.input.forward(input, pass), self.dropout);
        let start = if self.cut == Cut::Input { start.detach() } else { start };
        let blocks = model.blocks.iter().enumerate();
        let end = blocks.fold(start, |hidden, (index, block)| pass.block(index, block, hidden, Block::forward));
        let guess = model.output.forward(end, pass).reshape([batch, QUERIES]);
        let guess = if self.cut == Cut::Half { (guess.clone() + guess.detach()) * 0.5 } else { guess };
        let error = guess - Rows::tensor(&rows.targets, [batch, QUERIES], &device);
        error.clone() * error * Rows::tensor(&rows.weights, [batch, QUERIES], &device)
    }
}

impl Task for Synthetic {
    type Model = Network;
    type Batch = Rows;

    fn model(&self, device: &Device) -> Result<Network, TaskError> {
        let initial = Initial::new(1, device);
        let linear = |name, dims| Linear::new(dims, Bias::With, 0.3, &initial.at(name));
        Ok(Network {
            input: linear("input", [FEATURES, self.width]),
            blocks: (0..self.blocks).map(|index| Block::new(&self.block(), &initial.at("blocks").nth(index))).collect(),
            output: linear("output", [self.width, 1]),
        })
    }

    fn batch(&self, at: &At) -> Result<Option<Rows>, TaskError> {
        let (name, sign) = match at.split {
            Split::Train => ("train", 1.0),
            Split::Validation if at.step >= VALIDATION_BATCHES => return Ok(None),
            Split::Validation => ("validation", if self.contrary { -1.0 } else { 1.0 }),
        };
        if at.split == Split::Train {
            self.made.fetch_add(1, Ordering::Relaxed);
            match self.faults.get(&at.step) {
                Some(Fault::End) => return Ok(None),
                Some(Fault::Error) => return Err("the disk is gone".into()),
                _ => {}
            }
        }
        let key = Key::new(7).at(name).nth(if self.repeated { 0 } else { at.step });
        let mut rows = Rows { step: at.step, first: at.rows.start, ..Rows::default() };
        at.rows.clone().for_each(|row| rows.push(key.nth(row as u64), sign));
        Ok(Some(rows))
    }

    fn loss(&self, model: &Network, rows: Rows, pass: &mut Pass) -> Loss {
        if self.interrupted_within == Some((rows.step, rows.first)) {
            self.interrupt.store(true, Ordering::Relaxed);
        }
        let sum = self.errors(model, &rows, pass).sum();
        let sum = match self.faults.get(&rows.step) {
            Some(&Fault::Times(factor)) => sum * factor,
            Some(Fault::OutputWeight) => sum + (model.output.weight.val() * f32::NAN).sum(),
            _ => sum,
        };
        Loss::whole(sum, rows.counts().iter().sum())
    }

    fn judge(&self, model: &Network, rows: Rows, pass: &mut Pass) -> Vec<Item> {
        let sums = host(self.errors(model, &rows, pass).sum_dim(1));
        let items = sums.into_iter().zip(rows.counts());
        items.map(|(nats, count)| Item { nats: f64::from(nats), count }).collect()
    }

    fn role(&self, path: &str) -> Role {
        if path.contains("norm.") || path.ends_with("bias") { Role::Spared } else { Role::Matrix }
    }

    fn operations(&self) -> f64 {
        1e3
    }
}
