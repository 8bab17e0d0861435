//! `attentive preflight`.

use std::process::ExitCode;

use attentive_trainer::{affordable, prepare};

use crate::{arguments::Preflight, output::say, screen::Screen};

pub(crate) fn run(arguments: &Preflight) -> anyhow::Result<ExitCode> {
    let mut screen = Screen::new();
    let prepared = prepare(&arguments.config.config, &arguments.config.wishes(), &mut |event| screen.draw(event))?;
    screen.clear();
    affordable(&prepared)?;
    let checks = prepared.run.preflight(&prepared.chosen.device)?;
    for check in &checks {
        let mark = if check.passed { "ok    " } else { "FAILED" };
        say(&format!("{mark} {}: {}\n", check.name, check.detail))?;
    }
    Ok(if checks.iter().all(|check| check.passed) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
