use super::*;
use crate::{Case, Recipe, Text};

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a temporary folder"));
        files.iter().for_each(|(name, content)| folder.put(name, content));
        folder
    }

    fn put(&self, name: &str, content: &str) {
        std::fs::write(self.0.path().join(name), content).expect("written");
    }

    fn load(&self, name: &str) -> Result<Tokenizer, DataError> {
        Tokenizer::load(&self.0.path().join(name))
    }

    fn error(&self, name: &str) -> String {
        let error = self.load(name).expect_err("unfit").to_string();
        error.replace(&format!("{}/", self.0.path().display()), "")
    }
}

const VOCABULARY: &str = r#"{"a": 0, "b": 1, "ab": 2, "Ġ": 3, "<|endoftext|>": 4}"#;
const MERGES: &str = "#version: 0.2\na b\n";
const LINES: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ncat\n##s\nè\n";

#[test]
fn byte_pairs_are_found_under_each_of_their_names() {
    let folder = Folder::with(&[("vocab.json", VOCABULARY), ("merges.txt", MERGES)]);
    let older = Folder::with(&[("encoder.json", VOCABULARY), ("vocab.bpe", MERGES)]);
    for (folder, names) in [(folder, ["", "vocab.json", "merges.txt"]), (older, ["", "encoder.json", "vocab.bpe"])] {
        for name in names {
            let tokenizer = folder.load(name).expect("a tokenizer");
            assert_eq!(tokenizer.encode("ab a<|endoftext|>").expect("any text"), [2, 3, 0, 4]);
            assert_eq!((tokenizer.end(), tokenizer.role(Role::Begin)), (Some(4), Some(4)));
        }
    }
}

#[test]
fn a_tokenizer_json_comes_first() {
    let text = Text { documents: vec!["xyz".to_owned()] };
    let json = Tokenizer::build(&Recipe::Characters, &text, &mut |_| ()).expect("built").to_json();
    let folder = Folder::with(&[("vocab.txt", LINES), ("tokenizer.json", &json), ("vocab.json", VOCABULARY)]);
    assert_eq!(folder.load("").expect("a tokenizer").to_json(), json);
    assert_eq!(folder.load("vocab.txt").expect("a tokenizer").vocabulary(), 8);
}

