//! A training in progress: the real process, watched, signalled and killed.

use std::{
    fs,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::bench::{Bench, Said};

/// Between two looks at what a process has done.
const LOOK: Duration = Duration::from_micros(300);
/// By then a small run has got wherever a test waits for it, however busy the machine.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Training<'a> {
    bench: &'a Bench,
    process: Child,
}

impl<'a> Training<'a> {
    /// Starts a training in the folder `run` whose errors go to the file `errors`.
    pub(crate) fn start(bench: &'a Bench, arguments: &[&str]) -> Self {
        let mut command = bench.command(&["train", "tiny.toml"]);
        command.args(arguments).args(["--run", "run"]);
        Self::spawn(bench, command)
    }

    /// Goes on as the program advises: with a line for a shell, behind the program's name.
    pub(crate) fn advised(bench: &'a Bench, line: &str) -> Self {
        let program = env!("CARGO_BIN_EXE_attentive");
        let mut command = Command::new("sh");
        let same = bench.command(&[]);
        command.args(["-c", &format!("exec '{program}' {line}")]).current_dir(bench.path(""));
        command.envs(same.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Self::spawn(bench, command)
    }

    fn spawn(bench: &'a Bench, mut command: Command) -> Self {
        let errors = fs::File::create(bench.path("errors")).expect("the bench can be written to");
        command.stdout(Stdio::piped()).stderr(errors);
        Self { bench, process: command.spawn().expect("the program starts") }
    }

    /// Whether what is waited for came before the process ended.
    pub(crate) fn reaches(&mut self, mut there: impl FnMut(&Bench) -> bool) -> bool {
        let start = Instant::now();
        loop {
            let ended = self.process.try_wait().expect("a process of ours").is_some();
            if there(self.bench) {
                return !ended;
            }
            if ended {
                return false;
            }
            assert!(start.elapsed() < PATIENCE, "the process never got there: {}", self.bench.text("errors"));
            sleep(LOOK);
        }
    }

    /// # Panics
    /// When the process ends before it has said so.
    pub(crate) fn until_said(&mut self, text: &str) {
        let said = self.reaches(|bench| bench.text("errors").contains(text));
        assert!(said, "it never said `{text}`: {}", self.bench.text("errors"));
    }

    pub(crate) fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.process.id());
        let sent = Command::new("sh").args(["-c", &command]).status().expect("a shell");
        assert!(sent.success(), "the process had ended: {}", self.bench.text("errors"));
    }

    pub(crate) fn kill(mut self) {
        self.process.kill().expect("a process of ours");
        self.process.wait().expect("a process of ours");
    }

    pub(crate) fn end(self) -> Said {
        let said = self.bench.said(self.process.wait_with_output().expect("a process of ours"));
        Said { err: self.bench.text("errors"), ..said }
    }
}

impl Bench {
    /// Steps that have a checkpoint, ascending.
    pub(crate) fn steps(&self) -> Vec<u64> {
        let names = self.checkpoint_names();
        let mut steps: Vec<u64> = names.iter().filter_map(|name| name.strip_prefix("step-")?.parse().ok()).collect();
        steps.sort_unstable();
        steps
    }

    /// Whether a checkpoint is half written.
    pub(crate) fn is_saving(&self) -> bool {
        self.checkpoint_names().iter().any(|name| name.starts_with(".tmp-"))
    }

    fn checkpoint_names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("run/checkpoints")).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }
}
