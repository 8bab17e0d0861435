//! SIGINT and SIGTERM: the first asks the run to save and stop, the second ends the process at once.

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use anyhow::Context;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

/// What has been asked for from outside.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    asked: Arc<AtomicBool>,
    which: Arc<AtomicUsize>,
}

impl Signals {
    pub(crate) fn watch() -> anyhow::Result<Self> {
        let signals = Self { asked: Arc::default(), which: Arc::default() };
        for signal in [SIGINT, SIGTERM] {
            // The order matters: at the second signal the first registration finds the flag already set.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&signals.asked))
                .and_then(|_| flag::register_usize(signal, Arc::clone(&signals.which), signal as usize))
                .and_then(|_| flag::register(signal, Arc::clone(&signals.asked)))
                .context("cannot listen for signals")?;
        }
        Ok(signals)
    }

    pub(crate) fn flag(&self) -> &AtomicBool {
        &self.asked
    }

    pub(crate) fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// The conventional code of a process that a signal ended.
    pub(crate) fn code(&self) -> u8 {
        128 + self.which.load(Ordering::Relaxed) as u8
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }
}
