//! Keys and values of positions already seen, so that generation computes each position once.

use burn::tensor::{Device, Int, Tensor};

/// One pair of buffers a block, each `[batch, group, capacity, channel]`, filled from the left.
#[derive(Clone, Debug)]
pub struct Cache {
    layers: Vec<Option<(Tensor<4>, Tensor<4>)>>,
    /// Keys and values of what cross-attention looks at.
    memories: Vec<Option<(Tensor<4>, Tensor<4>)>>,
    capacity: usize,
    length: usize,
}

impl Cache {
    pub fn new(blocks: usize, capacity: usize) -> Self {
        Self { layers: vec![None; blocks], memories: vec![None; blocks], capacity, length: 0 }
    }

    /// Positions held.
    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Counts the positions of a finished pass.
    pub fn advance(&mut self, queries: usize) {
        self.length += queries;
    }

    /// Makes row `i` what row `rows[i]` was: hypotheses of a search go on from others, and rows that are done leave.
    pub fn choose(&mut self, rows: &[usize]) {
        let rows: Vec<i32> = rows.iter().map(|&row| row as i32).collect();
        for kept in self.layers.iter_mut().chain(&mut self.memories).flatten() {
            let index = Tensor::<1, Int>::from_data(rows.as_slice(), &kept.0.device());
            *kept = (kept.0.clone().select(0, index.clone()), kept.1.clone().select(0, index));
        }
    }

    /// Keys and values of a block's memory, made when they are first asked for.
    pub(crate) fn memory(
        &mut self,
        block: usize,
        make: impl FnOnce() -> (Tensor<4>, Tensor<4>),
    ) -> (Tensor<4>, Tensor<4>) {
        self.memories[block].get_or_insert_with(make).clone()
    }

    /// Writes the new keys and values of a block behind the old ones and returns all of them.
    pub(crate) fn extend(&mut self, block: usize, key: Tensor<4>, value: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let [batch, groups, queries, channels] = key.dims();
        let (start, end) = (self.length, self.length + queries);
        assert!(end <= self.capacity, "a cache of {} positions cannot hold {end}", self.capacity);
        let dims = [batch, groups, self.capacity, channels];
        // Taken out, so that each buffer has one owner and is written in place.
        let (keys, values) = self.layers[block].take().unwrap_or_else(|| zeros(dims, &key.device()));
        let place = [0..batch, 0..groups, start..end, 0..channels];
        let keys = keys.slice_assign(place.clone(), key);
        let values = values.slice_assign(place, value);
        let filled = (keys.clone().narrow(2, 0, end), values.clone().narrow(2, 0, end));
        self.layers[block] = Some((keys, values));
        filled
    }
}

fn zeros(dims: [usize; 4], device: &Device) -> (Tensor<4>, Tensor<4>) {
    (Tensor::zeros(dims, device), Tensor::zeros(dims, device))
}
