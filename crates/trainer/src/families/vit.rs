//! Vision transformers: batches are pictures with their classes, varied in training; the loss is cross-entropy; the result tells
//! classes apart.

use std::path::Path;

use attentive_attention::{Cost, Fault, Initial, Pass, parameters, updated};
use attentive_data::{DataError, Epochs, Gallery, Labels, Look, Picture, Row, Task as DataTask, stacked};
use attentive_engine::{
    At, Checkpoints, Event as FitEvent, Item as Judgment, Loss, Role, Split, Task, TaskError, Which,
};
use attentive_pictures::{Color, Limits, Mixed, Mixing};
use attentive_random::Key;
use attentive_vit::{Classifier as Model, Pictured, Targets, VitConfig, VitPlan, cost, shares};
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::{
    Classes, Family, Item, Run, Trained, Verdict,
    candidates::{Judged, host, probabilities, ranked, same_classes, unfit},
};
use crate::{
    Event, RunPlan, TrainerError,
    evaluation::{Asked, Evaluation, On},
    foreign::begun,
    material::{Facts, Material, Samples, Split as Sampled},
    picture::{Recipes, recipes},
    plan::ModelPlan,
    prepare::planned,
    teacher::Teacher,
};

const EVALUATION_ROWS: usize = 64;

pub(crate) struct Vit {
    plan: RunPlan,
    model: VitPlan,
    recipes: Recipes,
    look: Look,
    splits: Option<Splits>,
    teacher: Option<Teacher<Model>>,
}

struct Splits {
    train: Labelled,
    validation: Labelled,
    order: Epochs,
}

/// Pictures with the numbers of their classes.
struct Labelled {
    gallery: Gallery,
    labels: Vec<usize>,
}

/// Pictures `[row, channel, height, width]` and what they show.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pixels: Vec<f32>,
    shows: Vec<Mixed>,
}

pub(crate) fn resolve(written: &VitConfig, facts: &Facts) -> Result<VitPlan, Fault> {
    let [channels, size] = facts.picture.unwrap_or_else(|| [3, written.size.unwrap_or_else(|| fitting(written))]);
    let plan = written.resolve(&Pictured { channels, size, classes: facts.labels.len().max(1) })?;
    if facts.picture.is_some() && plan.size != size {
        let reason = format!("is not the size of the pictures, {size}; set `pictures.size`, and leave this out");
        return Err(Fault::new("size", plan.size, reason));
    }
    Ok(plan)
}

/// A size that every patch divides, for as long as no picture was seen.
fn fitting(written: &VitConfig) -> usize {
    let patches = written.blend.iter().flatten().filter_map(|encoder| encoder.patch).filter(|patch| *patch > 0);
    patches
        .fold(written.patch, |size, patch| if size.is_multiple_of(patch) { size } else { size.saturating_mul(patch) })
}

impl Vit {
    pub(crate) fn open(
        plan: &RunPlan,
        model: &VitPlan,
        material: Option<Material>,
        told: &mut dyn FnMut(Event),
    ) -> Result<Self, TrainerError> {
        let pictures = plan.pictures.as_ref().expect("a model of pictures has a plan for them");
        let recipes = recipes(pictures).map_err(TrainerError::Asked)?;
        let color = if pictures.channels == 1 { Color::Gray } else { Color::Rgb };
        let look = Look { fit: recipes.fit, color, limits: Limits::default() };
        let mut vit = Self { plan: plan.clone(), model: model.clone(), recipes, look, splits: None, teacher: None };
        if let Some(Material::Rows(Samples { train, validation, .. })) = material {
            let key = Key::new(plan.fit.training.seed).at("batches");
            let mut labelled = |split: Sampled| vit.gallery(split.into_rows()?, told);
            let (train, validation) = (labelled(train)?, labelled(validation)?);
            vit.teacher = Teacher::of(plan, |model| cost(taught(model)))?;
            vit.splits = Some(Splits { order: Epochs::new(train.labels.len(), key)?, train, validation });
        }
        Ok(vit)
    }

    fn gallery(&self, rows: attentive_data::Rows, told: &mut dyn FnMut(Event)) -> Result<Labelled, TrainerError> {
        let labels = Labels::named(self.plan.data.labels.clone())?;
        let class = |row: &Row| -> Result<usize, DataError> { labels.index(row) };
        let told = &mut |event| told(Event::Data(event));
        let (gallery, labels) = Gallery::read(rows, "picture", &self.look, class, told)?;
        Ok(Labelled { gallery, labels })
    }

    /// Fresh weights, but for the encoders that come from other runs.
    fn begun(&self, device: &Device) -> Result<Model, TrainerError> {
        let mut model = begun(self.fresh(device), &self.plan)?;
        for (index, encoder) in self.model.blend.iter().enumerate() {
            if let Some(run) = &encoder.from {
                model = with_encoder(model, index, run, device)?;
            }
        }
        Ok(model)
    }

    fn splits(&self) -> &Splits {
        self.splits.as_ref().expect("commands that train open the data")
    }

