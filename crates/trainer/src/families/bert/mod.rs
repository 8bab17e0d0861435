//! BERT-style encoders: batches are texts with gaps, or texts with what is to be told of them; the result fills gaps, classifies, tags
//! and turns texts into vectors.

mod judged;
mod material;

use attentive_attention::{Cost, Fault, Pass};
use attentive_bert::{Bert as Model, BertConfig, BertPlan, Head, Pooling as Pooled, cost};
use attentive_data::{Cell, Labels, Place, Role as TokenRole, Row, Task as DataTask, Tokenizer};
use attentive_engine::{At, Item as Judgment, Loss, Role, Split, Task, TaskError};
use attentive_random::Key;
use burn::tensor::Device;

use super::{
    Classes, Family, Item, Pooling, Ranked, Run, Trained, Verdict,
    candidates::{host, probabilities, ranked, same_classes, unfit},
};
use crate::{
    Event, RunPlan, TrainerError,
    evaluation::{Asked, Evaluation, On},
    foreign::begun,
    material::{Facts, Material, Split as Sampled},
    plan::ModelPlan,
    teacher::Teacher,
};
use judged::best;
use material::{Answer, Batch, Encoder, Example, Gaps, Splits};

const EVALUATION_ROWS: usize = 32;
/// Tasks that an encoder is judged on.
const TASKS: &str = "language modelling, classification, regression and tagging";

pub(crate) struct Bert {
    plan: RunPlan,
    model: BertPlan,
    tokenizer: Tokenizer,
    /// Of classes or tags.
    labels: Option<Labels>,
    splits: Option<Splits>,
    /// Of a training row, as a share of the context.
    length: f64,
    teacher: Option<Teacher<Model>>,
}

/// The roles of the rows decide what is asked; of running text, gaps are.
pub(crate) fn resolve(written: &BertConfig, facts: &Facts) -> Result<BertPlan, Fault> {
    let (classes, has) = (facts.labels.len().max(1), |role: &str| facts.roles.contains(role));
    let asked = if has("tags") {
        Head::Tags(classes)
    } else if has("label") {
        Head::Classes(classes)
    } else if has("score") {
        Head::Number
    } else {
        written.written_head().unwrap_or(Head::Masked)
    };
    written.resolve(facts.tokens, asked)
}

impl Bert {
    pub(crate) fn open(
        plan: &RunPlan,
        model: &BertPlan,
        tokenizer: Option<Tokenizer>,
        material: Option<Material>,
        told: &mut dyn FnMut(Event),
    ) -> Result<Self, TrainerError> {
        let tokenizer = tokenizer.expect("who reads has a tokenizer");
        let labels = match model.head {
            Head::Classes(_) | Head::Tags(_) => Some(Labels::named(plan.data.labels.clone())?),
            Head::Masked | Head::Number => None,
        };
        let mut bert = Self {
            plan: plan.clone(),
            model: model.clone(),
            tokenizer,
            labels,
            splits: None,
            length: 1.0,
            teacher: None,
        };
        if material.is_some() {
            bert.teacher = Teacher::of(plan, |model| cost(planned(model)))?;
        }
        bert.splits = material.map(|material| bert.splits_of(material, told)).transpose()?;
        bert.length = bert.splits.as_ref().and_then(Splits::length).map_or(1.0, |mean| mean / model.context as f64);
        Ok(bert)
    }

    fn splits_of(&self, material: Material, told: &mut dyn FnMut(Event)) -> Result<Splits, TrainerError> {
        let key = Key::new(self.plan.fit.training.seed).at("batches");
        let gaps = |tokens| Gaps::new(tokens, &self.tokenizer, (&self.model, &self.plan.loss), key);
        Ok(match material {
            Material::Text(corpus) => Splits::Gaps { train: gaps(corpus.train)?, validation: gaps(corpus.validation)? },
            Material::Rows(samples) => {
                let mut read = |split: Sampled| self.encoder().examples(split.into_rows()?, told);
                let (train, validation) = (read(samples.train)?, read(samples.validation)?);
                Splits::examples(train, validation, self.plan.fit.training.batch, key)?
            }
        })
    }

    fn encoder(&self) -> Encoder<'_> {
        Encoder { tokenizer: &self.tokenizer, model: &self.model, labels: self.labels.as_ref() }
    }

    fn splits(&self) -> &Splits {
        self.splits.as_ref().expect("commands that train open the data")
    }

    /// A text, or the two of a pair.
    fn read(&self, item: &Item) -> Result<Example, TrainerError> {
        match item {
            Item::Text(text) => self.encoder().unknown(text, None),
            Item::Pair(first, second) => self.encoder().unknown(first, Some(second)),
            Item::Picture(path) => Err(TrainerError::Asked(format!(
                "this model reads texts, and {} names a picture; write texts behind the command",
                path.display()
            ))),
        }
    }

    fn names(&self) -> &[String] {
        self.labels.as_ref().map_or(&[], Labels::names)
    }
}

