//! GPT-style language models: batches are windows of text or conversations, the loss is cross-entropy, the result writes on.

mod answers;
mod chat;
mod material;

use std::{sync::atomic::AtomicBool, time::Instant};

use attentive_attention::{Cost, Pass, Shares};
use attentive_data::{Batch, ChatTemplate, IGNORED, Order, Task as DataTask, Tokenizer, Turn, Windows};
use attentive_engine::{
    At, Check, Event as FitEvent, Item, Judged, Loss, Role, Sampling, Split, Task, TaskError, judge, preflight,
};
use attentive_gpt::{Gpt as Model, GptPlan, cost};
use attentive_metrics::Language;
use attentive_random::Key;
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::{
    Chat, Chatting, Family, Generated, Run, Trained, Wanted,
    reader::{Reader, tensor},
};
use crate::{
    Event, RunPlan, TrainerError,
    evaluation::{Asked, Evaluation, Fold, Measure, On},
    foreign::begun,
    material::Material,
    plan::ModelPlan,
    teacher::Teacher,
};

use answers::Answerer;
use chat::Talk;
use material::{Encoder, Splits};

/// Rows per batch where nobody has chosen one.
const EVALUATION_ROWS: usize = 16;

pub(crate) struct Gpt {
    plan: RunPlan,
    model: GptPlan,
    tokenizer: Tokenizer,
    /// How conversations are written, where the model is for some.
    template: Option<ChatTemplate>,
    splits: Option<Splits>,
    teacher: Option<Teacher<Model>>,
}

/// A text that is to be gone on with.
struct Writing<'a> {
    ids: Vec<u32>,
    /// Tokens that end it.
    ends: &'a [u32],
    /// At most so many.
    tokens: usize,
    sampling: &'a Sampling,
    /// The number of the first draw.
    place: u64,
}

impl Gpt {
    pub(crate) fn open(
        plan: &RunPlan,
        model: &GptPlan,
        tokenizer: Option<Tokenizer>,
        material: Option<Material>,
        told: &mut dyn FnMut(Event),
    ) -> Result<Self, TrainerError> {
        let tokenizer = tokenizer.expect("who writes has a tokenizer");
        let template = plan.data.learn.map(|_| ChatTemplate::of(&tokenizer)).transpose()?;
        let encoder = Encoder { tokenizer: &tokenizer, template: template.as_ref(), context: model.context };
        let teacher = if material.is_some() { Teacher::of(plan, |model| cost(planned(model)))? } else { None };
        let splits = material.map(|material| encoder.splits(material, plan, told)).transpose()?;
        let gpt = Self { plan: plan.clone(), model: model.clone(), tokenizer, template, splits, teacher };
        gpt.prompt(plan.sample.as_ref().and_then(|sample| sample.prompt.as_deref()))?;
        Ok(gpt)
    }

    fn prompt(&self, wanted: Option<&str>) -> Result<Vec<u32>, TrainerError> {
        let ids = match (wanted, self.tokenizer.closing()) {
            (None | Some(""), Some(end)) => vec![end],
            (None, None) => self.tokenizer.encode("\n")?,
            (Some(text), _) => self.tokenizer.encode(text)?,
        };
        if ids.is_empty() {
            return Err(TrainerError::Asked("the prompt is empty; give at least one character".to_owned()));
        }
        Ok(ids)
    }

    /// Writes on until the text ends or is long enough; the number of tokens made.
    fn write(&self, model: &Model, writing: Writing<'_>, out: &mut dyn FnMut(&str)) -> Result<usize, TrainerError> {
        let Writing { mut ids, ends, tokens, sampling, place } = writing;
        let mut reader = Reader::new(model, self.model.layers, self.model.context);
        let mut stream = self.tokenizer.stream();
        let mut made = 0;
        while made < tokens {
            let next = sampling.pick(&reader.logits(&ids, self.tokenizer.vocabulary()), place + made as u64);
            made += 1;
            if ends.contains(&next) {
                break;
            }
            ids.push(next);
            out(&stream.push(next)?);
        }
        out(&stream.finish()?);
        Ok(made)
    }

