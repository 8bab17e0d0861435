//! What a language model learns from: windows of running text, or conversations.

use attentive_data::{
    Batch, ChatTemplate, Conversation, Epochs, Examples, IGNORED, Learned, Order, Shelf, Tokenizer, Windows, conversed,
};
use attentive_random::Key;

use crate::{
    Event, RunPlan, TrainerError,
    material::{Material, Split},
    sections,
};

/// What is trained on and what is judged on the way.
pub(super) enum Splits {
    Text {
        train: Windows,
        validation: Windows,
    },
    Conversations {
        train: Shelf<Conversation>,
        validation: Shelf<Conversation>,
        order: Epochs,
        /// Behind those that are shorter than others: what follows a token is nothing to it.
        filler: u32,
    },
}

/// How what is learned becomes ids.
pub(super) struct Encoder<'a> {
    pub(super) tokenizer: &'a Tokenizer,
    /// Where conversations are learned.
    pub(super) template: Option<&'a ChatTemplate>,
    pub(super) context: usize,
}

impl Encoder<'_> {
    pub(super) fn splits(
        &self,
        material: Material,
        plan: &RunPlan,
        told: &mut dyn FnMut(Event),
    ) -> Result<Splits, TrainerError> {
        let key = Key::new(plan.fit.training.seed).at("batches");
        match material {
            Material::Text(corpus) => {
                let windows = |tokens| Windows::new(tokens, self.context, order(plan), key);
                Ok(Splits::Text { train: windows(corpus.train)?, validation: windows(corpus.validation)? })
            }
            Material::Rows(samples) => {
                let mut read = |split| self.conversations(split, learned(plan), told);
                let (train, validation) = (read(samples.train)?, read(samples.validation)?);
                noted_cuts(&train, self.context, told);
                let (order, filler) = (Epochs::new(train.len(), key)?, self.tokenizer.closing().unwrap_or_default());
                Ok(Splits::Conversations { train, validation, order, filler })
            }
        }
    }

    fn conversations(
        &self,
        split: Split,
        learned: Learned,
        told: &mut dyn FnMut(Event),
    ) -> Result<Shelf<Conversation>, TrainerError> {
        let examples = Examples { tokenizer: self.tokenizer, most: self.context };
        let template = self.template.expect("rows of a language model are conversations");
        Ok(examples.conversations(split.into_rows()?, (template, learned), &mut |event| told(Event::Data(event)))?)
    }
}

impl Splits {
    /// Rows from number `first` on of what is trained on.
    pub(super) fn training(&self, first: u64, rows: usize) -> Batch {
        match self {
            Self::Text { train, .. } => train.training(first, rows),
            Self::Conversations { train, order, filler, .. } => {
                let drawn = (first..first + rows as u64).map(|place| train.get(order.item(place)));
                together(&drawn.collect::<Vec<_>>(), *filler)
            }
        }
    }

    /// Batch number `index` of what is judged on the way.
    pub(super) fn validation(&self, index: usize, rows: usize) -> Option<Batch> {
        match self {
            Self::Text { validation, .. } => validation.evaluation(index, rows),
            Self::Conversations { validation, filler, .. } => {
                let portion = validation.portion(index, rows);
                (!portion.is_empty()).then(|| together(&portion, *filler))
            }
        }
    }

    /// The first conversation that is held out, up to what is learned of it.
    pub(super) fn opening(&self) -> Option<Vec<u32>> {
        let Self::Conversations { validation, .. } = self else { return None };
        let Conversation { inputs, targets, .. } = validation.get(0);
        let before = targets.iter().position(|&target| target != IGNORED)?;
        Some(inputs[..=before].to_vec())
    }
}

fn together(conversations: &[Conversation], filler: u32) -> Batch {
    conversed(&conversations.iter().collect::<Vec<_>>(), filler)
}

fn order(plan: &RunPlan) -> Order {
    match plan.data.order.unwrap_or_default() {
        sections::Order::Random => Order::Random,
        sections::Order::Shuffled => Order::Shuffled,
    }
}

fn learned(plan: &RunPlan) -> Learned {
    match plan.data.learn {
        Some(sections::Learn::All) => Learned::All,
        Some(sections::Learn::Answers) | None => Learned::Answers,
    }
}

fn noted_cuts(train: &Shelf<Conversation>, context: usize, told: &mut dyn FnMut(Event)) {
    let (cut, all) = (train.beside().iter().filter(|cut| **cut).count(), train.len());
    if cut > 0 {
        let longer = "longer than `model.context`, and their beginning is left out";
        told(Event::Note(format!("{cut} of {all} conversations are {longer}: {context} tokens fit")));
    }
}
