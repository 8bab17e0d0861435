use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::Recipe;

fn text() -> Text {
    Text { documents: vec!["hello".to_owned(), "wörld".to_owned()] }
}

fn characters() -> Tokenizer {
    Tokenizer::build(&Recipe::Characters, &text(), &mut |_| ()).expect("built")
}

/// The tokens, and whether they came from the cache.
fn cached(tokenizer: &Tokenizer, cache: &Path) -> (Tokens, bool) {
    let mut hit = false;
    let mut told = |told| hit |= matches!(told, Told::Cached { .. });
    (tokens(&text(), tokenizer, cache, &mut told).expect("tokens"), hit)
}

fn ids(tokens: &Tokens) -> Vec<i32> {
    let mut ids = vec![0; tokens.len()];
    tokens.copy(0, &mut ids);
    ids
}

fn expected(tokenizer: &Tokenizer) -> Vec<i32> {
    tokenizer.encode("hello\n\nwörld").expect("known").into_iter().map(|id| id as i32).collect()
}

#[test]
fn the_second_time_comes_from_the_cache() {
    let (folder, tokenizer) = (tempfile::tempdir().expect("a temporary folder"), characters());
    let (first, hit) = cached(&tokenizer, folder.path());
    assert!(!hit);
    let (second, hit) = cached(&tokenizer, folder.path());
    assert!(hit);
    assert_eq!(ids(&first), expected(&tokenizer));
    assert_eq!(ids(&first), ids(&second));
    assert_eq!((second.len(), second.bytes(), second.characters()), (12, 11, 10));
}

#[test]
fn another_tokenizer_or_text_has_another_file() {
    let (folder, other) = (Path::new("cache"), Text { documents: vec!["hello".to_owned()] });
    let smaller = Tokenizer::build(&Recipe::Characters, &other, &mut |_| ()).expect("built");
    let path = place(&text().sha256(), &characters(), folder);
    assert_ne!(path, place(&other.sha256(), &characters(), folder));
    assert_ne!(path, place(&text().sha256(), &smaller, folder));
}

#[test]
fn a_damaged_file_is_made_again() {
    let (folder, tokenizer) = (tempfile::tempdir().expect("a temporary folder"), characters());
    let (tokens, _) = cached(&tokenizer, folder.path());
    drop(tokens);
    let path = place(&text().sha256(), &tokenizer, folder.path());
    let whole = std::fs::read(&path).expect("written");
    let mut magic = whole.clone();
    magic[3] ^= 1;
    let mut count = whole.clone();
    count[16..24].fill(0xff);
    let longer = [whole.as_slice(), &[0]].concat();
    for damaged in [&whole[..whole.len() - 1], &whole[..20], &[], &magic, &count, &longer] {
        std::fs::remove_file(&path).expect("removed");
        std::fs::write(&path, damaged).expect("written");
        let (tokens, hit) = cached(&tokenizer, folder.path());
        assert!(!hit);
        assert_eq!(ids(&tokens), expected(&tokenizer));
        assert_eq!(std::fs::read(&path).expect("made again"), whole);
    }
}

#[test]
fn large_vocabularies_take_four_bytes() {
    let alphabet: String = ('\u{10000}'..).take((1 << 16) + 1).collect();
    let text = Text { documents: vec![alphabet] };
    let tokenizer = Tokenizer::build(&Recipe::Characters, &text, &mut |_| ()).expect("built");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tokens = tokens(&text, &tokenizer, folder.path(), &mut |_| ()).expect("tokens");
    assert_eq!(tokens.header.width, 4);
    let mut last = [0; 2];
    tokens.copy(tokens.len() - 2, &mut last);
    assert_eq!(last, [(1 << 16) - 1, 1 << 16]);
}

#[test]
fn a_cache_that_is_a_file_is_an_error() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let error = tokens(&text(), &characters(), file.path(), &mut |_| ()).expect_err("no folder").to_string();
    let folder = file.path().join("tokens");
    let remedy = "set ATTENTIVE_CACHE to a folder you may write to";
    assert_eq!(error, format!("the folder {} cannot be made; {remedy}", folder.display()));
}