/// The plan of a teacher.
fn planned(model: &ModelPlan) -> &BertPlan {
    let ModelPlan::Bert(plan) = model else { unreachable!("a teacher of another family was refused") };
    plan
}

impl Family for Bert {
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

    fn teaching(&self) -> Option<&Cost> {
        self.teacher.as_ref().map(|teacher| &teacher.cost)
    }
}

impl Run for Bert {
    fn kind(&self) -> &'static str {
        "an encoder of texts"
    }

    fn next(&self) -> &'static str {
        match self.model.head {
            Head::Masked => "fill-mask {} \"Once upon a [MASK].\"",
            _ => "classify {} TEXT",
        }
    }

    fn evaluate(
        &self,
        trained: &Trained<'_>,
        on: &On,
        told: &mut dyn FnMut(Event),
    ) -> Result<Evaluation, TrainerError> {
        let Asked { card, split } = on.asked()?;
        let named = on.named(split);
        if (card.task, self.model.head) == (DataTask::Regression, Head::Masked) {
            let rows = crate::text::rows(&card, split, told)?.take(on.limit.unwrap_or(usize::MAX));
            let measures = self.likeness(trained, Box::new(rows))?;
            return Ok(Evaluation { on: named, step: 0, language: None, measures });
        }
        let (model, step) = self.trained(trained)?;
        let measures = match (card.task, self.model.head) {
            (DataTask::LanguageModelling, Head::Masked) => self.gaps(&model, &card, split, told)?,
            (DataTask::Classification, Head::Classes(_))
            | (DataTask::Regression, Head::Number)
            | (DataTask::Tagging, Head::Tags(_)) => {
                same_classes(self.names().len(), &card.labels, &card.name)?;
                let rows = crate::text::rows(&card, split, told)?.take(on.limit.unwrap_or(usize::MAX));
                self.rows(&model, Box::new(rows), told)?
            }
            _ => return Err(unfit(self.kind(), &card, TASKS)),
        };
        Ok(Evaluation { on: named, step, language: None, measures })
    }

    fn classify(&self, trained: &Trained<'_>, items: &[Item], _: &Classes) -> Result<Vec<Verdict>, TrainerError> {
        if self.model.head == Head::Masked {
            return Err(self.unfit("tell classes apart", "classify"));
        }
        let (model, _) = self.trained(trained)?;
        items.iter().map(|item| self.verdict(&model, item)).collect()
    }

    fn fill(&self, trained: &Trained<'_>, text: &str, most: usize) -> Result<Vec<Vec<Ranked>>, TrainerError> {
        if self.model.head != Head::Masked {
            return Err(self.unfit("fill gaps", "fill-mask"));
        }
        let mask = self.tokenizer.role(TokenRole::Mask);
        let example = self.encoder().unknown(text, None)?;
        let gaps: Vec<usize> = (0..example.ids.len()).filter(|&place| Some(example.ids[place]) == mask).collect();
        if gaps.is_empty() {
            let message =
                "the text has no [MASK]; write one in each place that is to be filled, such as \"Once upon a [MASK].\"";
            return Err(TrainerError::Asked(message.to_owned()));
        }
        let (model, _) = self.trained(trained)?;
        let batch = self.encoder().batch(&[example]);
        let logits = host(model.logits(&batch.sentences(&model.device()), &mut Pass::evaluation()));
        let vocabulary = self.model.vocabulary;
        let filled = |&place: &usize| {
            let mut words = ranked(&probabilities(&logits[place * vocabulary..][..vocabulary]), &[]);
            words.truncate(most);
            words
                .into_iter()
                .map(|Ranked { name, score }| {
                    let id = name.parse().expect("classes without names are numbers");
                    Ok(Ranked { name: self.tokenizer.decode(&[id])?, score })
                })
                .collect()
        };
        gaps.iter().map(filled).collect()
    }

    fn embed(
        &self,
        trained: &Trained<'_>,
        items: &[Item],
        pooling: Option<Pooling>,
    ) -> Result<Vec<Vec<f32>>, TrainerError> {
        let pooling = match pooling {
            Some(Pooling::Mean) => Pooled::Mean,
            Some(Pooling::Class) => Pooled::Class,
            None => self.model.pooling,
        };
        let (model, _) = trained.open_base(self.fresh(trained.device), &self.plan)?;
        let examples: Vec<Example> = items.iter().map(|item| self.read(item)).collect::<Result<_, _>>()?;
        let mut vectors = Vec::new();
        for chunk in examples.chunks(EVALUATION_ROWS) {
            let batch = self.encoder().batch(chunk);
            let embedded = host(model.embed(&batch.sentences(&model.device()), pooling, &mut Pass::evaluation()));
            vectors.extend(embedded.chunks(self.model.width).map(unit));
        }
        Ok(vectors)
    }
}

