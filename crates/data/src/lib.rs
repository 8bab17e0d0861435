//! Text, tokens and deterministic batches as plain arrays.
//!
//! The way of the data: a [`Source`] (a known data set with a [`Card`], or files of one's own) is read by [`read`]
//! into a [`Text`]; a [`Tokenizer`] is built from it by a [`Recipe`] or loaded; [`tokens`] turns the text into ids
//! once and maps them from a cache file ever after, and [`tokens_of`] does so for [`Documents`] that stay in their
//! files; [`Windows`] cuts them into batches. What is learned row by row comes as [`Examples`] and as a [`Gallery`] of
//! pictures, in the order of [`Epochs`], or by length in that of [`Alike`] or [`Pairs`]; [`padded`] makes a table of rows, and [`Masking`] hides tokens to
//! be guessed. Batches are pure functions of (key, row number), so a run may stop anywhere and go on with the same rows. What
//! takes time reports through [`Told`]; nothing here prints, and nothing here holds a tensor.

mod batches;
mod card;
mod chat;
mod digest;
mod documents;
mod drawing;
mod error;
mod examples;
pub mod generated;
mod local;
pub mod numbers;
mod preparing;
mod registry;
mod row;
mod rows;
pub mod scenes;
pub mod sets;
pub mod shapes;
pub mod stories;
mod text;
mod tokenizer;
mod tokens;
mod told;
mod windows;

pub use batches::{
    Alike, Epochs, Gallery, Limit, Look, Masked, Masking, Padded, Pairs, padded, padded_targets, pixels, stacked,
};
pub use card::{Card, CardSource, CardSplit, FileKind, Listed, Packed, Reference, Task};
pub use chat::{ChatTemplate, Turn};
pub use digest::{Digest, digest};
pub use documents::{Documents, Part};
pub use error::DataError;
pub use examples::{Conversation, Example, Examples, Labels, Learned, Pair, Paired, Shelf, Shelved, conversed, paired};
pub use local::absolute;
pub use registry::{card, cards, names};
pub use row::{Cell, Picture, Place, Row, Rows};
pub use rows::{Columns, Encoding, Format, Header, Quoting, Separated, classes, count, files, rename, rows, shuffled};
pub use text::{Source, Text, read};
pub use tokenizer::{Case, Encoded, Recipe, Role, Stream, Tokenizer};
pub use tokens::{Tokens, tokens, tokens_of};
pub use told::Told;
pub use windows::{Batch, IGNORED, Order, Windows};
