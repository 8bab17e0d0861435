//! Other processes for tests: this test binary runs itself, for one test that does its part when it is told to.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const FOLDER: &str = "ATTENTIVE_TEST_FOLDER";
const ADDRESS: &str = "ATTENTIVE_TEST_ADDRESS";

/// A command that does `test` alone, in a folder, with a server.
pub(super) fn command(test: &str, folder: &Path, address: &str) -> Command {
    as_child(Command::new(program()), test, folder, address)
}

/// The same through a shell, which prepares what a process inherits and then runs its arguments.
#[cfg(target_os = "linux")]
pub(super) fn command_by(shell: &[&str], test: &str, folder: &Path) -> Command {
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg(folder).arg(program());
    as_child(command, test, folder, "")
}

fn program() -> PathBuf {
    std::env::current_exe().expect("a test runs from a file")
}

fn as_child(mut command: Command, test: &str, folder: &Path, address: &str) -> Command {
    command.args([&format!("fetch::tests::{test}"), "--exact", "--nocapture"]);
    command.env(FOLDER, folder).env(ADDRESS, address).stdout(Stdio::null());
    command
}

/// What a child was told; none where the test runs among all others.
pub(super) fn told() -> Option<(PathBuf, String)> {
    Some((std::env::var_os(FOLDER)?.into(), std::env::var(ADDRESS).ok()?))
}

pub(super) fn start(mut command: Command) -> Child {
    command.spawn().expect("it can be run again")
}

pub(super) fn expect_success(mut child: Child) {
    assert!(child.wait().expect("it was started").success());
}

/// Kills a child as a power cut would: it gets to do nothing more.
pub(super) fn kill(mut child: Child) {
    child.kill().expect("it was started");
    child.wait().expect("it was started");
}

pub(super) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
