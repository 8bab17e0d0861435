use proptest::prelude::*;

use super::{BYTES, PIECES, examples, rows, text, texts};
use crate::{Cell, DataError, Example, IGNORED, Labels, Tokenizer};

fn labels() -> Labels {
    Labels::named(["mark", "noun", "other"].map(str::to_owned).to_vec()).expect("three of them")
}

fn tagged(tokenizer: &Tokenizer, most: usize, words: Cell, tags: Cell) -> Result<Example<Vec<i32>>, DataError> {
    let tagged =
        examples(tokenizer, most).tags::<Vec<_>>(rows(["words", "tags"], vec![[words, tags]]), &labels(), &mut |_| ());
    tagged.map(|mut all| all.remove(0))
}

/// The text of the tokens from each one with a target to the next, and the target.
fn spans(tokenizer: &Tokenizer, example: &Example<Vec<i32>>) -> Vec<(String, i32)> {
    let starts: Vec<usize> = (0..example.ids.len()).filter(|token| example.target[*token] != IGNORED).collect();
    let special = tokenizer.special();
    let span = |(index, start): (usize, &usize)| {
        let end = starts.get(index + 1).copied().unwrap_or(example.ids.len());
        let ids: Vec<u32> = example.ids[*start..end].iter().copied().filter(|id| !special.contains(id)).collect();
        (tokenizer.decode(&ids).expect("its own ids").trim().to_owned(), example.target[*start])
    };
    starts.iter().enumerate().map(span).collect()
}

#[test]
fn the_first_token_of_a_word_has_its_tag() {
    let (words, tags) = (["the", "unhappily", "cat", "ran", "."], ["other", "other", "noun", "other", "mark"]);
    for tokenizer in [&*PIECES, &BYTES] {
        let example = tagged(tokenizer, 64, texts(&words), texts(&tags)).expect("read");
        assert!(example.ids.len() > words.len(), "some words have more than one token");
        let expected = [("the", 2), ("unhappily", 2), ("cat", 1), ("ran", 2), (".", 0)];
        assert_eq!(spans(tokenizer, &example), expected.map(|(word, tag)| (word.to_owned(), tag)));
    }
}

#[test]
fn words_without_tokens_have_no_target() {
    let words = texts(&["the", "", "cat", "\u{200b}", "ran"]);
    let tags = Cell::List([2, 0, 1, 0, 2].map(Cell::Integer).to_vec());
    let example = tagged(&PIECES, 64, words, tags).expect("read");
    let expected = [("the", 2), ("cat", 1), ("ran", 2)];
    assert_eq!(spans(&PIECES, &example), expected.map(|(word, tag)| (word.to_owned(), tag)));
}

#[test]
fn what_is_cut_off_has_no_target() {
    let words = texts(&["the", "cat", "sat", "on", "the", "mat"]);
    let tags = texts(&["other", "noun", "other", "other", "other", "noun"]);
    let example = tagged(&PIECES, 5, words, tags).expect("read");
    assert_eq!((example.ids.len(), example.target.len()), (5, 5));
    assert_eq!((example.target[0], example.target[4]), (IGNORED, IGNORED));
}

#[test]
fn each_word_needs_a_tag() {
    let error = |words, tags| tagged(&PIECES, 9, words, tags).expect_err("unfit").to_string();
    assert_eq!(error(texts(&["a", "b"]), texts(&["noun"])), "here:1: 2 words have 1 tags; give each word one tag");
    assert!(error(texts(&["a"]), texts(&["verb"])).starts_with("here:1: the label `verb` is none of"));
    assert_eq!(
        error(texts(&["a"]), text("noun")),
        "here:1: the column `tags` should hold a list of labels, found text"
    );
}

proptest! {
    /// Whatever the words, targets are tags in their order, and with bytes no word is lost.
    #[test]
    fn tags_keep_their_order(words in prop::collection::vec("[a-zé→.' ]{0,6}", 0..9)) {
        let tags: Vec<i64> = (0..words.len()).map(|index| (index % 3) as i64).collect();
        let cells = |tags: &[i64]| Cell::List(tags.iter().map(|tag| Cell::Integer(*tag)).collect());
        let list = Cell::List(words.iter().map(|word| text(word)).collect());
        let example = tagged(&BYTES, 1000, list, cells(&tags)).expect("read");
        let targets: Vec<i32> = example.target.into_iter().filter(|target| *target != IGNORED).collect();
        let visible = words.iter().zip(&tags).filter(|(word, _)| !word.trim().is_empty()).map(|(_, tag)| *tag as i32);
        let visible: Vec<i32> = visible.collect();
        let blank = words.iter().any(|word| word.contains(' ') || word.trim().is_empty());
        prop_assert!(blank || targets == visible, "{targets:?} of {visible:?}");
        prop_assert!(targets.len() <= words.len());
    }
}
