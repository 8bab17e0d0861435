//! `attentive devices`.

use std::process::ExitCode;

use attentive_trainer::{
    TrainerError,
    device::{Kind, Standing, choose, offers},
};

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    for offer in offers() {
        let standing = match &offer.standing {
            Standing::Ready(Kind::Processor) => "ready, CPU".to_owned(),
            Standing::Ready(Kind::Graphics) => "ready, GPU".to_owned(),
            Standing::Ready(Kind::Software) => "ready, a GPU made of software: for tests only".to_owned(),
            Standing::NotBuilt { command } => format!("not in this binary; get it with: {command}"),
            Standing::NotFound { remedy } => format!("not found here; {remedy}"),
        };
        println!("{:8} {}\n         {standing}", offer.name, offer.description);
    }
    let chosen = choose("auto").map_err(TrainerError::from)?;
    println!("\nauto picks {}: {}", chosen.name, chosen.reason);
    Ok(ExitCode::SUCCESS)
}
