//! The model behind a search, whose hypotheses share what was read of their source.

use std::sync::Arc;

use attentive_attention::{Cache, Memory, Pass};
use attentive_data::Padded;
use attentive_engine::Hypothesis;
use attentive_seq2seq::Seq2Seq as Model;
use burn::tensor::{Int, Tensor};

use super::super::{candidates::host, reader::tensor};

/// Goes on with targets of sources that were read once.
pub(super) struct Decoder<'a> {
    model: &'a Model,
    memory: Memory,
    lengths: Vec<usize>,
    cache: Option<Cache>,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(model: &'a Model, source: Padded, most: usize) -> Self {
        let (rows, lengths) = (source.rows, source.lengths);
        let ids = tensor(source.ids, rows, &model.device());
        let memory = model.encode(ids, Arc::from(lengths.as_slice()), &mut Pass::evaluation());
        Self { model, memory, lengths, cache: Some(model.cache(most)) }
    }

    /// What may follow each hypothesis, `[hypothesis, vocabulary]`.
    pub(super) fn logits(&mut self, rows: &[Hypothesis]) -> Vec<f32> {
        let mut cache = self.cache.take().expect("it comes back after each step");
        if !cache.is_empty() {
            cache.choose(&rows.iter().map(|row| row.parent).collect::<Vec<_>>());
        }
        let lengths: Arc<[usize]> = rows.iter().map(|row| self.lengths[row.start]).collect();
        let memory = Memory { lengths: Some(lengths), ..self.memory.clone() };
        let last: Vec<i32> = rows.iter().filter_map(|row| row.ids.last()).map(|&id| id as i32).collect();
        let ids: Tensor<2, Int> = tensor(last, rows.len(), &self.model.device());
        let mut pass = Pass::evaluation().with_cache(cache);
        let hidden = self.model.decode(ids, &memory, &mut pass);
        self.cache = pass.into_cache();
        host(self.model.head(hidden))
    }
}
