use std::path::PathBuf;

use super::*;
use crate::{Recipe, Source, tokens, tokens_of};
use attentive_files::Fetching;

const SPLITS: [&str; 2] = ["train", "validation"];

fn files(count: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for index in 0..count {
        let text = format!("Grüße {index}, the cat sat on 你好 mats 🙂. ").repeat(index * 13 + 1);
        std::fs::write(folder.path().join(format!("{index:02}.txt")), text).expect("written");
    }
    folder
}

fn patterns() -> Vec<String> {
    vec!["*.txt".to_owned()]
}

fn read(base: &Path, split: &str) -> Text {
    let source = Source::Files { patterns: patterns(), base: base.to_owned(), validation: Vec::new() };
    let fetching = Fetching { cache: PathBuf::new(), mirror: None, offline: true, token: None };
    crate::read(&source, split, &fetching, &mut |_| ()).expect("texts")
}

fn opened(base: &Path, split: &str) -> Documents {
    Documents::of_files(&patterns(), base, &[], split).expect("texts")
}

/// The documents that parts make up.
fn joined(parts: impl Iterator<Item = Result<Part<'static>, DataError>>) -> Text {
    let (mut documents, mut open) = (Vec::new(), String::new());
    for part in parts {
        let part = part.expect("text");
        open.push_str(&part.text);
        if part.closes {
            documents.push(std::mem::take(&mut open));
        }
    }
    assert_eq!(open, "");
    Text { documents }
}

#[test]
fn documents_are_those_that_reading_gives() {
    for count in [1, 3, 12] {
        let folder = files(count);
        for split in SPLITS {
            let (documents, text) = (opened(folder.path(), split), read(folder.path(), split));
            assert_eq!((documents.sha256(), documents.bytes()), (text.sha256().as_str(), text.bytes()));
            for division in [Division::Anywhere, Division::Words, Division::Nowhere] {
                for block in [1, 2, 3, 5, 7, 11, 100, 1 << 20] {
                    assert_eq!(joined(documents.parts_by(division, block)), text, "{division:?}, blocks of {block}");
                }
            }
        }
    }
}

#[test]
fn parts_are_as_long_as_blocks() {
    let folder = files(9);
    let documents = opened(folder.path(), "train");
    let longest = |division| {
        let parts = documents.parts_by(division, 100);
        parts.map(|part| part.expect("text").text.len()).max().expect("parts")
    };
    assert!(longest(Division::Anywhere) <= 100 + 8);
    assert!(longest(Division::Words) <= 100 + 60, "a sentence is never longer");
    assert_eq!(
        longest(Division::Nowhere),
        read(folder.path(), "train").documents.iter().map(String::len).max().expect("texts")
    );
}

#[test]
fn files_give_the_tokens_of_their_text() {
    let folder = files(9);
    let text = read(folder.path(), "train");
    let wishes = [
        Recipe::Characters,
        Recipe::Bytes { vocabulary: 300 },
        Recipe::WordPiece { vocabulary: 100, case: crate::Case::Lower },
        Recipe::Unigram { vocabulary: 60 },
    ];
    for recipe in wishes {
        let tokenizer = Tokenizer::build(&recipe, &text, &mut |_| ()).expect("built");
        let cache = |name: &str| folder.path().join(name);
        let whole = tokens(&text, &tokenizer, &cache("whole"), &mut |_| ()).expect("tokens");
        let streamed =
            tokens_of(&opened(folder.path(), "train"), &tokenizer, &cache("read"), &mut |_| ()).expect("tokens");
        let ids = |tokens: &crate::Tokens| {
            let mut ids = vec![0; tokens.len()];
            tokens.copy(0, &mut ids);
            ids
        };
        assert!(ids(&whole) == ids(&streamed), "{recipe:?}");
    }
}

#[test]
fn bad_files_are_errors() {
    let folder = files(1);
    let open = |name: &str| Documents::of_files(&[name.to_owned()], folder.path(), &[], "train");
    std::fs::write(folder.path().join("latin"), b"a long line of text \xe9 and more").expect("written");
    std::fs::write(folder.path().join("cut"), b"a long line of text \xc3").expect("written");
    std::fs::write(folder.path().join("empty"), b"").expect("written");
    assert!(matches!(open("latin"), Err(DataError::NotUtf8 { offset: 20, .. })));
    assert!(matches!(open("cut"), Err(DataError::NotUtf8 { offset: 20, .. })));
    assert!(matches!(open("empty"), Err(DataError::EmptyFile { .. })));
    assert!(matches!(open("absent"), Err(DataError::NoMatch { .. })));
    let documents = opened(folder.path(), "train");
    std::fs::write(folder.path().join("00.txt"), b"short").expect("written");
    let parts: Vec<_> = documents.parts_by(Division::Nowhere, 4).collect();
    assert!(matches!(parts.as_slice(), [Err(DataError::Shrunk { .. })]), "{parts:?}");
}
