//! Encoder-decoder models: batches are pairs of texts of like lengths, the loss is cross-entropy, the result translates.

mod decoder;

use std::{cmp::Reverse, collections::BTreeSet, sync::Arc};

use attentive_attention::{Cost, Pass};
use attentive_data::{
    Examples, IGNORED, Limit, Pair, Paired, Pairs, Shelf, Task as DataTask, Tokenizer, padded, paired,
};
use attentive_engine::{
    At, Event as FitEvent, Found, Item as Judgment, Loss, Role, Search, Split, Stopping, Task, TaskError,
};
use attentive_random::Key;
use attentive_seq2seq::{Seq2Seq as Model, Seq2SeqPlan, cost};
use burn::tensor::Device;

use super::{
    Family, Run, Trained, Translating, Translation,
    candidates::{host, unfit},
    generation::BEAMS,
    reader::tensor,
};
use crate::{
    Event, RunPlan, TrainerError,
    evaluation::{Asked, Evaluation, Measure, On},
    foreign::begun,
    material::{Material, Samples, Split as Sampled},
    plan::GenerationPlan,
    text::ends,
};
use decoder::Decoder;

/// How many translations are judged at a time.
const EVALUATION_ROWS: usize = 32;

pub(crate) struct Seq2Seq {
    plan: RunPlan,
    model: Seq2SeqPlan,
    generation: GenerationPlan,
    tokenizer: Tokenizer,
    /// Ids that a target begins and ends with.
    start: u32,
    end: u32,
    /// What stands before a text and behind it.
    around: [Vec<u32>; 2],
    /// Ids that no translation shows.
    hidden: BTreeSet<u32>,
    splits: Option<Splits>,
    /// Of a training row, or of a batch that counts as one, as a share of the context.
    length: f64,
}

struct Splits {
    train: Shelf<Pair>,
    validation: Shelf<Pair>,
    batches: Pairs,
    judged: Pairs,
}

/// Pairs side by side.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pairs: Paired,
    /// The number of the first row within the step.
    first: usize,
}

impl Seq2Seq {
    pub(crate) fn open(
        plan: &RunPlan,
        model: &Seq2SeqPlan,
        tokenizer: Option<Tokenizer>,
        material: Option<Material>,
        told: &mut dyn FnMut(Event),
    ) -> Result<Self, TrainerError> {
        let tokenizer = tokenizer.expect("who reads has a tokenizer");
        let generation = plan.generation.clone().expect("who answers with whole texts has it");
        let [start, end] = opened_and_closed(model, &tokenizer)?;
        let around = if learned_elsewhere(model) { framed(&tokenizer, end)? } else { [Vec::new(), vec![end]] };
        let hidden = if learned_elsewhere(model) { tokenizer.special() } else { Vec::new() }.into_iter().collect();
        let (plan, model) = (plan.clone(), model.clone());
        let mut family =
            Self { plan, model, generation, tokenizer, start, end, around, hidden, splits: None, length: 1.0 };
        if let Some(Material::Rows(samples)) = material {
            let splits = family.splits_of(samples, told)?;
            let places =
                family.plan.data.batch_tokens.map_or_else(|| splits.batches.mean_length(), |places| places as f64);
            family.length = places / family.model.context as f64;
            family.splits = Some(splits);
        }
        Ok(family)
    }

    fn splits_of(&self, samples: Samples, told: &mut dyn FnMut(Event)) -> Result<Splits, TrainerError> {
        let examples = Examples { tokenizer: &self.tokenizer, most: self.model.context };
        let mut read = |split: Sampled| -> Result<Shelf<Pair>, TrainerError> {
            let (rows, told) = (split.into_rows()?, &mut |event| told(Event::Data(event)));
            Ok(if learned_elsewhere(&self.model) {
                examples.framed_pairs(rows, self.start, told)?
            } else {
                examples.pairs(rows, self.start, told)?
            })
        };
        let (train, validation) = (read(samples.train)?, read(samples.validation)?);
        let lengths =
            |pairs: &Shelf<Pair>| -> Vec<(usize, usize)> { pairs.iter().map(|pair| pair.lengths()).collect() };
        let training = &self.plan.fit.training;
        let key = Key::new(training.seed).at("batches");
        let limit = |rows| self.plan.data.batch_tokens.map_or(Limit::Rows(rows), Limit::Tokens);
        Ok(Splits {
            batches: Pairs::new(&lengths(&train), limit(training.batch), key)?,
            judged: Pairs::new(&lengths(&validation), limit(training.micro_batch), key)?,
            train,
            validation,
        })
    }

