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
    let path = place(&text(), &characters(), folder);
    assert_ne!(path, place(&other, &characters(), folder));
    assert_ne!(path, place(&text(), &smaller, folder));
}

#[test]
fn a_damaged_file_is_made_again() {
    let (folder, tokenizer) = (tempfile::tempdir().expect("a temporary folder"), characters());
    let (tokens, _) = cached(&tokenizer, folder.path());
    drop(tokens);
    let path = place(&text(), &tokenizer, folder.path());
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
