//! The folder `checkpoints/` of a run: one folder a step, each whole or absent.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use attentive_attention::{Parameter, parameters, updated};
use attentive_files::{FileError, Staging, sweep, verify};
use attentive_kernels::Moments;
use burn::{module::Module, tensor::Tensor};

use crate::{
    CheckpointError, Progress,
    average::Average,
    optimizer::{Optimizer, State as States},
    tensors::{Found, Held, read, written},
};

const MODEL: &str = "model.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
const AVERAGE: &str = "average.safetensors";
const STATE: &str = "state.json";

/// Weights by path.
type Weights = BTreeMap<String, Tensor<1>>;

/// Everything that a run needs in order to go on.
pub(crate) struct State<M> {
    pub(crate) model: M,
    pub(crate) optimizer: Optimizer,
    pub(crate) average: Option<Average>,
    pub(crate) progress: Progress,
}

/// Which checkpoint to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one with the lowest validation loss, or the last when none was evaluated.
    Best,
    Last,
    Step(u64),
    /// The last so many, opened as the mean of their weights (Vaswani et al. 2017, section 6.1). Counts all that are there: the
    /// best, which a run keeps, may be far older than the others.
    Mean(NonZeroUsize),
}

/// The checkpoints of one run.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    folder: PathBuf,
}

impl Checkpoints {
    pub fn of(run: &Path) -> Self {
        Self { folder: run.join("checkpoints") }
    }

