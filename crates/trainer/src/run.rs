//! Run folders: begun, gone on with, opened.

use std::{
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use attentive_data::Tokenizer;
use attentive_engine::{Checkpoints, Outcome, Start};
use attentive_files::{FileError, Lock, sweep, write_atomically};
use attentive_hub::Folder;

use crate::{
    Event, Prepared, Run, RunPlan, TrainerError,
    families::{self, Ground, Lying, Weights},
    foreign,
    means::affordable,
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
    affordable(prepared)?;
    begin(folder, start, &prepared.plan)?;
    let _lock = Lock::acquire(&folder.join(".lock")).map_err(|error| busy(error, folder))?;
    sweep(folder)?;
    write_atomically(&folder.join("plan.toml"), prepared.plan.to_toml().as_bytes())?;
    if let Some(tokenizer) = &prepared.tokenizer {
        write_atomically(&folder.join("tokenizer.json"), tokenizer.to_json().as_bytes())?;
        let template = tokenizer.template().map(|template| (folder.join("chat_template.jinja"), template));
        template.map_or(Ok(()), |(path, template)| write_atomically(&path, template.as_bytes()))?;
    }
    let ground = Ground { folder, device: &prepared.chosen.device, peak: prepared.peak(), interrupt };
    prepared.run.fit(&ground, start, &mut |event| told(Event::Fit(event)))
}

/// Refuses a folder that cannot take the run: to be asked before any data is read for it.
pub fn vacant(folder: &Path, start: Start) -> Result<(), TrainerError> {
    if folder.exists() && !folder.is_dir() {
        return Err(TrainerError::NoFolder { path: folder.to_owned() });
    }
    if start == Start::Fresh && holds_run(folder) {
        return Err(TrainerError::Taken { folder: folder.to_owned() });
    }
    Ok(())
}

fn holds_run(folder: &Path) -> bool {
    folder.join("plan.toml").is_file()
}

/// Makes the folder, or makes sure that going on in it is going on with the same run.
fn begin(folder: &Path, start: Start, plan: &RunPlan) -> Result<(), TrainerError> {
    vacant(folder, start)?;
    if holds_run(folder) {
        return same(folder, plan);
    }
    let failed = |source| TrainerError::Folder { path: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(failed)
}

fn busy(error: FileError, folder: &Path) -> TrainerError {
    match error {
        FileError::Locked { .. } => TrainerError::Busy { folder: folder.to_owned() },
        other => other.into(),
    }
}

/// Refuses a plan that differs from the one the run began with; more steps and another device are no difference.
fn same(folder: &Path, plan: &RunPlan) -> Result<(), TrainerError> {
    let before: toml::Value = toml::Value::try_from(planned(folder)?).expect("a plan is plain data");
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
    pub weights: Weights,
    /// Where text is read.
    pub(crate) tokenizer: Option<Tokenizer>,
}

/// Opens a run folder, its plan, its tokenizer and its checkpoints; or a model folder.
pub fn open(folder: &Path) -> Result<Opened, TrainerError> {
    open_telling(folder, &mut |_| ())
}

/// The same, or a model of the hub by its name; tells how its files come.
pub fn open_telling(folder: &Path, told: &mut dyn FnMut(Event)) -> Result<Opened, TrainerError> {
    if !holds_run(folder) && Folder::is_one(folder) {
        return foreign::opened(folder);
    }
    if let Some(name) = foreign::named(folder) {
        return foreign::opened(&foreign::from_hub(name, None, told)?.folder);
    }
    let plan = planned(folder)?;
    let tokenizer = plan.data.tokenizer.as_ref().map(|_| tokenizer(folder, &plan)).transpose()?;
    let run = families::open(&plan, tokenizer.clone(), None, &mut |_| ())?;
    let weights = Weights(Lying::Run(Checkpoints::of(folder)));
    Ok(Opened { folder: folder.to_owned(), plan, run, weights, tokenizer })
}

fn tokenizer(folder: &Path, plan: &RunPlan) -> Result<Tokenizer, TrainerError> {
    let path = folder.join("tokenizer.json");
    let tokenizer = Tokenizer::load(&path)?;
    let (ids, most) = (tokenizer.vocabulary(), plan.model.vocabulary());
    if ids > most { Err(TrainerError::ForeignTokenizer { path, ids, most }) } else { Ok(tokenizer) }
}
