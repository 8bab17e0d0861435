//! What an encoder learns from: windows of running text with tokens to be guessed, or texts with what is to be told of them.

use std::sync::Arc;

use attentive_attention::{Shares, Shown};
use attentive_bert::{BertPlan, Head, Sentences, Targets};
use attentive_data::{
    Alike, DataError, Encoded, Examples, IGNORED, Labels, Masked, Masking, Order, Padded, Role, Rows, Shelf, Tokenizer,
    Tokens, Windows, padded, padded_targets,
};
use attentive_engine::At;
use attentive_random::Key;
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::{Event, TrainerError, families::reader::tensor, plan::LossPlan};

/// Texts as the model reads them, and what is right.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) ids: Padded,
    kinds: Vec<i32>,
    pub(crate) targets: Targets,
}

/// One text or pair, and what is right about it.
pub(super) type Example = attentive_data::Example<Answer>;

/// What is right about a text.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// Nothing that is known.
    None,
    Class(usize),
    Number(f64),
    /// Of each token; [`IGNORED`] where none is asked.
    Tags(Vec<i32>),
}

impl Batch {
    pub(crate) fn sentences(&self, device: &Device) -> Sentences {
        let Padded { ids, lengths, rows, length } = &self.ids;
        let kinds = Tensor::<2, Int>::from_data(TensorData::new(self.kinds.clone(), [*rows, *length]), device);
        Sentences {
            ids: tensor(ids.clone(), *rows, device),
            kinds: Some(kinds),
            lengths: Arc::from(lengths.as_slice()),
        }
    }

    /// How much the distance to a teacher counts: at each place that something is asked of alike, and over all positions of a row as much as
    /// its places together.
    pub(crate) fn shares(&self, told: &Shown) -> Shares {
        let ([batch, places, _], device) = (told.scored.hidden.dims(), told.states.device());
        let Padded { lengths, rows, length, .. } = &self.ids;
        let each = |(&real, count): (&usize, u64)| {
            let share = count as f32 / real.max(1) as f32;
            (0..*length).map(move |position| if position < real { share } else { 0.0 })
        };
        let positions: Vec<f32> = lengths.iter().zip(self.counts()).flat_map(each).collect();
        // Where nothing is asked, one place is read in vain.
        let scored = if self.targets.asked() == 0 { 0.0 } else { 1.0 };
        Shares {
            scored: Tensor::full([batch, places], scored, &device),
            positions: Tensor::from_data(TensorData::new(positions, [*rows, *length]), &device),
        }
    }

    /// How many targets each row has.
    pub(crate) fn counts(&self) -> Vec<u64> {
        match &self.targets {
            Targets::Numbers(numbers) => vec![1; numbers.len()],
            Targets::Ids(ids) => {
                let each = ids.len() / self.ids.rows;
                ids.chunks(each).map(|row| row.iter().filter(|&&id| id != IGNORED).count() as u64).collect()
            }
        }
    }
}

/// How texts are encoded for a model.
pub(super) struct Encoder<'a> {
    pub(super) tokenizer: &'a Tokenizer,
    pub(super) model: &'a BertPlan,
    pub(super) labels: Option<&'a Labels>,
}

