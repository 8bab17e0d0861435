//! Real tokenizers in the files that they are published in, against the libraries that they come from
//! (`scripts/golden/tokenizers.py`), where their files are at hand: beside the checkout, or in `ATTENTIVE_MIRROR`.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use attentive_data::{Role, Tokenizer};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Golden {
    strings: Vec<String>,
    ids: BTreeMap<String, Vec<Vec<u32>>>,
    pairs: BTreeMap<String, Vec<Pair>>,
}

/// First, second, most tokens, ids and kinds.
type Pair = (String, String, usize, Vec<u32>, Vec<u32>);

fn golden() -> Golden {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/tokenizers.json");
    serde_json::from_slice(&std::fs::read(path).expect("a golden file")).expect("strings and ids")
}

fn mirror() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/datasets"));
    let named = std::env::var_os("ATTENTIVE_MIRROR").map(PathBuf::from);
    let found = named.into_iter().chain([beside]).find(|folder| folder.join("tokenizers").is_dir());
    if found.is_none() {
        skipped();
    }
    Some(found?.join("tokenizers"))
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped() {
    eprintln!("skipped: tokenizers are neither in ATTENTIVE_MIRROR nor in ../shared/datasets beside the checkout");
}

fn unpacked(path: &Path) -> String {
    let mut text = String::new();
    let file = std::fs::File::open(path).expect("the mirror has it");
    GzDecoder::new(file).read_to_string(&mut text).expect("packed text");
    text
}

/// The tokenizer in a folder with these files.
fn loaded(files: &[(&str, String)]) -> Tokenizer {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).expect("written");
    }
    Tokenizer::load(folder.path()).expect("a tokenizer")
}

fn gpt2(mirror: &Path) -> Tokenizer {
    let file = |name: &str| unpacked(&mirror.join("gpt2").join(format!("{name}.gz")));
    loaded(&[("encoder.json", file("encoder.json")), ("vocab.bpe", file("vocab.bpe"))])
}

fn bert(mirror: &Path, case: &str) -> Tokenizer {
    loaded(&[("vocab.txt", unpacked(&mirror.join(format!("bert/bert-base-{case}-vocab.txt.gz"))))])
}

/// CLIP's list of merges as the `vocab.json` and `merges.txt` that go with its published weights: the bytes, the bytes
/// at a word's end, what the merges make, and two special tokens.
fn clip(mirror: &Path) -> Tokenizer {
    let merges = unpacked(&mirror.join("clip/bpe_simple_vocab_16e6.txt.gz"));
    let merges: Vec<&str> = merges.lines().skip(1).take(49_152 - 256 - 2).collect();
    let seen = (33..=126).chain(161..=172).chain(174..=255).map(|code| char::from_u32(code).expect("Latin-1"));
    let letters: Vec<String> = seen.chain('\u{100}'..='\u{143}').map(String::from).collect();
    let last = letters.iter().map(|letter| format!("{letter}</w>"));
    let made = merges.iter().map(|merge| merge.replace(' ', ""));
    let special = ["<|startoftext|>", "<|endoftext|>"].map(str::to_owned);
    let tokens = letters.iter().cloned().chain(last).chain(made).chain(special);
    let ids: BTreeMap<String, usize> = tokens.zip(0..).collect();
    let vocabulary = serde_json::to_string(&ids).expect("names and numbers");
    loaded(&[("vocab.json", vocabulary), ("merges.txt", format!("#version: 0.2\n{}\n", merges.join("\n")))])
}

fn assert_equal(name: &str, tokenizer: &Tokenizer, known_to_differ: impl Fn(&str) -> bool) {
    let golden = golden();
    for (text, ids) in golden.strings.iter().zip(&golden.ids[name]).filter(|(text, _)| !known_to_differ(text)) {
        assert_eq!(tokenizer.encode(text).expect("any text"), *ids, "{name}: {text:?}");
    }
}

fn assert_equal_pairs(name: &str, tokenizer: &Tokenizer) {
    for (first, second, most, ids, kinds) in &golden().pairs[name] {
        let pair = tokenizer.encode_pair(first, second, *most).expect("room");
        assert_eq!((&pair.ids, &pair.kinds), (ids, kinds), "{name}: {first:?}, {second:?}, {most} tokens");
        assert!(pair.special.len() == ids.len() && pair.places.len() == ids.len());
    }
}

fn roles(tokenizer: &Tokenizer) -> [Option<u32>; 7] {
    Role::ALL.map(|role| tokenizer.role(role))
}

#[test]
fn gpt2_is_that_of_transformers() {
    let Some(mirror) = mirror() else { return };
    let tokenizer = gpt2(&mirror);
    assert_equal("gpt2", &tokenizer, |_| false);
    assert_eq!((tokenizer.vocabulary(), tokenizer.end()), (50_257, Some(50_256)));
    assert_eq!(tokenizer.encode("a<|endoftext|> b").expect("any text"), [64, 50_256, 275]);
    let text = golden().strings.concat();
    assert_eq!(tokenizer.decode(&tokenizer.encode(&text).expect("any text")).expect("known"), text);
}