#[test]
#[should_panic(expected = "tokens 11..13 of 12 were asked for")]
fn copying_beyond_the_end_panics() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    cached(&characters(), folder.path()).0.copy(11, &mut [0; 2]);
}

/// Tokens of many documents, some of them empty or long.
fn many() -> Text {
    let sentence = |index: usize| format!("Story {index}: the cat's {} mice met Grüße, 你好 and 🙂. ", index * 7);
    let document = |index: usize| sentence(index).repeat([0, 1, 2, 300][index % 4]);
    Text { documents: (0..60).map(document).collect() }
}

fn bytes() -> Tokenizer {
    Tokenizer::build(&Recipe::Bytes { vocabulary: 300 }, &many(), &mut |_| ()).expect("built")
}

/// The file that comes out.
fn made(tokenizer: &Tokenizer, cache: &Path, pace: &Pace, told: &mut dyn FnMut(Told)) -> Result<Vec<u8>, DataError> {
    let (text, path) = (many(), place(&many().sha256(), tokenizer, cache));
    let origin = Origin { sha256: &text.sha256(), bytes: text.bytes() };
    super::cached(&origin, text.parts(), (tokenizer, cache), pace, told)?;
    Ok(std::fs::read(path).expect("it is there"))
}

fn whole(tokenizer: &Tokenizer) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    made(tokenizer, folder.path(), &Pace::default(), &mut |_| ()).expect("tokens")
}

#[test]
fn documents_are_ended_by_the_token_or_joined_by_a_blank_line() {
    let decoded = |tokenizer: &Tokenizer, documents: &[&str]| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let text = Text { documents: documents.iter().map(|document| document.to_string()).collect() };
        let tokens = tokens(&text, tokenizer, folder.path(), &mut |_| ()).expect("tokens");
        tokenizer.decode(&ids(&tokens).into_iter().map(|id| id as u32).collect::<Vec<_>>()).expect("known")
    };
    assert_eq!(decoded(&bytes(), &["a", "b"]), "a<|endoftext|>b<|endoftext|>");
    let lines = Text { documents: vec!["a\nb".to_owned()] };
    let lines = Tokenizer::build(&Recipe::Characters, &lines, &mut |_| ()).expect("built");
    assert_eq!(decoded(&lines, &["a", "b", "a"]), "a\n\nb\n\na");
}

#[test]
fn the_ids_are_those_of_each_document() {
    let (tokenizer, folder) = (bytes(), tempfile::tempdir().expect("a temporary folder"));
    let tokens = tokens(&many(), &tokenizer, folder.path(), &mut |_| ()).expect("tokens");
    let mut expected = Vec::new();
    for document in many().documents {
        expected.extend(tokenizer.encode(&document).expect("any text"));
        expected.extend(tokenizer.end());
    }
    assert_eq!(ids(&tokens), expected.into_iter().map(|id| id as i32).collect::<Vec<_>>());
    assert_eq!((tokens.bytes(), tokens.characters()), (many().bytes(), many().characters()));
}

#[test]
fn how_much_is_encoded_at_once_changes_nothing() {
    for tokenizer in [bytes(), Tokenizer::build(&Recipe::Characters, &many(), &mut |_| ()).expect("built")] {
        let expected = whole(&tokenizer);
        for (batch, shard) in [(1, 1), (100, 5000), (70_000, 1), (1 << 22, 1)] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let made = made(&tokenizer, folder.path(), &Pace { batch, shard }, &mut |_| ()).expect("tokens");
            assert!(made == expected, "batches of {batch}");
        }
    }
}

#[test]
fn threads_change_nothing() {
    let tokenizer = bytes();
    let expected = whole(&tokenizer);
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        assert!(pool.install(|| whole(&tokenizer)) == expected, "{threads} threads");
    }
}

