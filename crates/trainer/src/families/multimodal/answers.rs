//! Texts about pictures: a batch is pictures with the beginning of a text each, a question or nothing, and how it goes on; the loss is
//! cross-entropy of that alone; the result answers and writes captions.

use attentive_attention::{Cost, Pass};
use attentive_data::{DataError, IGNORED, Padded, Row, Task as DataTask, padded, padded_targets};
use attentive_engine::{At, Check, Event as FitEvent, Item as Judgment, Loss, Role, Split, Task, TaskError, preflight};
use attentive_multimodal::{Answers as Model, AnswersPlan, cost};
use burn::tensor::{Device, Tensor};

use super::{
    super::{
        Asking, Family, Run, Trained,
        candidates::{host, unfit},
        reader::tensor,
    },
    ajar::Ajar,
    basis::{Basis, CHECKED_ROWS, EVALUATION_ROWS, Shown, Splits},
    captions,
    judged::{Judged, measures, sort},
    some,
    writer::{Writing, batches},
};
use crate::{
    Event, RunPlan, TrainerError,
    evaluation::{Asked, Evaluation, On},
    foreign::begun,
    material::Material,
};

pub(super) struct Answers {
    basis: Basis,
    own: AnswersPlan,
    splits: Option<Splits<Questioned>>,
}

/// What a text begins with, and what may follow, as ids.
struct Questioned {
    question: Option<Vec<u32>>,
    answers: Vec<Vec<u32>>,
}

/// Pictures `[row, channel, height, width]`, texts, and what follows each id.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pixels: Vec<f32>,
    inputs: Padded,
    targets: Vec<i32>,
}

/// What the model reads of a beginning and an answer, and what it is to say to each id: before the beginning's last nothing, or how it
/// goes on.
fn sequence(beginning: &[u32], answer: &[u32], end: u32, said: bool) -> (Vec<u32>, Vec<i32>) {
    let inputs = beginning.iter().chain(answer).copied().collect();
    let before = beginning.iter().skip(1).map(|&id| if said { id as i32 } else { IGNORED });
    let after = answer.iter().chain([&end]).map(|&id| id as i32);
    (inputs, before.chain(after).collect())
}

/// What is right about the row's picture: answers where something is asked, else captions.
fn right(row: &Row) -> Result<Vec<&str>, DataError> {
    if row.cell("question").is_some() { some(row, "answers") } else { captions(row) }
}

impl Answers {
    pub(super) fn open(
        basis: Basis,
        own: AnswersPlan,
        material: Option<Material>,
        told: &mut dyn FnMut(Event),
    ) -> Result<Self, TrainerError> {
        let mut family = Self { basis, own, splits: None };
        family.splits = family.basis.splits(material, |row| family.questioned(row), told)?;
        Ok(family)
    }

    fn questioned(&self, row: &Row) -> Result<Questioned, DataError> {
        let question = row.cell("question").map(|_| self.basis.ids(row, row.text("question")?)).transpose()?;
        let answers = right(row)?.into_iter().map(|answer| self.basis.ids(row, answer)).collect::<Result<_, _>>()?;
        Ok(Questioned { question, answers })
    }

    /// What a text begins with; of the longest question so much that an id still fits behind.
    fn beginning(&self, question: Option<&[u32]>) -> Vec<u32> {
        let room = self.basis.model.text.context.saturating_sub(2);
        [self.basis.start].iter().chain(question.into_iter().flatten().take(room)).copied().collect()
    }

    /// The answer, cut to what fits behind the beginning; in training the question may have to be said too.
    fn sequence(&self, questioned: &Questioned, answer: &[u32], trains: bool) -> (Vec<u32>, Vec<i32>) {
        let beginning = self.beginning(questioned.question.as_deref());
        let room = self.basis.model.text.context.saturating_sub(beginning.len());
        let said = trains && self.basis.plan.loss.questions == Some(true);
        sequence(&beginning, &answer[..answer.len().min(room)], self.basis.end, said)
    }

