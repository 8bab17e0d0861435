//! `attentive compare`.

use std::process::ExitCode;

use attentive_trainer::{Compared, Comparison, Standing, compare};
use serde_json::{Value, json};

use crate::{arguments::Compare, output::say};

pub(crate) fn run(arguments: &Compare) -> anyhow::Result<ExitCode> {
    let compared = compare(&arguments.runs)?;
    say(&if arguments.json { format!("{}\n", object(&compared)) } else { tables(&compared) })?;
    Ok(ExitCode::SUCCESS)
}

fn object(compared: &Compared) -> Value {
    let differences: Vec<Value> =
        compared.differences.iter().map(|row| json!({ "key": row.path, "values": row.values })).collect();
    let scores: Vec<Value> = compared
        .comparisons
        .iter()
        .map(|row| {
            let standings: Vec<Value> =
                row.standings.iter().map(|standing| standing.as_ref().map_or(Value::Null, judged)).collect();
            json!({ "on": row.on, "measure": row.measure, "runs": standings })
        })
        .collect();
    json!({ "runs": compared.runs, "plans": differences, "scores": scores })
}

fn judged(standing: &Standing) -> Value {
    json!({
        "step": standing.step,
        "value": standing.value,
        "interval": standing.interval.map(|interval| [interval.low, interval.high]),
        "difference": standing.against_first.map(|against| against.difference),
        "p_value": standing.against_first.map(|against| against.p_value),
    })
}

fn tables(compared: &Compared) -> String {
    let mut text = String::new();
    for (index, run) in compared.runs.iter().enumerate() {
        text += &format!("{:<4} {}\n", index + 1, run.display());
    }
    text += if compared.differences.is_empty() { "\nThe plans are the same.\n" } else { "\nThe plans differ in\n" };
    for row in &compared.differences {
        let values: Vec<&str> = row.values.iter().map(|value| value.as_deref().unwrap_or("absent")).collect();
        text += &format!("  {:32} {}\n", row.path, values.join("  |  "));
    }
    if compared.comparisons.is_empty() {
        text += "\nNo run has been judged; `attentive evaluate RUN --on DATASET` does so and keeps the result.\n";
    }
    text + &compared.comparisons.iter().map(scores).collect::<String>()
}

fn scores(row: &Comparison) -> String {
    let lines = row.standings.iter().enumerate().map(|(index, standing)| {
        let told = standing.as_ref().map_or_else(|| "not judged".to_owned(), told);
        format!("  {:<4} {told}\n", index + 1)
    });
    format!("\n{} on {}\n{}", row.measure, row.on, lines.collect::<String>())
}

fn told(standing: &Standing) -> String {
    let value = standing.value.map_or_else(|| "does not exist".to_owned(), |value| format!("{value:.4}"));
    let interval = standing
        .interval
        .map_or_else(String::new, |interval| format!(" ({:.4} to {:.4}, 95 %)", interval.low, interval.high));
    let against = standing.against_first.map_or_else(String::new, |against| {
        format!(", {:+.4} against 1, p = {:.3}", against.difference, against.p_value)
    });
    format!("{value}{interval} at step {}{against}", standing.step)
}