impl Encoder<'_> {
    pub(super) fn examples(&self, rows: Rows, told: &mut dyn FnMut(Event)) -> Result<Shelf<Example>, TrainerError> {
        let examples = Examples { tokenizer: self.tokenizer, most: self.model.context };
        let told = &mut |event| told(Event::Data(event));
        let labels = || self.labels.expect("a head for classes has their names");
        Ok(match self.model.head {
            Head::Tags(_) => examples.tags::<Shelf<_>>(rows, labels(), told)?.with(Answer::Tags),
            Head::Classes(_) => examples.classes::<Shelf<_>>(rows, labels(), told)?.with(Answer::Class),
            Head::Number => examples.scores::<Shelf<_>>(rows, told)?.with(Answer::Number),
            Head::Masked => examples.texts::<Vec<_>>(rows, told)?.into_iter().map(unknown).collect(),
        })
    }

    /// A text, or two, of which nothing is known.
    pub(super) fn unknown(&self, first: &str, second: Option<&str>) -> Result<Example, TrainerError> {
        let most = self.model.context;
        let encoded = match second {
            Some(second) => self.tokenizer.encode_pair(first, second, most)?,
            None => self.tokenizer.encode_sentence(first, most)?,
        };
        Ok(unknown(encoded))
    }

    pub(super) fn batch(&self, examples: &[Example]) -> Batch {
        let rows: Vec<&[u32]> = examples.iter().map(|example| example.ids.as_slice()).collect();
        let ids = padded(&rows, self.tokenizer.role(Role::Padding).unwrap_or_default());
        let kinds: Vec<Vec<u32>> = examples.iter().map(|example| self.kinds(example)).collect();
        let targets = match self.model.head {
            Head::Number => Targets::Numbers(examples.iter().map(|example| example.target.number()).collect()),
            Head::Classes(_) => Targets::Ids(examples.iter().map(|example| example.target.class()).collect()),
            Head::Tags(_) | Head::Masked => {
                let tags: Vec<&[i32]> = examples.iter().map(|example| example.target.tags()).collect();
                Targets::Ids(padded_targets(&tags, ids.length))
            }
        };
        Batch { kinds: padded(&kinds, 0).ids, ids, targets }
    }

    /// Kinds that the model has no vector for are the first.
    fn kinds(&self, example: &Example) -> Vec<u32> {
        example.kinds.iter().map(|&kind| if (kind as usize) < self.model.kinds { kind } else { 0 }).collect()
    }
}

fn unknown(Encoded { ids, kinds, .. }: Encoded) -> Example {
    Example { ids, kinds, target: Answer::None }
}

impl Answer {
    fn class(&self) -> i32 {
        if let Self::Class(class) = self { *class as i32 } else { IGNORED }
    }

    fn number(&self) -> f32 {
        if let Self::Number(number) = self { *number as f32 } else { 0.0 }
    }

    fn tags(&self) -> &[i32] {
        if let Self::Tags(tags) = self { tags } else { &[] }
    }
}

/// The share of tokens that BERT guesses.
const MASKED: f64 = 0.15;

/// Running text in windows between the special tokens, with tokens hidden.
pub(super) struct Gaps {
    windows: Windows,
    masking: Masking,
    /// For each id whether it goes on with the word before it; empty where words are not hidden whole.
    continues: Vec<bool>,
    before: Option<u32>,
    behind: Option<u32>,
    padding: u32,
    key: Key,
}

impl Gaps {
    pub(super) fn new(
        tokens: Arc<Tokens>,
        tokenizer: &Tokenizer,
        (model, loss): (&BertPlan, &LossPlan),
        key: Key,
    ) -> Result<Self, TrainerError> {
        let (before, behind) = (tokenizer.role(Role::Class), tokenizer.role(Role::Separator));
        let around = usize::from(before.is_some()) + usize::from(behind.is_some());
        let windows = Windows::new(tokens, model.context.saturating_sub(around).max(1), Order::Random, key)?;
        let continues = if loss.whole_words == Some(true) {
            (0..tokenizer.vocabulary() as u32).map(|id| tokenizer.continues(id)).collect()
        } else {
            Vec::new()
        };
        let padding = tokenizer.role(Role::Padding).unwrap_or_default();
        Ok(Self {
            windows,
            masking: Masking::new(tokenizer, loss.masked.unwrap_or(MASKED))?,
            continues,
            before,
            behind,
            padding,
            key,
        })
    }

    /// Rows from number `first` on of what is trained on.
    pub(super) fn training(&self, first: u64, rows: usize) -> Batch {
        self.hidden(&self.windows.training(first, rows), |row| self.key.at("masks").nth(first + row as u64))
    }

