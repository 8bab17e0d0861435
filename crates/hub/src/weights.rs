//! The tensors of a folder, read one at a time, so that no more than one lies in memory twice.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{ErrorKind, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use crate::{
    Foreign, HubError,
    error::tamed,
    folder::{inside, json, stays},
    header::{self, Entry},
    numbers,
};

/// The weights of an adapter.
pub(crate) const ADAPTER: &str = "adapter_model.safetensors";
pub(crate) const WHOLE: &str = "model.safetensors";
pub(crate) const INDEX: &str = "model.safetensors.index.json";
/// Endings of files that hold weights as pickles.
const PICKLES: [&str; 4] = [".bin", ".pt", ".pth", ".ckpt"];
/// Pickles that trainings leave beside the weights.
const BESIDE: [&str; 4] = ["training_args.bin", "optimizer.pt", "scheduler.pt", "optimizer.bin"];

/// No file system has longer names.
const LONGEST_FILE: usize = 255;

/// Which tensors there are, and where.
#[derive(Clone, Debug)]
pub struct Weights {
    tensors: BTreeMap<String, (PathBuf, Entry)>,
}

impl Weights {
    pub(crate) fn open(folder: &Path) -> Result<Self, HubError> {
        Self::of(folder, files(folder)?)
    }

    /// Those of a low-rank adapter in PEFT's layout.
    pub(crate) fn of_adapter(folder: &Path) -> Result<Self, HubError> {
        if !folder.join(ADAPTER).exists() {
            return Err(HubError::NoAdapter { path: folder.to_owned() });
        }
        Self::of(folder, [(ADAPTER.to_owned(), Vec::new())].into())
    }

    fn of(folder: &Path, files: BTreeMap<String, Vec<String>>) -> Result<Self, HubError> {
        let mut tensors = BTreeMap::new();
        for (file, expected) in files {
            let path = inside(folder, &file)?;
            let held = header::read(&path)?;
            if let Some(name) = expected.iter().find(|name| !held.contains_key(*name)) {
                return Err(HubError::damaged(&path, format!("it lacks the tensor `{name}`, which {INDEX} promises")));
            }
            for (name, entry) in held {
                let twice = format!("its tensor `{name}` is in another file too");
                if tensors.insert(name, (path.clone(), entry)).is_some() {
                    return Err(HubError::damaged(&path, twice));
                }
            }
        }
        Ok(Self { tensors })
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|(_, entry)| entry.shape.as_slice())
    }

    /// All bytes of all tensors.
    pub fn bytes(&self) -> u64 {
        self.tensors.values().map(|(_, entry)| entry.bytes).sum()
    }

    /// A tensor, if there is one of this name.
    pub fn read(&self, name: &str) -> Result<Option<Foreign>, HubError> {
        let Some((path, entry)) = self.tensors.get(name) else { return Ok(None) };
        let kind = entry.kind.ok_or_else(|| HubError::Type {
            path: path.clone(),
            tensor: name.to_owned(),
            found: entry.named.clone(),
        })?;
        let bytes = bytes(path, entry).map_err(HubError::unreadable(path))?;
        Ok(Some(Foreign { shape: entry.shape.clone(), values: numbers::read(&bytes, kind) }))
    }
}

fn bytes(path: &Path, entry: &Entry) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(entry.start))?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(entry.bytes as usize)?; // the header's check has seen that the file is as long
    let found = file.take(entry.bytes).read_to_end(&mut bytes)?;
    if found as u64 == entry.bytes { Ok(bytes) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

/// The files that hold the weights, each with the tensors that are expected in it.
fn files(folder: &Path) -> Result<BTreeMap<String, Vec<String>>, HubError> {
    if folder.join(WHOLE).exists() {
        return Ok([(WHOLE.to_owned(), Vec::new())].into());
    }
    if folder.join(INDEX).exists() {
        return indexed(&inside(folder, INDEX)?);
    }
    let entries = std::fs::read_dir(folder).map_err(HubError::unreadable(folder))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    Err(match pickle(names) {
        Some(name) => HubError::Pickle { path: folder.join(name), folder: folder.to_owned() },
        None => HubError::NoWeights { path: folder.to_owned() },
    })
}

/// The first file of weights that is a pickle, those that transformers writes before others.
pub(crate) fn pickle(names: impl Iterator<Item = String>) -> Option<String> {
    let weights = names.filter(|name| is_pickle(name) && !BESIDE.contains(&name.as_str()));
    weights.min_by_key(|name| (!name.starts_with("pytorch"), name.clone()))
}

pub(crate) fn is_pickle(name: &str) -> bool {
    PICKLES.iter().any(|ending| name.ends_with(ending))
}

/// What the index names.
pub(crate) fn indexed(path: &Path) -> Result<BTreeMap<String, Vec<String>>, HubError> {
    let index = json(path)?;
    let named = index.get("weight_map").and_then(|map| map.as_object()).filter(|map| !map.is_empty());
    let named = named.ok_or_else(|| HubError::damaged(path, "it has no table `weight_map` of tensors and files"))?;
    let mut files = BTreeMap::<String, Vec<String>>::new();
    for (tensor, file) in named {
        let plain = file.as_str().filter(|file| stays(file) && tamed(file, LONGEST_FILE) == **file);
        let plain = plain.ok_or_else(|| HubError::damaged(path, format!("`weight_map` names {file} as a file")))?;
        files.entry(plain.to_owned()).or_default().push(tensor.clone());
    }
    Ok(files)
}
