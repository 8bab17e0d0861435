//! Folders of transformers' BERT, RoBERTa, XLM-R and DistilBERT: what their configs come to here, how they say our models, and where
//! each parameter stands in their files.
//!
//! RoBERTa counts positions over those tokens that are no padding. Texts are padded behind their ends here, so its positions are ours
//! behind an offset, as long as no text holds the padding token itself. What a folder does not say is how texts become tokens: a
//! tokenizer of RoBERTa calls both texts of a pair by the same kind.

mod config;
mod format;
mod places;
mod said;

pub use config::{config, labels, pooling};
pub use format::{Format, KINDS};
pub use places::{bare, base, modern, places, spare};
pub use said::{said, said_bare, said_pooling};
