//! `attentive train`.

use std::{io, process::ExitCode};

use attentive_trainer::{
    Ending, Event, FitEvent, Outcome, Prediction, Prepared, Start, peak_memory, prepare, train, vacant,
};

use crate::{
    arguments::Train,
    numbers::{bytes, duration, large},
    output::say,
    screen::{Screen, beside},
    signals::Signals,
};

pub(crate) fn run(arguments: &Train) -> anyhow::Result<ExitCode> {
    let signals = Signals::watch()?;
    let mut screen = Screen::new();
    let folder = arguments.folder();
    let start = if arguments.resume { Start::Resumed } else { Start::Fresh };
    if !arguments.dry_run {
        vacant(&folder, start)?;
    }
    let prepared = prepare(&arguments.config.config, &arguments.config.wishes(), &mut |event| {
        if signals.asked() && matches!(event, Event::Data(_)) {
            screen.clear();
            eprintln!("stopped before the first step; nothing was lost");
            std::process::exit(signals.code().into());
        }
        screen.draw(event);
    })?;
    let device = format!("computing on {}: {}", prepared.chosen.name, prepared.chosen.reason);
    if arguments.dry_run {
        screen.line(&device);
        show(&prepared)?;
        return Ok(ExitCode::SUCCESS);
    }
    let prediction = prepared.prediction();
    let outcome = train(&prepared, (&folder, start), signals.flag(), &mut |event| {
        if matches!(event, Event::Fit(FitEvent::Started { .. })) {
            screen.line(&device);
        }
        screen.draw(event);
    })?;
    let words = Words { again: arguments.again(), folder: folder.display().to_string(), next: prepared.run.next() };
    Ok(ended(&outcome, &prediction, &words, &signals))
}

/// What to say about going on.
struct Words {
    /// The command that goes on with the run.
    again: String,
    folder: String,
    /// What to do with the result.
    next: &'static str,
}

fn ended(outcome: &Outcome, prediction: &Prediction, words: &Words, signals: &Signals) -> ExitCode {
    let Words { again, folder, next } = words;
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
    eprintln!("the run is in {folder}; try: attentive {}", next.replace("{}", folder));
    ExitCode::SUCCESS
}

/// The whole plan on stdout.
fn show(prepared: &Prepared) -> io::Result<()> {
    let width =
        |pick: fn(&attentive_trainer::Entry) -> &String| prepared.entries.iter().map(|entry| pick(entry).len()).max();
    let (paths, values) = (width(|entry| &entry.path).unwrap_or(0), width(|entry| &entry.value).unwrap_or(0).min(40));
    for entry in &prepared.entries {
        say(&format!("{:paths$} = {:values$}  # {}\n", entry.path, entry.value, entry.origin))?;
    }
    let prediction = prepared.prediction();
    say(&format!("\nparameters       {} ({})\n", prediction.parameters, large(prediction.parameters as f64)))?;
    say(&format!("FLOPs per step   {}\n", large(prediction.operations)))?;
    say(&format!("predicted memory {}\n", bytes(prediction.memory)))?;
    let (each, all) = (duration(prediction.seconds_per_step), duration(prediction.seconds()));
    say(&format!("predicted time   {all} ({each} a step, evaluation and checkpoints aside)\n"))
}
