//! A model whose gates begin shut lets no gradient through to the picture at first. Here they stand ajar, so that a preflight sees what
//! is behind them.

use attentive_attention::{Pass, updated};
use attentive_engine::{At, Item, Loss, Role, Task, TaskError};
use attentive_multimodal::Answers as Model;
use burn::tensor::Device;

use super::answers::{Answers, Batch};

/// What is added to a gate.
const AJAR: f64 = 0.5;

pub(super) struct Ajar<'a>(pub(super) &'a Answers);

impl Task for Ajar<'_> {
    type Model = Model;
    type Batch = Batch;

    fn model(&self, device: &Device) -> Result<Model, TaskError> {
        let opened = |path: &str, values| if path.ends_with("cross.gate") { values + AJAR } else { values };
        Ok(updated(self.0.model(device)?, opened))
    }

    fn batch(&self, at: &At) -> Result<Option<Batch>, TaskError> {
        self.0.batch(at)
    }

    fn loss(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Loss {
        self.0.loss(model, batch, pass)
    }

    fn judge(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Vec<Item> {
        self.0.judge(model, batch, pass)
    }

    fn role(&self, path: &str) -> Role {
        self.0.role(path)
    }

    fn operations(&self) -> f64 {
        self.0.operations()
    }
}