/// What a kill leaves, at each step on which something is told: an unwound stack writes no more than a kill does but
/// for what is buffered, and the test after this one damages that.
#[test]
fn whoever_is_killed_goes_on() {
    let tokenizer = bytes();
    let (expected, pace) = (whole(&tokenizer), Pace { batch: 3000, shard: 9000 });
    for kills in [1, 2] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut first = None;
        for _ in 0..kills {
            let mut steps = 0;
            let mut told = |told| {
                if let Told::Encoding { done, .. } = told {
                    first.get_or_insert(done);
                }
                steps += 1;
                assert!(steps < 5, "killed");
            };
            let _ = catch_unwind(AssertUnwindSafe(|| made(&tokenizer, folder.path(), &pace, &mut told)));
        }
        let mut begun = None;
        let mut told = |told| {
            if let Told::Encoding { done, .. } = told {
                begun.get_or_insert(done);
            }
        };
        assert!(made(&tokenizer, folder.path(), &pace, &mut told).expect("tokens") == expected, "{kills} kills");
        assert!(begun > first, "it began again from {begun:?}");
        let left = std::fs::read_dir(folder.path().join("tokens")).expect("a folder");
        let left = left.map(|entry| entry.expect("an entry").path().extension().map(|end| end.to_owned()));
        assert!(left.flatten().all(|end| end == "tokens" || end == "lock"), "something was left behind");
    }
}

#[test]
fn what_a_kill_left_half_written_is_not_believed() {
    let tokenizer = bytes();
    let (expected, pace) = (whole(&tokenizer), Pace { batch: 3000, shard: 9000 });
    type Damage = fn(&Path, &Path);
    let damages: [Damage; 5] = [
        |partial, _| {
            std::fs::write(partial, [std::fs::read(partial).expect("there"), vec![7; 501]].concat()).expect("written")
        },
        |partial, _| std::fs::write(partial, &std::fs::read(partial).expect("there")[..50]).expect("written"),
        |partial, _| std::fs::remove_file(partial).expect("removed"),
        |_, note| std::fs::write(note, b"{\"parts\":").expect("written"),
        |_, note| std::fs::remove_file(note).expect("removed"),
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut steps = 0;
        let mut told = |_| {
            steps += 1;
            assert!(steps < 6, "killed");
        };
        let killed = catch_unwind(AssertUnwindSafe(|| made(&tokenizer, folder.path(), &pace, &mut told)));
        assert!(killed.is_err());
        let path = place(&many().sha256(), &tokenizer, folder.path());
        damage(&path.with_extension("partial"), &path.with_extension("note"));
        assert!(made(&tokenizer, folder.path(), &pace, &mut |_| ()).expect("tokens") == expected, "damage {number}");
    }
}

#[test]
fn no_more_is_held_than_is_encoded_at_once() {
    let (tokenizer, text, folder) = (bytes(), many(), tempfile::tempdir().expect("a temporary folder"));
    let (pulled, most) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let encoded = std::cell::Cell::new(0);
    let parts = text.parts().inspect(|part| {
        pulled.set(pulled.get() + part.as_ref().expect("text").text.len() as u64);
        most.set(most.get().max(pulled.get() - encoded.get()));
    });
    let mut told = |told| {
        if let Told::Encoding { done, .. } = told {
            encoded.set(done);
        }
    };
    let pace = Pace { batch: 5000, shard: u64::MAX };
    let origin = Origin { sha256: "x", bytes: text.bytes() };
    super::cached(&origin, parts, (&tokenizer, folder.path()), &pace, &mut told).expect("tokens");
    let longest = text.documents.iter().map(String::len).max().expect("documents") as u64;
    assert_eq!(encoded.get(), text.bytes());
    assert!(most.get() <= 5000 + longest && most.get() * 5 < text.bytes(), "{} bytes were held", most.get());
}

#[test]
fn a_text_that_cannot_be_encoded_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let error = made(&characters(), folder.path(), &Pace { batch: 1, shard: 1 }, &mut |_| ()).expect_err("no capitals");
    assert!(matches!(error, DataError::UnknownCharacter { character: 'S', .. }), "{error}");
    let left = std::fs::read_dir(folder.path().join("tokens")).expect("a folder");
    let left: Vec<_> = left.map(|entry| entry.expect("an entry").path()).collect();
    assert!(left.iter().all(|path| path.extension().is_some_and(|end| end == "lock")), "{left:?}");
}
