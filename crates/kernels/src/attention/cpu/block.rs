//! Which queries go through the keys together.

use std::ops::Range;

use super::Shape;

/// How many rows (queries) and how many keys a tile of scores has at most.
pub(super) const ROWS: usize = 64;
pub(super) const KEYS: usize = 64;
/// How many blocks go through the keys side by side at most, so that copies of keys and values serve them all.
pub(super) const BAND: usize = 8;
/// Fewer pieces than this leave cores without work.
pub(super) const PIECES: usize = 8;
/// Rows are computed in multiples of this, which all vectors divide.
pub(super) const GRAIN: usize = 16;

/// Queries of one head, or, where queries are few, all those of several heads that share their keys.
pub(super) struct Block {
    pub batch: usize,
    pub heads: Range<usize>,
    pub queries: Range<usize>,
}

impl Block {
    pub(super) fn count(&self) -> usize {
        self.heads.len() * self.queries.len()
    }

    /// The count, rounded up to whole grains.
    pub(super) fn padded(&self) -> usize {
        self.count().next_multiple_of(GRAIN)
    }

    /// Head and query of each row.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let queries = self.queries.clone();
        self.heads.clone().flat_map(move |head| queries.clone().map(move |query| (head, query)))
    }
}

/// How the queries of each group of heads are cut into blocks.
#[derive(Clone, Copy)]
pub(super) struct Blocks {
    shape: Shape,
    heads_together: usize,
    /// How many blocks make a band.
    together: usize,
}

impl Blocks {
    pub(super) fn new(shape: &Shape) -> Self {
        let heads_together = (ROWS / shape.queries.max(1)).clamp(1, shape.sharing());
        let mut blocks = Self { shape: *shape, heads_together, together: 1 };
        blocks.together = (shape.groups_in_all() * blocks.per_group() / PIECES).clamp(1, BAND);
        blocks
    }

    pub(super) fn bands_per_group(&self) -> usize {
        self.per_group().div_ceil(self.together)
    }

    /// Some blocks of a group, one after the other.
    pub(super) fn band(&self, batch: usize, group: usize, index: usize) -> impl Iterator<Item = Block> + use<> {
        let (blocks, first) = (*self, index * self.together);
        (first..(first + self.together).min(self.per_group())).map(move |index| blocks.at(batch, group, index))
    }

    /// The place of a piece of work among all: batch, group and band.
    pub(super) fn place(&self, index: usize) -> [usize; 3] {
        let (pair, band) = (index / self.bands_per_group(), index % self.bands_per_group());
        [pair / self.shape.groups, pair % self.shape.groups, band]
    }

    fn per_group(&self) -> usize {
        self.shape.sharing().div_ceil(self.heads_together) * self.runs()
    }

    fn at(&self, batch: usize, group: usize, index: usize) -> Block {
        let sharing = self.shape.sharing();
        let (first_head, first_query) = (index / self.runs() * self.heads_together, index % self.runs() * ROWS);
        let last_head = (first_head + self.heads_together).min(sharing);
        Block {
            batch,
            heads: group * sharing + first_head..group * sharing + last_head,
            queries: first_query..(first_query + ROWS).min(self.shape.queries),
        }
    }

    fn runs(&self) -> usize {
        self.shape.queries.div_ceil(ROWS)
    }
}
