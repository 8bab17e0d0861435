//! Pictures and texts that belong together: a batch is pairs, all at once; the loss asks which belongs to which; the result finds
//! either by the other, and tells classes apart that are told in words.

use attentive_attention::{Cost, Pass};
use attentive_data::{DataError, Padded, Row, Rows, Task as DataTask, padded};
use attentive_engine::{At, Item as Judgment, Loss, Role, Task, TaskError};
use attentive_multimodal::{Contrastive as Model, ContrastivePlan, cost};
use burn::tensor::{Device, Tensor};

use super::{
    super::{
        Classes, Family, Item, Pooling, Run, Trained, Verdict,
        candidates::{host, probabilities, ranked, unfit},
    },
    basis::{Basis, CHECKED_ROWS, Splits},
    captions,
    retrieval::Judge,
};
use crate::{
    Event, RunPlan, TrainerError,
    evaluation::{Asked, Evaluation, On},
    foreign::begun,
    material::Material,
};

pub(super) struct Contrastive {
    pub(super) basis: Basis,
    own: ContrastivePlan,
    /// The captions of each picture, as ids.
    splits: Option<Splits<Vec<Vec<u32>>>>,
}

/// Pictures `[row, channel, height, width]`, and a caption each.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pixels: Vec<f32>,
    texts: Padded,
}

impl Contrastive {
    pub(super) fn open(
        basis: Basis,
        own: ContrastivePlan,
        material: Option<Material>,
        told: &mut dyn FnMut(Event),
    ) -> Result<Self, TrainerError> {
        let said = |row: &Row| -> Result<Vec<Vec<u32>>, DataError> {
            captions(row)?.into_iter().map(|caption| Ok(basis.closed(basis.ids(row, caption)?))).collect()
        };
        let splits = basis.splits(material, said, told)?;
        Ok(Self { basis, own, splits })
    }

    fn splits(&self) -> &Splits<Vec<Vec<u32>>> {
        self.splits.as_ref().expect("commands that train open the data")
    }

    /// `[text, shared]`
    pub(super) fn embedded(&self, model: &Model, texts: &[Vec<u32>]) -> Tensor<2> {
        let texts = self.basis.texts(&padded(texts, self.basis.end), &model.device());
        model.embed_texts(&texts, &mut Pass::evaluation())
    }

    /// The classes as the model sees them by these prompts, `[class, shared]`.
    pub(super) fn told(&self, model: &Model, names: &[String], prompts: &[String]) -> Result<Tensor<2>, TrainerError> {
        let prompt = |name: &String, prompt: &String| -> Result<Vec<u32>, TrainerError> {
            Ok(self.basis.closed(self.basis.tokenizer.encode(&prompt.replace("{}", name))?))
        };
        let class = |name: &String| -> Result<Tensor<3>, TrainerError> {
            let texts: Vec<Vec<u32>> = prompts.iter().map(|text| prompt(name, text)).collect::<Result<_, _>>()?;
            Ok(self.embedded(model, &texts).unsqueeze()) // [1, template, shared]
        };
        let classes: Vec<Tensor<3>> = names.iter().map(class).collect::<Result<_, _>>()?;
        Ok(Model::classes(Tensor::cat(classes, 0)))
    }

    fn names(&self, classes: &Classes) -> Result<Vec<String>, TrainerError> {
        let names = if classes.names.is_empty() { &self.basis.plan.data.labels } else { &classes.names };
        if names.is_empty() {
            let message = "this model was trained on no classes, but can tell any apart: name them, such as `--class circle --class star`";
            return Err(TrainerError::Asked(message.to_owned()));
        }
        Ok(names.clone())
    }
}

impl Family for Contrastive {
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

impl Run for Contrastive {
    fn kind(&self) -> &'static str {
        "a model that matches pictures and texts"
    }

