//! What is known of the rows of a block before any product: who they are, what they see, what their scores undergo.

use std::ops::Range;

use super::{
    Call,
    block::{Block, KEYS},
    draws::Draws,
    scores::Adjustment,
    sight::{Sight, join},
    tile::Tile,
};

pub(super) struct Rows<'a> {
    pub block: Block,
    pub adjustment: Adjustment<'a>,
    pub draws: Option<Box<Draws>>,
    sight: Sight,
    channels: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(call: &Call<'a>, block: Block) -> Self {
        let Call { shape, options, .. } = call;
        Self {
            adjustment: Adjustment::new(&block, shape, options),
            draws: options.dropout.map(|dropout| Box::new(Draws::new(&dropout, &block, shape))),
            sight: Sight::new(&block, shape, options),
            channels: shape.channels,
            block,
        }
    }

    /// `None` when masks hide all of these keys from each row.
    pub(super) fn tile(&self, keys: &Range<usize>) -> Option<Tile<'_>> {
        let seen = self.sight.span();
        let is_hidden =
            keys.end <= seen.start || seen.end <= keys.start || self.adjustment.hides(keys, self.block.count());
        (!is_hidden).then(|| Tile::new(keys.clone(), &self.sight, &self.block, self.channels))
    }
}

/// Stretches of keys that together hold all that some of the rows see.
pub(super) fn stretches(rows: &[Rows]) -> impl Iterator<Item = Range<usize>> + use<> {
    let spans = rows.iter().map(|rows| rows.sight.span()).filter(|span| !span.is_empty());
    let Range { start, end } = spans.reduce(join).unwrap_or_default();
    (start..end).step_by(KEYS).map(move |first| first..(first + KEYS).min(end))
}
