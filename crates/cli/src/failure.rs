//! Errors as one line on stderr, and the exit code that goes with them.

use std::{
    error::Error,
    io,
    panic::{self, PanicHookInfo},
    process::ExitCode,
    sync::{Mutex, PoisonError},
};

use attentive_trainer::{Fault, TrainerError};

/// Tells an error and gives the code: 2 for what the user wrote wrong, 1 for what failed while running.
pub(crate) fn told(error: &anyhow::Error) -> ExitCode {
    if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        // Whoever read our output has seen enough.
        return ExitCode::SUCCESS;
    }
    eprintln!("attentive: {}", chain(error.as_ref()));
    match error.downcast_ref::<TrainerError>().map(TrainerError::fault) {
        Some(Fault::Writing) => ExitCode::from(2),
        _ => ExitCode::from(1),
    }
}

/// An error with its sources, each told once.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let text = source.to_string();
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
        next = source.source();
    }
    told
}

/// What the newest panic said.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Runs the program so that a defect of ours, or of a driver, does not drown its reason in a backtrace.
///
/// What a panic says is told at the end: some are caught on the way, and then are no defect.
pub(crate) fn guarded(work: fn() -> ExitCode) -> ExitCode {
    if std::env::var_os("RUST_BACKTRACE").is_some_and(|wish| wish != "0") {
        return work();
    }
    panic::set_hook(Box::new(|panic| remember(&in_one_line(panic))));
    panic::catch_unwind(work).unwrap_or_else(|_| {
        let text = PANIC.lock().unwrap_or_else(PoisonError::into_inner);
        eprintln!("attentive: internal error {text} (RUST_BACKTRACE=1 shows more)");
        ExitCode::FAILURE
    })
}

/// That a thread's panic reaches the one that waits for it says nothing new.
fn remember(text: &str) {
    if !text.ends_with("a scoped thread panicked") {
        text.clone_into(&mut PANIC.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn in_one_line(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    format!("at {place}: {}", panic.payload_as_str().unwrap_or("unknown").replace('\n', " "))
}