    /// Tokens that end what the model writes.
    fn ends(&self) -> Vec<u32> {
        let closing = || self.tokenizer.closing().into_iter().collect();
        self.template.as_ref().map_or_else(closing, |template| template.endings().to_vec())
    }

    /// What the text shown at evaluations begins with: of conversations this question, or else the beginning of one that is held out.
    fn shown(&self, prompt: Option<&str>) -> Result<(Vec<u32>, String), TrainerError> {
        let ids = match (&self.template, prompt, self.splits().opening()) {
            (Some(template), Some(prompt), _) => template.asked(&[Turn::user(prompt)], &self.tokenizer)?,
            (_, None, Some(opening)) => opening,
            (_, prompt, _) => return Ok((self.prompt(prompt)?, prompt.unwrap_or_default().to_owned())),
        };
        let text = self.tokenizer.decode(&ids)?;
        Ok((ids, text))
    }
}

impl Family for Gpt {
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

    fn checks(&self, device: &Device) -> Result<Vec<Check>, TrainerError> {
        let seed = self.plan.fit.training.seed;
        let mut checks = preflight(self, device, (self.checked_rows(), seed))?;
        let model = self.fresh(device);
        let batch = self.splits().training(0, self.checked_rows());
        checks.push(causality(&model, &batch, self.model.vocabulary));
        checks.push(padding(self, &model, &batch));
        Ok(checks)
    }
}

impl Run for Gpt {
    fn kind(&self) -> &'static str {
        "a language model"
    }

    fn next(&self) -> &'static str {
        if self.plan.data.learn.is_some() { "chat {}" } else { "generate {}" }
    }

    fn evaluate(
        &self,
        trained: &Trained<'_>,
        on: &On,
        told: &mut dyn FnMut(Event),
    ) -> Result<Evaluation, TrainerError> {
        let Asked { card, split } = on.asked()?;
        let named = on.named(split);
        if card.task == DataTask::LanguageModelling {
            return self.read(trained, (&card.name, split), named, told);
        }
        let rows = crate::text::rows(&card, split, told)?.take(on.limit.unwrap_or(usize::MAX));
        let (model, step) = self.trained(trained)?;
        let GptPlan { layers, context, .. } = self.model;
        let (tokenizer, template) = (&self.tokenizer, self.template.as_ref());
        let answerer = Answerer { model: &model, tokenizer, template, layers, context };
        let total = card.split(split)?.rows.map(|rows| on.limit.map_or(rows, |limit| rows.min(limit as u64)) as usize);
        let progress = &mut |done| told(Event::Fit(FitEvent::Evaluating { done, total }));
        Ok(Evaluation { on: named, step, language: None, measures: answerer.judge(&card, rows, progress)? })
    }

    fn generate(
        &self,
        trained: &Trained<'_>,
        wanted: &Wanted,
        out: &mut dyn FnMut(&str),
    ) -> Result<Generated, TrainerError> {
        let (model, step) = self.trained(trained)?;
        let start = Instant::now();
        let ids = self.prompt(wanted.prompt.as_deref())?;
        let writing = Writing { ids, ends: &self.ends(), tokens: wanted.tokens, sampling: &wanted.sampling, place: 0 };
        let tokens = self.write(&model, writing, out)?;
        Ok(Generated { step, tokens, seconds: start.elapsed().as_secs_f64() })
    }

    fn chat<'run>(&'run self, trained: &Trained<'_>, how: &Chatting) -> Result<Box<dyn Chat + 'run>, TrainerError> {
        Ok(Box::new(Talk::begin(self, trained, how)?))
    }
}

