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

/// Without a network, a data set that has files is there only when a mirror holds them.
fn has_its_data(config: &str) -> bool {
    let mirror = std::env::var_os("ATTENTIVE_MIRROR").map(PathBuf::from);
    let source = config.lines().find_map(|line| line.strip_prefix("source = \"")?.strip_suffix('"'));
    let extended = config.contains("extends = \"shakespeare");
    let made = source.is_none_or(|source| MADE.iter().any(|made| source.starts_with(made))) && !extended;
    let begun = config.lines().find_map(|line| line.strip_prefix("from = \"")?.strip_suffix('"'));
    let begins = |mirror: &PathBuf| begun.is_none_or(|name| mirror.join("huggingface").join(name).is_dir());
    (made && begun.is_none()) || mirror.is_some_and(|mirror| mirror.is_dir() && begins(&mirror))
}

#[test]
fn every_config_is_valid_and_takes_a_step() {
    let all = configs(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs"));
    assert!(!all.is_empty());
    for path in all {
        assert!(path.extension().is_some_and(|extension| extension == "toml"), "{}", path.display());
        let text = fs::read_to_string(&path).expect("a config is text");
        if has_its_data(&text) {
            takes_a_step(&path.display().to_string(), &text);
        }
    }
}

fn takes_a_step(path: &str, text: &str) {
    let bench = Bench::new();
    let mut arguments = vec!["train", path, "--set", "training.steps=1", "--set", "evaluation.batches=1"];
    let extended = text.contains("extends = \"stories.toml\"") && !text.contains("source = ");
    if extended || text.contains("source = \"stories\"") {
        arguments.extend(["--set", "data.stories=200"]);
    } else if !text.contains("family = \"gpt\"") && !text.contains("shakespeare") {
        arguments.extend(["--set", "data.rows=200"]);
    }
    let dry = bench.run(&[&arguments[..], &["--dry-run"]].concat());
    assert_eq!(dry.code, 0, "{path}: {}", dry.err);
    let said = bench.run(&[&arguments[..], &["--run", "run"]].concat());
    assert_eq!(said.code, 0, "{path}: {}", said.err);
    assert_eq!(bench.journal("run").len(), 1, "{path}");
}
