//! Whether this machine can hold what a plan asks for.

use crate::{Prediction, Prepared, TrainerError, device::has_own_memory};

const REMEDY: &str = "lower `model.layers`, `model.width`, `model.context` or `training.micro_batch`";

/// Refuses a run that this machine's memory cannot hold: the system would end it without a word.
pub fn affordable(prepared: &Prepared) -> Result<(), TrainerError> {
    fits(&prepared.chosen.name, &prepared.prediction(), REMEDY)
}

pub(crate) fn fits(device: &str, prediction: &Prediction, remedy: &'static str) -> Result<(), TrainerError> {
    let (needed, held) = (prediction.memory, memory().unwrap_or(u64::MAX));
    if has_own_memory(device) || needed <= held { Ok(()) } else { Err(TrainerError::TooLarge { needed, held, remedy }) }
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
