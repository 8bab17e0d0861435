//! Whether this machine can hold what a plan asks for.

use crate::{Prepared, TrainerError};

/// Bytes of one number.
const NUMBER: u64 = 4;
/// Weights, gradients and two moments, in copies of the parameters: the least that training holds.
const COPIES: u64 = 4;

/// Refuses a run that this machine's memory cannot hold: the system would end it without a word.
pub fn affordable(prepared: &Prepared) -> Result<(), TrainerError> {
    let (needed, held) = (needed(prepared), memory().unwrap_or(u64::MAX));
    let of_its_own = ["wgpu", "cuda"].iter().any(|backend| prepared.chosen.name.starts_with(backend));
    if of_its_own || needed <= held { Ok(()) } else { Err(TrainerError::TooLarge { needed, held }) }
}

/// What recomputation saves is not predicted, so that activations do not count there.
fn needed(prepared: &Prepared) -> u64 {
    let prediction = prepared.prediction();
    if prepared.plan.fit.training.recompute { COPIES * NUMBER * prediction.parameters } else { prediction.memory }
}

/// The machine's memory and swap in bytes, where the system tells.
fn memory() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/meminfo").ok()?;
    let entry = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(name))?;
        let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kibibytes * 1024)
    };
    Some(entry("MemTotal:")? + entry("SwapTotal:").unwrap_or(0))
}
