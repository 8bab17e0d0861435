//! Tensors written to safetensors files, in one or in several with an index.

use std::{collections::BTreeMap, path::Path};

use attentive_files::{FileError, Staging};
use serde_json::{Map, Value, json};

use crate::{
    Foreign,
    header::Type,
    numbers,
    weights::{ADAPTER, INDEX, WHOLE},
};

/// Headers end where tensors may begin.
const ALIGNED: usize = 8;

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    F32,
    F16,
    Bf16,
}

impl Format {
    /// As transformers calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "float32",
            Self::F16 => "float16",
            Self::Bf16 => "bfloat16",
        }
    }

    fn kind(self) -> Type {
        match self {
            Self::F32 => Type::F32,
            Self::F16 => Type::F16,
            Self::Bf16 => Type::Bf16,
        }
    }
}

/// A folder in the making: whole under its name, or not there.
pub struct Writing {
    staging: Staging,
}

impl Writing {
    pub fn new(folder: &Path) -> Result<Self, FileError> {
        Ok(Self { staging: Staging::new(folder)? })
    }

    pub fn text(&mut self, name: &str, text: &str) -> Result<(), FileError> {
        self.staging.write(name, text.as_bytes())
    }

    pub fn json(&mut self, name: &str, table: &Map<String, Value>) -> Result<(), FileError> {
        self.text(name, &pretty(&json!(table)))
    }

    /// Adds a list.
    pub fn list(&mut self, name: &str, list: &[Value]) -> Result<(), FileError> {
        self.text(name, &pretty(&json!(list)))
    }

    /// Adds a table in a folder of its own within this one.
    pub fn json_within(&mut self, folder: &str, name: &str, table: &Map<String, Value>) -> Result<(), FileError> {
        let mut inner = Staging::new(&self.staging.path().join(folder))?;
        inner.write(name, pretty(&json!(table)).as_bytes())?;
        inner.publish_as_it_is()
    }

    /// Adds the tensors, in files of at most so many bytes, unless a tensor alone is larger.
    pub fn tensors(&mut self, tensors: &BTreeMap<String, Foreign>, format: Format, most: u64) -> Result<(), FileError> {
        let shards = shards(tensors, format, most);
        if let [shard] = &shards[..] {
            return self.file(WHOLE, shard, format);
        }
        let (mut map, count) = (Map::new(), shards.len());
        for (number, shard) in shards.iter().enumerate() {
            let name = format!("model-{:05}-of-{count:05}.safetensors", number + 1);
            self.file(&name, shard, format)?;
            map.extend(shard.iter().map(|(tensor, _)| ((*tensor).clone(), Value::from(name.clone()))));
        }
        let total: u64 = tensors.values().map(|tensor| bytes(tensor, format)).sum();
        let index = json!({"metadata": {"total_size": total}, "weight_map": map});
        self.json(INDEX, index.as_object().expect("it was just written as one"))
    }

    /// Adds the tensors of a low-rank adapter.
    pub fn adapter(&mut self, tensors: &BTreeMap<String, Foreign>) -> Result<(), FileError> {
        self.file(ADAPTER, &tensors.iter().collect::<Vec<_>>(), Format::F32)
    }

    fn file(&mut self, name: &str, shard: &[(&String, &Foreign)], format: Format) -> Result<(), FileError> {
        let header = header(shard, format);
        self.staging.write_with(name, |file| {
            file.write_all(&(header.len() as u64).to_le_bytes())?;
            file.write_all(&header)?;
            shard.iter().try_for_each(|(_, tensor)| file.write_all(&numbers::written(&tensor.values, format.kind())))
        })
    }

    pub fn publish(self) -> Result<(), FileError> {
        self.staging.publish_as_it_is()
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON values can be written") + "\n"
}

fn bytes(tensor: &Foreign, format: Format) -> u64 {
    (tensor.values.len() * format.kind().bytes()) as u64
}

type Shard<'a> = Vec<(&'a String, &'a Foreign)>;

fn shards(tensors: &BTreeMap<String, Foreign>, format: Format, most: u64) -> Vec<Shard<'_>> {
    let (mut shards, mut filled) = (vec![Vec::new()], 0);
    for (name, tensor) in tensors {
        let size = bytes(tensor, format);
        if filled > 0 && filled + size > most {
            shards.push(Vec::new());
            filled = 0;
        }
        filled += size;
        shards.last_mut().expect("there is always one").push((name, tensor));
    }
    shards
}

/// Where each tensor lies behind the header, which `transformers` reads only where it says `pt`.
fn header(shard: &[(&String, &Foreign)], format: Format) -> Vec<u8> {
    let mut entries = Map::from_iter([("__metadata__".to_owned(), json!({"format": "pt"}))]);
    let mut end = 0;
    for (name, tensor) in shard {
        let start = end;
        end += bytes(tensor, format);
        let kind = format.kind().name();
        entries.insert((*name).clone(), json!({"dtype": kind, "shape": tensor.shape, "data_offsets": [start, end]}));
    }
    let mut header = serde_json::to_vec(&entries).expect("JSON values can be written");
    header.resize(header.len().next_multiple_of(ALIGNED), b' ');
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Weights;

    fn tensors() -> BTreeMap<String, Foreign> {
        let tensor =
            |length: usize| Foreign { shape: vec![length], values: (0..length).map(|entry| entry as f32).collect() };
        [("a", 3), ("b", 5), ("c", 2)].map(|(name, length)| (name.to_owned(), tensor(length))).into()
    }

    fn back(format: Format, most: u64) -> (Vec<String>, BTreeMap<String, Foreign>) {
        let place = tempfile::tempdir().expect("a place for tests");
        let folder = place.path().join("model");
        let mut writing = Writing::new(&folder).expect("it can be written to");
        writing.tensors(&tensors(), format, most).expect("it can be written to");
        writing.publish().expect("it can be written to");
        let weights = Weights::open(&folder).expect("it was just written");
        let read = |name: &str| (name.to_owned(), weights.read(name).expect("it is there").expect("it is there"));
        let mut files: Vec<String> = std::fs::read_dir(&folder)
            .expect("it was just written")
            .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
            .collect();
        files.sort();
        (files, weights.names().map(read).collect())
    }

    #[test]
    fn what_is_written_reads_back() {
        for format in [Format::F32, Format::F16, Format::Bf16] {
            assert_eq!(back(format, 1000), (vec![WHOLE.to_owned()], tensors()));
        }
    }

    #[test]
    fn large_models_are_cut() {
        let (files, read) = back(Format::F32, 20);
        let names = [
            "model-00001-of-00003.safetensors",
            "model-00002-of-00003.safetensors",
            "model-00003-of-00003.safetensors",
        ];
        assert_eq!(files, [&names[..], &[INDEX]].concat());
        assert_eq!(read, tensors());
    }
}
