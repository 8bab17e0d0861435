//! `attentive schema`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use attentive_trainer::schema;

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let text = serde_json::to_string_pretty(&schema())?;
    writeln!(io::stdout(), "{text}")?;
    Ok(ExitCode::SUCCESS)
}
