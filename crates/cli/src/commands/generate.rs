//! `attentive generate`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use attentive_trainer::{Sampling, Trained, Wanted, device::choose, open};

use crate::{arguments::Generate, numbers::duration};

pub(crate) fn run(arguments: &Generate) -> anyhow::Result<ExitCode> {
    let opened = open(&arguments.trained.run)?;
    let chosen = choose(&arguments.trained.device).map_err(attentive_trainer::TrainerError::from)?;
    let trained =
        Trained { checkpoints: &opened.checkpoints, which: arguments.trained.checkpoint, device: &chosen.device };
    let sampling = Sampling {
        temperature: arguments.temperature,
        top_k: arguments.top_k.map(|top| top as usize),
        top_p: arguments.top_p,
        seed: arguments.seed,
    };
    let wanted = Wanted { prompt: arguments.prompt.clone(), tokens: arguments.tokens, sampling };
    let mut written = say(arguments.prompt.as_deref().unwrap_or_default());
    let made = opened.run.generate(&trained, &wanted, &mut |piece| {
        if written.is_ok() {
            written = say(piece);
        }
    })?;
    written.and_then(|()| say("\n"))?;
    let speed = made.tokens as f64 / made.seconds;
    eprintln!("[step {}, {} tokens in {}, {speed:.0} tokens/s]", made.step, made.tokens, duration(made.seconds));
    Ok(ExitCode::SUCCESS)
}

fn say(piece: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(piece.as_bytes())?;
    out.flush()
}
