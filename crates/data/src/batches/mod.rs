//! Batches of the families that do not read one long text: orders of items, rows padded to a table, masks, pairs by length,
//! pictures. Each is a pure function of a key and a number, as [`Windows`](crate::Windows) are, and knows no tensor.

mod alike;
mod epochs;
mod gallery;
mod masks;
mod padded;
mod pairs;

pub use alike::Alike;
pub use epochs::Epochs;
pub use gallery::{Gallery, Look, pixels, stacked};
pub use masks::{Masked, Masking};
pub use padded::{Padded, padded, padded_targets};
pub use pairs::{Limit, Pairs};

#[cfg(test)]
mod tests;