    /// The text's ids with what stands around them, no more than the model reads.
    fn closed(&self, text: &str) -> Result<Vec<u32>, TrainerError> {
        let [before, after] = &self.around;
        let mut ids = self.tokenizer.encode(text)?;
        ids.truncate(self.model.context.saturating_sub(before.len() + after.len()));
        Ok([before, &ids, after].into_iter().flatten().copied().collect())
    }

    /// The ids without what stands around them.
    fn bare<'a>(&self, ids: &'a [u32]) -> Option<&'a [u32]> {
        let [before, after] = &self.around;
        ids.strip_prefix(before.as_slice())?.strip_suffix(after.as_slice())
    }

    fn batch(&self, pairs: impl Iterator<Item = Pair>, first: usize) -> Batch {
        let pairs: Vec<Pair> = pairs.collect();
        Batch { pairs: paired(&pairs.iter().collect::<Vec<_>>(), self.end), first }
    }

    /// A row of which nothing is asked, where a step has fewer pairs than others.
    fn nothing(&self, first: usize) -> Batch {
        let pair = Pair { source: vec![self.end], target: vec![self.start, self.end] };
        let mut batch = self.batch(std::iter::once(pair), first);
        batch.pairs.targets.fill(IGNORED);
        batch
    }

    fn splits(&self) -> &Splits {
        self.splits.as_ref().expect("commands that train open the data")
    }

    /// Rows of a step, or, where batches are as large as their tokens allow, as many whole batches.
    fn training(&self, at: &At) -> Batch {
        let Splits { train, batches, .. } = self.splits();
        if self.plan.data.batch_tokens.is_some() {
            let place = |row: usize| at.step * self.plan.fit.training.batch as u64 + row as u64;
            let before = (0..at.rows.start).map(|row| batches.batch(place(row)).len()).sum();
            let items = at.rows.clone().flat_map(|row| batches.batch(place(row)));
            return self.batch(items.map(|item| train.get(item)), before);
        }
        let items = batches.batch(at.step);
        let rows = at.rows.start.min(items.len())..at.rows.end.min(items.len());
        match &items[rows] {
            [] => self.nothing(at.rows.start),
            items => self.batch(items.iter().map(|&item| train.get(item)), at.rows.start),
        }
    }

    /// The best translations of each line.
    fn translated(
        &self,
        model: &Model,
        lines: &[String],
        how: &Translating,
    ) -> Result<Vec<Vec<Translation>>, TrainerError> {
        let sources: Vec<Vec<u32>> = lines.iter().map(|line| self.closed(line)).collect::<Result<_, _>>()?;
        // Lines of like lengths go together.
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|&line| Reverse(sources[line].len()));
        let mut translations = vec![Vec::new(); lines.len()];
        for lines in order.chunks(how.batch.max(1)) {
            let rows: Vec<&[u32]> = lines.iter().map(|&line| sources[line].as_slice()).collect();
            for (&line, found) in lines.iter().zip(self.searched(model, &rows, how)) {
                translations[line] =
                    found.into_iter().map(|found| self.translation(found)).collect::<Result<_, _>>()?;
            }
        }
        Ok(translations)
    }

    fn searched(&self, model: &Model, sources: &[&[u32]], how: &Translating) -> Vec<Vec<Found>> {
        let most = self.most(how);
        match &how.sampling {
            Some(sampling) => {
                let sources: Vec<&[u32]> = sources.iter().flat_map(|source| vec![*source; how.best]).collect();
                let mut decoder = Decoder::new(model, padded(&sources, self.end), most);
                let starts = vec![vec![self.start]; sources.len()];
                let drawn = sampling.draw(&self.search(how), &starts, |rows| decoder.logits(rows));
                drawn.chunks(how.best).map(<[Found]>::to_vec).collect()
            }
            None => {
                let mut decoder = Decoder::new(model, padded(sources, self.end), most);
                let starts = vec![vec![self.start]; sources.len()];
                self.search(how).run(&starts, |rows| decoder.logits(rows))
            }
        }
    }

    /// What was asked for, and else what the plan says.
    fn search(&self, how: &Translating) -> Search {
        let plan = &self.generation;
        Search {
            beams: how.beams.or(plan.beams).unwrap_or(BEAMS).max(how.best),
            length_penalty: how.length_penalty.unwrap_or(plan.length_penalty),
            stopping: if plan.early { Stopping::Full } else { Stopping::Hopeless },
            best: how.best,
            no_repeat: plan.no_repeat,
            ruled_out: plan.ruled_out.clone(),
            least: plan.least,
            forced_first: plan.forced_first,
            forced_last: plan.forced_last,
            ..Search::greedy(self.most(how), Some(self.end))
        }
    }

    fn most(&self, how: &Translating) -> usize {
        let context = self.model.context;
        how.tokens.or(self.generation.most).map_or(context, |tokens| tokens.min(context))
    }

    fn translation(&self, found: Found) -> Result<Translation, TrainerError> {
        let ids = found.ids.strip_suffix(&[self.end]).unwrap_or(&found.ids);
        let shown: Vec<u32> = ids.iter().copied().filter(|id| !self.hidden.contains(id)).collect();
        Ok(Translation { text: self.tokenizer.decode(&shown)?, score: found.score })
    }
}

