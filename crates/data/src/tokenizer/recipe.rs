//! How a tokenizer comes about.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A way to a tokenizer, named in configs as its variant in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Recipe {
    /// One token for each distinct character of the text.
    Characters,
    /// Byte-level BPE as GPT-2's, learned from the text; fewer tokens come out when the text has no more to merge.
    Bytes { vocabulary: usize },
    /// Words cut into beginnings and `##` continuations as BERT's, learned from the text.
    WordPiece { vocabulary: usize, case: Case },
    /// Pieces with probabilities as T5's, learned from the text. Line ends and runs of spaces become one space.
    Unigram { vocabulary: usize },
    /// A token a word between spaces, the most frequent ones.
    Words { vocabulary: usize },
    /// A tokenizer of any kind that [`Tokenizer::load`](crate::Tokenizer::load) reads: a file, or a folder that holds it.
    File { path: PathBuf },
}

/// What becomes of capital letters and accents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Case {
    /// Capitals become small letters, and accents are taken off.
    Lower,
    Kept,
}
