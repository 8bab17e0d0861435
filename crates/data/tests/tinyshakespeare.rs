//! The known corpus from end to end, where its file is at hand: beside the checkout, or in `ATTENTIVE_MIRROR`.

use std::path::PathBuf;

use attentive_data::{Case, Recipe, Source, Text, Tokenizer, read, tokens};
use attentive_files::Fetching;

fn mirror() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/datasets"));
    let named = std::env::var_os("ATTENTIVE_MIRROR").map(PathBuf::from);
    named.into_iter().chain([beside]).find(|folder| folder.join("tinyshakespeare").is_dir())
}

/// Both splits, or none after a word on why the test is skipped.
fn splits() -> Option<[Text; 2]> {
    let mirror = mirror();
    if mirror.is_none() {
        skipped();
    }
    let cache = tempfile::tempdir().expect("a temporary folder");
    let fetching = Fetching { cache: cache.path().to_owned(), mirror: Some(mirror?), offline: true, token: None };
    let source = Source::Known { name: "tinyshakespeare".to_owned(), seed: 0, stories: 0 };
    let split = |name| read(&source, name, &fetching, &mut |_| ()).expect("the mirror has it");
    Some([split("train"), split("validation")])
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped() {
    eprintln!("skipped: tinyshakespeare is neither in ATTENTIVE_MIRROR nor in ../shared/datasets beside the checkout");
}

#[test]
fn the_splits_are_those_of_nanogpt() {
    let Some([train, validation]) = splits() else { return };
    assert_eq!((train.characters(), validation.characters()), (1_003_854, 111_540));
    assert!(train.documents[0].starts_with("First Citizen:"));
}

#[test]
fn characters_go_to_tokens_and_back() {
    let Some([train, validation]) = splits() else { return };
    let tokenizer = Tokenizer::build(&Recipe::Characters, &train, &mut |_| ()).expect("built");
    assert_eq!(tokenizer.vocabulary(), 65);
    let cache = tempfile::tempdir().expect("a temporary folder");
    let tokens = tokens(&validation, &tokenizer, cache.path(), &mut |_| ()).expect("tokens");
    let mut ids = vec![0; tokens.len()];
    tokens.copy(0, &mut ids);
    let ids: Vec<u32> = ids.into_iter().map(|id| id as u32).collect();
    assert_eq!(tokenizer.decode(&ids).expect("its own ids"), validation.documents[0]);
}

#[test]
fn bytes_are_learned_the_same_way_every_time() {
    let Some([train, validation]) = splits() else { return };
    let build = || Tokenizer::build(&Recipe::Bytes { vocabulary: 1024 }, &validation, &mut |_| ()).expect("built");
    let tokenizer = build();
    assert_eq!(tokenizer.to_json(), build().to_json());
    let sample = &train.documents[0][..20_000];
    let ids = tokenizer.encode(sample).expect("any text");
    assert!(ids.len() * 2 < sample.len());
    assert_eq!(tokenizer.decode(&ids).expect("its own ids"), sample);
}

#[test]
fn pieces_of_words_are_learned() {
    let Some([train, validation]) = splits() else { return };
    let recipes = [Recipe::WordPiece { vocabulary: 1500, case: Case::Lower }, Recipe::Unigram { vocabulary: 1500 }];
    for recipe in recipes {
        let tokenizer = Tokenizer::build(&recipe, &validation, &mut |_| ()).expect("built");
        assert_eq!(tokenizer.vocabulary(), 1500);
        let sample = &train.documents[0][..20_000];
        let ids = tokenizer.encode(sample).expect("any text");
        assert!(ids.len() * 5 < sample.len() * 2, "{recipe:?}: {} tokens", ids.len());
        let again = tokenizer.decode(&ids).expect("its own ids");
        assert_eq!(tokenizer.encode(&again).expect("its own text"), ids, "{recipe:?}");
    }
}
