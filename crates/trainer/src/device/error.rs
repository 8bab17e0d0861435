//! What can go wrong with the name of a device.

use super::backend::Backend;
use crate::document::nearest;

/// A device that cannot be had.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    #[error("no device is called `{name}`; {hint}")]
    Unknown { name: String, hint: String },

    #[error(
        "this binary was built without `{name}`; build one with `{command}`{note}, then run the same command again"
    )]
    NotBuilt { name: &'static str, command: String, note: &'static str },

    #[error("this machine has no device for `{name}`; {remedy}, or write `device = \"auto\"`")]
    NotFound { name: &'static str, remedy: &'static str },

    #[error("this machine has no device `{name}`; expected {expected}")]
    OutOfRange { name: String, expected: String },
}

impl DeviceError {
    pub(super) fn unknown(name: &str) -> Self {
        let hint = match meant(name) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "expected one of `auto`, `flex`, `ndarray`, `wgpu`, `wgpu:0`, `cuda`, `cuda:0`".to_owned(),
        };
        Self::Unknown { name: name.to_owned(), hint }
    }

    pub(super) fn out_of_range(name: &str, known: &[String]) -> Self {
        let known: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
        let expected = if known.len() == 1 { known.concat() } else { format!("one of {}", known.join(", ")) };
        Self::OutOfRange { name: name.to_owned(), expected }
    }
}

/// What other programs call it, or a slip.
fn meant(name: &str) -> Option<&'static str> {
    let backend = name.split(':').next().unwrap_or(name);
    match backend.to_lowercase().as_str() {
        "cpu" => Some("flex"),
        "gpu" | "vulkan" | "metal" | "webgpu" | "mps" => Some("wgpu"),
        "nvidia" => Some("cuda"),
        other => nearest(other, Backend::ALL.into_iter().map(Backend::name).chain(["auto"])),
    }
}
