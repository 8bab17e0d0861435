//! A growing text read by a GPT through its key-value cache.

use attentive_attention::{Cache, Pass};
use attentive_gpt::Gpt as Model;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Reads a growing text through a key-value cache.
pub(super) struct Reader<'a> {
    model: &'a Model,
    blocks: usize,
    context: usize,
    cache: Option<Cache>,
    /// Number of ids that the cache has seen.
    read: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(model: &'a Model, blocks: usize, context: usize) -> Self {
        Self { model, blocks, context, cache: None, read: 0 }
    }

    /// The logits of the first `vocabulary` ids after the whole text. When the context is full, its younger half is read anew.
    pub(super) fn logits(&mut self, ids: &[u32], vocabulary: usize) -> Vec<f32> {
        let held = self.cache.as_ref().map_or(0, Cache::len);
        let fits = held + ids.len() - self.read <= self.context;
        let cache = self.cache.take().filter(|_| fits).unwrap_or_else(|| {
            let kept = if ids.len() <= self.context { ids.len() } else { self.context.div_ceil(2) };
            self.read = ids.len() - kept;
            Cache::new(self.blocks, self.context)
        });
        let new: Vec<i32> = ids[self.read..].iter().map(|&id| id as i32).collect();
        self.read = ids.len();
        let mut pass = Pass::evaluation().with_cache(cache);
        let hidden = self.model.hidden(tensor(new, 1, &self.model.device()), &mut pass);
        self.cache = pass.into_cache();
        let [_, queries, _] = hidden.dims();
        let logits = self.model.head(hidden.narrow(1, queries - 1, 1)); // [1, 1, vocabulary]
        let mut logits: Vec<f32> = logits.into_data().try_into_vec().expect("models compute in f32");
        logits.truncate(vocabulary);
        logits
    }
}

/// Ids as a tensor of this many rows.
pub(super) fn tensor(values: Vec<i32>, rows: usize, device: &Device) -> Tensor<2, Int> {
    let length = values.len() / rows;
    Tensor::from_data(TensorData::new(values, [rows, length]), device)
}
