//! Model folders on a disk: sound ones, damaged ones, and those that mean harm.

mod damaged;
mod files;
mod shapes;
mod sound;
mod texts;

use std::{
    fs,
    path::{Path, PathBuf},
};

use attentive_hub::{Folder, HubError, Weights};
use tempfile::TempDir;

/// A safetensors file, put together by hand so that it can lie.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

/// What a header says of one tensor.
fn entry(name: &str, kind: &str, shape: &[usize], from: usize, to: usize) -> String {
    format!(r#""{name}":{{"dtype":"{kind}","shape":{shape:?},"data_offsets":[{from},{to}]}}"#)
}

fn header(entries: &[String]) -> String {
    format!("{{{}}}", entries.join(","))
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A file of one vector of F32.
fn vector(name: &str, values: &[f32]) -> Vec<u8> {
    file(&header(&[entry(name, "F32", &[values.len()], 0, 4 * values.len())]), &bytes(values))
}

/// A folder that has a config.json, and whatever a test puts there.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        // In memory where there is such a place: some tests write thousands of files.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder");
        let home = Self { folder };
        home.with("config.json", r#"{"model_type": "gpt2"}"#)
    }

    /// With these weights.
    fn of(weights: &[u8]) -> Self {
        Self::new().with("model.safetensors", weights)
    }

    /// With the files of a sharded model.
    fn sharded(weight_map: &str, shards: &[(&str, Vec<u8>)]) -> Self {
        let index = format!(r#"{{"metadata": {{}}, "weight_map": {weight_map}}}"#);
        let home = Self::new().with("model.safetensors.index.json", index);
        shards.iter().fold(home, |home, (name, bytes)| home.with(name, bytes))
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.at(name);
        fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("writable");
        fs::write(path, content).expect("writable");
        self
    }

    fn without(self, name: &str) -> Self {
        fs::remove_file(self.at(name)).expect("it is there");
        self
    }

    fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn weights(&self) -> Result<Weights, HubError> {
        Folder::open(self.path())?.weights()
    }

    /// The error of reading the folder and all its tensors, the folder's own path as `~`.
    fn complaint(&self) -> String {
        let all = || -> Result<(), HubError> {
            Folder::open(self.path())?.kind()?;
            let weights = self.weights()?;
            weights.names().try_for_each(|name| weights.read(name).map(drop))
        };
        all().expect_err("it cannot be read").to_string().replace(&self.path().display().to_string(), "~")
    }
}
