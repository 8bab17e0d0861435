use super::*;

fn stories(count: usize) -> Source {
    Source::Known { name: "stories".to_owned(), seed: 1, stories: count }
}

fn offline() -> Fetching {
    Fetching { cache: "absent".into(), mirror: None, offline: true, token: None }
}

fn read_quietly(source: &Source, split: &str) -> Result<Text, DataError> {
    read(source, split, &offline(), &mut |_| ())
}

#[test]
fn validation_has_a_twentieth_of_the_stories_but_at_least_a_hundred() {
    let count = |stories_count, split| read_quietly(&stories(stories_count), split).expect("generated").documents.len();
    assert_eq!((count(7, "train"), count(7, "validation")), (7, 100));
    assert_eq!((count(2200, "train"), count(2200, "validation")), (2200, 110));
}

#[test]
fn stories_are_a_function_of_seed_and_split_and_tell_their_progress() {
    let mut done = Vec::new();
    let mut told = |told| {
        if let Told::Generating { done: now, total } = told {
            done.push((now, total))
        }
    };
    let text = read(&stories(1500), "train", &offline(), &mut told).expect("generated");
    assert_eq!(done, [(1000, 1500), (1500, 1500)]);
    assert_eq!(text, read_quietly(&stories(1500), "train").expect("generated"));
    assert_ne!(text.documents[..100], read_quietly(&stories(1500), "validation").expect("generated").documents);
}

#[test]
fn no_story_at_all_is_an_error() {
    let error = read_quietly(&stories(0), "train").expect_err("nothing to train on");
    assert_eq!(error.to_string(), "the split `train` of `stories` has no text; ask for at least one story");
}

#[test]
fn unknown_names_and_splits_are_errors() {
    let source = Source::Known { name: "Stories".to_owned(), seed: 1, stories: 1 };
    let error = read_quietly(&source, "train").expect_err("wrong case").to_string();
    assert!(error.starts_with("there is no data set `Stories`; did you mean `stories`?"), "{error}");
    let error = read_quietly(&stories(1), "dev").expect_err("no such split").to_string();
    assert_eq!(error, "`stories` has no split `dev`; its splits are `train` and `validation`");
}

#[test]
fn a_file_that_cannot_be_had_names_the_data_set() {
    let source = Source::Known { name: "tinyshakespeare".to_owned(), seed: 1, stories: 1 };
    let error = read_quietly(&source, "train").expect_err("offline");
    assert_eq!(error.to_string(), "`input.txt` of the data set `tinyshakespeare` cannot be had");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn shares_cut_at_characters_and_meet() {
    let text = "äöüßéèêabc→";
    assert_eq!((share(text, 0.0, 0.9), share(text, 0.9, 1.0)), ("äöüßéèêab", "c→"));
    assert_eq!((share("a", 0.0, 0.9), share("a", 0.9, 1.0)), ("", "a"));
}

#[test]
fn the_hash_tells_where_documents_end() {
    let text = |documents: &[&str]| Text { documents: documents.iter().map(|document| document.to_string()).collect() };
    assert_ne!(text(&["ab", "c"]).sha256(), text(&["a", "bc"]).sha256());
    assert_eq!((text(&["aé", "→"]).bytes(), text(&["aé", "→"]).characters()), (6, 3));
}
