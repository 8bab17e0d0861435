//! `attentive devices`.

use std::process::ExitCode;

use attentive_trainer::{
    TrainerError,
    device::{Kind, Standing, choose, offers},
};

use crate::output::say;

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let mut text = String::new();
    for offer in offers() {
        let standing = match &offer.standing {
            Standing::Ready(Kind::Processor) => "ready, CPU".to_owned(),
            Standing::Ready(Kind::Graphics) => "ready, GPU".to_owned(),
            Standing::Ready(Kind::Software) => "ready, a GPU made of software: for tests only".to_owned(),
            Standing::NotBuilt { command } => format!("not in this binary; get it with: {command}"),
            Standing::NotFound { remedy } => format!("not found here; {remedy}"),
        };
        text += &format!("{:8} {}\n         {standing}\n", offer.name, offer.description);
    }
    let chosen = choose("auto").map_err(TrainerError::from)?;
    text += &format!("\nauto picks {}: {}\n", chosen.name, chosen.reason);
    say(&text)?;
    Ok(ExitCode::SUCCESS)
}