    /// Rows of a step's batch, varied, and mixed with their neighbors where the plan says so.
    fn training(&self, at: &At) -> Result<Batch, TaskError> {
        let (Splits { train, order, .. }, training) = (self.splits(), &self.plan.fit.training);
        let (batch, seed) = (training.batch, Key::new(training.seed));
        let mixing = self.recipes.mixing;
        // The last row is mixed with what follows it in the whole batch.
        let beyond = at.rows.end + usize::from(mixing.is_some());
        let rows: Vec<usize> = (at.rows.start..beyond).map(|row| row % batch).collect();
        let place = |row: usize| at.step * batch as u64 + row as u64;
        let items: Vec<usize> = rows.iter().map(|&row| order.item(place(row))).collect();
        let key = |index: usize| seed.at("pictures").nth(place(rows[index]));
        let mut planes = train.gallery.planes(&items, &self.recipes.train, key)?;
        let weight = mixing.map_or(1.0, |mixing| mix(seed.at("mixing").nth(at.step), &mixing, &mut planes));
        planes.truncate(at.rows.len());
        let shows = (0..at.rows.len()).map(|index| {
            let second = items.get(index + 1).unwrap_or(&items[index]);
            Mixed { first: train.labels[items[index]], second: train.labels[*second], weight }
        });
        Ok(Batch { pixels: stacked(&planes), shows: shows.collect() })
    }

    fn judged(&self, split: &Labelled, items: std::ops::Range<usize>) -> Result<Batch, TrainerError> {
        let items: Vec<usize> = items.collect();
        let planes = split.gallery.planes(&items, &self.recipes.judge, |_| Key::new(0));
        let planes = planes?;
        let shows = items.iter().map(|&item| split.labels[item]);
        let shows = shows.map(|class| Mixed { first: class, second: class, weight: 1.0 });
        Ok(Batch { pixels: stacked(&planes), shows: shows.collect() })
    }

    fn pictures(&self, batch: &Batch, device: &Device) -> Tensor<4> {
        let VitPlan { channels, size, .. } = self.model;
        let dims = [batch.shows.len(), channels, size, size];
        Tensor::from_data(TensorData::new(batch.pixels.clone(), dims), device)
    }
}

/// The model with one of its encoders as another run trained it alone.
fn with_encoder(model: Model, index: usize, run: &str, device: &Device) -> Result<Model, TrainerError> {
    let refused = |reason: &str| TrainerError::Asked(format!("`model.blend.{index}.from = \"{run}\"`: {reason}"));
    let plan = planned(Path::new(run))?;
    let ModelPlan::Vit(other) = &plan.model else { return Err(refused("the run's model is no vision transformer")) };
    let fresh = Model::new(other, &Initial::new(plan.fit.training.seed, device));
    let (trained, _) = Checkpoints::of(Path::new(run)).open(Which::Best, fresh)?;
    let mut from = parameters(&trained);
    for (path, parameter) in parameters(&model) {
        let Some((_, origin)) = Model::origin(&path).filter(|(of, _)| *of == index) else { continue };
        if from.get(&origin).map(|found| &found.shape) != Some(&parameter.shape) {
            let reason = format!("its encoder has another shape at {origin}; give this one the same sizes");
            return Err(refused(&reason));
        }
    }
    let own = |path: &str| Model::origin(path).filter(|(of, _)| *of == index).map(|(_, origin)| origin);
    Ok(updated(model, |path, values| match own(path).and_then(|origin| from.remove(&origin)) {
        Some(found) => found.values,
        None => values,
    }))
}

/// The plan of a teacher.
fn taught(model: &ModelPlan) -> &VitPlan {
    let ModelPlan::Vit(plan) = model else { unreachable!("a teacher of another family was refused") };
    plan
}

/// Each picture mixed with the one behind it; how much of it is left.
fn mix(key: Key, mixing: &Mixing, planes: &mut [attentive_pictures::Planes]) -> f32 {
    let Some([_, height, width]) = planes.first().map(|planes| planes.shape) else { return 1.0 };
    let mix = mixing.draw(key, height, width);
    for row in 1..planes.len() {
        let (before, after) = planes.split_at_mut(row);
        mix.apply(&mut before[row - 1], &after[0]);
    }
    mix.weight()
}

impl Family for Vit {
    fn plan(&self) -> &RunPlan {
        &self.plan
    }

    fn fresh(&self, device: &Device) -> Model {
        Model::new(&self.model, &self.plan.initial(device))
    }

    fn cost(&self) -> Cost {
        cost(&self.model)
    }

    fn teaching(&self) -> Option<&Cost> {
        self.teacher.as_ref().map(|teacher| &teacher.cost)
    }
}