impl Gpt {
    /// How well the text of a split is predicted, all of it.
    fn read(
        &self,
        trained: &Trained<'_>,
        split: (&str, &str),
        on: String,
        told: &mut dyn FnMut(Event),
    ) -> Result<Evaluation, TrainerError> {
        let tokens = crate::text::known(split, self.plan.data.stories, &self.tokenizer, told)?;
        let (bytes, characters) = (tokens.bytes(), tokens.characters());
        let windows = Windows::new(tokens, self.model.context, Order::Random, Key::new(0))?;
        let (model, step) = self.trained(trained)?;
        let total = windows.evaluation_batches(EVALUATION_ROWS);
        let mut rows = Vec::new();
        let items = |step| {
            let batch = windows.evaluation(step as usize, EVALUATION_ROWS);
            let items = batch.map(|batch| self.judge(&model, batch, &mut Pass::evaluation()));
            rows.extend(items.iter().flatten().map(|item| [item.nats, item.count as f64]));
            Ok(items)
        };
        let progress = |done| told(Event::Fit(FitEvent::Evaluating { done, total: Some(total) }));
        let judged = judge(items, None, &AtomicBool::new(false), progress)?;
        let Judged { nats, count } = judged.unwrap_or_default();
        let language = Some(Language::new(nats, count, bytes, characters));
        let measures = [("loss", Fold::Mean), ("perplexity", Fold::Exponential)];
        let measures = measures.map(|(name, fold)| Measure::new(name, fold, rows.clone())).into();
        Ok(Evaluation { on, step, language, measures })
    }

    fn splits(&self) -> &Splits {
        self.splits.as_ref().expect("commands that train open the corpus")
    }
}

impl Task for Gpt {
    type Model = Model;
    type Batch = Batch;

    fn model(&self, device: &Device) -> Result<Model, TaskError> {
        if let Some(teacher) = &self.teacher {
            teacher.wake(device, |plan, device| Model::new(planned(&plan.model), &plan.initial(device)))?;
        }
        Ok(begun(self.fresh(device), &self.plan)?)
    }

    fn batch(&self, at: &At) -> Result<Option<Batch>, TaskError> {
        let rows = at.rows.len();
        Ok(match at.split {
            Split::Train => {
                let first = at.step * self.plan.fit.training.batch as u64 + at.rows.start as u64;
                Some(self.splits().training(first, rows))
            }
            Split::Validation => self.splits().validation(at.step as usize, rows),
        })
    }