    fn splits(&self) -> &Splits<Questioned> {
        self.splits.as_ref().expect("commands that train open the data")
    }

    /// What the model writes behind beginnings of one length.
    fn written(
        &self,
        model: &Model,
        pictures: Tensor<4>,
        beginnings: &[Vec<u32>],
    ) -> Result<Vec<String>, TrainerError> {
        let writing = Writing { context: self.basis.model.text.context, end: self.basis.end };
        let texts = writing.on(model, pictures, beginnings);
        texts.iter().map(|ids| Ok(self.basis.tokenizer.decode(ids)?.trim().to_owned())).collect()
    }

    /// What the model writes about each picture.
    fn all_written(
        &self,
        model: &Model,
        shown: &Shown<Judged>,
        told: &mut dyn FnMut(Event),
    ) -> Result<Vec<String>, TrainerError> {
        let (mut texts, mut done) = (vec![String::new(); shown.said.len()], 0);
        for items in batches(shown.said.iter().map(|judged| judged.beginning.as_slice()), EVALUATION_ROWS) {
            let beginnings: Vec<Vec<u32>> = items.iter().map(|&item| shown.said[item].beginning.clone()).collect();
            let pictures = self.basis.judged(shown, &items, &model.device())?;
            for (&item, text) in items.iter().zip(self.written(model, pictures, &beginnings)?) {
                texts[item] = text;
            }
            done += items.len();
            told(Event::Fit(FitEvent::Evaluating { done, total: Some(texts.len()) }));
        }
        Ok(texts)
    }

    fn judged(&self, row: &Row) -> Result<Judged, DataError> {
        let Questioned { question, .. } = self.questioned(row)?;
        let right = right(row)?.into_iter().map(ToOwned::to_owned).collect();
        let asks = question.is_some().then(|| row.text("question").map(sort)).transpose()?;
        Ok(Judged { beginning: self.beginning(question.as_deref()), asks, right })
    }
}

impl Family for Answers {
    fn plan(&self) -> &RunPlan {
        &self.basis.plan
    }

    fn fresh(&self, device: &Device) -> Model {
        Model::new(&self.basis.model, &self.own, &self.basis.initial(device))
    }

    fn cost(&self) -> Cost {
        cost(&self.basis.model)
    }

    fn checks(&self, device: &Device) -> Result<Vec<Check>, TrainerError> {
        Ok(preflight(&Ajar(self), device, (CHECKED_ROWS, self.basis.plan.fit.training.seed))?)
    }
}

impl Run for Answers {
    fn kind(&self) -> &'static str {
        "a model that writes about pictures"
    }

    fn next(&self) -> &'static str {
        let said = self.splits.as_ref().and_then(|splits| splits.validation.said.first());
        if said.is_some_and(|said| said.question.is_none()) { "caption {} PICTURE" } else { "ask {} PICTURE QUESTION" }
    }

    fn evaluate(
        &self,
        trained: &Trained<'_>,
        on: &On,
        told: &mut dyn FnMut(Event),
    ) -> Result<Evaluation, TrainerError> {
        let Asked { card, split } = on.asked()?;
        if card.task != DataTask::ImageText {
            return Err(unfit(self.kind(), &card, "pictures with questions or captions"));
        }
        let rows = crate::text::rows(&card, split, told)?.take(on.limit.unwrap_or(usize::MAX));
        let shown = self.basis.shown(Box::new(rows), |row| self.judged(row), told)?;
        let (model, step) = self.trained(trained)?;
        let texts = self.all_written(&model, &shown, told)?;
        Ok(Evaluation { on: on.named(split), step, language: None, measures: measures(&shown.said, &texts) })
    }

    fn answer(&self, trained: &Trained<'_>, asking: &[Asking]) -> Result<Vec<String>, TrainerError> {
        let (model, _) = self.trained(trained)?;
        let answer = |Asking { picture, question }: &Asking| {
            let question = question.as_ref().map(|text| self.basis.tokenizer.encode(text)).transpose()?;
            let picture = self.basis.picture(picture, trained.device)?;
            Ok(self.written(&model, picture, &[self.beginning(question.as_deref())])?.concat())
        };
        asking.iter().map(answer).collect()
    }
}

