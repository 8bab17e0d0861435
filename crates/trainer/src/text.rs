//! From the data part of a plan to tokens.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use attentive_data::{
    Card, Case, Columns, Documents, Encoding, Format, Header, Quoting, Recipe, Role, Rows, Separated, Source, Text,
    Tokenizer, Tokens, Told, read, tokens, tokens_of,
};
use attentive_files::Fetching;

use crate::{
    Event, TrainerError,
    plan::{DataPlan, TokenizerPlan},
    sections::{DialectConfig, EncodingKind, TextFormat},
};

/// The built-in stories are a data set like any other: the same for every run, whatever its seed.
const STORIES_SEED: u64 = 1;
/// Stories of the training split when no plan says otherwise; the validation split's size follows from it.
pub(crate) const STORIES: usize = 20_000;

/// Bytes of text that training holds in memory while it makes tokens of them; more are left in their files.
const HELD: u64 = 1 << 30;
/// Bytes that a tokenizer learns from when the text is left in its files.
const LEARNED: u64 = 1 << 28;

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
        let recipe = recipe(plan).expect("who reads text has a tokenizer");
        let mut told = |event| told(Event::Data(event));
        if let Some(train) = Documents::beyond(HELD, (&source, "train"), &fetching, &mut told)? {
            let validation = Documents::beyond(0, (&source, "validation"), &fetching, &mut told)?;
            let validation = validation.expect("what lies in files does so in every split");
            return Self::left_in_files(&recipe, (&train, &validation), &fetching, &mut told);
        }
        let train = read(&source, "train", &fetching, &mut told)?;
        let tokenizer = Tokenizer::build(&recipe, &train, &mut told)?;
        let validation = read(&source, "validation", &fetching, &mut told)?;
        let mut encoded = |text: &Text| tokens(text, &tokenizer, &fetching.cache, &mut told).map(Arc::new);
        let (sha256, train, validation) = (train.sha256(), encoded(&train)?, encoded(&validation)?);
        Ok(Self { tokenizer, train, validation, sha256 })
    }

    /// Of texts that the memory may not hold: the tokenizer learns from their beginning.
    fn left_in_files(
        recipe: &Recipe,
        (train, validation): (&Documents, &Documents),
        fetching: &Fetching,
        told: &mut dyn FnMut(Told),
    ) -> Result<Self, TrainerError> {
        let tokenizer = Tokenizer::build(recipe, &train.beginning(LEARNED)?, told)?;
        let mut encoded = |documents| tokens_of(documents, &tokenizer, &fetching.cache, told).map(Arc::new);
        let (encoded_train, encoded_validation) = (encoded(train)?, encoded(validation)?);
        let sha256 = train.sha256().to_owned();
        Ok(Self { tokenizer, train: encoded_train, validation: encoded_validation, sha256 })
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

/// The rows of a split of a data set.
pub(crate) fn rows(card: &Card, split: &str, told: &mut dyn FnMut(Event)) -> Result<Rows, TrainerError> {
    let fetching = Fetching::from_environment();
    Ok(attentive_data::sets::rows(card, card.split(split)?, &fetching, &mut |event| told(Event::Data(event)))?)
}

fn source(plan: &DataPlan) -> Source {
    match (&plan.source, &plan.files) {
        (Some(name), _) => {
            Source::Known { name: name.clone(), seed: STORIES_SEED, stories: plan.stories.unwrap_or(STORIES) }
        }
        (None, files) => {
            let (patterns, base) = (files.clone().unwrap_or_default(), PathBuf::from("/"));
            let validation = plan.validation.clone().unwrap_or_default();
            match rows_of(plan) {
                Some(format) => {
                    Source::Rows { patterns, base, validation, format, columns: Columns(plan.columns.clone()) }
                }
                None => Source::Files { patterns, base, validation },
            }
        }
    }
}

/// How rows lie in the files of a plan; whole files are no rows.
pub(crate) fn rows_of(plan: &DataPlan) -> Option<Format> {
    Some(match plan.format? {
        TextFormat::Text => return None,
        TextFormat::Jsonl => Format::Jsonl,
        TextFormat::Json => Format::Json,
        TextFormat::Csv => Format::Csv(separated(plan)),
        TextFormat::Tsv => Format::Tsv(separated(plan)),
        TextFormat::Parquet => Format::Parquet,
        TextFormat::ImageFolder => Format::ImageFolder,
        TextFormat::ImageCaption => Format::ImageCaption,
    })
}

fn separated(plan: &DataPlan) -> Separated {
    let DialectConfig { delimiter: written, header, quotes, encoding } = plan.dialect.clone().unwrap_or_default();
    Separated {
        delimiter: written.as_deref().and_then(delimiter),
        header: if header == Some(false) { Header::None } else { Header::Names },
        quoting: if quotes == Some(false) { Quoting::Off } else { Quoting::On },
        encoding: match encoding.unwrap_or_default() {
            EncodingKind::Utf8 => Encoding::Utf8,
            EncodingKind::Latin1 => Encoding::Latin1,
        },
    }
}

/// The byte that may stand between fields.
pub(crate) fn delimiter(written: &str) -> Option<u8> {
    let [byte] = written.as_bytes() else { return None };
    (byte.is_ascii() && !matches!(byte, 0 | b'"' | b'\r' | b'\n')).then_some(*byte)
}

/// The ids that a text begins and ends with.
pub(crate) fn ends(tokenizer: &Tokenizer) -> Result<[u32; 2], TrainerError> {
    let end = tokenizer.closing().ok_or_else(|| {
        let message = "the tokenizer has no token that ends a text; choose another `data.tokenizer`, such as `bytes`";
        TrainerError::Asked(message.to_owned())
    })?;
    let start = [Role::Begin, Role::Padding].into_iter().find_map(|role| tokenizer.role(role));
    Ok([start.unwrap_or(end), end])
}

/// How the tokenizer comes about; none where no text is read.
pub(crate) fn recipe(plan: &DataPlan) -> Option<Recipe> {
    let vocabulary = plan.vocabulary.unwrap_or_default();
    Some(match plan.tokenizer.as_ref()? {
        TokenizerPlan::Characters => Recipe::Characters,
        TokenizerPlan::Bytes => Recipe::Bytes { vocabulary },
        TokenizerPlan::WordPiece => Recipe::WordPiece { vocabulary, case: Case::Lower },
        TokenizerPlan::Unigram => Recipe::Unigram { vocabulary },
        TokenizerPlan::Words => Recipe::Words { vocabulary },
        TokenizerPlan::File(path) => Recipe::File { path: Path::to_owned(path) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_left_in_files_give_the_same_tokens() {
        let folder = tempfile::tempdir().expect("a place for tests");
        let text: String = (0..2000).map(|line| format!("Line {line} of a text that is read twice.\n")).collect();
        std::fs::write(folder.path().join("text.txt"), &text).expect("it can be written to");
        let base = folder.path().to_owned();
        let (patterns, cache) = (vec!["text.txt".to_owned()], folder.path().join("cache"));
        let fetching = Fetching { cache, mirror: None, offline: true, token: None };
        let source = Source::Files { patterns, base, validation: Vec::new() };
        let documents = |split| {
            let found = Documents::beyond(0, (&source, split), &fetching, &mut |_| ());
            found.expect("the files can be read").expect("there is text")
        };
        let recipe = Recipe::Bytes { vocabulary: 300 };
        let splits = (&documents("train"), &documents("validation"));
        let left = Corpus::left_in_files(&recipe, splits, &fetching, &mut |_| ()).expect("tokens");
        let held = read(&source, "train", &fetching, &mut |_| ()).expect("text");
        assert_eq!(
            (left.sha256, left.tokenizer.to_json()),
            (held.sha256(), { Tokenizer::build(&recipe, &held, &mut |_| ()).expect("learned").to_json() })
        );
        assert_eq!(left.train.bytes(), held.bytes());
    }
}