/// Models that learned with another library know their ids themselves, and all that their tokenizers put around a text.
fn learned_elsewhere(model: &Seq2SeqPlan) -> bool {
    model.start.is_some()
}

/// The ids that a target begins and ends with.
fn opened_and_closed(model: &Seq2SeqPlan, tokenizer: &Tokenizer) -> Result<[u32; 2], TrainerError> {
    if let (Some(start), Some(end)) = (model.start, model.end) {
        return Ok([start, end]);
    }
    let [start, end] = ends(tokenizer)?;
    Ok([model.start.unwrap_or(start), model.end.unwrap_or(end)])
}

/// What the tokenizer puts around a text, the end among it.
fn framed(tokenizer: &Tokenizer, end: u32) -> Result<[Vec<u32>; 2], TrainerError> {
    let [before, mut after] = tokenizer.around()?;
    if !after.contains(&end) {
        after.push(end);
    }
    Ok([before, after])
}

impl Family for Seq2Seq {
    fn plan(&self) -> &RunPlan {
        &self.plan
    }

    fn fresh(&self, device: &Device) -> Model {
        Model::new(&self.model, &self.plan.initial(device))
    }

    fn cost(&self) -> Cost {
        cost(&self.model)
    }

    fn length(&self) -> f64 {
        self.length
    }

    /// Where batches are as large as their tokens allow, a row is a batch.
    fn checked_rows(&self) -> usize {
        if self.plan.data.batch_tokens.is_some() { 1 } else { 2 }
    }
}