impl Task for Answers {
    type Model = Model;
    type Batch = Batch;

    fn model(&self, device: &Device) -> Result<Model, TaskError> {
        Ok(begun(self.fresh(device), &self.basis.plan)?)
    }

    fn batch(&self, at: &At) -> Result<Option<Batch>, TaskError> {
        let Some((shown, picks)) = self.splits().picks(at, &self.basis.plan.fit.training) else { return Ok(None) };
        let sequences = picks.iter().map(|pick| {
            let said = &shown.said[pick.item];
            self.sequence(said, pick.of::<Vec<u32>>(&said.answers), at.split == Split::Train)
        });
        let (inputs, targets): (Vec<Vec<u32>>, Vec<Vec<i32>>) = sequences.unzip();
        let (inputs, pixels) = (padded(&inputs, self.basis.end), self.basis.pixels(&shown.gallery, &picks)?);
        Ok(Some(Batch { targets: padded_targets(&targets, inputs.length), inputs, pixels }))
    }

    fn loss(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Loss {
        let count = batch.targets.iter().filter(|&&target| target != IGNORED).count() as u64;
        let (rows, device) = (batch.inputs.rows, model.device());
        let pictures = self.basis.pictures(batch.pixels, rows, &device);
        let [inputs, targets] = [batch.inputs.ids, batch.targets].map(|ids| tensor(ids, rows, &device));
        Loss::whole(model.loss(pictures, inputs, targets, self.basis.plan.loss.smoothing, pass), count)
    }

    fn judge(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Vec<Judgment> {
        let (rows, length, device) = (batch.inputs.rows, batch.inputs.length, model.device());
        let counts = batch.targets.chunks(length).map(|row| row.iter().filter(|&&id| id != IGNORED).count() as u64);
        let counts: Vec<u64> = counts.collect();
        let pictures = self.basis.pictures(batch.pixels, rows, &device);
        let [inputs, targets] = [batch.inputs.ids, batch.targets].map(|ids| tensor(ids, rows, &device));
        let losses = host(model.losses(pictures, inputs, targets, pass));
        let nats = losses.chunks(length).map(|row| row.iter().map(|&nats| f64::from(nats)).sum());
        nats.zip(counts).map(|(nats, count)| Judgment { nats, count }).collect()
    }

    fn role(&self, path: &str) -> Role {
        Role::of(path, Model::spared, Model::hidden_matrix)
    }

    /// The first question that is held out, answered; or the first picture, described.
    fn sample(&self, model: &Model) -> Option<String> {
        let shown = &self.splits().validation;
        let question = shown.said.first()?.question.as_deref();
        let picture = self.basis.judged(shown, &[0], &model.device()).ok()?;
        let written = self.written(model, picture, &[self.beginning(question)]).ok()?.concat();
        match question {
            Some(question) => Some(format!("{} -> {written}", self.basis.tokenizer.decode(question).ok()?)),
            None => Some(written),
        }
    }

    fn operations(&self) -> f64 {
        3.0 * cost(&self.basis.model).forward as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answer_is_learned() {
        let (inputs, targets) = sequence(&[1, 20, 21], &[30, 31], 2, false);
        assert_eq!(inputs, [1, 20, 21, 30, 31]);
        assert_eq!(targets, [IGNORED, IGNORED, 30, 31, 2]);
        let (_, targets) = sequence(&[1, 20, 21], &[30, 31], 2, true);
        assert_eq!(targets, [20, 21, 30, 31, 2], "or the question as well");
        assert_eq!(sequence(&[1], &[], 2, false), (vec![1], vec![2]));
    }
}