#[test]
fn bert_is_that_of_transformers() {
    let Some(mirror) = mirror() else { return };
    for (case, size) in [("uncased", 30_522), ("cased", 28_996)] {
        let (name, tokenizer) = (format!("bert-{case}"), bert(&mirror, case));
        assert_equal(&name, &tokenizer, |_| false);
        assert_eq!(tokenizer.vocabulary(), size);
        assert_eq!(roles(&tokenizer), [None, None, Some(0), Some(100), Some(101), Some(102), Some(103)]);
    }
    assert_equal_pairs("bert-uncased", &bert(&mirror, "uncased"));
}

#[test]
fn clip_is_that_of_transformers() {
    let Some(mirror) = mirror() else { return };
    let tokenizer = clip(&mirror);
    assert_equal("clip", &tokenizer, |_| false);
    assert_equal_pairs("clip", &tokenizer);
    let (begin, end) = (Some(49_406), Some(49_407));
    assert_eq!(roles(&tokenizer), [begin, end, end, end, begin, end, None]);
    assert_eq!(
        tokenizer.decode(&tokenizer.encode("A cat, sleeping").expect("any text")).expect("known"),
        "a cat , sleeping"
    );
}

#[test]
fn t5_is_that_of_sentencepiece() {
    let Some(mirror) = mirror() else { return };
    let tokenizer = Tokenizer::load(&mirror.join("t5/spiece.model")).expect("a model");
    assert_eq!((tokenizer.vocabulary(), tokenizer.end()), (32_000, Some(1)));
    // The library's table of characters drops a mark after a character that it replaces.
    assert_equal("t5", &tokenizer, |text| text.contains(['\u{301}', '\u{307}', '\u{308}', '\u{303}']));
}

/// Twenty strings that were encoded by tiktoken, tokenizers and sentencepiece, with special tokens as each has it.
#[test]
fn references_beside_the_files_are_met() {
    let Some(mirror) = mirror() else { return };
    #[derive(Deserialize)]
    struct Reference {
        text: String,
        ids: Vec<u32>,
    }
    let json = unpacked(&mirror.join("reference-encodings.json.gz"));
    let mut references: BTreeMap<String, Vec<Reference>> = serde_json::from_str(&json).expect("references");
    let t5 = Tokenizer::load(&mirror.join("t5/spiece.model")).expect("a model");
    let [uncased, cased] = ["uncased", "cased"].map(|case| bert(&mirror, case));
    let mut check = |name: &str, encode: &dyn Fn(&str) -> Vec<u32>, left_out: &str| {
        let references = references.remove(name).expect("it is there");
        assert_eq!(references.len(), 20);
        for reference in references.iter().filter(|reference| left_out.is_empty() || !reference.text.contains(left_out))
        {
            assert_eq!(encode(&reference.text), reference.ids, "{name}: {:?}", reference.text);
        }
    };
    let gpt2 = gpt2(&mirror);
    check("gpt2", &|text| gpt2.encode(text).expect("any text"), "<|endoftext|>");
    check("bert-base-uncased", &|text| uncased.encode_sentence(text, 1000).expect("room").ids, "");
    check("bert-base-cased", &|text| cased.encode_sentence(text, 1000).expect("room").ids, "");
    check("t5-sentencepiece (no </s> added)", &|text| t5.encode(text).expect("any text"), "</s>");
}

/// Files of other libraries have no roles beside their tokens: one that is given leaves the others as they are believed to be.
#[test]
fn a_role_that_is_given_leaves_the_others_alone() {
    let token = |id: u32, name: &str| {
        json!({"id": id, "content": name, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
            "special": true})
    };
    let model = json!({"type": "WordLevel", "unk_token": "<unk>", "vocab": {"<unk>": 0, "<s>": 1, "</s>": 2, "a": 3}});
    let whole = json!({"version": "1.0", "added_tokens": [token(0, "<unk>"), token(1, "<s>"), token(2, "</s>")],
        "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null, "model": model});
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("writable");
    write("tokenizer.json", &whole.to_string());
    write("tokenizer_config.json", r#"{"eos_token": "<s>"}"#);
    let tokenizer = Tokenizer::load(folder.path()).expect("a tokenizer");
    assert_eq!((tokenizer.end(), tokenizer.role(Role::Begin)), (Some(1), Some(1)));
    let end = |json: &str| Tokenizer::from_json(json, Path::new("again")).expect("it was just written").end();
    assert_eq!(end(&tokenizer.to_json()), Some(1));
    // As it was written before, which lost all roles.
    let null = json!({"id": 2, "content": "</s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
        "special": true, "roles": null});
    let mut older: Value = serde_json::from_str(&tokenizer.to_json()).expect("JSON");
    older["added_tokens"][2] = null;
    assert_eq!(end(&older.to_string()), Some(1));
}
