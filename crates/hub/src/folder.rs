//! A model folder, as transformers' `save_pretrained` writes it.

use std::{
    fs,
    io::Read,
    path::{Component, Path, PathBuf},
};

use serde_json::{Map, Value};

use crate::{Config, HubError, Unfit, Weights, error::tamed};

/// Configs of known models have a few kilobytes, those with many classes some hundred; an index of the largest models has ten megabytes.
const MOST_JSON: u64 = 32 << 20;

const ADAPTER: &str = "adapter_config.json";

/// A folder whose config was read; its weights are opened apart.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    config: Config,
}

impl Folder {
    /// Whether this looks like a model folder rather than a run.
    pub fn is_one(path: &Path) -> bool {
        path.join("config.json").exists() || path.join(ADAPTER).exists()
    }

    pub fn open(path: &Path) -> Result<Self, HubError> {
        if !path.join("config.json").exists() {
            return Err(absent(path));
        }
        let config = config(path, "config.json")?.unwrap_or_default();
        Ok(Self { path: path.to_owned(), config })
    }

    /// What a folder with a low-rank adapter in PEFT's layout says and holds.
    pub fn adapter(path: &Path) -> Result<(Config, Weights), HubError> {
        let said = config(path, ADAPTER)?.ok_or_else(|| HubError::NoAdapter { path: path.to_owned() })?;
        Ok((said, Weights::of_adapter(path)?))
    }

    /// A key of such a folder's config that cannot be followed.
    pub fn unfit_adapter(path: &Path, source: Unfit) -> HubError {
        HubError::Config { path: path.join(ADAPTER), source }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What config.json says.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// `model_type`, which says what kind of model it is.
    pub fn kind(&self) -> Result<&str, HubError> {
        let kind = self.config.text("model_type").and_then(|kind| {
            kind.ok_or_else(|| Unfit::new("model_type", "is absent, so that nobody knows what kind of model this is"))
        });
        kind.map_err(|source| self.unfit(source))
    }

    /// Another table of the folder, such as `generation_config.json`.
    pub fn table(&self, file: &str) -> Result<Option<Config>, HubError> {
        config(&self.path, file)
    }

    pub fn weights(&self) -> Result<Weights, HubError> {
        Weights::open(&self.path)
    }

    /// A key of another table that cannot be followed.
    pub fn unfit_in(&self, file: &str, source: Unfit) -> HubError {
        HubError::Config { path: self.path.join(file), source }
    }

    /// A key of config.json that cannot be followed.
    pub fn unfit(&self, source: Unfit) -> HubError {
        HubError::Config { path: self.path.join("config.json"), source }
    }
}

fn absent(path: &Path) -> HubError {
    match config(path, ADAPTER) {
        Ok(Some(adapter)) => {
            let base = adapter.text("base_model_name_or_path").ok().flatten().unwrap_or("?");
            let base = tamed(base, 100);
            HubError::Adapter { path: path.to_owned(), base }
        }
        Ok(None) => HubError::NoConfig { path: path.to_owned() },
        Err(error) => error,
    }
}

fn config(folder: &Path, file: &str) -> Result<Option<Config>, HubError> {
    if !folder.join(file).exists() {
        return Ok(None);
    }
    json(&inside(folder, file)?).map(|values| Some(Config::new(values)))
}

/// The table that a file holds.
pub(crate) fn json(path: &Path) -> Result<Map<String, Value>, HubError> {
    let unreadable = HubError::unreadable(path);
    let file = fs::File::open(path).map_err(&unreadable)?;
    let found = file.metadata().map_err(&unreadable)?.len();
    if found > MOST_JSON {
        return Err(HubError::TooLarge { path: path.to_owned(), found, most: MOST_JSON });
    }
    let mut bytes = Vec::new();
    file.take(MOST_JSON).read_to_end(&mut bytes).map_err(&unreadable)?;
    serde_json::from_slice(&bytes).map_err(|error| HubError::json(path, error))
}

/// The path of a file of the folder, which must not lead out of it. A cache of the hub holds links to the files of all revisions in a
/// folder `blobs` beside `snapshots`; these are let through.
pub(crate) fn inside(folder: &Path, file: &str) -> Result<PathBuf, HubError> {
    let path = folder.join(file);
    let outside = |target: PathBuf| HubError::Outside { path: path.clone(), target };
    if !stays(file) {
        return Err(outside(PathBuf::from(tamed(file, 100))));
    }
    let target = path.canonicalize().map_err(HubError::unreadable(&path))?;
    let home = folder.canonicalize().map_err(HubError::unreadable(folder))?;
    let blobs = home.parent().filter(|parent| parent.ends_with("snapshots")).and_then(Path::parent);
    let allowed = target.starts_with(&home) || blobs.is_some_and(|cache| target.starts_with(cache.join("blobs")));
    if !allowed {
        return Err(outside(target));
    }
    // Opening a pipe would wait for whoever writes to it.
    if target.is_file() { Ok(path) } else { Err(HubError::damaged(&path, "it is no ordinary file")) }
}

/// Whether a name leads down alone.
pub(crate) fn stays(file: &str) -> bool {
    !file.is_empty() && Path::new(file).components().all(|part| matches!(part, Component::Normal(_)))
}
