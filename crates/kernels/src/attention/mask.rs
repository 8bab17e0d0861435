//! What a query may see, as a description: turned into a tensor late or never.

use std::sync::Arc;

/// The shape of what a query may see. The last query stands beside the last key, so that a mask means the same with a cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mask {
    #[default]
    Everything,
    /// Itself and what came before.
    Causal,
    /// Itself and as many before it as the window holds, counting itself.
    Window(usize),
}

impl Mask {
    /// Whether `query` is kept from seeing `key`.
    pub fn hides(&self, query: usize, key: usize, queries: usize, keys: usize) -> bool {
        // Both sides are shifted by `queries`, so that neither goes below zero when there are fewer keys than queries.
        let (now, then) = (query + keys, key + queries);
        match *self {
            Self::Everything => false,
            Self::Causal => then > now,
            Self::Window(length) => then > now || then + length <= now,
        }
    }
}

/// Which document each position of each row belongs to: `[batch, query]` and `[batch, key]`, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segments {
    pub query: Arc<[i32]>,
    pub key: Arc<[i32]>,
}
