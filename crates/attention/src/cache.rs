//! Keys and values of positions already seen, so that generation computes each position once.

use burn::tensor::{Device, Tensor};

/// One pair of buffers a block, each `[batch, group, capacity, channel]`, filled from the left.
#[derive(Clone, Debug)]
pub struct Cache {
    layers: Vec<Option<(Tensor<4>, Tensor<4>)>>,
    capacity: usize,
    length: usize,
}

impl Cache {
    pub fn new(blocks: usize, capacity: usize) -> Self {
        Self { layers: vec![None; blocks], capacity, length: 0 }
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
