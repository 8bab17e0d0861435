//! Batches of pairs that are about as long, so that little of a table is padding.

use std::ops::Range;
use std::sync::{Mutex, OnceLock, PoisonError};

use attentive_random::{Key, permuted};

use crate::DataError;

/// Pairs for so many batches are sorted by length together, as torchtext's `pool` did it: fewer would leave more padding, more
/// would let the same pairs meet again.
const POOL: usize = 100;

/// How much one batch holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Rows times the longest side of any of them, fillers included. A pair that is longer stands alone.
    Tokens(usize),
    Rows(usize),
}

/// Pairs of a source and a target in batches by length, epoch after epoch.
#[derive(Debug)]
pub struct Pairs {
    /// The longer side of each pair.
    longest: Vec<usize>,
    limit: Limit,
    key: Key,
    made: Mutex<Made>,
    sorted: OnceLock<Cut>,
}

/// What was worked out of the sequence so far.
#[derive(Debug)]
struct Made {
    /// The number of the first batch of each epoch, and of the one after those worked out.
    starts: Vec<u64>,
    /// The epoch asked for last, and its batches.
    latest: Option<(u64, Cut)>,
}

/// Items in an order, and where it is cut into batches.
#[derive(Debug)]
struct Cut {
    order: Vec<usize>,
    batches: Vec<Range<usize>>,
}

impl Pairs {
    /// From the lengths of each pair's source and target.
    pub fn new(lengths: &[(usize, usize)], limit: Limit, key: Key) -> Result<Self, DataError> {
        if lengths.is_empty() {
            return Err(DataError::NoItems);
        }
        let longest = lengths.iter().map(|(source, target)| *source.max(target)).collect();
        let made = Mutex::new(Made { starts: vec![0], latest: None });
        Ok(Self { longest, limit, key, made, sorted: OnceLock::new() })
    }

    /// How long the longer side of a pair is on average.
    pub fn mean_length(&self) -> f64 {
        self.longest.iter().sum::<usize>() as f64 / self.longest.len() as f64
    }

    /// The items of batch number `place` in the endless sequence of epochs, each of which has every pair once. How many
    /// batches an epoch has differs by its shuffle, so that the first call works out all epochs up to this one.
    pub fn batch(&self, place: u64) -> Vec<usize> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let epoch = self.epoch_within(&mut made, place);
        let start = made.starts[epoch as usize];
        let cut = self.cut_of(&mut made, epoch);
        let batch = permuted(self.key.at("batches").nth(epoch), (place - start) as usize, cut.batches.len());
        cut.batch(batch)
    }

    /// The epoch that batch number `place` belongs to, counted from zero.
    pub fn epoch(&self, place: u64) -> u64 {
        self.epoch_within(&mut self.made.lock().unwrap_or_else(PoisonError::into_inner), place)
    }

    /// Batch `index` of every pair once, by length; none after the end.
    pub fn evaluation(&self, index: usize) -> Option<Vec<usize>> {
        let sorted = self.sorted();
        (index < sorted.batches.len()).then(|| sorted.batch(index))
    }

    pub fn evaluation_batches(&self) -> usize {
        self.sorted().batches.len()
    }

    fn sorted(&self) -> &Cut {
        self.sorted.get_or_init(|| self.cut((0..self.longest.len()).collect(), self.longest.len()))
    }

    fn epoch_within(&self, made: &mut Made, place: u64) -> u64 {
        while made.starts.last().is_some_and(|end| *end <= place) {
            let epoch = made.starts.len() as u64 - 1;
            let end = made.starts[epoch as usize] + self.cut_of(made, epoch).batches.len() as u64;
            made.starts.push(end);
        }
        made.starts.partition_point(|start| *start <= place) as u64 - 1
    }

    fn cut_of<'a>(&self, made: &'a mut Made, epoch: u64) -> &'a Cut {
        let latest = made.latest.take().filter(|(of, _)| *of == epoch);
        &made.latest.insert(latest.unwrap_or_else(|| (epoch, self.shuffled(epoch)))).1
    }

    fn shuffled(&self, epoch: u64) -> Cut {
        let (key, items) = (self.key.at("pairs").nth(epoch), self.longest.len());
        self.cut((0..items).map(|place| permuted(key, place, items)).collect(), self.pool())
    }

    /// How many pairs are sorted together.
    fn pool(&self) -> usize {
        let rows = match self.limit {
            Limit::Rows(rows) => rows,
            Limit::Tokens(tokens) => {
                let all: usize = self.longest.iter().sum();
                tokens.saturating_mul(self.longest.len()) / all.max(1)
            }
        };
        rows.saturating_mul(POOL).max(POOL)
    }

    /// The order sorted by length within pools, where equals stay as they are, and cut by the limit.
    fn cut(&self, mut order: Vec<usize>, pool: usize) -> Cut {
        let mut batches = Vec::new();
        for (number, items) in order.chunks_mut(pool).enumerate() {
            items.sort_by_key(|item| self.longest[*item]);
            self.cut_pool(items, number * pool, &mut batches);
        }
        Cut { order, batches }
    }

    /// Batches of sorted items that begin at place `first`.
    fn cut_pool(&self, items: &[usize], first: usize, batches: &mut Vec<Range<usize>>) {
        let mut start = 0;
        for (end, item) in items.iter().enumerate().skip(1) {
            if !self.fits(end + 1 - start, self.longest[*item]) {
                batches.push(first + start..first + end);
                start = end;
            }
        }
        batches.push(first + start..first + items.len());
    }

    fn fits(&self, rows: usize, longest: usize) -> bool {
        match self.limit {
            Limit::Tokens(tokens) => rows.saturating_mul(longest) <= tokens,
            Limit::Rows(most) => rows <= most,
        }
    }
}

impl Cut {
    fn batch(&self, index: usize) -> Vec<usize> {
        self.order[self.batches[index].clone()].to_vec()
    }
}
