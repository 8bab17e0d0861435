//! What is done with foreign bytes, by the fuzzer and by the tests of what it kept.
#![allow(dead_code, reason = "each target of the fuzzer does one of them")]

use std::{fs, path::Path};

use attentive_hub::{Config, Folder, HubError, Weights};
use tempfile::TempDir;

/// Between the files of one case.
const NEXT: &[u8] = b"\n---\n";
/// Errors quote what a file holds, and stay readable.
const LONGEST: usize = 2000;

/// A `config.json`, asked for every key in every way.
pub(crate) fn config(bytes: &[u8]) {
    let home = home(&[("config.json", bytes)]);
    match Folder::open(home.path()) {
        Ok(folder) => {
            folder.kind().map_or_else(|error| told(&error), drop);
            asked(folder.config());
        }
        Err(error) => told(&error),
    }
}

/// Weights: of one file, of an adapter, or of an index and two files, as the first byte says.
pub(crate) fn folder(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let parts = parts(rest);
    let part = |number: usize| parts.get(number).copied().unwrap_or_default();
    let files = match first % 3 {
        0 => vec![("model.safetensors", rest)],
        1 => vec![("adapter_config.json", part(0)), ("adapter_model.safetensors", part(1))],
        _ => vec![("model.safetensors.index.json", part(0)), ("1.safetensors", part(1)), ("2.safetensors", part(2))],
    };
    let home = home(&[files.as_slice(), &[("config.json", b"{}")]].concat());
    let weights = match first % 3 {
        1 => Folder::adapter(home.path()).map(|(said, weights)| {
            asked(&said);
            weights
        }),
        _ => Folder::open(home.path()).and_then(|folder| folder.weights()),
    };
    match weights {
        Ok(weights) => read(&weights, bytes.len() as u64),
        Err(error) => told(&error),
    }
}

/// No tensor holds more than the files do.
fn read(weights: &Weights, most: u64) {
    assert!(weights.bytes() <= most, "{} bytes of tensors in {most}", weights.bytes());
    for name in weights.names() {
        match weights.read(name) {
            Ok(tensor) => {
                let tensor = tensor.expect("its name is one of those that were told");
                assert_eq!(Some(tensor.shape.as_slice()), weights.shape(name));
                assert_eq!(tensor.values.len(), tensor.shape.iter().product::<usize>());
            }
            Err(error) => told(&error),
        }
    }
}

fn asked(config: &Config) {
    for key in config.keys() {
        let faults = [
            config.text(key).map(drop),
            config.flag(key).map(drop),
            config.number(key).map(drop),
            config.count(key).map(drop),
            config.needed(key).map(drop),
            config.list(key).map(drop),
            config.table(key).map(|inner| inner.iter().for_each(asked)),
        ];
        faults.into_iter().filter_map(Result::err).for_each(|fault| plain(&fault.to_string()));
    }
}

fn told(error: &HubError) {
    plain(&error.to_string());
}

/// Nothing that a terminal obeys, and not much of anything.
fn plain(text: &str) {
    assert!(text.len() <= LONGEST, "{} bytes", text.len());
    assert!(text.chars().all(|sign| !sign.is_control() || sign == '\n'), "{text:?}");
}

fn parts(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut parts, mut rest) = (Vec::new(), bytes);
    while let Some(end) = rest.windows(NEXT.len()).position(|found| found == NEXT) {
        parts.push(&rest[..end]);
        rest = &rest[end + NEXT.len()..];
    }
    parts.push(rest);
    parts
}

/// A folder in memory, where there is such a place.
fn home(files: &[(&str, &[u8])]) -> TempDir {
    let home = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder");
    files.iter().for_each(|(name, bytes)| write(home.path(), name, bytes));
    home
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(name), bytes).expect("a temporary folder can be written to");
}
