//! The known data sets, one card each, compiled into the program.

use crate::{Card, DataError};

/// Pairs each name with the text of its card.
macro_rules! known {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../datasets/", $name, "/dataset.toml")))),*]
    };
}

/// In the order in which they are listed to users; names are those on the cards.
const CARDS: &[(&str, &str)] = known![
    "stories",
    "stories-who",
    "stories-statements",
    "stories-tags",
    "numbers-en-de",
    "numbers-de-en",
    "shapes",
    "scenes-captions",
    "scenes-questions",
    "scenes-statements",
    "tinyshakespeare",
    "names",
    "wikitext-2",
    "wikitext-2-raw",
    "wikitext-103",
    "wikitext-103-raw",
    "ptb",
    "enwik8",
    "text8",
    "tinystories",
    "classics",
    "glue-cola",
    "glue-sst2",
    "glue-stsb",
    "glue-rte",
    "glue-wnli",
    "glue-qnli",
    "glue-mnli",
    "glue-qqp",
    "glue-mrpc",
    "glue-ax",
    "sst2-sentences",
    "sst5",
    "ag-news",
    "imdb",
    "imdb-5000",
    "trec",
    "trec-fine",
    "multi30k",
    "tatoeba-fra-eng",
    "wmt14-de-en",
    "mnist",
    "fashion-mnist",
    "cifar10",
    "cifar10-1000",
    "cifar10-jpeg",
    "cifar100",
    "emoji",
    "emoji-72",
    "nlvr",
    "flickr8k",
    "lambada",
    "hellaswag",
    "piqa",
    "arc-easy",
    "arc-challenge",
    "winogrande",
    "boolq",
    "openbookqa",
    "copa",
    "wsc273",
    "siqa-two",
    "csqa-four",
    "gsm8k",
    "hellaswag-original",
    "scan-simple",
    "scan-length",
    "scan-addprim-jump",
    "scan-addprim-turn-left",
    "scan-template-around-right",
    "cogs",
    "squad",
    "squad-v2",
    "xquad-en",
    "xquad-de",
];

/// How unlike a known name may be and still be suggested (0 is unlike, 1 is equal).
const LIKENESS: f64 = 0.5;

/// The names of all known data sets.
pub fn names() -> impl Iterator<Item = &'static str> {
    CARDS.iter().map(|(name, _)| *name)
}

/// All cards.
pub fn cards() -> impl Iterator<Item = Card> {
    CARDS.iter().map(|(_, text)| parsed(text))
}

/// The card of the data set with this name.
pub fn card(name: &str) -> Result<Card, DataError> {
    let found = CARDS.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| parsed(text)).ok_or_else(|| unknown(name))
}

fn parsed(text: &str) -> Card {
    toml::from_str(text).expect("a test parses every card")
}

fn unknown(name: &str) -> DataError {
    DataError::UnknownDataSet { name: name.to_owned(), suggestion: suggestion(name) }
}

fn suggestion(name: &str) -> String {
    let likeness = |known: &str| strsim::jaro_winkler(&name.to_lowercase(), known);
    let nearest = names().max_by(|first, second| likeness(first).total_cmp(&likeness(second)));
    let near = nearest.filter(|known| likeness(known) > LIKENESS);
    near.map(|known| format!("; did you mean `{known}`?")).unwrap_or_else(|| ".".to_owned())
}

#[cfg(test)]
mod tests;