    fn next(&self) -> &'static str {
        "retrieve {} TEXT --among PICTURE..."
    }

    fn evaluate(
        &self,
        trained: &Trained<'_>,
        on: &On,
        told: &mut dyn FnMut(Event),
    ) -> Result<Evaluation, TrainerError> {
        let Asked { card, split } = on.asked()?;
        let rows = crate::text::rows(&card, split, told)?.take(on.limit.unwrap_or(usize::MAX));
        let (rows, (model, step)): (Rows, _) = (Box::new(rows), self.trained(trained)?);
        let judge = Judge { family: self, model: &model, labels: &card.labels };
        let measures = match card.task {
            DataTask::ImageText => judge.retrieved(rows, told)?,
            DataTask::ImageClassification => judge.sorted(rows, told)?,
            _ => return Err(unfit(self.kind(), &card, "pictures and texts, and image classification")),
        };
        Ok(Evaluation { on: on.named(split), step, language: None, measures })
    }

    fn classify(&self, trained: &Trained<'_>, items: &[Item], classes: &Classes) -> Result<Vec<Verdict>, TrainerError> {
        let names = self.names(classes)?;
        let (model, _) = self.trained(trained)?;
        let told = self.told(&model, &names, &classes.prompts)?;
        let verdict = |item: &Item| -> Result<Verdict, TrainerError> {
            let Item::Picture(path) = item else {
                return Err(TrainerError::Asked(
                    "this model sorts pictures; name picture files, such as a.png".to_owned(),
                ));
            };
            let picture = model.embed_pictures(self.basis.picture(path, trained.device)?, &mut Pass::evaluation());
            let logits = host(model.similarity(told.clone(), picture));
            Ok(Verdict::Classes(ranked(&probabilities(&logits), &names)))
        };
        items.iter().map(verdict).collect()
    }

    fn embed(
        &self,
        trained: &Trained<'_>,
        items: &[Item],
        pooling: Option<Pooling>,
    ) -> Result<Vec<Vec<f32>>, TrainerError> {
        if pooling.is_some() {
            let message = "the vectors of this model are made as it was trained; leave `--pooling` out";
            return Err(TrainerError::Asked(message.to_owned()));
        }
        let (model, _) = self.trained(trained)?;
        let vector = |item: &Item| -> Result<Vec<f32>, TrainerError> {
            Ok(host(match item {
                Item::Text(text) => self.embedded(&model, &[self.basis.closed(self.basis.tokenizer.encode(text)?)]),
                Item::Picture(path) => {
                    model.embed_pictures(self.basis.picture(path, trained.device)?, &mut Pass::evaluation())
                }
                Item::Pair(..) => {
                    let message = "this model makes vectors of pictures and of single texts; leave the tab out";
                    return Err(TrainerError::Asked(message.to_owned()));
                }
            }))
        };
        items.iter().map(vector).collect()
    }
}

impl Task for Contrastive {
    type Model = Model;
    type Batch = Batch;

    fn model(&self, device: &Device) -> Result<Model, TaskError> {
        Ok(begun(self.fresh(device), &self.basis.plan)?)
    }

    fn batch(&self, at: &At) -> Result<Option<Batch>, TaskError> {
        let Some((shown, picks)) = self.splits().picks(at, &self.basis.plan.fit.training) else { return Ok(None) };
        let captions: Vec<&Vec<u32>> = picks.iter().map(|pick| pick.of(&shown.said[pick.item])).collect();
        let pixels = self.basis.pixels(&shown.gallery, &picks)?;
        Ok(Some(Batch { pixels, texts: padded(&captions, self.basis.end) }))
    }

    fn loss(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Loss {
        let (rows, device) = (batch.texts.rows, model.device());
        let texts = self.basis.texts(&batch.texts, &device);
        let sum = model.loss(self.basis.pictures(batch.pixels, rows, &device), &texts, pass);
        Loss::whole(sum, rows as u64)
    }

    fn judge(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Vec<Judgment> {
        let (rows, device) = (batch.texts.rows, model.device());
        let texts = self.basis.texts(&batch.texts, &device);
        let losses = host(model.losses(self.basis.pictures(batch.pixels, rows, &device), &texts, pass));
        losses.into_iter().map(|nats| Judgment { nats: f64::from(nats), count: 1 }).collect()
    }

    fn counted(&self) -> &'static str {
        "pairs"
    }

    fn role(&self, path: &str) -> Role {
        Role::of(path, Model::spared, Model::hidden_matrix)
    }

    fn operations(&self) -> f64 {
        3.0 * cost(&self.basis.model).forward as f64
    }
}
