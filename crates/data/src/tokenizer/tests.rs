use std::path::Path;

use proptest::prelude::*;

use super::division::parts;
use super::*;

fn text(documents: &[&str]) -> Text {
    Text { documents: documents.iter().map(|document| document.to_string()).collect() }
}

fn characters(documents: &[&str]) -> Tokenizer {
    Tokenizer::build(&Recipe::Characters, &text(documents), &mut |_| ()).expect("built")
}

fn corpus() -> Text {
    let lines: Vec<String> =
        (0..200).map(|index| format!("the cat number {index} sat on the mat's {}.", index * 7)).collect();
    text(&[&lines.join("\n"), "Grüße aus dem Süden → 你好 🙂"])
}

fn bytes(vocabulary: usize) -> Tokenizer {
    Tokenizer::build(&Recipe::Bytes { vocabulary }, &corpus(), &mut |_| ()).expect("built")
}

/// A tokenizer that neither of the direct ways fits.
fn general() -> Tokenizer {
    let json = characters(&["ab c"]).to_json().replace(r#""type": "Fuse""#, r#""type": "ByteFallback""#);
    Tokenizer::from_json(&json, Path::new("x")).expect("a tokenizer")
}

fn streamed(tokenizer: &Tokenizer, ids: &[u32]) -> String {
    let mut stream = tokenizer.stream();
    let mut text: String = ids.iter().map(|id| stream.push(*id).expect("known")).collect();
    text.push_str(&stream.finish().expect("known"));
    text
}

fn error(json: &str) -> String {
    Tokenizer::from_json(json, Path::new("here.json")).expect_err("unfit").to_string()
}

#[test]
fn characters_are_numbered_in_order() {
    let tokenizer = characters(&["hello"]);
    assert_eq!(tokenizer.vocabulary(), 4);
    assert_eq!(tokenizer.encode("hole").expect("known"), [1, 3, 2, 0]);
    assert_eq!(tokenizer.decode(&[1, 3, 2, 0]).expect("known"), "hole");
    assert_eq!(tokenizer.end(), None);
}

#[test]
fn the_table_agrees_with_the_library() {
    let tokenizer = characters(&["two\n\nlines, é and →\r\n", "x"]);
    let sample = "linés\n\n\n→ \r\nt\n";
    assert!(tokenizer.characters.is_some());
    assert_eq!(tokenizer.encode(sample).expect("known"), by_library(&tokenizer.library, sample).expect("known"));
    let ids = tokenizer.encode(sample).expect("known");
    assert_eq!(tokenizer.library.decode(&ids, false).expect("known"), tokenizer.decode(&ids).expect("known"));
}

#[test]
fn a_loaded_tokenizer_equals_the_built_one() {
    for built in [characters(&["héllo", "x"]), bytes(300)] {
        let loaded = Tokenizer::from_json(&built.to_json(), Path::new("x")).expect("its own file");
        assert_eq!(loaded.to_json(), built.to_json());
        assert_eq!(loaded.encode("hello").ok(), built.encode("hello").ok());
        assert_eq!((loaded.vocabulary(), loaded.end()), (built.vocabulary(), built.end()));
        assert_eq!(loaded.characters.is_some(), built.characters.is_some());
    }
}

#[test]
fn an_unknown_character_is_placed() {
    let error = characters(&["abc\n"]).encode("ab\nca é").expect_err("no space").to_string();
    assert_eq!(
        error,
        "the character ' ' at line 2, column 3 is not in the tokenizer's vocabulary; remove it from the text, build the \
         tokenizer from a text that has it, or use a tokenizer over bytes"
    );
}

#[test]
fn learning_bytes_is_deterministic() {
    let first = bytes(400);
    assert_eq!(first.vocabulary(), 400);
    assert_eq!(first.end(), Some(0));
    for _ in 0..5 {
        assert_eq!(bytes(400).to_json(), first.to_json());
    }
}

#[test]
fn learning_tells_how_far_it_is() {
    let mut last = None;
    let mut told = |told| {
        if let Told::Training { done, total } = told {
            last = Some((done, total))
        }
    };
    Tokenizer::build(&Recipe::Bytes { vocabulary: 300 }, &corpus(), &mut told).expect("built");
    assert_eq!(last, Some((corpus().bytes(), corpus().bytes())));
}

#[test]
fn a_vocabulary_without_room_for_the_bytes_is_an_error() {
    let error = Tokenizer::build(&Recipe::Bytes { vocabulary: 256 }, &corpus(), &mut |_| ()).expect_err("too small");
    assert_eq!(
        error.to_string(),
        "a vocabulary of 256 cannot hold the 256 bytes and `<|endoftext|>`; ask for at least 257"
    );
    assert_eq!(bytes(257).vocabulary(), 257);
}

#[test]
fn no_text_teaches_nothing() {
    let error = Tokenizer::build(&Recipe::Characters, &text(&[""]), &mut |_| ()).expect_err("no text").to_string();
    assert_eq!(error, "a tokenizer cannot be built from no text; give it at least one document that is not empty");
}

#[test]
fn cutting_a_long_document_changes_no_token() {
    let document = "It's  two\n\n spaces,\t\u{a0}tabs 'n \u{2003} thé ünï 12 34 s 't x'll\r\n ok. ".repeat(3000);
    assert!(parts(&document).len() > 5);
    let tokenizer = bytes(400);
    let ids: Vec<u32> = parts(&document).iter().flat_map(|part| tokenizer.encode(part).expect("any text")).collect();
    assert_eq!(ids, by_library(&tokenizer.library, &document).expect("any text"));
}

#[test]
fn unknown_ids_are_errors() {
    let error = characters(&["ab"]).decode(&[0, 2]).expect_err("two ids only").to_string();
    assert_eq!(error, "token 2 is outside the tokenizer's vocabulary of 2; use the tokenizer that made the tokens");
    assert!(bytes(300).stream().push(300).is_err());
}

#[test]
fn a_character_is_given_out_when_it_is_whole() {
    let tokenizer = bytes(257);
    let mut stream = tokenizer.stream();
    let pushed: Vec<String> =
        tokenizer.encode("→a").expect("any text").into_iter().map(|id| stream.push(id).expect("known")).collect();
    assert_eq!(pushed, ["", "", "→", "a"]);
}

#[test]
fn any_other_tokenizer_streams_too() {
    let tokenizer = general();
    assert!(tokenizer.characters.is_none() && tokenizer.pieces.is_none());
    let ids = tokenizer.encode("ba c").expect("known");
    assert_eq!(tokenizer.decode(&ids).expect("known"), "ba c");
    assert_eq!(streamed(&tokenizer, &ids), "ba c");
}

#[test]
fn files_that_are_no_tokenizers_are_errors() {
    const END: &str = "; a tokenizer.json as the Hugging Face library writes it was expected";
    let empty = "here.json is not a tokenizer (it is empty); a tokenizer.json as the Hugging Face library writes it was expected";
    assert_eq!(error(" \n"), empty);
    let unbuilt = error("{}");
    assert!(unbuilt.starts_with("here.json is not a tokenizer (") && unbuilt.ends_with(END), "{unbuilt}");
    let bare = serde_json::json!({"model": {"type": "WordLevel", "vocab": {}, "unk_token": "x"}}).to_string();
    assert_eq!(error(&bare), format!("here.json is not a tokenizer (it has no tokens){END}"));
    let gap = serde_json::json!({"model": {"type": "WordLevel", "vocab": {"a": 4_000_000_000_u32}, "unk_token": "a"}});
    let reason = "it has an id 4000000000, but only 1 tokens";
    assert_eq!(error(&gap.to_string()), format!("here.json is not a tokenizer ({reason}){END}"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let error = Tokenizer::load(folder.path()).expect_err("a folder").to_string();
    assert!(error.contains("is not a tokenizer (it is a folder)"), "{error}");
    let error = Tokenizer::load(&folder.path().join("absent.json")).expect_err("absent").to_string();
    assert!(error.ends_with("absent.json cannot be read; check that it exists and that you may read it"), "{error}");
}

#[test]
fn a_truncated_tokenizer_is_an_error_wherever_it_ends() {
    let json = bytes(260).to_json();
    let ends = (0..json.trim_end().len()).filter(|end| json.is_char_boundary(*end)).step_by(97);
    for end in ends {
        assert!(Tokenizer::from_json(&json[..end], Path::new("x")).is_err(), "cut at {end}");
    }
}

proptest! {
    #[test]
    fn bytes_write_any_text(sample in any::<String>()) {
        let tokenizer = BYTES.with(Clone::clone);
        let ids = tokenizer.encode(&sample).expect("any text");
        prop_assert_eq!(tokenizer.decode(&ids).expect("known"), sample);
    }

    #[test]
    fn a_stream_gives_what_decoding_gives(ids in prop::collection::vec(0_u32..300, 0..40)) {
        let tokenizer = BYTES.with(Clone::clone);
        prop_assert_eq!(streamed(&tokenizer, &ids), tokenizer.decode(&ids).expect("known"));
        prop_assert_eq!(tokenizer.library.decode(&ids, false).expect("known"), tokenizer.decode(&ids).expect("known"));
    }

    #[test]
    fn a_damaged_tokenizer_never_panics(place in 0_usize..100_000, byte in 0x20_u8..0x7f) {
        let mut json = BYTES.with(Tokenizer::to_json).into_bytes();
        let place = place % json.len();
        json[place] = byte;
        if let Ok(json) = String::from_utf8(json) {
            let _ = Tokenizer::from_json(&json, Path::new("x")).map(|tokenizer| tokenizer.encode("the cat"));
        }
    }
}

thread_local! {
    static BYTES: Tokenizer = bytes(300);
}
