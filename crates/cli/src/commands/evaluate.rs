//! `attentive evaluate`.

use std::process::ExitCode;

use attentive_trainer::{Trained, TrainerError, device::choose, open};

use crate::{arguments::Evaluate, output::say, screen::Screen};

pub(crate) fn run(arguments: &Evaluate) -> anyhow::Result<ExitCode> {
    let opened = open(&arguments.trained.run)?;
    let chosen = choose(&arguments.trained.device).map_err(TrainerError::from)?;
    let trained =
        Trained { checkpoints: &opened.checkpoints, which: arguments.trained.checkpoint, device: &chosen.device };
    let (name, split) = arguments.on.split_once(':').unwrap_or((&arguments.on, "validation"));
    let mut screen = Screen::new();
    let (scores, step) = opened.run.evaluate(&trained, (name, split), &mut |event| screen.draw(event))?;
    screen.clear();
    let mut scores = serde_json::to_value(scores)?;
    if let Some(scores) = scores.as_object_mut() {
        scores.insert("step".to_owned(), step.into());
        scores.insert("on".to_owned(), format!("{name}:{split}").into());
    }
    if arguments.json {
        say(&format!("{scores}\n"))?;
    } else {
        for (name, value) in scores.as_object().into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            say(&format!("{:20} {value}\n", name.replace('_', " ")))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
