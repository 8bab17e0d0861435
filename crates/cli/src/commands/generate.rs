//! `attentive generate`.

use std::process::ExitCode;

use attentive_trainer::{Trained, Wanted, device::choose};

use super::uses::opened;
use crate::{arguments::Generate, numbers::duration, output::say};

pub(crate) fn run(arguments: &Generate) -> anyhow::Result<ExitCode> {
    let opened = opened(&arguments.trained.run)?;
    let chosen = choose(&arguments.trained.device).map_err(attentive_trainer::TrainerError::from)?;
    let trained = Trained { weights: &opened.weights, which: arguments.trained.checkpoint, device: &chosen.device };
    let sampling = arguments.drawing.sampling();
    let wanted = Wanted { prompt: arguments.prompt.clone(), tokens: arguments.tokens, sampling };
    // Told with the first piece: what fails before that leaves nothing on stdout.
    let mut prompt = arguments.prompt.as_deref();
    let mut written = Ok(());
    let made = opened.run.generate(&trained, &wanted, &mut |piece| {
        if written.is_ok() {
            written = say(prompt.take().unwrap_or_default()).and_then(|()| say(piece));
        }
    })?;
    written.and_then(|()| say("\n"))?;
    let speed = made.tokens as f64 / made.seconds;
    eprintln!("[step {}, {} tokens in {}, {speed:.0} tokens/s]", made.step, made.tokens, duration(made.seconds));
    Ok(ExitCode::SUCCESS)
}
