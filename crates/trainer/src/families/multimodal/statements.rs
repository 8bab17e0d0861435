//! Statements about pictures: a batch is pictures with a sentence each; the loss is cross-entropy of whether it holds; the result says
//! so of any.

use attentive_attention::{Cost, Pass};
use attentive_data::{DataError, Padded, Row, Task as DataTask, padded};
use attentive_engine::{At, Event as FitEvent, Item as Judgment, Loss, Role, Task, TaskError};
use attentive_multimodal::{Statements as Model, StatementsPlan, cost};
use burn::tensor::{Device, Int, Tensor};

use super::{
    super::{
        Asking, Family, Run, Trained,
        candidates::{Judged, host, probabilities, ranked, same_classes, unfit},
    },
    basis::{Basis, CHECKED_ROWS, EVALUATION_ROWS, Shown, Splits},
    usual,
};
use crate::{
    Event, RunPlan, TrainerError,
    evaluation::{Asked, Evaluation, Measure, On},
    foreign::begun,
    material::Material,
};

pub(super) struct Statements {
    basis: Basis,
    own: StatementsPlan,
    splits: Option<Splits<Stated>>,
}

/// A sentence as ids, and the number of what is so.
struct Stated {
    ids: Vec<u32>,
    truth: usize,
}

/// Pictures `[row, channel, height, width]`, a sentence each, and what is so.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pixels: Vec<f32>,
    texts: Padded,
    truths: Vec<i32>,
}

/// The number of the row's truth: as it stands there, or of the class that it spells.
fn truth(row: &Row, names: &[String]) -> Result<usize, DataError> {
    let spelled = row.text("truth").ok();
    let named = spelled.and_then(|text| names.iter().position(|name| name.eq_ignore_ascii_case(text.trim())));
    if let Some(truth) = named {
        return Ok(truth);
    }
    let number = row.integer("truth")?;
    usize::try_from(number).ok().filter(|truth| *truth < names.len()).ok_or_else(|| {
        let problem = format!("`truth` is {number}");
        DataError::Malformed { place: row.place.clone(), problem, remedy: "write 1 for true and 0 for false" }
    })
}

impl Statements {
    pub(super) fn open(
        basis: Basis,
        own: StatementsPlan,
        material: Option<Material>,
        told: &mut dyn FnMut(Event),
    ) -> Result<Self, TrainerError> {
        let mut family = Self { basis, own, splits: None };
        family.splits = family.basis.splits(material, |row| family.stated(row), told)?;
        Ok(family)
    }

    fn stated(&self, row: &Row) -> Result<Stated, DataError> {
        let ids = self.basis.closed(self.basis.ids(row, row.text("sentence")?)?);
        Ok(Stated { ids, truth: truth(row, self.names())? })
    }

    fn names(&self) -> &[String] {
        &self.basis.plan.data.labels
    }

    fn splits(&self) -> &Splits<Stated> {
        self.splits.as_ref().expect("commands that train open the data")
    }

    /// `[picture, class]`
    fn logits(&self, model: &Model, pictures: Tensor<4>, texts: &[&[u32]]) -> Vec<f32> {
        let texts = self.basis.texts(&padded(texts, self.basis.end), &model.device());
        host(model.logits(pictures, &texts, &mut Pass::evaluation()))
    }

    /// Of each row, `[row]`.
    fn losses(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Tensor<1> {
        let (rows, device) = (batch.truths.len(), model.device());
        let pictures = self.basis.pictures(batch.pixels, rows, &device);
        let texts = self.basis.texts(&batch.texts, &device);
        let truths = Tensor::<1, Int>::from_data(batch.truths.as_slice(), &device);
        model.losses(pictures, &texts, truths, pass)
    }

    fn measures(
        &self,
        model: &Model,
        shown: &Shown<Stated>,
        told: &mut dyn FnMut(Event),
    ) -> Result<Vec<Measure>, TrainerError> {
        let (items, mut judged): (Vec<usize>, _) = ((0..shown.said.len()).collect(), Judged::default());
        for chunk in items.chunks(EVALUATION_ROWS) {
            let said = || chunk.iter().map(|&item| &shown.said[item]);
            let texts: Vec<&[u32]> = said().map(|stated| stated.ids.as_slice()).collect();
            let pictures = self.basis.judged(shown, chunk, &model.device())?;
            let right: Vec<usize> = said().map(|stated| stated.truth).collect();
            judged.extend(&self.logits(model, pictures, &texts), self.own.classes, &right);
            let done = chunk.last().map_or(0, |last| last + 1);
            told(Event::Fit(FitEvent::Evaluating { done, total: Some(items.len()) }));
        }
        let truths = || shown.said.iter().map(|stated| stated.truth);
        let usual = usual(truths());
        let mut measures = judged.measures();
        measures.push(Measure::share("majority", truths().map(|truth| Some(truth) == usual)));
        Ok(measures)
    }

    /// The likeliest class's name.
    fn verdict(&self, model: &Model, picture: Tensor<4>, ids: &[u32]) -> String {
        let ranked = ranked(&probabilities(&self.logits(model, picture, &[ids])), self.names());
        ranked.into_iter().next().map_or_else(String::new, |best| best.name)
    }
}

impl Family for Statements {
    fn plan(&self) -> &RunPlan {
        &self.basis.plan
    }

