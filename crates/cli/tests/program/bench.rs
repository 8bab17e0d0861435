//! A place to run the program in: a temporary folder with a config that trains in a blink, and once for all, a trained run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::LazyLock,
};

use tempfile::TempDir;

/// Outlives the tests: a text and tokens that all of them share.
static SHARED: LazyLock<PathBuf> = LazyLock::new(|| {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("program");
    fs::create_dir_all(&shared).expect("cargo's folder for tests can be written to");
    let lines = (0..200).map(|line| format!("Line {line} of a small text, with words and numbers.\n"));
    fs::write(shared.join("text.txt"), lines.collect::<String>()).expect("the shared folder can be written to");
    shared
});

/// A run of six steps, copied by each test that damages one.
static TRAINED: LazyLock<Bench> = LazyLock::new(|| {
    let bench = Bench::new();
    assert_eq!(bench.run(&["train", "tiny.toml", "--run", "run"]).code, 0);
    bench
});

/// Removed at the end, the one in [`TRAINED`] aside.
pub(crate) struct Bench {
    folder: TempDir,
}

/// How the program ended and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let bench =
            Self { folder: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("cargo's folder for tests") };
        bench.write("tiny.toml", config().as_bytes());
        bench
    }

    /// With a finished run in the folder `run`.
    pub(crate) fn trained() -> Self {
        let bench = Self::new();
        copy(&TRAINED.path("run"), &bench.path("run"));
        bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).expect("the bench can be written to");
    }

    /// Changes a file's text.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.text(name);
        assert!(text.contains(from), "{name} has no `{from}`");
        self.write(name, text.replacen(from, to, 1).as_bytes());
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).expect("the program writes UTF-8")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attentive"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_remove("RUST_BACKTRACE").env("COLUMNS", "100").env("ATTENTIVE_CACHE", SHARED.join("cache"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.said(self.command(arguments).output().expect("the program starts"))
    }

    /// What was said, with names in place of what differs from one test to the next.
    pub(crate) fn said(&self, output: Output) -> Said {
        let [out, err] = [output.stdout, output.stderr].map(|bytes| {
            let text = String::from_utf8(bytes).expect("the program writes UTF-8");
            text.replace(&self.folder.path().display().to_string(), "FOLDER").replace(&shared(), "SHARED")
        });
        Said { code: output.status.code().unwrap_or(-1), out, err }
    }

    /// The lines of a run's journal.
    pub(crate) fn journal(&self, run: &str) -> Vec<serde_json::Value> {
        let text = self.text(&format!("{run}/metrics.jsonl"));
        text.lines().map(|line| serde_json::from_str(line).expect("each line is an object")).collect()
    }
}

pub(crate) fn shared() -> String {
    SHARED.display().to_string()
}

/// A bench's `tiny.toml`, for a device that computes the same bits each time. The text lies at one place, so that runs may
/// be copied between benches.
fn config() -> String {
    format!(
        r#"device = "flex"

[model]
layers = 1
heads = 2
width = 8
context = 8

[data]
files = ["{}/text.txt"]
tokenizer = "characters"

[training]
steps = 6
batch = 4

[evaluation]
every = 3
batches = 2

[checkpoint]
every = 2

[sample]
tokens = 0
"#,
        shared()
    )
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("the parent is there");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("a readable folder").path();
        let to = to.join(entry.file_name().expect("entries have names"));
        if entry.is_dir() {
            copy(&entry, &to);
        } else {
            fs::copy(&entry, &to).expect("a readable file");
        }
    }
}