    /// Steps that have a checkpoint, ascending.
    pub fn steps(&self) -> Vec<u64> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut steps: Vec<u64> = entries.filter_map(|entry| step_of(entry.file_name().to_str()?)).collect();
        steps.sort_unstable();
        steps
    }

    pub fn path(&self, step: u64) -> PathBuf {
        self.folder.join(named(step))
    }

    /// Clears away what a killed process left half done. Only for the holder of the run's lock.
    pub(crate) fn sweep(&self) -> Result<(), CheckpointError> {
        if self.folder.is_dir() { Ok(sweep(&self.folder)?) } else { Ok(()) }
    }

    /// Writes a checkpoint, whole or not at all.
    pub(crate) fn save<M: Module>(&self, state: &State<M>) -> Result<PathBuf, CheckpointError> {
        std::fs::create_dir_all(&self.folder).map_err(failed("write", &self.folder))?;
        let path = self.path(state.progress.step);
        let parameters = parameters(&state.model);
        let mut staging = Staging::new(&path)?;
        staging.write(OPTIMIZER, &written(&states(&state.optimizer, &parameters)))?;
        if let Some(average) = &state.average {
            staging.write(AVERAGE, &written(&shaped(&average.0, &parameters)))?;
        }
        let held = parameters.into_iter().map(|(name, parameter)| (name, Held::new(parameter.shape, parameter.values)));
        staging.write(MODEL, &written(&held.collect()))?;
        let progress = serde_json::to_vec_pretty(&state.progress).expect("progress is plain data");
        staging.write(STATE, &progress)?;
        staging.publish()?;
        Ok(path)
    }

    /// Removes all but the newest `keep` and the best. What lies beyond the run's step doesn't count: it is damaged, or the
    /// run would have gone on from there.
    pub(crate) fn prune(&self, keep: usize, progress: &Progress) -> Result<(), CheckpointError> {
        let mut steps = self.steps();
        steps.retain(|&step| step <= progress.step);
        let old = &steps[..steps.len().saturating_sub(keep)];
        for &step in old.iter().filter(|&&step| progress.best.is_none_or(|best| best.step != step)) {
            // Renamed first: a folder half removed must not look like a checkpoint.
            let (path, doomed) = (self.path(step), self.folder.join(format!(".tmp-old-{step:08}")));
            let removed = std::fs::rename(&path, &doomed).and_then(|()| std::fs::remove_dir_all(&doomed));
            removed.map_err(failed("remove", &path))?;
        }
        Ok(())
    }

    /// The newest state that is whole, given a model of the right shape; `damaged` hears of those that are not.
    pub(crate) fn newest<M: Module>(
        &self,
        model: &M,
        mut damaged: impl FnMut(PathBuf, String),
    ) -> Result<Option<State<M>>, CheckpointError> {
        let mut newest = None;
        for step in self.steps().into_iter().rev() {
            match self.state(step, model.clone()) {
                Ok(state) => return Ok(Some(state)),
                Err(error) => {
                    let reason = chain(&error);
                    damaged(self.path(step), reason.clone());
                    newest.get_or_insert(reason);
                }
            }
        }
        match newest {
            Some(reason) => Err(CheckpointError::AllDamaged { folder: self.folder.clone(), reason }),
            None => Ok(None),
        }
    }

    fn state<M: Module>(&self, step: u64, model: M) -> Result<State<M>, CheckpointError> {
        let path = self.path(step);
        verified(&path)?;
        let progress = progress(&path)?;
        let shapes = parameters(&model);
        let optimizer = optimizer(&path.join(OPTIMIZER), &shapes)?;
        let average = path.join(AVERAGE);
        let average = if average.is_file() { Some(Average(weights(&average, &shapes)?)) } else { None };
        let mut weights = weights(&path.join(MODEL), &shapes)?;
        let model = updated(model, |path, values| weights.remove(path).unwrap_or(values));
        Ok(State { model, optimizer, average, progress })
    }

    /// The chosen checkpoint's weights (averaged ones where it has them) in a model of the right shape, and its step.
    pub fn open<M: Module>(&self, which: Which, model: M) -> Result<(M, u64), CheckpointError> {
        let steps = self.find(which)?;
        let mut weights = self.mean(&steps, &parameters(&model))?;
        let model = updated(model, |path, values| weights.remove(path).unwrap_or(values));
        Ok((model, *steps.last().expect("at least one step is found")))
    }

    /// The mean of the weights of the last `count` checkpoints, and the last step: what [`Which::Mean`] opens.
    pub fn open_mean<M: Module>(&self, count: NonZeroUsize, model: M) -> Result<(M, u64), CheckpointError> {
        self.open(Which::Mean(count), model)
    }

    /// Steps of the chosen checkpoints, ascending, at least one.
    fn find(&self, which: Which) -> Result<Vec<u64>, CheckpointError> {
        let (mut found, folder) = (self.steps(), self.folder.clone());
        let Some(&last) = found.last() else { return Err(CheckpointError::None { folder }) };
        match which {
            Which::Last => Ok(vec![last]),
            Which::Step(step) if found.contains(&step) => Ok(vec![step]),
            Which::Step(step) => Err(CheckpointError::NoSuchStep { folder, step, found }),
            Which::Best => {
                let best = progress(&self.path(last))?.best.map(|best| best.step);
                Ok(vec![best.filter(|step| found.contains(step)).unwrap_or(last)])
            }
            Which::Mean(count) => match found.len().checked_sub(count.get()) {
                Some(first) => Ok(found.split_off(first)),
                None => Err(CheckpointError::TooFew { folder, count: count.get(), found }),
            },
        }
    }

    /// The mean of the weights of checkpoints, each of which must be whole; one is read at a time.
    fn mean(&self, steps: &[u64], shapes: &BTreeMap<String, Parameter>) -> Result<Weights, CheckpointError> {
        let mut mean = BTreeMap::new();
        for &step in steps {
            for (path, values) in self.weights(step, shapes)? {
                let share = values / steps.len() as f64; // exact for one
                let sum = mean.remove(&path).map_or(share.clone(), |sum: Tensor<1>| sum + share);
                mean.insert(path, sum);
            }
        }
        Ok(mean)
    }

    /// The weights of a checkpoint, averaged ones where it has them.
    fn weights(&self, step: u64, shapes: &BTreeMap<String, Parameter>) -> Result<Weights, CheckpointError> {
        let path = self.path(step);
        verified(&path)?;
        let average = path.join(AVERAGE);
        weights(&if average.is_file() { average } else { path.join(MODEL) }, shapes)
    }
}

/// Checks the files of a checkpoint against its manifest, which must know all that no checkpoint is without.
fn verified(path: &Path) -> Result<(), CheckpointError> {
    let manifest = verify(path)?;
    match [MODEL, OPTIMIZER, STATE].into_iter().find(|name| !manifest.files.contains_key(*name)) {
        Some(name) => Err(CheckpointError::Unvouched { path: path.join("manifest.json"), name }),
        None => Ok(()),
    }
}

