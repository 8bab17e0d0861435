use proptest::prelude::*;

use super::super::by_library;
use crate::{Recipe, Text, Tokenizer};

fn tokenizer() -> Tokenizer {
    let text = "It's the cat's  mat,\n\n and they'll (12 34) Grüße naïve 你好\u{2003}x ".repeat(30);
    let text = Text { documents: vec![text] };
    Tokenizer::build(&Recipe::Bytes { vocabulary: 400 }, &text, &mut |_| ()).expect("built")
}

thread_local! {
    static TOKENIZER: Tokenizer = tokenizer();
}

fn assert_equal(sample: &str) {
    let tokenizer = TOKENIZER.with(Clone::clone);
    assert!(tokenizer.words.is_some());
    let expected = by_library(&tokenizer.library, sample).expect("any text");
    // The second time all words are remembered.
    for _ in 0..2 {
        assert_eq!(tokenizer.encode(sample).expect("any text"), expected, "{sample:?}");
    }
}

#[test]
fn white_space_goes_where_the_library_puts_it() {
    let whites = [
        " ",
        "  ",
        "   ",
        "\n",
        "\n\n",
        " \n",
        "\n ",
        "\t a",
        "\u{a0}",
        "\u{a0} ",
        "\u{2003}\u{2003}",
        "\r\n",
        "\u{85}",
    ];
    for white in whites {
        for sample in ["{}", "a{}", "{}a", "a{}b", "1{}b", "!{}é", "a{}!", "'s{}'t", "{}'ll{}"] {
            assert_equal(&sample.replace("{}", white));
        }
    }
}

#[test]
fn tokens_that_are_not_cut_are_left_to_the_library() {
    for sample in ["<|endoftext|>", "a <|endoftext|> b", "<|endoftext|", "x<|endoftext|><|endoftext|>y  "] {
        assert_equal(sample);
    }
}

#[test]
fn letters_and_numbers_are_those_of_the_library() {
    // Marks, letter-like numbers, and characters that are alphabetic without being letters.
    for sample in
        ["a\u{301}b", "Ⅷx", "ⓐⓑ x", "x²y½", "हिन्दी", "٣٤", "ʰa", "ªº", "\u{345}a", "㊀", "\u{0}\u{1}", "🙂🏽a"]
    {
        assert_equal(sample);
    }
}

#[test]
fn other_tokenizers_go_through_the_library() {
    let text = Text { documents: vec!["abc".to_owned()] };
    let characters = Tokenizer::build(&Recipe::Characters, &text, &mut |_| ()).expect("built");
    assert!(characters.words.is_none());
    let spaced = tokenizer().to_json().replacen(r#""add_prefix_space": false"#, r#""add_prefix_space": true"#, 1);
    let spaced = Tokenizer::from_json(&spaced, std::path::Path::new("x")).expect("a tokenizer");
    assert!(spaced.words.is_none());
}

proptest! {
    #[test]
    fn any_text_is_encoded_as_by_the_library(sample in any::<String>()) {
        assert_equal(&sample);
    }

    #[test]
    fn words_and_spaces_are_encoded_as_by_the_library(sample in "[a-c'sltrevmd1²é你 \n\t\u{a0}.!-]{0,30}") {
        assert_equal(&sample);
    }
}
