//! `attentive schema`.

use std::process::ExitCode;

use attentive_trainer::schema;

use crate::output::say;

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let text = serde_json::to_string_pretty(&schema())?;
    say(&(text + "\n"))?;
    Ok(ExitCode::SUCCESS)
}
