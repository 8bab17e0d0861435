//! From the data part of a plan to tokens.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use attentive_data::{Recipe, Source, Text, Tokenizer, Tokens, read, tokens};
use attentive_files::Fetching;

use crate::{
    Event, TrainerError,
    plan::{DataPlan, TokenizerPlan},
};

/// The built-in stories are a data set like any other: the same for every run, whatever its seed.
const STORIES_SEED: u64 = 1;
/// Stories of the training split when no plan says otherwise; the validation split's size follows from it.
pub(crate) const STORIES: usize = 20_000;

/// What a language model learns from.
pub(crate) struct Corpus {
    pub(crate) tokenizer: Tokenizer,
    pub(crate) train: Arc<Tokens>,
    pub(crate) validation: Arc<Tokens>,
    /// Checksum of the training text.
    pub(crate) sha256: String,
}

impl Corpus {
    /// Reads both splits and makes the tokenizer, which is the same whenever the text is.
    pub(crate) fn open(plan: &DataPlan, told: &mut dyn FnMut(Event)) -> Result<Self, TrainerError> {
        let fetching = Fetching::from_environment();
        let source = source(plan);
        let mut told = |event| told(Event::Data(event));
        let train = read(&source, "train", &fetching, &mut told)?;
        let tokenizer = Tokenizer::build(&recipe(plan), &train, &mut told)?;
        let validation = read(&source, "validation", &fetching, &mut told)?;
        let mut encoded = |text: &Text| tokens(text, &tokenizer, &fetching.cache, &mut told).map(Arc::new);
        let (sha256, train, validation) = (train.sha256(), encoded(&train)?, encoded(&validation)?);
        Ok(Self { tokenizer, train, validation, sha256 })
    }
}

/// The tokens of a split of a known data set, by another corpus's tokenizer.
pub(crate) fn known(
    (name, split): (&str, &str),
    stories: Option<usize>,
    tokenizer: &Tokenizer,
    told: &mut dyn FnMut(Event),
) -> Result<Arc<Tokens>, TrainerError> {
    let fetching = Fetching::from_environment();
    let source = Source::Known { name: name.to_owned(), seed: STORIES_SEED, stories: stories.unwrap_or(STORIES) };
    let mut told = |event| told(Event::Data(event));
    let text = read(&source, split, &fetching, &mut told)?;
    Ok(Arc::new(tokens(&text, tokenizer, &fetching.cache, &mut told)?))
}

fn source(plan: &DataPlan) -> Source {
    match (&plan.source, &plan.files) {
        (Some(name), _) => {
            Source::Known { name: name.clone(), seed: STORIES_SEED, stories: plan.stories.unwrap_or(STORIES) }
        }
        (None, files) => Source::Files {
            patterns: files.clone().unwrap_or_default(),
            base: PathBuf::from("/"),
            validation: plan.validation.clone().unwrap_or_default(),
        },
    }
}

fn recipe(plan: &DataPlan) -> Recipe {
    match &plan.tokenizer {
        TokenizerPlan::Characters => Recipe::Characters,
        TokenizerPlan::Bytes => Recipe::Bytes { vocabulary: plan.vocabulary.unwrap_or_default() },
        TokenizerPlan::File(path) => Recipe::File { path: Path::to_owned(path) },
    }
}
