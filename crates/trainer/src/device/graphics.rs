//! GPUs through wgpu: which adapters this machine has, and how burn numbers them.

use std::env;
use std::sync::OnceLock;

use burn::cubecl::config::autotune::AutotuneLevel;
use burn::cubecl::config::{CubeClRuntimeConfig, RuntimeConfig};
use burn::tensor::{Device, DeviceType, read_sync};
use burn_wgpu::graphics::{AutoGraphicsApi, GraphicsApi};
use burn_wgpu::wgpu::{self, AdapterInfo};

use super::Kind;
use super::backend::Found;

/// Programs that play a GPU; some drivers do not report them as such.
const SOFTWARE: [&str; 6] = ["llvmpipe", "lavapipe", "softpipe", "swiftshader", "basic render", "warp"];

/// Asked once: Vulkan loaders may crash where instances come and go on several threads.
pub(super) fn adapters() -> Vec<Found> {
    static FOUND: OnceLock<Vec<Found>> = OnceLock::new();
    FOUND.get_or_init(listed).clone()
}

/// Burn's own devices, which open lazily and so lack a name, beside the adapters in the order that burn numbers them.
fn listed() -> Vec<Found> {
    let devices = Device::enumerate(DeviceType::Wgpu).into_vec();
    let pairs = devices.into_iter().zip(reachable(named()));
    pairs.enumerate().map(|(index, (device, adapter))| found(index, device, &adapter)).collect()
}

/// The adapters of the graphics API that burn settles on here.
fn named() -> Vec<AdapterInfo> {
    let api = AutoGraphicsApi::backend();
    let descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor { backends: api.into(), ..descriptor });
    read_sync(instance.enumerate_adapters(api.into())).iter().map(wgpu::Adapter::get_info).collect()
}

/// Burn counts adapters kind by kind, but cannot tell two software ones apart: it opens the first.
fn reachable(adapters: Vec<AdapterInfo>) -> impl Iterator<Item = AdapterInfo> {
    let mut first = true;
    adapters
        .into_iter()
        .filter(move |adapter| adapter.device_type != wgpu::DeviceType::Cpu || std::mem::replace(&mut first, false))
}

fn found(index: usize, device: Device, adapter: &AdapterInfo) -> Found {
    let description = format!("{} through {:?}", adapter.name, adapter.backend);
    Found { name: format!("wgpu:{index}"), description, kind: kind(&adapter.name, adapter.device_type), device }
}

fn kind(name: &str, told: wgpu::DeviceType) -> Kind {
    let name = name.to_lowercase();
    let software = told == wgpu::DeviceType::Cpu || SOFTWARE.iter().any(|software| name.contains(software));
    if software { Kind::Software } else { Kind::Graphics }
}

/// Settles, before the device opens, how many kernels are tried for each operation, and says so where that is unusual.
///
/// A software GPU takes seconds to compile each of them. What the user has settled stays.
pub(super) fn tuned_for(kind: Kind) -> &'static str {
    if kind != Kind::Software {
        return "";
    }
    let mut config = CubeClRuntimeConfig::from_current_dir().override_from_env();
    if env::var_os("CUBECL_AUTOTUNE_LEVEL").is_none() && matches!(config.autotune.level, AutotuneLevel::Balanced) {
        config.autotune.level = AutotuneLevel::Minimal;
    }
    CubeClRuntimeConfig::try_set(config); // refused if a GPU is open already, whose settings hold then
    "; a software GPU, so kernels are tuned as little as possible"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_no_gpu_whatever_it_says() {
        assert_eq!(kind("llvmpipe (LLVM 15.0.6, 256 bits)", wgpu::DeviceType::Cpu), Kind::Software);
        assert_eq!(kind("SwiftShader Device", wgpu::DeviceType::VirtualGpu), Kind::Software);
        assert_eq!(kind("Some Processor", wgpu::DeviceType::Cpu), Kind::Software);
        assert_eq!(kind("NVIDIA H200", wgpu::DeviceType::DiscreteGpu), Kind::Graphics);
        assert_eq!(kind("Virtio-GPU Venus", wgpu::DeviceType::VirtualGpu), Kind::Graphics);
    }

    #[test]
    fn the_second_software_adapter_is_out_of_reach() {
        use wgpu::DeviceType::{Cpu, DiscreteGpu};
        let adapters = [Cpu, DiscreteGpu, Cpu, DiscreteGpu].map(|kind| AdapterInfo::new(kind, wgpu::Backend::Vulkan));
        let kinds: Vec<_> = reachable(adapters.into()).map(|adapter| adapter.device_type).collect();
        assert_eq!(kinds, [Cpu, DiscreteGpu, DiscreteGpu]);
    }

    /// A machine may have none; those it has are numbered without a gap, and each name opens that very adapter.
    #[test]
    fn adapters_are_numbered_in_burns_order() {
        let adapters = adapters();
        assert_eq!(adapters.len(), Device::enumerate(DeviceType::Wgpu).into_vec().len());
        for (index, adapter) in adapters.iter().enumerate() {
            assert_eq!(adapter.name, format!("wgpu:{index}"));
            let identity = adapter.device.identity().expect("a GPU tells who it is");
            assert!(
                adapter.description.starts_with(&identity.name),
                "{} opened {}",
                adapter.description,
                identity.name
            );
        }
    }
}
