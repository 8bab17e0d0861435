//! SentencePiece models read here against sentencepiece itself: `scripts/golden/sentencepiece.py` made models, ids and
//! texts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use attentive_data::{Cell, DataError, Examples, Pair, Place, Role, Row, Tokenizer};
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

fn marian() -> Tokenizer {
    Tokenizer::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/marian")).expect("a folder of Marian")
}

#[derive(Deserialize)]
struct Translated {
    /// Text, ids as source, ids as target, and what the former decode to.
    encoded: Vec<(String, Vec<u32>, Vec<u32>, String)>,
}

fn translated() -> Translated {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/marian/encoded.json");
    serde_json::from_slice(&std::fs::read(path).expect("a golden file")).expect("strings and ids")
}

#[test]
fn marians_folders_encode_sources_and_targets_as_transformers_does() {
    let (tokenizer, golden) = (marian(), translated());
    let end = tokenizer.end().expect("texts end");
    let closed = |mut ids: Vec<u32>| {
        ids.push(end);
        ids
    };
    for (text, source, target, _) in &golden.encoded {
        assert_eq!(closed(tokenizer.encode_target(text).expect("any text")), *target, "{text:?} as a target");
        if !has_mark(text) {
            assert_eq!(closed(tokenizer.encode(text).expect("any text")), *source, "{text:?} as a source");
        }
    }
}

#[test]
fn what_marians_tokenizers_decode_is_what_transformers_decodes() {
    let (tokenizer, golden) = (marian(), translated());
    let special = tokenizer.special();
    for (text, source, _, decoded) in &golden.encoded {
        let ids: Vec<u32> = source.iter().copied().filter(|id| !special.contains(id)).collect();
        assert_eq!(tokenizer.decode(&ids).expect("known ids"), *decoded, "{text:?}");
    }
}

#[test]
fn both_faces_go_with_the_tokenizer_json() {
    let tokenizer = marian();
    let again = Tokenizer::from_json(&tokenizer.to_json(), Path::new("tokenizer.json")).expect("its own JSON");
    for text in ["the cat >>ru<<", "кошка", ">>ru<< кот</s>"] {
        assert_eq!(again.encode(text).expect("any text"), tokenizer.encode(text).expect("any text"));
        assert_eq!(again.encode_target(text).expect("any text"), tokenizer.encode_target(text).expect("any text"));
    }
    assert_eq!(again.to_json(), tokenizer.to_json());
    let roles = [Role::Begin, Role::End, Role::Padding, Role::Unknown].map(|role| again.role(role));
    let last = tokenizer.vocabulary() as u32 - 1;
    assert_eq!(roles, [None, Some(0), Some(last), Some(1)]);
    assert!(again.encode_sentence("the cat", 8).is_err(), "no face is asked");
}

