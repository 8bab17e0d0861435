//! `attentive score`.

use std::process::ExitCode;

use attentive_trainer::Scored;

use crate::{arguments::Score, output::say};

pub(crate) fn run(arguments: &Score) -> anyhow::Result<ExitCode> {
    let scored = arguments.scoring().run()?;
    say(&if arguments.files().json { serde_json::to_string(&scored)? + "\n" } else { table(&scored) })?;
    Ok(ExitCode::SUCCESS)
}

fn table(scored: &Scored) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "does not exist".to_owned(), |value| format!("{value:.6}"));
    let between = |[low, high]: [f64; 2]| format!("{low:.4} to {high:.4}, 95 %");
    let mut lines = vec![
        (scored.name.as_str(), number(scored.score)),
        ("interval", scored.interval.map_or_else(|| "none".to_owned(), between)),
        ("items", scored.items.to_string()),
        ("signature", scored.signature.clone()),
    ];
    if let Some(against) = &scored.against_baseline {
        lines.push(("baseline", number(against.baseline)));
        lines.push(("difference", format!("{:+.4} ({})", against.difference, between(against.interval))));
        lines.push(("p", format!("{:.4}", against.p_value)));
    }
    lines.iter().map(|(name, value)| format!("{name:20} {value}\n")).collect()
}
