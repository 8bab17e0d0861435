//! `attentive bench`.

use std::process::ExitCode;

use attentive_trainer::Timing;

use crate::{
    arguments::BenchStep,
    numbers::{bytes, large},
    output::say,
};

pub(crate) fn step(arguments: &BenchStep) -> anyhow::Result<ExitCode> {
    let timing = arguments.trial().run()?;
    say(&if arguments.json { serde_json::to_string(&timing)? + "\n" } else { table(&timing) })?;
    Ok(ExitCode::SUCCESS)
}

fn table(timing: &Timing) -> String {
    let Timing { threads, device, batch, context, steps, .. } = timing;
    let memory = |mebibytes: Option<u64>| mebibytes.map_or_else(|| "unknown".to_owned(), |count| bytes(count << 20));
    let (whole, work) = (memory(timing.peak_mib), memory(timing.work_mib));
    let lines = [
        ("model", format!("{}, {} parameters", timing.model.name(), large(timing.parameters as f64))),
        ("products", timing.precision.name().to_owned()),
        ("computed on", format!("{device}, {threads} threads")),
        ("batch", format!("{batch} x {context} tokens")),
        ("step", format!("{} ms, median of {steps}", timing.median_ms)),
        ("tokens/s", format!("{:.0}", timing.tokens_per_second)),
        ("FLOP/s", large(timing.flops)),
        ("peak FLOP/s", format!("{} in f32", large(timing.peak_flops))),
        ("share of peak", format!("{:.1} %", 100.0 * timing.share_of_peak)),
        ("peak memory", format!("{whole}, {work} of it by the work")),
    ];
    lines.iter().map(|(name, value)| format!("{name:20} {value}\n")).collect()
}