impl Run for Seq2Seq {
    fn kind(&self) -> &'static str {
        "a model that translates"
    }

    fn next(&self) -> &'static str {
        "translate {} LINE"
    }

    fn evaluate(
        &self,
        trained: &Trained<'_>,
        on: &On,
        told: &mut dyn FnMut(Event),
    ) -> Result<Evaluation, TrainerError> {
        let Asked { card, split } = on.asked()?;
        let beams = match card.task {
            DataTask::Translation => None,
            DataTask::SequenceToSequence => self.generation.beams.or(Some(1)),
            _ => return Err(unfit(self.kind(), &card, "translation and sequence to sequence")),
        };
        let (mut sources, mut references) = (Vec::new(), Vec::new());
        for row in crate::text::rows(&card, split, told)?.take(on.limit.unwrap_or(usize::MAX)) {
            let row = row?;
            sources.push(row.text("source")?.to_owned());
            references.push(row.text("target")?.to_owned());
        }
        let (model, step) = self.trained(trained)?;
        let batch = EVALUATION_ROWS;
        let how = Translating { beams, length_penalty: None, best: 1, tokens: None, sampling: None, batch };
        let mut translations = Vec::new();
        for lines in sources.chunks(EVALUATION_ROWS * 8) {
            let found = self.translated(&model, lines, &how)?;
            translations.extend(
                found.into_iter().map(|found| found.into_iter().next().map_or_else(String::new, |best| best.text)),
            );
            told(Event::Fit(FitEvent::Evaluating { done: translations.len(), total: Some(sources.len()) }));
        }
        let pairs = || translations.iter().map(String::as_str).zip(references.iter().map(String::as_str));
        let exact = Measure::share("exact_match", pairs().map(|(translation, reference)| translation == reference));
        let measures = match card.task {
            DataTask::Translation => {
                vec![Measure::bleu(pairs().map(|(translation, reference)| (translation, [reference]))), exact]
            }
            _ => vec![exact],
        };
        Ok(Evaluation { on: on.named(split), step, language: None, measures })
    }

    fn translate(
        &self,
        trained: &Trained<'_>,
        lines: &[String],
        how: &Translating,
    ) -> Result<Vec<Vec<Translation>>, TrainerError> {
        let (model, _) = self.trained(trained)?;
        self.translated(&model, lines, how)
    }
}

impl Task for Seq2Seq {
    type Model = Model;
    type Batch = Batch;

    fn model(&self, device: &Device) -> Result<Model, TaskError> {
        Ok(begun(self.fresh(device), &self.plan)?)
    }

    fn batch(&self, at: &At) -> Result<Option<Batch>, TaskError> {
        match at.split {
            Split::Train => Ok(Some(self.training(at))),
            Split::Validation => {
                let Splits { validation, judged, .. } = self.splits();
                let items = judged.evaluation(at.step as usize);
                Ok(items.map(|items| self.batch(items.iter().map(|&item| validation.get(item)), 0)))
            }
        }
    }

    fn loss(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Loss {
        pass.begin_at(batch.first);
        let Paired { source, inputs, targets } = batch.pairs;
        let count = targets.iter().filter(|&&target| target != IGNORED).count() as u64;
        let (device, rows, lengths) = (model.device(), source.rows, Arc::from(source.lengths));
        let [source, inputs, targets] = [source.ids, inputs.ids, targets].map(|ids| tensor(ids, rows, &device));
        Loss::whole(model.loss(source, lengths, inputs, targets, self.plan.loss.smoothing, pass), count)
    }

    fn judge(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Vec<Judgment> {
        let Paired { source, inputs, targets } = batch.pairs;
        let (device, rows, length) = (model.device(), source.rows, inputs.length);
        let (counts, lengths): (Vec<usize>, Arc<[usize]>) = (inputs.lengths, Arc::from(source.lengths));
        let [source, inputs, targets] = [source.ids, inputs.ids, targets].map(|ids| tensor(ids, rows, &device));
        let losses = host(model.losses(source, lengths, inputs, targets, pass));
        let nats = losses.chunks(length).map(|row| row.iter().map(|&nats| f64::from(nats)).sum());
        nats.zip(counts).map(|(nats, count)| Judgment { nats, count: count as u64 }).collect()
    }

    fn role(&self, path: &str) -> Role {
        Role::of(path, Model::spared, Model::hidden_matrix)
    }

    /// The first pair that is held out, translated.
    fn sample(&self, model: &Model) -> Option<String> {
        let first = self.splits().validation.get(0).source;
        let source = self.bare(&first)?;
        let line = self.tokenizer.decode(source).ok()?;
        let how = Translating { beams: Some(1), length_penalty: None, best: 1, tokens: None, sampling: None, batch: 1 };
        let found = self.translated(model, std::slice::from_ref(&line), &how).ok()?;
        Some(format!("{line} -> {}", found.first()?.first()?.text))
    }

    fn operations(&self) -> f64 {
        3.0 * cost(&self.model).forward as f64 * self.length
    }
}
