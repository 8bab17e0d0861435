//! GPT-style language models, from GPT-2 to Llama: one model of configured parts.

mod config;
mod cost;
pub mod foreign;
mod model;

pub use config::{GptConfig, GptPlan, Positions, Style};
pub use cost::cost;
pub use model::Gpt;