#[test]
fn capitals_in_the_vocabulary_or_the_companions_decide_on_the_case() {
    let folder = Folder::with(&[("vocab.txt", LINES)]);
    let ids = |folder: &Folder| folder.load("").expect("a tokenizer").encode("Cats CATS è").expect("any text");
    assert_eq!(ids(&folder), [5, 6, 5, 6, 1], "an accent is taken off, and then there is no `e`");
    folder.put("tokenizer_config.json", r#"{"do_lower_case": true, "strip_accents": false}"#);
    assert_eq!(ids(&folder), [5, 6, 5, 6, 7]);
    folder.put("tokenizer_config.json", r#"{"do_lower_case": false}"#);
    assert_eq!(ids(&folder), [1, 1, 7]);
    folder.put("tokenizer_config.json", "not JSON");
    folder.put("vocab.txt", &LINES.replace("cat", "Cat"));
    assert_eq!(ids(&folder), [5, 6, 1, 7]);
}

#[test]
fn companions_give_roles_that_stay_in_the_json() {
    let folder = Folder::with(&[("vocab.json", VOCABULARY), ("merges.txt", MERGES)]);
    folder
        .put("special_tokens_map.json", r#"{"pad_token": {"content": "b"}, "eos_token": "a", "bos_token": "absent"}"#);
    let tokenizer = folder.load("").expect("a tokenizer");
    let roles = |tokenizer: &Tokenizer| Role::ALL.map(|role| tokenizer.role(role));
    assert_eq!(roles(&tokenizer), [Some(4), Some(0), Some(1), None, None, None, None]);
    let again = Tokenizer::from_json(&tokenizer.to_json(), Path::new("x")).expect("its own file");
    assert_eq!(roles(&again), roles(&tokenizer));
    assert_eq!(again.encode("ab").expect("any text"), [0, 1], "special tokens are found before all others");
}

#[test]
fn what_is_missing_is_named() {
    let folder = Folder::with(&[("vocab.json", VOCABULARY)]);
    let merges = "the file of its merges (merges.txt or vocab.bpe) was expected beside it";
    assert_eq!(folder.error("vocab.json"), format!("vocab.json is alone; {merges}"));
    let folder = Folder::with(&[("merges.txt", MERGES)]);
    let vocabulary = "the file of its vocabulary (vocab.json or encoder.json) was expected beside it";
    assert_eq!(folder.error("merges.txt"), format!("merges.txt is alone; {vocabulary}"));
    let folder = Folder::with(&[("vocab.txt", "hello\n")]);
    let remedy = "fetch it again from where it was published, or give the model's tokenizer.json";
    let said = format!("vocab.txt cannot be read as BERT's vocab.txt (it has no line `[UNK]`); {remedy}");
    assert_eq!(folder.error("vocab.txt"), said);
}

#[test]
fn merges_that_do_not_fit_are_errors() {
    let said = |vocabulary: &str, merges: &str| {
        let error = Folder::with(&[("vocab.json", vocabulary), ("merges.txt", merges)]).error("vocab.json");
        let reason = error.split_once("a vocab.json (").and_then(|(_, rest)| rest.split_once("); fetch it again"));
        reason.unwrap_or_else(|| panic!("{error}")).0.to_owned()
    };
    assert_eq!(said(VOCABULARY, "a b\na b c\n"), "line 2 of the merges is not two tokens");
    assert_eq!(said(VOCABULARY, "ab\n"), "line 1 of the merges is not two tokens");
    assert_eq!(said(VOCABULARY, "b a\n"), "line 1 of the merges needs the token `ba`, which it lacks");
    assert!(said("[1]", MERGES).starts_with("invalid type"));
    assert!(said(r#"{"a": -1}"#, MERGES).starts_with("invalid value"));
}

#[test]
fn too_large_a_file_is_not_read() {
    let folder = Folder::with(&[]);
    let file = std::fs::File::create(folder.0.path().join("x.model")).expect("created");
    file.set_len(LARGEST_MODEL + 1).expect("a hole takes no space");
    assert!(folder.error("x.model").contains("it has 16777217 bytes, and 16777216 are the most"));
}

#[test]
fn pairs_are_cut_and_told_apart() {
    let text = Text { documents: vec!["one two three four".to_owned()] };
    let recipe = Recipe::WordPiece { vocabulary: 100, case: Case::Lower };
    let tokenizer = Tokenizer::build(&recipe, &text, &mut |_| ()).expect("built");
    let id = |word: &str| tokenizer.encode(word).expect("known")[0];
    let pair = tokenizer.encode_pair("one two three", "Four", 6).expect("room");
    assert_eq!(pair.ids, [2, id("one"), id("two"), 3, id("four"), 3]);
    assert_eq!(pair.kinds, [0, 0, 0, 0, 1, 1]);
    assert_eq!(pair.special, [1, 0, 0, 1, 0, 1]);
    assert_eq!(pair.places, [(0, 0), (0, 3), (4, 7), (0, 0), (0, 4), (0, 0)]);
    let single = tokenizer.encode_sentence("three four", 3).expect("room");
    assert_eq!((single.ids, single.kinds), (vec![2, id("three"), 3], vec![0, 0, 0]));
    let error = tokenizer.encode_pair("one", "two", 3).expect_err("no room").to_string();
    assert_eq!(error, "3 tokens hold no text: the tokenizer adds 3 of its own; ask for more than that");
    let plain = Tokenizer::build(&Recipe::Characters, &text, &mut |_| ()).expect("built");
    assert_eq!(plain.encode_pair("two", "one", 4).expect("room").kinds, [0, 0, 1, 1]);
}
