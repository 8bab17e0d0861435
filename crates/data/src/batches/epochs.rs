//! In which order training visits the items of a split.

use attentive_random::{Key, permuted};

use crate::DataError;

/// An endless sequence of items, of which each epoch has all, freshly shuffled. No table of them is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epochs {
    items: usize,
    key: Key,
}

impl Epochs {
    pub fn new(items: usize, key: Key) -> Result<Self, DataError> {
        if items == 0 { Err(DataError::NoItems) } else { Ok(Self { items, key }) }
    }

    /// The item at this place of the sequence. With the place being `step * batch + row`, any split of a batch into smaller ones
    /// gives the same items.
    pub fn item(&self, place: u64) -> usize {
        let epoch = self.key.at("epoch").nth(self.epoch(place));
        permuted(epoch, (place % self.items as u64) as usize, self.items)
    }

    /// The epoch that this place lies in, counted from zero.
    pub const fn epoch(&self, place: u64) -> u64 {
        place / self.items as u64
    }

    /// The items of one epoch.
    pub const fn items(&self) -> usize {
        self.items
    }
}
