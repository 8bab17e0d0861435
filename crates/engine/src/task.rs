//! A way of learning: what the loop asks of a model and its data.

use std::{error::Error, ops::Range};

use attentive_attention::Pass;
use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use crate::Role;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    Train,
    Validation,
}

/// Which rows of which batch. In training, `step` counts from zero and any split of the rows of a step into micro-batches gives
/// the same rows; in validation, `step` is the number of the batch, until there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    pub split: Split,
    pub step: u64,
    pub rows: Range<usize>,
}

/// A sum over targets, `[1]`, and how many there were: so that unequal micro-batches still average right.
#[derive(Debug)]
pub struct Loss {
    pub sum: Tensor<1>,
    pub count: u64,
    /// What it is made up of, where that is more than one thing: names for the journal, and sums over the same targets.
    pub parts: Vec<(&'static str, Tensor<1>)>,
}

impl Loss {
    /// Of one piece.
    pub fn whole(sum: Tensor<1>, count: u64) -> Self {
        Self { sum, count, parts: Vec::new() }
    }
}

/// What evaluation keeps of one item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item {
    /// Summed loss in nats.
    pub nats: f64,
    /// Targets that counted.
    pub count: u64,
}

pub type TaskError = Box<dyn Error + Send + Sync>;

pub trait Task: Sync {
    type Model: Module + 'static;
    type Batch: Send;

    /// Fresh weights, or those that the plan starts from.
    fn model(&self, device: &Device) -> Result<Self::Model, TaskError>;

    /// Pure in `at`. `None` ends a split.
    fn batch(&self, at: &At) -> Result<Option<Self::Batch>, TaskError>;

    fn loss(&self, model: &Self::Model, batch: Self::Batch, pass: &mut Pass) -> Loss;

    /// One small host value per item: logits never accumulate.
    fn judge(&self, model: &Self::Model, batch: Self::Batch, pass: &mut Pass) -> Vec<Item>;

    /// What a loss is the mean over, by the name that speeds are told in.
    fn counted(&self) -> &'static str {
        "tokens"
    }

    /// How optimizers are to treat the parameter at this path.
    fn role(&self, path: &str) -> Role;

    /// Something to look at on the way, such as a sample text.
    fn sample(&self, _model: &Self::Model) -> Option<String> {
        None
    }

    /// Floating-point operations of training on one row.
    fn operations(&self) -> f64;
}
