//! Where to compute: the one place where a backend is chosen, at run time, by name.
//!
//! A name is `flex`, `ndarray`, `wgpu:1`, `cuda:0`: a `Backend`, and an index where a machine may have several of its
//! devices. `auto` prefers a real GPU to the processor. Nothing here opens a device: that is slow, and happens with the
//! first tensor. Settings of the numbers (precision) are not chosen here.

mod backend;
mod bandwidth;
mod error;
#[cfg(feature = "gpu")]
mod graphics;
mod peak;
mod processor;
#[cfg(test)]
mod tests;

use burn::tensor::Device;

use backend::{Backend, Found};

pub(crate) use bandwidth::bandwidth;
pub use error::DeviceError;
pub(crate) use peak::median;
pub use peak::peak;

/// A way to compute that this program knows, and what became of it here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What `device = …` accepts.
    pub name: String,
    pub description: String,
    pub standing: Standing,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Ready(Kind),
    /// This binary lacks it; the command builds one that has it.
    NotBuilt {
        command: String,
    },
    /// This binary has it, but the machine does not.
    NotFound {
        remedy: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Processor,
    /// A real GPU.
    Graphics,
    /// A GPU in name only: a program that plays one on the processor, slower than the processor's own backends.
    Software,
}

/// A device, ready for its first tensor.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub name: String,
    pub device: Device,
    /// Why it was taken, in one sentence.
    pub reason: String,
}

/// Whether the device of this name has other memory than the processor.
pub(crate) fn has_own_memory(name: &str) -> bool {
    ["wgpu", "cuda"].iter().any(|backend| name.starts_with(backend))
}

/// Every way to compute that this program knows.
pub fn offers() -> Vec<Offer> {
    Backend::ALL.into_iter().flat_map(Backend::offers).collect()
}

/// The device that a name means.
///
/// `auto` prefers a real GPU to the processor and never takes a software one. `wgpu` and `cuda` without an index mean the
/// first real GPU, else the first device.
pub fn choose(wish: &str) -> Result<Chosen, DeviceError> {
    if wish == "auto" {
        return automatic();
    }
    let backend = Backend::named(wish).ok_or_else(|| DeviceError::unknown(wish))?;
    let found = backend.find(wish)?;
    let device = if wish == found.name { String::new() } else { format!(" as {}", found.name) };
    let reason = format!("`{wish}` was asked for, and found{device}: {}", found.description);
    Ok(found.chosen(reason))
}

fn automatic() -> Result<Chosen, DeviceError> {
    let graphics: Vec<Found> = [Backend::Cuda, Backend::Wgpu].into_iter().flat_map(Backend::found).collect();
    let lack = lack_of_graphics(&graphics);
    match graphics.into_iter().find(|found| found.kind == Kind::Graphics) {
        Some(found) => {
            let reason = format!("`auto` prefers a GPU: {}", found.description);
            Ok(found.chosen(reason))
        }
        None => processor(&lack),
    }
}

fn processor(lack: &str) -> Result<Chosen, DeviceError> {
    let backend =
        if Backend::NdArray.is_built() && !Backend::Flex.is_built() { Backend::NdArray } else { Backend::Flex };
    let found = backend.find(backend.name())?;
    let reason = format!("`auto` takes the processor: {lack}");
    Ok(found.chosen(reason))
}

/// Why no GPU can be taken, if none of those found can.
fn lack_of_graphics(found: &[Found]) -> String {
    match found {
        [] if Backend::Wgpu.is_built() || Backend::Cuda.is_built() => "this machine shows no GPU".to_owned(),
        [] => format!("this binary was built without a GPU backend; `{}` adds one", Backend::Wgpu.command()),
        [software, ..] => format!("{} is a GPU in name only", software.description),
    }
}
