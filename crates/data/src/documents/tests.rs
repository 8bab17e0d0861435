use std::path::{Path, PathBuf};

use super::*;
use crate::{Columns, Format, Recipe, Separated, Source, tokens, tokens_of};

const SPLITS: [&str; 2] = ["train", "validation"];

fn files(count: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for index in 0..count {
        let text = format!("Grüße {index}, the cat sat on 你好 mats 🙂. ").repeat(index * 13 + 1);
        std::fs::write(folder.path().join(format!("{index:02}.txt")), text).expect("written");
    }
    folder
}

fn source(base: &Path, pattern: &str) -> Source {
    Source::Files { patterns: vec![pattern.to_owned()], base: base.to_owned(), validation: Vec::new() }
}

fn fetching() -> Fetching {
    Fetching { cache: PathBuf::new(), mirror: None, offline: true, token: None }
}

fn read(base: &Path, split: &str) -> Text {
    crate::read(&source(base, "*.txt"), split, &fetching(), &mut |_| ()).expect("texts")
}

fn open(source: &Source, split: &str) -> Result<Documents, DataError> {
    Documents::beyond(0, (source, split), &fetching(), &mut |_| ()).map(|found| found.expect("there is text"))
}

fn opened(base: &Path, split: &str) -> Documents {
    open(&source(base, "*.txt"), split).expect("texts")
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
    let open = |name: &str| open(&source(folder.path(), name), "train");
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

/// Forty rows of a review, one of them empty.
fn rows(folder: &Path, format: Format) -> Source {
    let review =
        |row: usize| if row == 7 { String::new() } else { format!("Review {row}, Grüße. ").repeat(row % 5 + 1) };
    let text = match format {
        Format::Jsonl => (0..40).map(|row| format!("{{\"review\": \"{}\"}}\n", review(row))).collect::<String>(),
        _ => format!("id,review\n{}", (0..40).map(|row| format!("{row},\"{}\"\n", review(row))).collect::<String>()),
    };
    std::fs::write(folder.join("rows"), text).expect("written");
    let columns = Columns([("text".to_owned(), "review".to_owned())].into());
    Source::Rows { patterns: vec!["rows".to_owned()], base: folder.to_owned(), validation: Vec::new(), format, columns }
}

#[test]
fn rows_are_the_documents_that_reading_gives() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for format in [Format::Jsonl, Format::Csv(Separated::default())] {
        let source = rows(folder.path(), format);
        for split in SPLITS {
            let documents = open(&source, split).expect("texts");
            let text = crate::read(&source, split, &fetching(), &mut |_| ()).expect("texts");
            assert_eq!(text.documents.len(), if split == "train" { 35 } else { 4 });
            assert_eq!((documents.sha256(), documents.bytes()), (text.sha256().as_str(), text.bytes()));
            assert_eq!(joined(documents.parts_by(Division::Words, 3)), text);
        }
    }
}

#[test]
fn a_bad_row_is_an_error_of_the_documents() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = rows(folder.path(), Format::Jsonl);
    let documents = open(&source, "train").expect("texts");
    std::fs::write(folder.path().join("rows"), "{\"review\": \"fine\"}\n{\n").expect("written");
    assert!(matches!(open(&source, "train"), Err(DataError::Malformed { place, .. }) if place.line == 2));
    let parts: Vec<_> = documents.parts_by(Division::Words, 3).collect();
    assert!(matches!(parts.last(), Some(Err(DataError::Malformed { .. }))), "{parts:?}");
}

#[test]
fn what_is_small_is_not_left_in_files() {
    let folder = files(2);
    let beyond = |bytes| Documents::beyond(bytes, (&source(folder.path(), "*.txt"), "train"), &fetching(), &mut |_| ());
    let bytes = opened(folder.path(), "train").bytes();
    assert!(beyond(bytes).expect("read").is_none() && beyond(bytes - 1).expect("read").is_some());
    let made = Source::Known { name: "stories".to_owned(), seed: 1, stories: 3 };
    assert!(Documents::beyond(0, (&made, "train"), &fetching(), &mut |_| ()).expect("known").is_none());
}
