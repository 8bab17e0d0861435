//! The backends this program knows, whether or not this binary has them.

use burn::tensor::Device;

use super::error::DeviceError;
use super::{Chosen, Kind, Offer, Standing, processor};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Backend {
    Flex,
    NdArray,
    Wgpu,
    Cuda,
}

/// A device that is there, not yet opened.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) kind: Kind,
    pub(super) device: Device,
}

impl Backend {
    pub(super) const ALL: [Self; 4] = [Self::Flex, Self::NdArray, Self::Wgpu, Self::Cuda];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::NdArray => "ndarray",
            Self::Wgpu => "wgpu",
            Self::Cuda => "cuda",
        }
    }

    /// The backend of a device's name: `wgpu` for `wgpu` and `wgpu:1`.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (backend, index) = name.split_once(':').map_or((name, None), |(backend, index)| (backend, Some(index)));
        let known = Self::ALL.into_iter().find(|known| known.name() == backend)?;
        let plain = |index: &str| !index.is_empty() && index.bytes().all(|digit| digit.is_ascii_digit());
        index.is_none_or(|index| known.is_numbered() && plain(index)).then_some(known)
    }

    /// Whether a machine may have several devices of it.
    fn is_numbered(self) -> bool {
        matches!(self, Self::Wgpu | Self::Cuda)
    }

    pub(super) fn is_built(self) -> bool {
        match self {
            Self::Flex => cfg!(feature = "flex"),
            Self::NdArray => cfg!(feature = "ndarray"),
            Self::Wgpu => cfg!(feature = "gpu"),
            Self::Cuda => cfg!(feature = "cuda"),
        }
    }

    /// The command that adds it to the backends of this binary.
    pub(super) fn command(self) -> String {
        let wanted = |backend: &Self| *backend == self || backend.is_built();
        let features: Vec<&str> = Self::ALL.into_iter().filter(wanted).filter_map(Self::feature).collect();
        let features = if features.is_empty() { String::new() } else { format!(" --features {}", features.join(",")) };
        format!("cargo build --release{features}")
    }

    /// The cargo feature to ask for; flex is there by default.
    fn feature(self) -> Option<&'static str> {
        match self {
            Self::Flex => None,
            Self::NdArray => Some("ndarray"),
            Self::Wgpu => Some("gpu"),
            Self::Cuda => Some("cuda"),
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Flex => "the processor",
            Self::NdArray => "the processor, by an older backend that cross-checks flex",
            Self::Wgpu => "a GPU of any maker, through Vulkan, Metal, DirectX 12 or OpenGL",
            Self::Cuda => "an NVIDIA GPU; its build downloads an LLVM bundle from github.com",
        }
    }

    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::Wgpu => "install the GPU's Vulkan driver (on Debian, mesa-vulkan-drivers also brings a software one)",
            _ => "install the NVIDIA driver, and check that `nvidia-smi` lists the GPU",
        }
    }

    pub(super) fn offers(self) -> Vec<Offer> {
        let found = self.found();
        if !found.is_empty() {
            return found.into_iter().map(Found::offer).collect();
        }
        let standing = if self.is_built() {
            Standing::NotFound { remedy: self.remedy().to_owned() }
        } else {
            Standing::NotBuilt { command: self.command() }
        };
        vec![Offer { name: self.name().to_owned(), description: self.description().to_owned(), standing }]
    }

    /// The device of that name, or of this backend's name the best.
    pub(super) fn find(self, name: &str) -> Result<Found, DeviceError> {
        let mut found = self.found();
        if found.is_empty() {
            return Err(self.absent());
        }
        let names: Vec<String> = found.iter().map(|found| found.name.clone()).collect();
        let index = names.iter().position(|known| known == name);
        let best = || found.iter().position(|found| found.kind == Kind::Graphics).unwrap_or(0);
        let index = index.or_else(|| (name == self.name()).then(best));
        index.map(|index| found.swap_remove(index)).ok_or_else(|| DeviceError::out_of_range(name, &names))
    }

    fn absent(self) -> DeviceError {
        let name = self.name();
        if self.is_built() {
            return DeviceError::NotFound { name, remedy: self.remedy() };
        }
        let note = if self == Self::Cuda { " (its build downloads an LLVM bundle from github.com)" } else { "" };
        DeviceError::NotBuilt { name, command: self.command(), note }
    }

    /// Its devices on this machine.
    pub(super) fn found(self) -> Vec<Found> {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => vec![self.processor(Device::flex(), processor::description())],
            #[cfg(feature = "ndarray")]
            Self::NdArray => vec![self.processor(ndarray(), self.description().to_owned())],
            #[cfg(feature = "gpu")]
            Self::Wgpu => super::graphics::adapters(),
            #[cfg(feature = "cuda")]
            Self::Cuda => cuda(),
            #[allow(unreachable_patterns, reason = "all are there when every feature is on")]
            _ => Vec::new(),
        }
    }

    #[cfg(any(feature = "flex", feature = "ndarray"))]
    fn processor(self, device: Device, description: String) -> Found {
        Found { name: self.name().to_owned(), description, kind: Kind::Processor, device }
    }
}

impl Found {
    pub(super) fn chosen(self, reason: String) -> Chosen {
        #[cfg(feature = "gpu")]
        let reason = reason + super::graphics::tuned_for(self.kind);
        Chosen { name: self.name, device: self.device, reason }
    }

    fn offer(self) -> Offer {
        Offer { name: self.name, description: self.description, standing: Standing::Ready(self.kind) }
    }
}

#[cfg(feature = "ndarray")]
#[expect(deprecated, reason = "a second implementation cross-checks flex for as long as burn has it")]
fn ndarray() -> Device {
    burn_ndarray::NdArrayDevice::default().into()
}

#[cfg(feature = "cuda")]
fn cuda() -> Vec<Found> {
    let devices = Device::enumerate(burn::tensor::DeviceType::Cuda).into_vec().into_iter();
    devices
        .enumerate()
        .map(|(index, device)| Found {
            name: format!("cuda:{index}"),
            description: format!("NVIDIA GPU {index} in CUDA's order"),
            kind: Kind::Graphics,
            device,
        })
        .collect()
}
