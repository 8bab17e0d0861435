use super::{Document, Folder, set};

#[test]
fn values_are_toml_and_other_words_are_strings() {
    let document = set(&[
        "training.steps=500",
        "model.heads = 8",
        "model.scale=0.5",
        "data.files=[\"a=1.txt\", 'b.txt']",
        "data.source=stories",
        "data.path=../texts/a b.txt",
        "data.quoted = \"x = y\"",
        "\"odd.key\".\"a=b\"=true",
        "table={inner={x=1}}",
    ]);
    assert_eq!(document.section::<u64>("training.steps").unwrap(), 500);
    assert_eq!(document.section::<u64>("model.heads").unwrap(), 8);
    assert_eq!(document.section::<f64>("model.scale").unwrap(), 0.5);
    assert_eq!(document.section::<Vec<String>>("data.files").unwrap(), ["a=1.txt", "b.txt"]);
    assert_eq!(document.text("data.source"), Some("stories"));
    assert_eq!(document.text("data.path"), Some("../texts/a b.txt"));
    assert_eq!(document.text("data.quoted"), Some("x = y"));
    assert!(document.section::<bool>("\"odd.key\".\"a=b\"").unwrap());
    assert_eq!(document.section::<u64>("table.inner.x").unwrap(), 1);
}

#[test]
fn overrides_win_over_bases_and_leave_their_neighbors() {
    let base = "[training]\nsteps = 10\nseed = 3\n";
    let folder = Folder::of(&[("base.toml", base), ("a.toml", "extends = 'base.toml'")]);
    let mut document = folder.read("a.toml").unwrap();
    document.set("training.steps=20").unwrap();
    document.set("training={rate=0.1}").unwrap();
    document.set_flag("device", "flex", "--device flex");
    document.set_flag("training.batch", "4", "--batch 4");
    assert_eq!(document.section::<u64>("training.batch").unwrap(), 4);
    for (path, expected) in [
        ("training", "base.toml:1:1"),
        ("training.seed", "base.toml:3:8"),
        ("training.steps", "--set training.steps=20"),
        ("training.rate", "--set training={rate=0.1}"),
        ("device", "--device flex"),
    ] {
        assert_eq!(folder.origin(&document, path), expected, "{path}");
    }
}

#[test]
fn flags_never_fail() {
    let mut document = Document::empty();
    document.set_flag("name", "[odd", "--name [odd");
    assert_eq!(document.text("name"), Some("[odd"));
    document.set_flag("name.first", "x", "--first x");
    assert_eq!(document.text("name.first"), Some("x"));
}

#[test]
fn malformed_assignments() {
    let wants = "--set wants KEY=VALUE, for example --set training.steps=500, not ";
    for assignment in ["training.steps", "", "=", "=5", "a=", ".x=1", "a.=1", "a b=1", "[a]=1", "\"a=1"] {
        let error = Document::empty().set(assignment).unwrap_err();
        assert_eq!(error.to_string(), format!("{wants}`{assignment}`"));
    }
    let error = Document::empty().set("[t]\na=1").unwrap_err();
    assert_eq!(error.to_string(), format!("{wants}`[t] a=1`"), "an assignment is no document, and its error one line");
}

#[test]
fn impossible_assignments() {
    let folder = Folder::of(&[("a.toml", "[training]\nseed = 7\nlist = [1]\n")]);
    let deep = format!("a={}1{}", "[".repeat(66), "]".repeat(66));
    let deep_error = format!("--set {deep}: nested more than 64 levels deep; flatten it");
    let path = vec!["a"; 65].join(".");
    let path_error = format!("--set {path}=word: nested more than 64 levels deep; flatten it");
    let path = path + "=word";
    for (assignment, expected) in [
        (path.as_str(), path_error.as_str()),
        (
            "training.seed.x=1",
            "--set training.seed.x=1: `training.seed` is 7 (a.toml:2:8), not a table, so nothing can be set in it",
        ),
        (
            "training.list.0=1",
            "--set training.list.0=1: `training.list` is a list (a.toml:3:8), not a table, so nothing can be set in it",
        ),
        ("a=[1", "--set a=[1: unclosed array, expected `]`"),
        ("a=\"b", "--set a=\"b: invalid basic string, expected `\"`"),
        (deep.as_str(), deep_error.as_str()),
    ] {
        let error = folder.read("a.toml").unwrap().set(assignment).unwrap_err();
        assert_eq!(folder.shown(error), expected);
    }
}