    fn loss(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Loss {
        match &self.teacher {
            Some(teacher) => taught(teacher, model, batch, pass),
            None => loss(model, batch, pass),
        }
    }

    fn judge(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Vec<Item> {
        items(model, batch, pass)
    }

    fn role(&self, path: &str) -> Role {
        Role::of(path, Model::spared, Model::hidden_matrix)
    }

    fn sample(&self, model: &Model) -> Option<String> {
        let sample = self.plan.sample.as_ref()?;
        let sampling = Sampling {
            temperature: sample.temperature,
            top_k: Some(sample.top_k),
            top_p: None,
            seed: self.plan.fit.training.seed,
        };
        let (ids, mut text) = self.shown(sample.prompt.as_deref()).ok()?;
        let writing = Writing { ids, ends: &self.ends(), tokens: sample.tokens, sampling: &sampling, place: 0 };
        self.write(model, writing, &mut |piece| text.push_str(piece)).ok()?;
        (sample.tokens > 0).then_some(text)
    }

    fn operations(&self) -> f64 {
        let teacher = self.teacher.as_ref().map_or(0, |teacher| teacher.cost.forward);
        3.0 * cost(&self.model).forward as f64 + teacher as f64
    }
}

pub(super) fn loss(model: &Model, batch: Batch, pass: &mut Pass) -> Loss {
    let count = targets(&batch.targets);
    let (inputs, targets) = tensors(batch, model);
    Loss::whole(model.loss(inputs, targets, pass), count)
}

/// The same with a teacher, who is asked about the places that count.
fn taught(teacher: &Teacher<Model>, model: &Model, batch: Batch, pass: &mut Pass) -> Loss {
    let count = targets(&batch.targets);
    let counts = batch.targets.iter().map(|&target| if target == IGNORED { 0.0 } else { 1.0 }).collect::<Vec<f32>>();
    let counts = TensorData::new(counts, [batch.rows, batch.length]);
    let (inputs, _) = tensors(batch.clone(), teacher.model());
    let shares = Tensor::<2>::from_data(counts, &inputs.device());
    let told = teacher.model().shown(inputs, &teacher.teaching, &mut Pass::evaluation());
    let (inputs, targets) = tensors(batch, model);
    let (own, shown) = model.loss_shown(inputs, targets, &teacher.teaching, pass);
    let shares = Shares { scored: shares.clone(), positions: shares };
    teacher.mixed(own, teacher.teaching.loss(shown, told, &shares), count)
}

/// The plan of a teacher.
fn planned(model: &ModelPlan) -> &GptPlan {
    let ModelPlan::Gpt(plan) = model else { unreachable!("a teacher of another family was refused") };
    plan
}

/// What evaluation keeps of each row.
pub(super) fn items(model: &Model, batch: Batch, pass: &mut Pass) -> Vec<Item> {
    let length = batch.length;
    let counts: Vec<u64> = batch.targets.chunks(length).map(targets).collect();
    let (inputs, targets) = tensors(batch, model);
    let losses = model.losses(inputs, targets, pass);
    let sums: Vec<f32> = losses.into_data().try_into_vec().expect("models compute in f32");
    let nats = sums.chunks(length).map(|row| row.iter().map(|&nats| f64::from(nats)).sum());
    nats.zip(counts).map(|(nats, count)| Item { nats, count }).collect()
}

/// Inputs and targets, `[batch, query]` each.
fn tensors(batch: Batch, model: &Model) -> (Tensor<2, Int>, Tensor<2, Int>) {
    let device = model.device();
    (tensor(batch.inputs, batch.rows, &device), tensor(batch.targets, batch.rows, &device))
}

fn targets(row: &[i32]) -> u64 {
    row.iter().filter(|&&target| target != IGNORED).count() as u64
}

/// Changes the later half of the input; no logit of the earlier half may move by a bit.
fn causality(model: &Model, batch: &Batch, vocabulary: usize) -> Check {
    let half = batch.length / 2;
    let logits = |inputs: Vec<i32>| {
        let logits = model.forward(tensor(inputs, batch.rows, &model.device()), &mut Pass::evaluation());
        logits.narrow(1, 0, half.max(1)).into_data()
    };
    let changed = batch
        .inputs
        .iter()
        .enumerate()
        .map(|(place, &id)| if place % batch.length > half { (id + 1) % vocabulary as i32 } else { id });
    let passed = logits(batch.inputs.clone()) == logits(changed.collect());
    let detail = if passed { "earlier predictions are equal to the bit" } else { "earlier predictions moved" };
    Check { name: "no later token reaches an earlier prediction".to_owned(), passed, detail: detail.to_owned() }
}

/// Hides the targets of the later half; the summed loss may not depend on what stands there.
fn padding(task: &Gpt, model: &Model, batch: &Batch) -> Check {
    let half = batch.length / 2;
    let padded = |filler: i32| {
        let mut batch = batch.clone();
        for place in (0..batch.inputs.len()).filter(|place| place % batch.length > half) {
            (batch.inputs[place], batch.targets[place]) = (filler, IGNORED);
        }
        task.loss(model, batch, &mut Pass::evaluation()).sum.into_data()
    };
    let passed = padded(0) == padded(1 % task.model.vocabulary as i32);
    let detail = if passed { "the loss is equal to the bit" } else { "the loss depends on what stands in the padding" };
    Check { name: "padding changes nothing".to_owned(), passed, detail: detail.to_owned() }
}
