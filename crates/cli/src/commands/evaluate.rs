//! `attentive evaluate`.

use std::process::ExitCode;

use attentive_trainer::{Trained, TrainerError, device::choose};
use serde_json::Value;

use super::uses::opened;
use crate::{arguments::Evaluate, output::say, screen::Screen};

pub(crate) fn run(arguments: &Evaluate) -> anyhow::Result<ExitCode> {
    let opened = opened(&arguments.trained.run)?;
    let chosen = choose(&arguments.trained.device).map_err(TrainerError::from)?;
    let trained = Trained { weights: &opened.weights, which: arguments.trained.checkpoint, device: &chosen.device };
    let mut screen = Screen::new();
    let evaluation = opened.run.evaluate(&trained, &arguments.on(), &mut |event| screen.draw(event))?;
    screen.clear();
    if opened.weights.are_of_a_run() {
        evaluation.keep(&opened.folder)?;
    }
    let scores = evaluation.to_json();
    say(&if arguments.json { format!("{scores}\n") } else { table(&scores) })?;
    Ok(ExitCode::SUCCESS)
}

fn table(scores: &Value) -> String {
    let line = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name:20} {text}\n"),
        Value::Object(intervals) => intervals.iter().map(interval).collect(),
        value => format!("{:20} {value}\n", name.replace('_', " ")),
    };
    scores.as_object().into_iter().flatten().map(line).collect()
}

fn interval((name, bounds): (&String, &Value)) -> String {
    let name = format!("{} between", name.replace('_', " "));
    match bounds.as_array().map(Vec::as_slice) {
        Some([low, high]) => format!("{name:20} {low} and {high}, 95 %\n"),
        _ => String::new(),
    }
}
