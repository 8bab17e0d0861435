//! Batches of items that are about as long, so that little of a table is fillers.

use std::sync::{Mutex, PoisonError};

use attentive_random::{Key, permuted};

use super::Epochs;
use crate::DataError;

/// Items for so many batches are sorted by length together. Of small sets fewer are, so that the same items do not meet in every
/// epoch.
const POOL: usize = 100;
/// Pools that an epoch has at least, where it has as many batches.
const POOLS: usize = 4;

/// The sequence of [`Epochs`], in pools of some batches: in each, items are sorted by length, cut into full batches, and these
/// shuffled.
#[derive(Debug)]
pub struct Alike {
    epochs: Epochs,
    lengths: Vec<usize>,
    rows: usize,
    /// How many batches a pool has.
    pool: usize,
    key: Key,
    /// The pool asked for last, and its items.
    latest: Mutex<Option<(u64, Vec<usize>)>>,
}

impl Alike {
    pub fn new(lengths: Vec<usize>, rows: usize, key: Key) -> Result<Self, DataError> {
        let (epochs, rows) = (Epochs::new(lengths.len(), key)?, rows.max(1));
        let pool = (lengths.len() / rows / POOLS).clamp(1, POOL);
        Ok(Self { epochs, lengths, rows, pool, key: key.at("alike"), latest: Mutex::new(None) })
    }

    /// How long an item is on average.
    pub fn mean_length(&self) -> f64 {
        self.lengths.iter().sum::<usize>() as f64 / self.lengths.len() as f64
    }

    /// The items of batch number `place` in the endless sequence, of which each pool has what its places of the epochs have.
    pub fn batch(&self, place: u64) -> Vec<usize> {
        let (pool, number) = (place / self.pool as u64, (place % self.pool as u64) as usize);
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = latest.take().filter(|(of, _)| *of == pool);
        let (_, sorted) = latest.insert(kept.unwrap_or_else(|| (pool, self.sorted(pool))));
        let first = permuted(self.key.nth(pool), number, self.pool) * self.rows;
        sorted[first..first + self.rows].to_vec()
    }

    fn sorted(&self, pool: u64) -> Vec<usize> {
        let places = (self.pool * self.rows) as u64;
        let mut items: Vec<usize> = (0..places).map(|place| self.epochs.item(pool * places + place)).collect();
        items.sort_by_key(|item| self.lengths[*item]);
        items
    }
}
