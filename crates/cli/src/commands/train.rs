//! `attentive train`.

use std::process::ExitCode;

use attentive_trainer::{Ending, Event, Outcome, Prediction, Prepared, Start, peak_memory, prepare, train};

use crate::{
    arguments::Train,
    numbers::{bytes, duration, large},
    screen::{Screen, beside},
    signals::Signals,
};

pub(crate) fn run(arguments: &Train) -> anyhow::Result<ExitCode> {
    let signals = Signals::watch()?;
    let mut screen = Screen::new();
    let folder = arguments.folder();
    let prepared = prepare(&arguments.config.config, &arguments.config.wishes(), &mut |event| {
        if signals.asked() && matches!(event, Event::Data(_)) {
            screen.clear();
            eprintln!("stopped before the first step; nothing was lost");
            std::process::exit(signals.code().into());
        }
        screen.draw(event);
    })?;
    screen.line(&format!("computing on {}: {}", prepared.chosen.name, prepared.chosen.reason));
    if arguments.dry_run {
        show(&prepared);
        return Ok(ExitCode::SUCCESS);
    }
    let prediction = prepared.prediction();
    let start = if arguments.resume { Start::Resumed } else { Start::Fresh };
    let outcome = train(&prepared, (&folder, start), signals.flag(), &mut |event| screen.draw(event))?;
    let again = format!("attentive train {} --run {} --resume", arguments.config.config.display(), folder.display());
    Ok(ended(&outcome, &prediction, (&again, &folder.display().to_string()), &signals))
}

fn ended(outcome: &Outcome, prediction: &Prediction, (again, folder): (&str, &str), signals: &Signals) -> ExitCode {
    if outcome.ending == Ending::Interrupted {
        eprintln!("stopped and saved at step {}; go on with: {again}", outcome.step);
        return signals.exit_code();
    }
    if outcome.steps_taken == 0 {
        eprintln!("nothing to do: the run in {folder} is finished at step {}", outcome.step);
        return ExitCode::SUCCESS;
    }
    if outcome.ending == Ending::Stale {
        eprintln!("stopped early at step {}: the validation loss no longer falls", outcome.step);
    }
    if let Some(best) = outcome.best {
        eprintln!("best validation loss {:.4} at step {}", best.loss, best.step);
    }
    let predicted = (prediction.seconds_per_step * outcome.steps_taken as f64, prediction.memory);
    eprintln!("{}", beside(predicted, (outcome.seconds, peak_memory())));
    eprintln!("the run is in {folder}; try: attentive generate {folder}");
    ExitCode::SUCCESS
}

/// The whole plan on stdout.
fn show(prepared: &Prepared) {
    let width =
        |pick: fn(&attentive_trainer::Entry) -> &String| prepared.entries.iter().map(|entry| pick(entry).len()).max();
    let (paths, values) = (width(|entry| &entry.path).unwrap_or(0), width(|entry| &entry.value).unwrap_or(0).min(40));
    for entry in &prepared.entries {
        println!("{:paths$} = {:values$}  # {}", entry.path, entry.value, entry.origin);
    }
    let prediction = prepared.prediction();
    println!();
    println!("parameters       {} ({})", prediction.parameters, large(prediction.parameters as f64));
    println!("FLOPs per step   {}", large(prediction.operations));
    println!("predicted memory {}", bytes(prediction.memory));
    let each = duration(prediction.seconds_per_step);
    println!("predicted time   {} ({each} a step, evaluation and checkpoints aside)", duration(prediction.seconds()));
}