impl Run for Vit {
    fn kind(&self) -> &'static str {
        "a model of pictures"
    }

    fn next(&self) -> &'static str {
        "classify {} PICTURE"
    }

    fn evaluate(
        &self,
        trained: &Trained<'_>,
        on: &On,
        told: &mut dyn FnMut(Event),
    ) -> Result<Evaluation, TrainerError> {
        let Asked { card, split } = on.asked()?;
        if card.task != DataTask::ImageClassification {
            return Err(unfit(self.kind(), &card, "image classification"));
        }
        same_classes(self.model.classes, &card.labels, &card.name)?;
        let rows = crate::text::rows(&card, split, told)?.take(on.limit.unwrap_or(usize::MAX));
        let labelled = self.gallery(Box::new(rows), told)?;
        let (model, step) = self.trained(trained)?;
        let (total, mut judged) = (labelled.labels.len(), Judged::default());
        for start in (0..total).step_by(EVALUATION_ROWS) {
            let items = start..total.min(start + EVALUATION_ROWS);
            let batch = self.judged(&labelled, items.clone())?;
            let logits = model.logits(self.pictures(&batch, trained.device), &mut Pass::evaluation());
            judged.extend(&host(logits), self.model.classes, &labelled.labels[items.clone()]);
            told(Event::Fit(FitEvent::Evaluating { done: items.end, total: Some(total) }));
        }
        Ok(Evaluation { on: on.named(split), step, language: None, measures: judged.measures() })
    }

    fn classify(&self, trained: &Trained<'_>, items: &[Item], _: &Classes) -> Result<Vec<Verdict>, TrainerError> {
        let (model, _) = self.trained(trained)?;
        let mut verdicts = Vec::new();
        for item in items {
            let Item::Picture(path) = item else {
                return Err(TrainerError::Asked(
                    "this model judges pictures; name picture files, such as a.png".to_owned(),
                ));
            };
            let pixels = self.look.of(&Picture::File(path.clone()))?;
            let planes = self.recipes.judge.apply(Key::new(0), pixels)?;
            let shows = vec![Mixed { first: 0, second: 0, weight: 1.0 }];
            let batch = Batch { pixels: planes.values, shows };
            let logits = host(model.logits(self.pictures(&batch, trained.device), &mut Pass::evaluation()));
            verdicts.push(Verdict::Classes(ranked(&probabilities(&logits), &self.plan.data.labels)));
        }
        Ok(verdicts)
    }
}

impl Task for Vit {
    type Model = Model;
    type Batch = Batch;

    fn model(&self, device: &Device) -> Result<Model, TaskError> {
        if let Some(teacher) = &self.teacher {
            teacher.wake(device, |plan, device| Model::new(taught(&plan.model), &plan.initial(device)))?;
        }
        Ok(self.begun(device)?)
    }

    fn batch(&self, at: &At) -> Result<Option<Batch>, TaskError> {
        match at.split {
            Split::Train => self.training(at).map(Some),
            Split::Validation => {
                let (split, rows) = (&self.splits().validation, at.rows.len());
                let start = at.step as usize * rows;
                let items = start..split.labels.len().min(start + rows);
                Ok(if items.is_empty() { None } else { Some(self.judged(split, items)?) })
            }
        }
    }

    fn loss(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Loss {
        let (pictures, count) = (self.pictures(&batch, &model.device()), batch.shows.len() as u64);
        let targets = targets(&batch.shows, &model.device());
        let smoothing = self.plan.loss.smoothing;
        let Some(teacher) = &self.teacher else {
            return Loss::whole(model.loss(pictures, &targets, smoothing, pass), count);
        };
        let Teacher { teaching, .. } = teacher;
        let seen = self.pictures(&batch, &teacher.model().device());
        let told = teacher.model().shown(seen, teaching, &mut Pass::evaluation());
        let shares = shares(&told);
        let (own, shown) = model.loss_shown(pictures, (&targets, smoothing), teaching, pass);
        teacher.mixed(own, teaching.loss(shown, told, &shares), count)
    }

    fn judge(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Vec<Judgment> {
        let device = model.device();
        let losses = model.losses(self.pictures(&batch, &device), &targets(&batch.shows, &device), pass);
        host(losses).into_iter().map(|nats| Judgment { nats: f64::from(nats), count: 1 }).collect()
    }

    fn counted(&self) -> &'static str {
        "pictures"
    }

    fn role(&self, path: &str) -> Role {
        let encoder = Model::origin(path).and_then(|(index, _)| self.model.blend.get(index));
        if encoder.is_some_and(|encoder| encoder.frozen) {
            Role::Frozen
        } else {
            Role::of(path, Model::spared, Model::hidden_matrix)
        }
    }

    fn operations(&self) -> f64 {
        let teacher = self.teacher.as_ref().map_or(0, |teacher| teacher.cost.forward);
        3.0 * cost(&self.model).forward as f64 + teacher as f64
    }
}

/// Pictures that are not mixed have one class each.
fn targets(shows: &[Mixed], device: &Device) -> Targets {
    let class = |pick: fn(&Mixed) -> usize| {
        let classes: Vec<i32> = shows.iter().map(|mixed| pick(mixed) as i32).collect();
        Tensor::<1, Int>::from_data(classes.as_slice(), device)
    };
    let first = class(|mixed| mixed.first);
    if shows.iter().all(|mixed| mixed.weight == 1.0) {
        return Targets::Classes(first);
    }
    let share: Vec<f32> = shows.iter().map(|mixed| mixed.weight).collect();
    Targets::Blended { first, second: class(|mixed| mixed.second), share: Tensor::from_data(share.as_slice(), device) }
}
