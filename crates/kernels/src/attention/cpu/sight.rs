//! What the rows of a block may see: of each, an interval of keys, for so do masks and padding say.

use std::ops::Range;

use super::{
    Mask, Options, Shape,
    block::{Block, GRAIN, ROWS},
};

/// The keys that each row sees, from `lower` until `upper`. A blind row has them crossed, and widens no span.
pub(super) struct Sight {
    pub lower: [u32; ROWS],
    pub upper: [u32; ROWS],
    /// The span of keys that each grain of rows sees.
    grains: [Range<usize>; ROWS / GRAIN],
    /// The span of keys that some row sees.
    span: Range<usize>,
    /// The keys that each row sees.
    common: Range<usize>,
    rows: usize,
}

impl Sight {
    pub(super) fn new(block: &Block, shape: &Shape, options: &Options) -> Self {
        let (mut lower, mut upper, mut common) = ([u32::MAX; ROWS], [0; ROWS], 0..usize::MAX);
        for (row, (_, query)) in block.rows().enumerate() {
            let seen = seen_keys(query, block.batch, shape, options);
            common = common.start.max(seen.start)..common.end.min(seen.end);
            if !seen.is_empty() {
                (lower[row], upper[row]) = (seen.start as u32, seen.end as u32);
            }
        }
        let mut sight = Self { lower, upper, grains: Default::default(), span: 0..0, common, rows: block.count() };
        sight.grains = std::array::from_fn(|grain| sight.keys_of(grain * GRAIN..(grain + 1) * GRAIN));
        sight.span = sight.grains.iter().filter(|span| !span.is_empty()).cloned().reduce(join).unwrap_or_default();
        sight
    }

    /// The least span with all keys that some row sees.
    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Whether each row sees all these keys.
    pub(super) fn is_whole(&self, keys: &Range<usize>) -> bool {
        self.common.start <= keys.start && keys.end <= self.common.end
    }

    /// The least span with all keys that some of these rows see.
    pub(super) fn keys_of(&self, rows: Range<usize>) -> Range<usize> {
        let lower = self.lower[rows.clone()].iter().min().map_or(0, |&lower| lower as usize);
        let upper = self.upper[rows].iter().max().map_or(0, |&upper| upper as usize);
        lower.min(upper)..upper
    }

    /// The span of keys that the grain of this row sees.
    pub(super) fn grain_of(&self, row: usize) -> Range<usize> {
        self.grains[row / GRAIN].clone()
    }

    /// The least span of whole grains with all rows that see some of these keys.
    pub(super) fn rows_of(&self, keys: &Range<usize>) -> Range<usize> {
        let sees = |grain: &usize| self.grains[*grain].start < keys.end && keys.start < self.grains[*grain].end;
        let mut grains = (0..self.rows.div_ceil(GRAIN)).filter(sees);
        let Some(first) = grains.next() else { return 0..0 };
        first * GRAIN..(grains.next_back().unwrap_or(first) + 1) * GRAIN
    }
}

/// The least span that holds both.
pub(super) fn join(left: Range<usize>, right: Range<usize>) -> Range<usize> {
    left.start.min(right.start)..left.end.max(right.end)
}

/// [`Mask::hides`], solved for the keys.
pub(super) fn seen_keys(query: usize, batch: usize, shape: &Shape, options: &Options) -> Range<usize> {
    let Shape { queries, keys, .. } = *shape;
    let present = options.lengths.map_or(keys, |lengths| lengths[batch].min(keys));
    let end = (query + keys + 1).saturating_sub(queries);
    match options.mask {
        Mask::Everything => 0..present,
        Mask::Causal => 0..end.min(present),
        Mask::Window(length) => end.saturating_sub(length)..end.min(present),
    }
}
