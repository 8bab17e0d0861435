//! Masks as a tensor, for those who hold every score.

use burn::tensor::{Bool, Device, Tensor, TensorData};

use super::{Attend, Segments};

impl Attend {
    /// Whether anything hides this key of a row of the batch from this query.
    fn hides(&self, row: usize, [query, key]: [usize; 2], [queries, keys]: [usize; 2]) -> bool {
        let padding = self.lengths.as_ref().is_some_and(|lengths| key >= lengths[row]);
        let foreign = |segments: &Segments| segments.query[row * queries + query] != segments.key[row * keys + key];
        self.mask.hides(query, key, queries, keys) || padding || self.segments.as_ref().is_some_and(foreign)
    }

    /// `[batch or 1, 1, query, key]`, true where hidden; `None` when nothing is. The flag tells whether some row is hidden whole.
    pub(super) fn hidden(
        &self,
        batch: usize,
        [queries, keys]: [usize; 2],
        device: &Device,
    ) -> Option<(Tensor<4, Bool>, bool)> {
        let rows = if self.lengths.is_some() || self.segments.is_some() { batch } else { 1 };
        let pairs = (0..queries).flat_map(|query| (0..keys).map(move |key| [query, key]));
        let hidden: Vec<bool> =
            (0..rows).flat_map(|row| pairs.clone().map(move |pair| self.hides(row, pair, [queries, keys]))).collect();
        if !hidden.contains(&true) {
            return None;
        }
        let blind = hidden.chunks(keys).any(|row| row.iter().all(|&hidden| hidden));
        let data = TensorData::new(hidden, [rows, 1, queries, keys]);
        Some((Tensor::from_data(data, device), blind))
    }
}
