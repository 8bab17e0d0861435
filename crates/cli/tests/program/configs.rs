//! Every config of the repository is valid, and takes a step.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::bench::Bench;

fn configs(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("a folder of the repository").map(|entry| entry.expect("readable").path());
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
    let nested = folders.iter().flat_map(|folder| configs(folder));
    let mut configs: Vec<PathBuf> = files.into_iter().chain(nested).collect();
    configs.sort_unstable();
    configs
}

/// What the names of data sets begin with that the program makes itself.
const MADE: [&str; 4] = ["stories", "numbers", "shapes", "scenes"];

/// The config and those that it extends, the nearest first.
fn text(path: &Path) -> String {
    let own = fs::read_to_string(path).expect("a config is text");
    match named(&own, "extends") {
        Some(base) => format!("{own}\n{}", text(&path.with_file_name(base))),
        None => own,
    }
}

/// What a line of the config says of the key, where it is a text.
fn named<'a>(config: &'a str, key: &str) -> Option<&'a str> {
    config.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'))
}

/// Without a network, a data set that has files is there only when a mirror holds them.
fn has_its_data(config: &str) -> bool {
    let made = named(config, "source").is_none_or(|source| MADE.iter().any(|made| source.starts_with(made)));
    made || std::env::var_os("ATTENTIVE_MIRROR").is_some_and(|mirror| Path::new(&mirror).is_dir())
}

/// The folder on this machine of the model that the config begins with; none where it is not there.
fn beginning(config: &str) -> Option<Option<String>> {
    let from = named(config, "from")?;
    Some(std::env::var("ATTENTIVE_MINILM").ok().filter(|_| from == "sentence-transformers/all-MiniLM-L6-v2"))
}

#[test]
fn every_config_is_valid_and_takes_a_step() {
    let all = configs(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs"));
    assert!(!all.is_empty());
    for path in all {
        assert!(path.extension().is_some_and(|extension| extension == "toml"), "{}", path.display());
        let text = text(&path);
        if has_its_data(&text) && beginning(&text) != Some(None) {
            takes_a_step(&path.display().to_string(), &text);
        }
    }
}

fn takes_a_step(path: &str, text: &str) {
    let bench = Bench::new();
    let mut arguments = vec!["train", path, "--set", "training.steps=1", "--set", "evaluation.batches=1"];
    let from = beginning(text).flatten().map(|folder| format!("initialize.from={folder}"));
    arguments.extend(from.iter().flat_map(|from| ["--set", from]));
    if named(text, "source") == Some("stories") {
        arguments.extend(["--set", "data.stories=200"]);
    } else if named(text, "family") != Some("gpt") {
        arguments.extend(["--set", "data.rows=200"]);
    }
    let dry = bench.run(&[&arguments[..], &["--dry-run"]].concat());
    assert_eq!(dry.code, 0, "{path}: {}", dry.err);
    let said = bench.run(&[&arguments[..], &["--run", "run"]].concat());
    assert_eq!(said.code, 0, "{path}: {}", said.err);
    assert_eq!(bench.journal("run").len(), 1, "{path}");
}
