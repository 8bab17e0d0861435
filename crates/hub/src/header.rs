//! The header of a safetensors file, which says where each tensor lies. Every statement is checked against the file before any of it
//! is believed.

use std::{collections::BTreeMap, fmt, fs::File, io::Read, path::Path};

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, Visitor},
};

use crate::{HubError, error::tamed};

/// A header of a hundred thousand tensors is half as long.
const MOST_HEADER: u64 = 32 << 20;
/// The bytes that say how long the header is.
const LENGTH: u64 = 8;
/// Those of known models have about a hundred characters.
const LONGEST_NAME: usize = 500;
/// No tensor of a model has more axes.
const MOST_AXES: usize = 8;

/// How a tensor's numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    F64,
    F32,
    F16,
    Bf16,
}

impl Type {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "F64" => Self::F64,
            "F32" => Self::F32,
            "F16" => Self::F16,
            "BF16" => Self::Bf16,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::F64 => "F64",
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
        }
    }

    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }
}

/// Where a tensor lies in its file.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Nothing where its type is none that a weight has.
    pub(crate) kind: Option<Type>,
    pub(crate) named: String,
    pub(crate) shape: Vec<usize>,
    /// From the start of the file.
    pub(crate) start: u64,
    pub(crate) bytes: u64,
}

/// The tensors of a file by name.
pub(crate) fn read(path: &Path) -> Result<BTreeMap<String, Entry>, HubError> {
    let unreadable = HubError::unreadable(path);
    let damaged = |reason: String| HubError::damaged(path, reason);
    let mut file = File::open(path).map_err(&unreadable)?;
    let all = file.metadata().map_err(&unreadable)?.len();
    let mut length = [0; LENGTH as usize];
    file.read_exact(&mut length).map_err(|_| damaged(format!("it has only {all} bytes")))?;
    let length = u64::from_le_bytes(length);
    let most = MOST_HEADER.min(all.saturating_sub(LENGTH));
    if length > most {
        return Err(damaged(format!("its header is said to have {length} bytes, where {most} are the most")));
    }
    let mut header = vec![0; length as usize];
    file.read_exact(&mut header).map_err(&unreadable)?;
    let Entries(stated) = serde_json::from_slice(&header).map_err(|error| damaged(format!("its header: {error}")))?;
    placed(stated, LENGTH + length, all).map_err(damaged)
}

/// Checks that the tensors fill the file, one behind the other, each as long as its shape says.
fn placed(mut stated: Vec<(String, Stated)>, data: u64, all: u64) -> Result<BTreeMap<String, Entry>, String> {
    stated.sort_by_key(|(_, stated)| stated.data_offsets);
    let (mut entries, mut end) = (BTreeMap::new(), 0);
    for (name, Stated { dtype, shape, data_offsets: [from, to] }) in stated {
        if name.chars().count() > LONGEST_NAME || tamed(&name, LONGEST_NAME) != name {
            return Err(format!("no tensor has a name such as `{}`", tamed(&name, 40)));
        }
        if from != end || to < from {
            return Err(format!("the tensor `{name}` lies at {from} to {to}, where {end} is the next free byte"));
        }
        if shape.len() > MOST_AXES {
            return Err(format!("the tensor `{name}` has {} axes, where {MOST_AXES} are the most", shape.len()));
        }
        let (kind, bytes, volume) = (Type::named(&dtype), to - from, volume(&shape));
        let needed = |kind: Type| volume?.checked_mul(kind.bytes() as u64);
        if volume.is_none() || kind.is_some_and(|kind| needed(kind) != Some(bytes)) {
            return Err(format!(
                "the tensor `{name}` has {bytes} bytes, which is not what {dtype} of shape {shape:?} needs"
            ));
        }
        end = to;
        let entry = Entry { kind, named: tamed(&dtype, 20), shape, start: data + from, bytes };
        if entries.insert(name.clone(), entry).is_some() {
            return Err(format!("it has two tensors of the name `{name}`"));
        }
    }
    match data.checked_add(end) {
        Some(found) if found == all => Ok(entries),
        _ => Err(format!("its tensors need {end} bytes behind the header, and it has {}", all - data)),
    }
}

/// How many numbers there are; nothing where some of the axes alone have too many to count.
fn volume(shape: &[usize]) -> Option<u64> {
    let most = shape.iter().try_fold(1_u64, |product, &length| product.checked_mul(length.max(1) as u64))?;
    Some(if shape.contains(&0) { 0 } else { most })
}

#[derive(Deserialize)]
#[serde(expecting = "a table of what a tensor is and where it lies")]
struct Stated {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [u64; 2],
}

/// As they stand, twice where a name stands twice.
struct Entries(Vec<(String, Stated)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Collecting)
    }
}

struct Collecting;

impl<'de> Visitor<'de> for Collecting {
    type Value = Entries;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a table of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == "__metadata__" {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let stated = map.next_value().map_err(|error| de::Error::custom(format!("`{name}`: {error}")))?;
            entries.push((name, stated));
        }
        Ok(Entries(entries))
    }
}
