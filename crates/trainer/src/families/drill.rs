//! A GPT that learns random ids: the work of training without its meaning, to be timed.

use attentive_attention::{Cost, Initial, Pass};
use attentive_data::Batch;
use attentive_engine::{At, Item, Loss, Role, Task, TaskError, TrainingPlan};
use attentive_gpt::{Gpt as Model, GptPlan, cost};
use attentive_random::{Key, Stream};
use burn::tensor::Device;

use super::gpt;

#[derive(Debug)]
pub(crate) struct Drill {
    pub(crate) model: GptPlan,
    pub(crate) training: TrainingPlan,
}

impl Drill {
    pub(crate) fn cost(&self) -> Cost {
        cost(&self.model)
    }

    /// Random ids for a whole batch.
    fn ids(&self, rows: usize, mut stream: Stream) -> Vec<i32> {
        (0..rows * self.model.context).map(|_| stream.below(self.model.vocabulary) as i32).collect()
    }
}

impl Task for Drill {
    type Model = Model;
    type Batch = Batch;

    fn model(&self, device: &Device) -> Result<Model, TaskError> {
        let initial = Initial::new(self.training.seed, device).with_precision(self.training.precision);
        Ok(Model::new(&self.model, &initial))
    }

    fn batch(&self, at: &At) -> Result<Option<Batch>, TaskError> {
        let (key, rows) = (Key::new(self.training.seed).at("drill").nth(at.step), at.rows.len());
        let [inputs, targets] = ["inputs", "targets"].map(|name| self.ids(rows, key.at(name).stream()));
        Ok(Some(Batch { inputs, targets, rows, length: self.model.context }))
    }

    fn loss(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Loss {
        gpt::loss(model, batch, pass)
    }

    fn judge(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Vec<Item> {
        gpt::items(model, batch, pass)
    }

    /// None is spared: the optimizers of those that this is measured against decay all weights alike.
    fn role(&self, _: &str) -> Role {
        Role::Weight
    }

    fn operations(&self) -> f64 {
        3.0 * self.cost().forward as f64
    }
}