fn step_of(name: &str) -> Option<u64> {
    let step = name.strip_prefix("step-")?.parse().ok()?;
    (name == named(step)).then_some(step)
}

fn named(step: u64) -> String {
    format!("step-{step:08}")
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Io { action, path, source }
}

fn progress(path: &Path) -> Result<Progress, CheckpointError> {
    let path = path.join(STATE);
    let unreadable = |source| CheckpointError::Unreadable { path: path.clone(), source };
    let bytes = std::fs::read(&path).map_err(unreadable)?;
    serde_json::from_slice(&bytes).map_err(|source| CheckpointError::State { path, source })
}

/// The tensors of a file, which must be those of `shapes`, no less and no more.
fn weights(path: &Path, shapes: &BTreeMap<String, Parameter>) -> Result<Weights, CheckpointError> {
    let mut found = read(path, &device(shapes))?;
    let wanted =
        shapes.iter().map(|(name, parameter)| Ok((name.clone(), take(&mut found, path, name, &parameter.shape)?)));
    let weights = wanted.collect::<Result<_, CheckpointError>>()?;
    nothing_left(found, path)?;
    Ok(weights)
}

fn device(shapes: &BTreeMap<String, Parameter>) -> burn::tensor::Device {
    shapes.values().next().map(|parameter| parameter.values.device()).unwrap_or_default()
}

/// Takes one tensor out of those found; it must be there, in this shape.
fn take(found: &mut Found, path: &Path, name: &str, wanted: &[usize]) -> Result<Tensor<1>, CheckpointError> {
    let (path, name) = (path.to_owned(), name.to_owned());
    match found.remove(&name) {
        Some((found, values)) if found == wanted => Ok(values),
        Some((found, _)) => Err(CheckpointError::Shape { path, name, found, wanted: wanted.to_vec() }),
        None => Err(CheckpointError::Missing { path, name }),
    }
}

fn nothing_left(found: Found, path: &Path) -> Result<(), CheckpointError> {
    let unknown = |name| Err(CheckpointError::Unknown { path: path.to_owned(), name });
    found.into_keys().next().map_or(Ok(()), unknown)
}

fn optimizer(path: &Path, shapes: &BTreeMap<String, Parameter>) -> Result<Optimizer, CheckpointError> {
    let mut found = read(path, &device(shapes))?;
    let mut states = BTreeMap::new();
    // A parameter that no gradient has reached so far has no state.
    for (name, Parameter { shape, .. }) in shapes {
        let names = ["first", "second"].map(|moment| format!("{moment}/{name}"));
        let momentum = format!("momentum/{name}");
        if names.iter().any(|name| found.contains_key(name)) {
            let [first, second] = names.map(|name| take(&mut found, path, &name, shape));
            states.insert(name.clone(), States::Moments(Moments { first: first?, second: second? }));
        } else if found.contains_key(&momentum) {
            states.insert(name.clone(), States::Momentum(take(&mut found, path, &momentum, shape)?));
        }
    }
    nothing_left(found, path)?;
    Ok(Optimizer { states })
}

fn states(optimizer: &Optimizer, parameters: &BTreeMap<String, Parameter>) -> BTreeMap<String, Held> {
    let entries = optimizer.states.iter().flat_map(|(name, state)| {
        let held = |kind: &str, tensor: &Tensor<1>| {
            (format!("{kind}/{name}"), Held::new(parameters[name].shape.clone(), tensor.clone()))
        };
        match state {
            States::Moments(Moments { first, second }) => vec![held("first", first), held("second", second)],
            States::Momentum(momentum) => vec![held("momentum", momentum)],
        }
    });
    entries.collect()
}

fn shaped(tensors: &BTreeMap<String, Tensor<1>>, parameters: &BTreeMap<String, Parameter>) -> BTreeMap<String, Held> {
    let held = |(name, tensor): (&String, &Tensor<1>)| {
        (name.clone(), Held::new(parameters[name].shape.clone(), tensor.clone()))
    };
    tensors.iter().map(held).collect()
}

/// An error with its sources, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) if !error.to_string().contains(&source.to_string()) => format!("{error}: {}", chain(source)),
        _ => error.to_string(),
    }
}
