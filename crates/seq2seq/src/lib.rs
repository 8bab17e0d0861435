//! Encoder-decoder models, from the first transformer to T5 and BART: one model of configured parts.

mod config;
mod cost;
pub mod foreign;
mod fresh;
mod model;
mod style;

pub use config::{Seq2SeqConfig, Seq2SeqPlan};
pub use cost::cost;
pub use model::{Seq2Seq, Side};
pub use style::{Positions, Style};
