//! Models from a small server on this machine that answers as scripted, from the mirror and from the cache.

mod hostile;
mod network;
#[path = "../../../files/src/fetch/tests/server.rs"]
#[expect(dead_code, reason = "its other answers are for the tests of single files")]
mod server;
mod stored;

use attentive_files::sha256;
use tempfile::TempDir;

use super::*;
use server::{Answer, Server};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// Contents, and the names that `git hash-object` gives them.
const CONFIG: (&str, &str) = (r#"{"model_type": "gpt2"}"#, "7eb84e812bad01767dcf9cf8a2d84ef428949cad");
const TOKENIZER: (&str, &str) = (r#"{"version": "1.0"}"#, "fdef94443aef6c464d438c4654540cb4245f8f1e");
const POOLING: (&str, &str) = (r#"{"pooling_mode_mean_tokens": true}"#, "11dc2133678c5d9124cba0b6e69b959508e4cc31");
const INDEXING: (&str, &str) = (
    r#"{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"#,
    "875ba650e96a1dbc4a3e2cb050f5d3304fccb582",
);
/// Nobody looks into them here.
const WEIGHTS: &[u8] = b"so many numbers, one after the other, and none of them is the answer";

/// What a list says of a file that lies in git.
fn small(name: &str, (content, blob): (&str, &str)) -> String {
    format!(r#"{{"rfilename": "{name}", "size": {}, "blobId": "{blob}"}}"#, content.len())
}

/// What a list says of a file that lies elsewhere.
fn large(name: &str, content: &[u8]) -> String {
    let (size, sha256) = (content.len(), sha256(content));
    format!(
        r#"{{"rfilename": "{name}", "size": {size}, "blobId": "{COMMIT}", "lfs": {{"sha256": "{sha256}", "size": {size}, "pointerSize": 134}}}}"#
    )
}

fn list(files: &[String]) -> Vec<u8> {
    format!(r#"{{"id": "org/name", "private": false, "sha": "{COMMIT}", "siblings": [{}]}}"#, files.join(","))
        .into_bytes()
}

/// A list of one whole model, among much else.
fn model() -> Vec<u8> {
    let pickle = large("pytorch_model.bin", b"a pickle");
    let (config, tokenizer) = (small("config.json", CONFIG), small("tokenizer.json", TOKENIZER));
    let others = ["README.md", "onnx/model.onnx", "tf_model.h5", "flax_model.msgpack", "model.fp16.safetensors"];
    let others = others.map(|name| large(name, b"not needed"));
    list(&[others.as_slice(), &[pickle, config, tokenizer, large("model.safetensors", WEIGHTS)]].concat())
}

/// The answers to somebody who fetches all of it.
fn all_of_it() -> Vec<Answer> {
    [&model()[..], CONFIG.0.as_bytes(), TOKENIZER.0.as_bytes(), WEIGHTS].map(Answer::whole).into()
}

/// A temporary cache, and a server.
struct Home {
    folder: TempDir,
    fetching: Fetching,
    server: Server,
}

impl Home {
    fn new(script: Vec<Answer>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let fetching = Fetching { cache: folder.path().join("cache"), mirror: None, offline: false, token: None };
        Self { folder, fetching, server: Server::start(script) }
    }

    /// The same cache with another server.
    fn then(mut self, script: Vec<Answer>) -> Self {
        self.server = Server::start(script);
        self
    }

    fn offline(mut self) -> Self {
        self.fetching.offline = true;
        self
    }

    fn endpoint(&self) -> &str {
        self.server.address.strip_suffix("/opening.txt").expect("all addresses of the server end so")
    }

    fn fetch(&self, revision: Option<&str>) -> Result<Fetched, HubError> {
        self.fetch_telling(revision, &mut |_| {})
    }

    fn fetch_telling(&self, revision: Option<&str>, told: &mut dyn FnMut(Transfer)) -> Result<Fetched, HubError> {
        fetched_from(&Asked::new(Some(self.endpoint()), "org/name", revision, &self.fetching)?, told)
    }

    /// The files of the folder, without locks and stamps; each was checked.
    fn names(&self, revision: Option<&str>) -> Vec<String> {
        let fetched = self.fetch(revision).expect("the model can be had");
        assert_eq!(fetched.folder, self.fetching.cache.join("huggingface/org/name").join(COMMIT));
        assert_eq!(fetched.revision, COMMIT);
        let entries = fs::read_dir(fetched.folder).expect("it is there").flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<_> = names.filter(|name| !name.starts_with('.') && !name.ends_with(".verified")).collect();
        names.sort();
        names
    }

    fn complaint(&self) -> String {
        let text = self.fetch(None).expect_err("the model cannot be had").to_string();
        text.replace(self.endpoint(), "http://hub").replace(&self.folder.path().display().to_string(), "~")
    }

    /// The paths that were asked for.
    fn asked(&self) -> Vec<String> {
        let first = |request: String| request.split(' ').nth(1).unwrap_or_default().to_owned();
        self.server.requests().into_iter().map(first).collect()
    }
}
