//! SentencePiece models read here against sentencepiece itself: `scripts/golden/sentencepiece.py` made models, ids and
//! texts.

use std::path::{Path, PathBuf};

use attentive_data::{DataError, Role, Tokenizer};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    /// Text, ids, and what those decode to.
    encoded: Vec<(String, Vec<u32>, String)>,
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/sentencepiece").join(name)
}

fn golden(name: &str) -> (Tokenizer, Golden) {
    let tokenizer = Tokenizer::load(&file(&format!("{name}.model"))).expect("a model");
    let json = std::fs::read(file(&format!("{name}.json"))).expect("a golden file");
    (tokenizer, serde_json::from_slice(&json).expect("strings and ids"))
}

/// The library's table of characters drops a mark after a character that it replaces.
fn has_mark(text: &str) -> bool {
    text.contains(['\u{301}', '\u{307}', '\u{308}'])
}

fn assert_equal(name: &str, known_to_differ: impl Fn(&str) -> bool) {
    let (tokenizer, golden) = golden(name);
    assert!(golden.encoded.len() > 200);
    let differing = golden.encoded.iter().filter(|(text, ids, _)| tokenizer.encode(text).expect("any text") != *ids);
    let differing: Vec<&str> = differing.map(|(text, _, _)| text.as_str()).collect();
    assert!(differing.iter().all(|text| known_to_differ(text)), "{name}: {differing:?}");
    assert!(differing.len() * 10 < golden.encoded.len(), "{name}: {} strings differ", differing.len());
    for (_, ids, text) in &golden.encoded {
        // What is unknown is written as a mark by the one and by its name by the other.
        assert_eq!(tokenizer.decode(ids).expect("known"), text.replace(" ⁇ ", "<unk>"), "{name}");
    }
}

#[test]
fn models_without_a_table_of_characters_equal_sentencepiece() {
    for name in ["llama", "bare", "defined"] {
        assert_equal(name, |_| false);
    }
}

#[test]
fn models_with_a_table_equal_it_but_for_marks() {
    assert_equal("t5", has_mark);
    assert_equal("pairs", has_mark);
    assert_equal("bytes", |text| has_mark(text) || text.contains("<0x41>"));
}

#[test]
fn special_tokens_have_their_roles() {
    let (t5, _) = golden("t5");
    let roles = Role::ALL.map(|role| t5.role(role));
    assert_eq!(roles, [None, Some(1), Some(0), Some(2), None, None, None]);
    let (llama, _) = golden("llama");
    let roles = Role::ALL.map(|role| llama.role(role));
    assert_eq!(roles, [Some(1), Some(2), None, Some(0), None, None, None]);
    let (defined, _) = golden("defined");
    assert_eq!(defined.encode("a<sep>b").expect("any text")[1], 3);
}

#[test]
fn companions_say_that_it_is_t5s() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let put = |name: &str, content: &[u8]| std::fs::write(folder.path().join(name), content).expect("written");
    put("spiece.model", &std::fs::read(file("t5.model")).expect("a model"));
    let plain = Tokenizer::load(folder.path()).expect("a model");
    put("tokenizer_config.json", br#"{"tokenizer_class": "T5Tokenizer"}"#);
    let full = Tokenizer::load(folder.path()).expect("a model");
    let size = plain.vocabulary() as u32;
    assert_eq!(full.vocabulary(), plain.vocabulary() + 100);
    assert_eq!(full.encode("<extra_id_0><extra_id_99>").expect("any text"), [size + 99, size]);
    let pair = full.encode_pair("a", "on", 100).expect("room");
    let (first, second) = (full.encode("a").expect("any text"), full.encode("on").expect("any text"));
    assert_eq!(pair.ids, [first, vec![1], second, vec![1]].concat());
    put("tokenizer_config.json", br#"{"extra_ids": 3}"#);
    assert_eq!(Tokenizer::load(folder.path()).expect("a model").vocabulary(), plain.vocabulary() + 3);
}

#[test]
fn llama_begins_each_text() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::copy(file("llama.model"), folder.path().join("tokenizer.model")).expect("copied");
    let config = br#"{"tokenizer_class": "LlamaTokenizer", "add_eos_token": true}"#;
    std::fs::write(folder.path().join("tokenizer_config.json"), config).expect("written");
    let tokenizer = Tokenizer::load(folder.path()).expect("a model");
    let ids = tokenizer.encode_sentence("cat", 100).expect("room").ids;
    assert_eq!(ids, [vec![1], tokenizer.encode("cat").expect("any text"), vec![2]].concat());
}

