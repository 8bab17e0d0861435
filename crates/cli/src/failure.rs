//! Errors as one line on stderr, and the exit code that goes with them.

use std::{error::Error, io, panic, process::ExitCode};

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

/// A defect of ours, or of a driver, must not drown its reason in a backtrace.
pub(crate) fn tell_panics_in_one_line() {
    if std::env::var_os("RUST_BACKTRACE").is_some() {
        return;
    }
    panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let text =
            payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied());
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let text = text.unwrap_or("unknown").replace('\n', " ");
        eprintln!("attentive: internal error at {place}: {text} (RUST_BACKTRACE=1 shows more)");
    }));
}
