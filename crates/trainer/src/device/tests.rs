//! The names of devices, and what is said where one cannot be had.

use super::*;

#[track_caller]
fn refusal(wish: &str) -> String {
    choose(wish).map(|chosen| chosen.name).expect_err("this device cannot be had").to_string()
}

#[track_caller]
fn chosen(wish: &str) -> Chosen {
    choose(wish).expect("this device is there")
}

#[test]
fn an_unknown_name_lists_the_known() {
    assert_eq!(
        refusal("abacus"),
        "no device is called `abacus`; expected one of `auto`, `flex`, `ndarray`, `wgpu`, `wgpu:0`, `cuda`, `cuda:0`"
    );
}

#[test]
fn a_slip_or_a_foreign_name_is_understood() {
    let pairs = [("felx", "flex"), ("Auto", "auto"), ("cpu", "flex"), ("gpu:0", "wgpu"), ("wgpu:x", "wgpu")];
    for (wish, meant) in pairs {
        assert_eq!(refusal(wish), format!("no device is called `{wish}`; did you mean `{meant}`?"));
    }
}

#[test]
fn a_number_is_plain_and_only_where_there_may_be_several() {
    for name in ["", ":", "wgpu:", "wgpu:-1", "wgpu:+1", "wgpu:1:2", "flex:0", "ndarray:0", "auto:0"] {
        assert!(matches!(choose(name), Err(DeviceError::Unknown { .. })), "{name}");
    }
}

#[test]
fn a_name_with_a_number_belongs_to_its_backend() {
    assert_eq!(Backend::named("wgpu:12"), Some(Backend::Wgpu));
    assert_eq!(Backend::named("cuda"), Some(Backend::Cuda));
}

#[test]
fn an_index_out_of_range_lists_what_is_there() {
    let text = |known: &[&str]| {
        let known: Vec<String> = known.iter().map(|&name| name.to_owned()).collect();
        DeviceError::out_of_range("wgpu:7", &known).to_string()
    };
    assert_eq!(text(&["wgpu:0"]), "this machine has no device `wgpu:7`; expected `wgpu:0`");
    assert_eq!(text(&["wgpu:0", "wgpu:1"]), "this machine has no device `wgpu:7`; expected one of `wgpu:0`, `wgpu:1`");
}

#[test]
fn a_machine_without_the_device_says_what_to_install() {
    assert_eq!(
        DeviceError::NotFound { name: "wgpu", remedy: Backend::Wgpu.remedy() }.to_string(),
        "this machine has no device for `wgpu`; install the GPU's Vulkan driver (on Debian, mesa-vulkan-drivers also \
         brings a software one), or write `device = \"auto\"`"
    );
}

#[test]
fn every_backend_is_offered_once_or_by_number() {
    let offers = offers();
    for backend in Backend::ALL {
        assert!(offers.iter().any(|offer| Backend::named(&offer.name) == Some(backend)), "{backend:?}");
    }
    for offer in offers.iter().filter(|offer| matches!(offer.standing, Standing::Ready(_))) {
        assert_eq!(chosen(&offer.name).name, offer.name);
    }
}

/// Whatever GPU this machine has, a software one is not taken.
#[test]
fn auto_never_takes_a_software_gpu() {
    let taken = chosen("auto");
    let offer = offers().into_iter().find(|offer| offer.name == taken.name).expect("what is taken is offered");
    assert!(matches!(offer.standing, Standing::Ready(Kind::Processor | Kind::Graphics)), "{taken:?}");
    assert!(taken.reason.starts_with("`auto` "), "{}", taken.reason);
}

#[cfg(feature = "flex")]
#[test]
fn flex_is_the_processor() {
    let flex = offers().remove(0);
    assert_eq!((flex.name.as_str(), &flex.standing), ("flex", &Standing::Ready(Kind::Processor)));
    assert_eq!(chosen("flex").reason, format!("`flex` was asked for, and found: {}", flex.description));
}

#[cfg(all(feature = "flex", not(any(feature = "ndarray", feature = "gpu", feature = "cuda"))))]
mod with_flex_alone {
    use super::*;

    #[test]
    fn auto_takes_flex() {
        let auto = chosen("auto");
        assert_eq!(auto.name, "flex");
        assert_eq!(
            auto.reason,
            "`auto` takes the processor: this binary was built without a GPU backend; `cargo build --release --features \
             gpu` adds one"
        );
    }

    #[test]
    fn what_was_not_built_comes_with_its_command() {
        assert_eq!(
            refusal("wgpu:1"),
            "this binary was built without `wgpu`; build one with `cargo build --release --features gpu`, then run the \
             same command again"
        );
        assert_eq!(
            refusal("cuda"),
            "this binary was built without `cuda`; build one with `cargo build --release --features cuda` (its build \
             downloads an LLVM bundle from github.com), then run the same command again"
        );
        assert_eq!(
            refusal("ndarray"),
            "this binary was built without `ndarray`; build one with `cargo build --release --features ndarray`, then \
             run the same command again"
        );
    }
}

#[cfg(all(feature = "flex", feature = "gpu"))]
#[test]
fn auto_tells_why_no_gpu_was_taken() {
    let auto = chosen("auto");
    let adapters = super::graphics::adapters();
    if adapters.iter().any(|adapter| adapter.kind == Kind::Graphics) {
        assert_ne!(auto.name, "flex");
    } else if let Some(software) = adapters.first() {
        assert_eq!(auto.name, "flex");
        let software = &software.description;
        assert_eq!(auto.reason, format!("`auto` takes the processor: {software} is a GPU in name only"));
    } else {
        assert_eq!(auto.name, "flex");
        assert_eq!(auto.reason, "`auto` takes the processor: this machine shows no GPU");
    }
}

#[cfg(all(feature = "gpu", feature = "ndarray"))]
#[test]
fn a_command_keeps_what_is_built() {
    assert_eq!(Backend::Cuda.command(), "cargo build --release --features ndarray,gpu,cuda");
}
