//! `attentive bench`.

use std::process::ExitCode;

use attentive_trainer::{Bound, KernelTiming, Machine, Pass, Timing};

use crate::{
    arguments::{BenchKernels, BenchStep},
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

/// Each line is said as soon as it is known: all of them take a minute.
pub(crate) fn kernels(arguments: &BenchKernels) -> anyhow::Result<ExitCode> {
    let mut said = if arguments.json { Ok(()) } else { say(&heading()) };
    let machine = arguments.trial().run(&mut |timing| {
        let line = if arguments.json { json(timing) } else { row(timing) };
        if said.is_ok() {
            said = say(&line);
        }
    })?;
    said?;
    say(&if arguments.json { json(&machine) } else { footing(&machine) })?;
    Ok(ExitCode::SUCCESS)
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain numbers and names") + "\n"
}

fn heading() -> String {
    let columns = ["ms", "reference", "ratio", "limit", "of limit"];
    let columns: String = columns.map(|name| format!("{name:>10}")).concat();
    format!("{:20}{:32}{:18}{columns}\n", "operation", "shape", "pass")
}

fn row(timing: &KernelTiming) -> String {
    let KernelTiming { operation, shape, median_ms, reference_ms, limit_ms, share_of_limit, .. } = timing;
    let pass = match timing.pass {
        Pass::Forward => "forward",
        Pass::Both => "forward, backward",
    };
    let bound = match timing.bound {
        Bound::Flops => "flops",
        Bound::Bytes => "bytes",
    };
    let (ratio, share) = (reference_ms / median_ms, 100.0 * share_of_limit);
    format!(
        "{operation:20}{shape:32}{pass:18}{median_ms:10.3}{reference_ms:10.3}{ratio:10.2}{limit_ms:10.3}{share:8.0} % {bound}\n"
    )
}

fn footing(machine: &Machine) -> String {
    let Machine { device, threads, peak_flops, bytes_per_second } = machine;
    let (flops, rate) = (large(*peak_flops), bytes(*bytes_per_second as u64));
    format!(
        "on {device}, {threads} threads: {flops} FLOP/s in a large product, {rate} a second copied from memory to memory\n"
    )
}
