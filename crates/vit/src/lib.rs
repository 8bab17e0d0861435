//! Vision transformers: a picture as a sequence of patches. [`Vit`] is the encoder alone; [`Classifier`] reads pictures by one encoder, or
//! by several that it fuses.
//!
//! Axes beside those of the workspace: `channel` (of a picture), `height`, `width` (of a picture where it follows a height, else of the
//! residual stream), `patch`, `position` (class token, registers, then patches row by row), `class`.

mod classifier;
mod config;
mod cost;
pub mod foreign;
mod model;
mod positions;
mod shown;
mod targets;

pub use classifier::{Classifier, Fusion};
pub use config::{EncoderConfig, EncoderPlan, Pictured, Pooling, Positions, VitConfig, VitPlan};
pub use cost::{cost, encoder_cost};
pub use model::Vit;
pub use positions::resized;
pub use shown::shares;
pub use targets::Targets;