#[test]
fn a_model_that_is_cut_short_is_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("x.model");
    for (name, step) in [("t5", 7), ("llama", 131)] {
        let whole = std::fs::read(file(&format!("{name}.model"))).expect("a model");
        for end in (0..whole.len()).step_by(step) {
            std::fs::write(&path, &whole[..end]).expect("written");
            // Where a piece ends, a shorter vocabulary is left, which may be whole.
            if let Err(error) = Tokenizer::load(&path) {
                assert!(matches!(error, DataError::NotAVocabulary { .. }), "{error}");
            }
        }
    }
}

#[test]
fn what_is_wrong_is_said() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("x.model");
    let said = |content: &[u8]| {
        std::fs::write(&path, content).expect("written");
        let error = Tokenizer::load(&path).expect_err("broken").to_string();
        let reason = error.split_once("a SentencePiece model (").and_then(|(_, rest)| rest.split_once(");"));
        reason.unwrap_or_else(|| panic!("{error}")).0.to_owned()
    };
    assert_eq!(said(b""), "it has no pieces");
    assert_eq!(said(b"\x0a\x05hello"), "it has a field of the unknown type 4");
    assert_eq!(said(b"\x0a\x7f"), "it is cut short");
    assert_eq!(said(b"\x0a\x00"), "it has a piece without text, or with a score that is no number");
    assert_eq!(said(b"\x0a\x03\x0a\x01a"), "it has no piece for what is unknown");
    assert_eq!(said(b"\x0a\x03\x0a\x01a\x0a\x03\x0a\x01a"), "it has the piece `a` twice");
    assert_eq!(
        said(b"\x0a\x08\x0a\x01a\x15\0\0\xc0\x7f"),
        "it has a piece without text, or with a score that is no number"
    );
    assert_eq!(said(b"\x0a\x03\x0a\x01\xff"), "it has a piece that is not UTF-8");
    assert_eq!(said(b"\x12\x02\x18\x04"), "it has characters for pieces, which is not supported; unigram and bpe are");
    let unknown = b"\x0a\x05\x0a\x01u\x18\x02";
    let table = |table: &[u8]| {
        let inner = [&[0x12, table.len() as u8], table].concat();
        [unknown.as_slice(), &[0x1a, inner.len() as u8], &inner].concat()
    };
    for broken in [b"\xff\xff\xff\xff".as_slice(), b"\x04\0\0\0\0\0\0\0", b"\0\0\0\0", b"\x03\0\0\0abc", b"x"] {
        assert_eq!(said(&table(broken)), "its table of characters is broken");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_damaged_model_never_panics(place in 0_usize..10_000, byte in any::<u8>(), t5 in any::<bool>()) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut model = std::fs::read(file(if t5 { "t5.model" } else { "bytes.model" })).expect("a model");
        let place = place % model.len();
        model[place] = byte;
        let path = folder.path().join("x.model");
        std::fs::write(&path, model).expect("written");
        if let Ok(tokenizer) = Tokenizer::load(&path) {
            let _ = tokenizer.encode("the ﬁne cat ½ Grüße 日本 e\u{301}");
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(content in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x.model");
        std::fs::write(&path, content).expect("written");
        prop_assert!(Tokenizer::load(&path).is_err());
    }
}
