use std::collections::HashSet;

use super::*;
use crate::CardSource;
use crate::sets::Layout;

#[test]
fn every_card_is_well_formed_and_bears_its_name() {
    for ((name, _), card) in CARDS.iter().zip(cards()) {
        assert_eq!(card.name, *name);
        assert!(card.splits.iter().all(|split| 0.0 <= split.from && split.from < split.to && split.to <= 1.0));
        assert!(card.references.iter().all(|reference| card.split(&reference.split).is_ok()), "{name}");
        let splits: HashSet<&str> = card.splits.iter().map(|split| split.name.as_str()).collect();
        assert_eq!(splits.len(), card.splits.len(), "{name} has a split twice");
        assert!(splits.iter().all(|split| !split.contains(':')), "a colon divides a name from its split");
    }
}

#[test]
fn names_are_unique_and_every_folder_of_cards_is_known() {
    let known: HashSet<&str> = names().collect();
    assert_eq!(known.len(), CARDS.len());
    let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets")).expect("the cards");
    for folder in folders {
        let name = folder.expect("readable").file_name().into_string().expect("a name in UTF-8");
        assert!(known.contains(name.as_str()), "datasets/{name} is not in the registry");
    }
}

#[test]
fn files_are_listed_with_address_and_checksum() {
    let is_checksum = |text: &str| text.len() == 64 && text.chars().all(|digit| "0123456789abcdef".contains(digit));
    for card in cards() {
        let CardSource::Files { files, needs } = &card.source else { continue };
        for file in files {
            let packed = file.packed.iter().all(|packed| !packed.addresses.is_empty() && is_checksum(&packed.sha256));
            assert!(is_checksum(&file.sha256) && file.size > 0 && packed, "{} of {}", file.file, card.name);
            let served = !file.addresses.is_empty() || file.packed.is_some();
            assert!(served || needs.is_some(), "nothing says where {} of {} comes from", file.file, card.name);
        }
    }
}

#[test]
fn splits_name_listed_files_or_ones_that_users_place() {
    for card in cards() {
        let CardSource::Files { needs, .. } = &card.source else { continue };
        for split in &card.splits {
            let unlisted = split.files.iter().find(|name| crate::sets::meant(&card, name).is_none());
            assert!(unlisted.is_none() || needs.is_some(), "{}:{} names {unlisted:?}", card.name, split.name);
        }
    }
}

#[test]
fn layouts_get_as_many_files_as_they_read() {
    for card in cards() {
        let CardSource::Files { files, .. } = &card.source else { continue };
        for split in &card.splits {
            let count = if split.files.is_empty() { files.len() } else { split.files.len() };
            let fits = match split.layout.as_ref().or(card.layout.as_ref()).expect("sets of files have a layout") {
                Layout::Parallel { columns } | Layout::Segments { columns } => count % columns.len() == 0,
                Layout::Idx {} | Layout::Emoji {} | Layout::Nlvr {} | Layout::Mrpc { .. } => count == 2,
                Layout::Flickr {} => count == 3,
                Layout::News {} | Layout::Folders { .. } => count == 1,
                _ => count > 0,
            };
            assert!(fits, "{}:{} has {count} files", card.name, split.name);
        }
    }
}

#[test]
fn labels_are_named_where_they_are_read() {
    // Whom the stories are about, their generator knows.
    for card in cards().filter(|card| card.name != "stories-who") {
        assert!(card.written.is_empty() || card.written.len() == card.labels.len(), "{}", card.name);
        let classes = matches!(card.task, crate::Task::Classification | crate::Task::ImageClassification);
        assert!(!classes || card.labels.len() > 1, "{} has classes without names", card.name);
    }
}

#[test]
fn unknown_keys_on_a_card_are_errors() {
    let text = |name| CARDS.iter().find(|(known, _)| *known == name).expect("known").1;
    let plays = text("tinyshakespeare");
    let altered = [
        plays.replace("license", "licence"),
        plays.replace("size =", "bytes ="),
        plays.replace("from", "form"),
        plays.replace("unit =", "units ="),
        plays.replace("kind = \"text\"", "kind = \"texts\""),
    ];
    assert!(altered.iter().all(|text| text != plays && toml::from_str::<Card>(text).is_err()));
    let generated = text("stories").replace("kind = \"generated\"", "kind = \"generated\"\nfiles = []");
    assert!(toml::from_str::<Card>(&generated).is_err());
    let lines = text("names").replace("kind = \"lines\"", "kind = \"lines\", mark = \"x\"");
    assert!(toml::from_str::<Card>(&lines).is_err());
}

#[test]
fn an_unknown_name_gets_the_nearest() {
    let error = card("tinyshakespear").expect_err("misspelled").to_string();
    let rest = "`attentive data list` names all; to train on files of your own, name them by patterns instead";
    assert_eq!(error, format!("there is no data set `tinyshakespear`; did you mean `tinyshakespeare`? {rest}"));
    let error = card("zzz").expect_err("unknown").to_string();
    assert_eq!(error, format!("there is no data set `zzz`. {rest}"));
}

#[test]
fn an_unknown_split_gets_the_list() {
    let error = card("stories").expect("known").split("test").expect_err("no such split");
    assert_eq!(error.to_string(), "`stories` has no split `test`; its splits are `train` and `validation`");
}

#[test]
fn shapes_are_named_as_they_are_drawn() {
    assert_eq!(card("shapes").expect("known").labels, crate::shapes::LABELS);
}
