//! Model folders in the Hugging Face layout: `config.json` and tensors in safetensors files, read and written. Knows no model: which
//! tensor is whose weight, each family's crate says by [`Place`]s.

mod config;
mod download;
mod error;
mod exchange;
mod folder;
mod header;
mod numbers;
mod place;
mod weights;
mod writing;

pub use config::{Config, Unfit};
pub use download::{Fetched, fetched};
pub use error::HubError;
pub use exchange::{Assembly, Foreign, Gap, gathered};
pub use folder::Folder;
pub use place::{Lies, Place};
pub use weights::Weights;
pub use writing::{Format, Writing};
