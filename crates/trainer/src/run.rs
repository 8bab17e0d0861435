//! Run folders: begun, gone on with, opened.

use std::{
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use attentive_data::Tokenizer;
use attentive_engine::{Checkpoints, Outcome, Start};
use attentive_files::{Lock, sweep, write_atomically};

use crate::{
    Event, Prepared, Run, RunPlan, TrainerError,
    families::{self, Ground},
    prepare::planned,
    provenance::flattened,
};

/// Trains what was prepared in a run folder.
pub fn train(
    prepared: &Prepared,
    (folder, start): (&Path, Start),
    interrupt: &AtomicBool,
    told: &mut dyn FnMut(Event),
) -> Result<Outcome, TrainerError> {
    begin(folder, start, &prepared.plan)?;
    let _lock = Lock::acquire(&folder.join(".lock"))?;
    sweep(folder)?;
    write_atomically(&folder.join("plan.toml"), prepared.plan.to_toml().as_bytes())?;
    write_atomically(&folder.join("tokenizer.json"), prepared.tokenizer.as_bytes())?;
    let ground = Ground { folder, device: &prepared.chosen.device, peak: prepared.peak(), interrupt };
    prepared.run.fit(&ground, start, &mut |event| told(Event::Fit(event)))
}

/// Makes the folder, or makes sure that going on in it is going on with the same run.
fn begin(folder: &Path, start: Start, plan: &RunPlan) -> Result<(), TrainerError> {
    let held = folder.join("plan.toml").is_file();
    match start {
        Start::Fresh if held => Err(TrainerError::Taken { folder: folder.to_owned() }),
        Start::Resumed if held => same(folder, plan),
        _ => {
            let failed = |source| TrainerError::Folder { path: folder.to_owned(), source };
            std::fs::create_dir_all(folder).map_err(failed)
        }
    }
}

/// Refuses a plan that differs from the one the run began with; more steps and another device are no difference.
fn same(folder: &Path, plan: &RunPlan) -> Result<(), TrainerError> {
    let before: toml::Value = toml::Value::try_from(planned(folder)?.0).expect("a plan is plain data");
    let after = toml::Value::try_from(plan).expect("a plan is plain data");
    let (before, after) = (flattened(&before), flattened(&after));
    let value = |list: &[(String, String)], path: &str| {
        list.iter().find(|(candidate, _)| candidate == path).map(|(_, value)| value.clone())
    };
    let mut paths: Vec<&String> = before.iter().chain(&after).map(|(path, _)| path).collect();
    paths.sort_unstable();
    paths.dedup();
    let changes = paths.into_iter().filter_map(|path| {
        let (old, new) = (value(&before, path), value(&after, path));
        let harmless = old == new || path == "device" || (path == "training.steps" && more(old.as_ref(), new.as_ref()));
        let shown = |side: Option<String>| side.unwrap_or_else(|| "absent".to_owned());
        (!harmless).then(|| format!("  {path}: {} before, {} now", shown(old), shown(new)))
    });
    let changes: Vec<String> = changes.collect();
    if changes.is_empty() { Ok(()) } else { Err(TrainerError::Changed { folder: folder.to_owned(), changes }) }
}

fn more(old: Option<&String>, new: Option<&String>) -> bool {
    let [old, new] = [old, new].map(|value| value.and_then(|value| value.parse::<u64>().ok()));
    old < new
}

/// A run folder opened for use.
pub struct Opened {
    pub folder: PathBuf,
    pub plan: RunPlan,
    pub run: Box<dyn Run>,
    pub checkpoints: Checkpoints,
}

/// Opens a run folder: its plan, its tokenizer and its checkpoints.
pub fn open(folder: &Path) -> Result<Opened, TrainerError> {
    let (plan, _) = planned(folder)?;
    let tokenizer = Tokenizer::load(&folder.join("tokenizer.json"))?;
    let run = families::open(&plan, tokenizer, None)?;
    Ok(Opened { folder: folder.to_owned(), plan, run, checkpoints: Checkpoints::of(folder) })
}