impl Bert {
    fn verdict(&self, model: &Model, item: &Item) -> Result<Verdict, TrainerError> {
        if let (Head::Tags(_), Item::Text(text)) = (self.model.head, item) {
            return self.tagged(model, text);
        }
        let batch = self.encoder().batch(&[self.read(item)?]);
        let logits = host(model.logits(&batch.sentences(&model.device()), &mut Pass::evaluation()));
        Ok(match self.model.head {
            Head::Number => Verdict::Number(f64::from(logits[0])),
            _ => Verdict::Classes(ranked(&probabilities(&logits), self.names())),
        })
    }

    /// A tag for each word that the model could read; that of its first piece.
    fn tagged(&self, model: &Model, text: &str) -> Result<Verdict, TrainerError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let cells = |texts: Vec<Cell>| Cell::List(texts);
        // The tags are not known: the numbers of the words in their place tell which token is whose.
        let numbered = Labels::named((0..words.len().max(2)).map(|number| number.to_string()).collect())?;
        let row = Row {
            place: Place { file: "the command line".into(), line: 1 },
            cells: vec![
                ("words".into(), cells(words.iter().map(|&word| Cell::Text(word.to_owned())).collect())),
                ("tags".into(), cells((0..words.len() as i64).map(Cell::Integer).collect())),
            ],
        };
        let encoder = Encoder { labels: Some(&numbered), ..self.encoder() };
        let examples = encoder.examples(Box::new(std::iter::once(Ok(row))), &mut |_| ())?;
        let examples = examples.portion(0, 1);
        let Some(Example { target: Answer::Tags(places), .. }) = examples.first() else {
            return Ok(Verdict::Tags(Vec::new()));
        };
        let batch = encoder.batch(&examples);
        let logits = host(model.logits(&batch.sentences(&model.device()), &mut Pass::evaluation()));
        let rows = logits.chunks(self.model.outputs()).zip(places).filter(|(_, word)| **word >= 0);
        let tag = |row: &[f32]| self.names().get(best(row)).cloned().unwrap_or_default();
        Ok(Verdict::Tags(rows.map(|(row, &word)| (words[word as usize].to_owned(), tag(row))).collect()))
    }
}

/// The vector at length one; one of zeros stays.
fn unit(vector: &[f32]) -> Vec<f32> {
    let length = vector.iter().map(|&entry| f64::from(entry).powi(2)).sum::<f64>().sqrt();
    let scale = if length > 0.0 { length.recip() } else { 1.0 };
    vector.iter().map(|&entry| (f64::from(entry) * scale) as f32).collect()
}

impl Task for Bert {
    type Model = Model;
    type Batch = Batch;

    fn model(&self, device: &Device) -> Result<Model, TaskError> {
        if let Some(teacher) = &self.teacher {
            teacher.wake(device, |plan, device| Model::new(planned(&plan.model), &plan.initial(device)))?;
        }
        Ok(begun(self.fresh(device), &self.plan)?)
    }

    fn batch(&self, at: &At) -> Result<Option<Batch>, TaskError> {
        match at.split {
            Split::Train => Ok(Some(self.splits().training(&self.encoder(), at, self.plan.fit.training.batch))),
            Split::Validation => Ok(self.splits().validation(&self.encoder(), at.step as usize, at.rows.len())),
        }
    }

    fn loss(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Loss {
        let count = batch.targets.asked() as u64;
        let sentences = batch.sentences(&model.device());
        let Some(teacher) = &self.teacher else {
            return Loss::whole(model.loss(&sentences, &batch.targets, pass), count);
        };
        let Teacher { teaching, .. } = teacher;
        let asked = batch.sentences(&teacher.model().device());
        let told = teacher.model().shown(&asked, &batch.targets, teaching, &mut Pass::evaluation());
        let shares = batch.shares(&told);
        let (own, shown) = model.loss_shown(&sentences, &batch.targets, teaching, pass);
        teacher.mixed(own, teaching.loss(shown, told, &shares), count)
    }

    fn judge(&self, model: &Model, batch: Batch, pass: &mut Pass) -> Vec<Judgment> {
        let losses = model.losses(&batch.sentences(&model.device()), &batch.targets, pass);
        let [_, places] = losses.dims();
        let losses = host(losses);
        let nats = losses.chunks(places).map(|row| row.iter().map(|&nats| f64::from(nats)).sum());
        nats.zip(batch.counts()).map(|(nats, count)| Judgment { nats, count }).collect()
    }

    fn counted(&self) -> &'static str {
        match self.model.head {
            Head::Masked => "masked tokens",
            Head::Classes(_) | Head::Number => "texts",
            Head::Tags(_) => "tags",
        }
    }

    fn role(&self, path: &str) -> Role {
        Role::of(path, Model::spared, Model::hidden_matrix)
    }

    fn operations(&self) -> f64 {
        let teacher = self.teacher.as_ref().map_or(0, |teacher| teacher.cost.forward);
        (3.0 * cost(&self.model).forward as f64 + teacher as f64) * self.length
    }
}
