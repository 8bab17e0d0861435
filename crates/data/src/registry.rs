//! The known data sets, one card each, compiled into the program.

use crate::error::listed;
use crate::{Card, DataError};

/// In the order in which they are listed to users; names are those on the cards.
const CARDS: [(&str, &str); 2] = [
    ("stories", include_str!("../../../datasets/stories/dataset.toml")),
    ("tinyshakespeare", include_str!("../../../datasets/tinyshakespeare/dataset.toml")),
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
    DataError::UnknownDataSet { name: name.to_owned(), suggestion: suggestion(name), known: listed(names()) }
}

fn suggestion(name: &str) -> String {
    let likeness = |known: &str| strsim::jaro_winkler(&name.to_lowercase(), known);
    let nearest = names().max_by(|first, second| likeness(first).total_cmp(&likeness(second)));
    let near = nearest.filter(|known| likeness(known) > LIKENESS);
    near.map(|known| format!("; did you mean `{known}`?")).unwrap_or_else(|| ".".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CardSource, Task};

    #[test]
    fn every_card_is_well_formed_and_bears_its_name() {
        for ((name, _), card) in CARDS.iter().zip(cards()) {
            assert_eq!(card.name, *name);
            assert_eq!(card.task, Task::LanguageModelling);
            assert!(card.splits.iter().all(|split| 0.0 <= split.from && split.from < split.to && split.to <= 1.0));
            assert!(card.references.iter().all(|reference| card.split(&reference.split).is_ok()));
        }
    }

    #[test]
    fn files_are_listed_with_address_and_checksum() {
        for card in cards() {
            let CardSource::Files { files } = card.source else { continue };
            assert!(!files.is_empty());
            assert!(files.iter().all(|file| file.sha256.len() == 64 && file.size > 0 && !file.addresses.is_empty()));
        }
    }

    #[test]
    fn unknown_keys_on_a_card_are_errors() {
        let text = CARDS[1].1;
        let altered =
            [text.replace("license", "licence"), text.replace("size =", "bytes ="), text.replace("from", "form")];
        assert!(altered.iter().all(|text| toml::from_str::<Card>(text).is_err()));
        let generated = CARDS[0].1.replace("kind = \"generated\"", "kind = \"generated\"\nfiles = []");
        assert!(toml::from_str::<Card>(&generated).is_err());
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_and_the_list() {
        let error = card("tinyshakespear").expect_err("misspelled");
        assert_eq!(
            error.to_string(),
            "there is no data set `tinyshakespear`; did you mean `tinyshakespeare`? Known are `stories` and \
             `tinyshakespeare`; to train on files of your own, name them by patterns instead"
        );
        let error = card("zzz").expect_err("unknown");
        assert_eq!(
            error.to_string(),
            "there is no data set `zzz`. Known are `stories` and `tinyshakespeare`; to train on files of your own, \
             name them by patterns instead"
        );
    }

    #[test]
    fn an_unknown_split_gets_the_list() {
        let error = card("stories").expect("known").split("test").expect_err("no such split");
        assert_eq!(error.to_string(), "`stories` has no split `test`; its splits are `train` and `validation`");
    }
}
