//! Tokenizers that are learned from a text: the same from the same text, whatever the threads, and fit for any text.

use rayon::ThreadPoolBuilder;

use super::division::parts;
use super::*;

fn corpus() -> Text {
    let names = ["Anna", "Peter", "the cat", "a dog", "Grüße", "naïve Zoë", "你好", "ﬁne"];
    let line = |index: usize| {
        let (first, second) = (names[index % 8], names[(index * 5 + 1) % 8]);
        format!("{first} number {index} sat on {second}'s mat, and sleeping {} ran.", index * 7)
    };
    let lines: Vec<String> = (0..150).map(line).collect();
    Text { documents: vec![lines.join("\n"), lines[..9].join(" "), String::new()] }
}

fn recipes() -> [Recipe; 4] {
    [
        Recipe::WordPiece { vocabulary: 200, case: Case::Lower },
        Recipe::WordPiece { vocabulary: 230, case: Case::Kept },
        Recipe::Unigram { vocabulary: 150 },
        Recipe::Words { vocabulary: 150 },
    ]
}

fn built(recipe: &Recipe) -> Tokenizer {
    Tokenizer::build(recipe, &corpus(), &mut |_| ()).expect("built")
}

fn error(recipe: &Recipe) -> String {
    Tokenizer::build(recipe, &corpus(), &mut |_| ()).expect_err("too small").to_string()
}

#[test]
fn learning_is_the_same_on_any_number_of_threads() {
    for recipe in recipes().iter().chain([&Recipe::Bytes { vocabulary: 350 }]) {
        let first = built(recipe).to_json();
        for threads in [1, 2, 3] {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            assert_eq!(pool.install(|| built(recipe).to_json()), first, "{recipe:?} on {threads} threads");
        }
    }
}

#[test]
fn a_loaded_tokenizer_equals_the_learned_one() {
    for recipe in recipes() {
        let built = built(&recipe);
        let loaded = Tokenizer::from_json(&built.to_json(), Path::new("x")).expect("its own file");
        for text in ["The cats sat.", "unknown ☃ words", "", "  a\n\nb "] {
            assert_eq!(loaded.encode(text).expect("any text"), built.encode(text).expect("any text"));
        }
        assert_eq!(Role::ALL.map(|role| loaded.role(role)), Role::ALL.map(|role| built.role(role)));
        assert_eq!(loaded.vocabulary(), built.vocabulary());
    }
}

#[test]
fn wordpiece_is_as_berts() {
    let [lower, kept, ..] = recipes().map(|recipe| built(&recipe));
    assert_eq!((lower.vocabulary(), kept.vocabulary()), (200, 230));
    assert_eq!(Role::ALL.map(|role| lower.role(role)), [None, None, Some(0), Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(lower.encode("ANNA, Zoë").expect("any text"), lower.encode("anna , zoe").expect("any text"));
    assert_ne!(kept.encode("Anna").expect("any text"), kept.encode("anna").expect("any text"));
    let ids = lower.encode("The cat sat, sleeping ☃").expect("any text");
    assert_eq!(ids.last(), Some(&1), "a snowman is unknown");
    assert_eq!(lower.decode(&ids[..ids.len() - 1]).expect("known"), "the cat sat, sleeping");
    assert_eq!(lower.encode_sentence("anna", 9).expect("room").ids[0], 2);
}

#[test]
fn unigram_is_as_t5s() {
    let tokenizer = built(&recipes()[2]);
    assert_eq!(tokenizer.vocabulary(), 150);
    assert_eq!(Role::ALL.map(|role| tokenizer.role(role)), [None, Some(1), Some(0), Some(2), None, None, None]);
    let text = "Anna number 7 sat on the cat's mat";
    let ids = tokenizer.encode(text).expect("any text");
    assert!(ids.len() < text.len(), "{} pieces", ids.len());
    assert_eq!(tokenizer.decode(&ids).expect("known"), text);
    assert_eq!(tokenizer.encode(" Anna\n\n sat ").expect("any text"), tokenizer.encode("Anna sat").expect("any text"));
    assert_eq!(tokenizer.encode("ﬁne").expect("any text"), tokenizer.encode("fine").expect("any text"));
    assert_eq!(tokenizer.encode_sentence(text, 99).expect("room").ids, [ids, vec![1]].concat());
}

#[test]
fn too_small_a_vocabulary_says_how_large_it_must_be() {
    let wordpiece = |vocabulary| Recipe::WordPiece { vocabulary, case: Case::Lower };
    let unigram = |vocabulary| Recipe::Unigram { vocabulary };
    let message = error(&wordpiece(20));
    let what = "the special tokens and the text's characters, alone and within words";
    assert!(message.starts_with(&format!("a vocabulary of 20 cannot hold {what}; ask for at least ")), "{message}");
    let message = error(&unigram(5));
    let what = "the special tokens, the text's characters and a piece";
    assert!(message.starts_with(&format!("a vocabulary of 5 cannot hold {what}; ask for at least ")), "{message}");
    for recipe in [&wordpiece as &dyn Fn(usize) -> Recipe, &unigram] {
        let message = error(&recipe(3));
        let least: usize = message.rsplit(' ').next().expect("a number").parse().expect("a number");
        assert_eq!(built(&recipe(least)).vocabulary(), least);
        assert!(error(&recipe(least - 1)).contains("ask for at least"));
    }
}

#[test]
fn cutting_a_long_document_changes_no_token() {
    let document = "It's  two\n\n spaces,\t\u{a0}tabs 'n \u{2003} thé ünï 12 34 s 't x'll\r\n ok. ".repeat(2000);
    for recipe in recipes() {
        let tokenizer = built(&recipe);
        assert_eq!(tokenizer.division(), Division::Words);
        let cut: Vec<u32> =
            parts(&document).iter().flat_map(|part| tokenizer.encode(part).expect("any text")).collect();
        assert!(cut == tokenizer.encode(&document).expect("any text"), "{recipe:?}");
    }
}

#[test]
fn words_without_end_are_no_trouble() {
    let text = Text { documents: vec!["日本語のテキスト".repeat(300), "ab".repeat(500)] };
    let tokenizer = Tokenizer::build(&Recipe::Unigram { vocabulary: 40 }, &text, &mut |_| ()).expect("built");
    let ids = tokenizer.encode(&text.documents[0]).expect("any text");
    assert!(ids.len() * 3 < 8 * 300, "{} pieces", ids.len());
    assert_eq!(tokenizer.decode(&ids).expect("known"), text.documents[0]);
}