    fn fresh(&self, device: &Device) -> Model {
        Model::new(&self.basis.model, &self.own, &self.basis.initial(device))
    }

    fn cost(&self) -> Cost {
        cost(&self.basis.model)
    }

    fn checked_rows(&self) -> usize {
        CHECKED_ROWS
    }
}

impl Run for Statements {
    fn kind(&self) -> &'static str {
        "a model that judges statements about pictures"
    }

    fn next(&self) -> &'static str {
        "ask {} PICTURE STATEMENT"
    }

    fn evaluate(
        &self,
        trained: &Trained<'_>,
        on: &On,
        told: &mut dyn FnMut(Event),
    ) -> Result<Evaluation, TrainerError> {
        let Asked { card, split } = on.asked()?;
        if card.task != DataTask::ImageText {
            return Err(unfit(self.kind(), &card, "pictures with statements"));
        }
        same_classes(self.names().len(), &card.labels, &card.name)?;
        let rows = crate::text::rows(&card, split, told)?.take(on.limit.unwrap_or(usize::MAX));
        let shown = self.basis.shown(Box::new(rows), |row| self.stated(row), told)?;
        let (model, step) = self.trained(trained)?;
        let measures = self.measures(&model, &shown, told)?;
        Ok(Evaluation { on: on.named(split), step, language: None, measures })
    }

    fn answer(&self, trained: &Trained<'_>, asking: &[Asking]) -> Result<Vec<String>, TrainerError> {
        let (model, _) = self.trained(trained)?;
        let answer = |Asking { picture, question }: &Asking| {
            let Some(statement) = question else {
                return Err(self.unfit("write captions", "caption"));
            };
            let ids = self.basis.closed(self.basis.tokenizer.encode(statement)?);
            Ok(self.verdict(&model, self.basis.picture(picture, trained.device)?, &ids))
        };
        asking.iter().map(answer).collect()
    }
}

impl Task for Statements {
    type Model = Model;
    type Batch = Batch;

    fn model(&self, device: &Device) -> Result<Model, TaskError> {
        Ok(begun(self.fresh(device), &self.basis.plan)?)
    }

    fn batch(&self, at: &At) -> Result<Option<Batch>, TaskError> {
        let Some((shown, picks)) = self.splits().picks(at, &self.basis.plan.fit.training) else { return Ok(None) };
        let said = || picks.iter().map(|pick| &shown.said[pick.item]);
        let texts: Vec<&[u32]> = said().map(|stated| stated.ids.as_slice()).collect();
        let pixels = self.basis.pixels(&shown.gallery, &picks)?;
        let truths = said().map(|stated| stated.truth as i32).collect();
        Ok(Some(Batch { pixels, texts: padded(&texts, self.basis.end), truths }))
    }

    fn loss(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Loss {
        let count = batch.truths.len() as u64;
        Loss::whole(self.losses(model, batch, pass).sum(), count)
    }

    fn judge(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Vec<Judgment> {
        let losses = host(self.losses(model, batch, pass));
        losses.into_iter().map(|nats| Judgment { nats: f64::from(nats), count: 1 }).collect()
    }

    fn counted(&self) -> &'static str {
        "statements"
    }

    fn role(&self, path: &str) -> Role {
        Role::of(path, Model::spared, Model::hidden_matrix)
    }

    /// Whether the first statement that is held out holds.
    fn sample(&self, model: &Model) -> Option<String> {
        let shown = &self.splits().validation;
        let stated = shown.said.first()?;
        let picture = self.basis.judged(shown, &[0], &model.device()).ok()?;
        let sentence = self.basis.spoken(&stated.ids).ok()?;
        Some(format!("{sentence} -> {}", self.verdict(model, picture, &stated.ids)))
    }

    fn operations(&self) -> f64 {
        3.0 * cost(&self.basis.model).forward as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use attentive_data::{Cell, Place};

    #[test]
    fn truth_is_a_number_or_a_name() {
        let names = ["false", "true"].map(ToOwned::to_owned);
        let read = |cell: Cell| {
            let place = Place { file: "rows.csv".into(), line: 2 };
            truth(&Row { place, cells: vec![("truth".into(), cell)] }, &names).ok()
        };
        let text = |text: &str| Cell::Text(text.to_owned());
        let cells = [Cell::Integer(1), text("False"), text(" true"), text("0"), Cell::Integer(2), text("maybe")];
        assert_eq!(cells.map(read), [Some(1), Some(0), Some(1), Some(0), None, None]);
    }
}