#[test]
fn one_model_for_both_sides_is_one_face() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/marian");
    let copied = |name: &str, to: &str| std::fs::copy(from.join(name), folder.path().join(to)).expect("copied");
    let refused = || {
        let error = Tokenizer::load(folder.path()).expect_err("unfit").to_string();
        error.replace(&format!("{}/", folder.path().display()), "")
    };
    copied("source.spm", "source.spm");
    copied("vocab.json", "vocab.json");
    assert_eq!(refused(), "source.spm is alone; target.spm was expected beside it");
    copied("source.spm", "target.spm");
    let tokenizer = Tokenizer::load(folder.path()).expect("a folder of Marian");
    for (text, ..) in &translated().encoded {
        assert_eq!(tokenizer.encode(text).expect("any text"), tokenizer.encode_target(text).expect("any text"));
    }
    let end = "; fetch it again from where it was published, or give the model's tokenizer.json";
    let put = |name: &str, content: &str| std::fs::write(folder.path().join(name), content).expect("written");
    put("tokenizer_config.json", r#"{"separate_vocabs": true}"#);
    let reason = "(targets have a list of their own, which is not supported)";
    assert_eq!(refused(), format!("vocab.json cannot be read as Marian's list of pieces {reason}{end}"));
    put("tokenizer_config.json", r#"{"unk_token": "<what>"}"#);
    let reason = "(it has no token `<what>`)";
    assert_eq!(refused(), format!("vocab.json cannot be read as Marian's list of pieces {reason}{end}"));
    put("source.spm", "no model");
    put("tokenizer_config.json", "{}");
    assert!(refused().starts_with("source.spm cannot be read as a SentencePiece model"));
}

#[test]
fn what_stands_around_a_text_is_told() {
    assert_eq!(marian().around().expect("any tokenizer"), [vec![], vec![0]]);
    let nothing = [Vec::<u32>::new(), Vec::new()];
    let (t5, _) = golden("t5");
    assert_eq!(t5.around().expect("any tokenizer"), nothing);
    let json = |around: &str| {
        format!(
            r#"{{"version": "1.0", "added_tokens": [], "model": {{"type": "WordLevel", "vocab": {{"<s>": 0, "a": 1, "</s>": 2}},
            "unk_token": "a"}}, "post_processor": {around}}}"#
        )
    };
    let read = |around: &str| Tokenizer::from_json(&json(around), Path::new("here")).expect("a tokenizer");
    let roberta = r#"{"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": true,
        "add_prefix_space": false}"#;
    let bytes = r#"{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}"#;
    assert_eq!(read(roberta).around().expect("any tokenizer"), [vec![0], vec![2]]);
    assert_eq!(read(bytes).around().expect("any tokenizer"), nothing);
    assert_eq!(read("null").around().expect("any tokenizer"), nothing);
}

#[test]
fn pairs_hold_each_side_as_it_is_cut_with_what_stands_around() {
    let text = |text: &str| Cell::Text(text.into());
    let place = Place { file: Arc::from("here"), line: 1 };
    let row = Row { place, cells: vec![("source".into(), text("the кот")), ("target".into(), text("the кот"))] };
    let pairs = |tokenizer: &Tokenizer, most| {
        let rows = || Box::new(std::iter::once(Ok(row.clone())));
        let examples = Examples { tokenizer, most };
        let one = |pairs: Result<Vec<Pair>, DataError>| pairs.expect("read").remove(0);
        [one(examples.pairs(rows(), 7, &mut |_| ())), one(examples.framed_pairs(rows(), 7, &mut |_| ()))]
    };
    let marian = marian();
    let [plain, framed] = pairs(&marian, 50);
    assert_eq!(plain, framed, "the end alone stands around");
    assert_eq!(plain.source, [marian.encode("the кот").expect("any text"), vec![0]].concat());
    assert_eq!(plain.target, [vec![7], marian.encode_target("the кот").expect("any text"), vec![0]].concat());
    let [cut, _] = pairs(&marian, 3);
    assert_eq!((cut.source.len(), cut.target.len()), (3, 4));
}

/// As mBART's texts, which name their language behind the end.
#[test]
fn an_end_that_stands_before_another_token_is_not_said_twice() {
    let json = r#"{"version": "1.0", "added_tokens": [
        {"id": 2, "content": "</s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
        {"id": 3, "content": "en", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
        "model": {"type": "WordLevel", "vocab": {"u": 0, "a": 1, "</s>": 2, "en": 3}, "unk_token": "u"},
        "post_processor": {"type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}},
                {"SpecialToken": {"id": "en", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]},
                "en": {"id": "en", "ids": [3], "tokens": ["en"]}}}}"#;
    let tokenizer = Tokenizer::from_json(json, Path::new("here")).expect("a tokenizer");
    let place = Place { file: Arc::from("here"), line: 1 };
    let text = || Cell::Text("a".into());
    let row = Row { place, cells: vec![("source".into(), text()), ("target".into(), text())] };
    let examples = Examples { tokenizer: &tokenizer, most: 9 };
    let pairs = examples.framed_pairs::<Vec<_>>(Box::new(std::iter::once(Ok(row))), 7, &mut |_| ());
    let expected = Pair { source: vec![1, 2, 3], target: vec![7, 1, 2, 3] };
    assert_eq!(pairs.expect("read"), [expected]);
}
