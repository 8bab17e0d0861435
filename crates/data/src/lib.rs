//! Text, tokens and deterministic batches as plain arrays.
//!
//! The way of the data: a [`Source`] (a known data set with a [`Card`], or files of one's own) is read by [`read`]
//! into a [`Text`]; a [`Tokenizer`] is built from it by a [`Recipe`] or loaded; [`tokens`] turns the text into ids
//! once and maps them from a cache file ever after; [`Windows`] cuts them into batches. Batches are pure functions of
//! (key, row number), so a run may stop anywhere and go on with the same rows. What takes time reports through
//! [`Told`]; nothing here prints, and nothing here holds a tensor.

mod card;
mod error;
mod local;
mod registry;
pub mod stories;
mod text;
mod tokenizer;
mod tokens;
mod told;
mod windows;

pub use card::{Card, CardSource, CardSplit, Listed, Reference, Task};
pub use error::DataError;
pub use local::absolute;
pub use registry::{card, cards, names};
pub use text::{Source, Text, read};
pub use tokenizer::{Recipe, Stream, Tokenizer};
pub use tokens::{Tokens, tokens};
pub use told::Told;
pub use windows::{Batch, IGNORED, Order, Windows};
