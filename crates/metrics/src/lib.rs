//! Scores as pure functions: numbers in, numbers out. Nothing here knows a tensor, a model or a file.

mod language;

pub use language::{Language, bits_per, perplexity};