    /// Batch number `index` of a split that is judged, the same whenever it is.
    pub(super) fn evaluation(&self, index: usize, rows: usize) -> Option<Batch> {
        let batch = self.windows.evaluation(index, rows)?;
        Some(self.hidden(&batch, |row| Key::new(0).at("masks").nth((index * rows + row) as u64)))
    }

    pub(super) fn evaluation_batches(&self, rows: usize) -> usize {
        self.windows.evaluation_batches(rows)
    }

    fn hidden(&self, batch: &attentive_data::Batch, key: impl Fn(usize) -> Key) -> Batch {
        let rows = batch.inputs.chunks(batch.length).zip(batch.targets.chunks(batch.length)).enumerate();
        let masked: Vec<Masked> = rows
            .map(|(row, (inputs, targets))| {
                // What follows the end of the text is padding.
                let real = targets.iter().filter(|&&target| target != IGNORED).count();
                let text = inputs[..real].iter().map(|&id| id as u32);
                let ids: Vec<u32> = self.before.into_iter().chain(text).chain(self.behind).collect();
                self.masking.apply(key(row), &ids, self.words(&ids).as_deref())
            })
            .collect();
        let inputs: Vec<&[u32]> = masked.iter().map(|masked| masked.inputs.as_slice()).collect();
        let ids = padded(&inputs, self.padding);
        let targets: Vec<&[i32]> = masked.iter().map(|masked| masked.targets.as_slice()).collect();
        let targets = Targets::Ids(padded_targets(&targets, ids.length));
        Batch { kinds: vec![0; ids.ids.len()], ids, targets }
    }

    /// The number of each token's word.
    fn words(&self, ids: &[u32]) -> Option<Vec<Option<u32>>> {
        if self.continues.is_empty() {
            return None;
        }
        let mut word = 0;
        let number = |&id: &u32| {
            word += u32::from(!self.continues[id as usize]);
            Some(word)
        };
        Some(ids.iter().map(number).collect())
    }
}

/// What is trained on and what is judged on the way.
pub(super) enum Splits {
    Gaps { train: Gaps, validation: Gaps },
    Examples { train: Shelf<Example>, validation: Shelf<Example>, order: Alike },
}

impl Splits {
    pub(super) fn examples(
        train: Shelf<Example>,
        validation: Shelf<Example>,
        rows: usize,
        key: Key,
    ) -> Result<Self, DataError> {
        let lengths = train.iter().map(|example| example.ids.len()).collect();
        Ok(Self::Examples { order: Alike::new(lengths, rows, key)?, train, validation })
    }

    /// How long a text is on average, where texts differ in it.
    pub(super) fn length(&self) -> Option<f64> {
        match self {
            Self::Gaps { .. } => None,
            Self::Examples { order, .. } => Some(order.mean_length()),
        }
    }

    /// Rows of a step, which has `batch` of them.
    pub(super) fn training(&self, encoder: &Encoder<'_>, At { step, rows, .. }: &At, batch: usize) -> Batch {
        match self {
            Self::Gaps { train, .. } => train.training(step * batch as u64 + rows.start as u64, rows.len()),
            Self::Examples { train, order, .. } => {
                let items = order.batch(*step);
                // A preflight may ask for more rows than a step has.
                let items = &items[rows.start..rows.end.min(items.len())];
                encoder.batch(&items.iter().map(|&item| train.get(item)).collect::<Vec<_>>())
            }
        }
    }

    pub(super) fn validation(&self, encoder: &Encoder<'_>, index: usize, rows: usize) -> Option<Batch> {
        match self {
            Self::Gaps { validation, .. } => validation.evaluation(index, rows),
            Self::Examples { validation, .. } => {
                let examples = validation.portion(index, rows);
                (!examples.is_empty()).then(|| encoder.batch(&examples))
            }
        }
    }
}
