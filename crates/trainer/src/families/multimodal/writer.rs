//! Texts about pictures, written through a key-value cache: pictures are read once, and of texts what is new.

use std::collections::BTreeMap;

use attentive_attention::{Cache, Memory, Pass};
use attentive_engine::{Found, Hypothesis, Search};
use attentive_multimodal::Answers as Model;
use burn::tensor::Tensor;

use super::super::{candidates::host, reader::tensor};

/// How texts go on from their beginnings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writing {
    /// Ids that the model reads at most.
    pub(super) context: usize,
    pub(super) end: u32,
}

/// Pictures that were read, and texts about them under way.
struct Writer<'a> {
    model: &'a Model,
    memory: Memory,
    cache: Option<Cache>,
}

impl Writing {
    /// The likeliest ids behind the beginning of a row each, all of one length; without the end.
    pub(super) fn on(&self, model: &Model, pictures: Tensor<4>, beginnings: &[Vec<u32>]) -> Vec<Vec<u32>> {
        let length = beginnings.first().map_or(0, Vec::len);
        let memory = model.memory(pictures, &mut Pass::evaluation());
        let mut writer = Writer { model, memory, cache: Some(model.cache(self.context)) };
        // The last id is not read anymore.
        let search = Search::greedy(self.context + 1 - length.min(self.context), Some(self.end));
        let found = search.run(beginnings, |rows| writer.logits(rows));
        found.into_iter().map(|found| self.text(found)).collect()
    }

    fn text(&self, found: Vec<Found>) -> Vec<u32> {
        let ids = found.into_iter().next().map_or_else(Vec::new, |best| best.ids);
        ids.strip_suffix(&[self.end]).map_or_else(|| ids.clone(), <[u32]>::to_vec)
    }
}

impl Writer<'_> {
    /// What may follow each text, `[hypothesis, vocabulary]`.
    fn logits(&mut self, rows: &[Hypothesis]) -> Vec<f32> {
        let mut cache = self.cache.take().expect("it comes back after each step");
        let first = cache.is_empty();
        if !first {
            cache.choose(&rows.iter().map(|row| row.parent).collect::<Vec<_>>());
        }
        let new = |row: &Hypothesis| if first { 0 } else { row.ids.len() - 1 };
        let ids: Vec<i32> = rows.iter().flat_map(|row| &row.ids[new(row)..]).map(|&id| id as i32).collect();
        let mut pass = Pass::evaluation().with_cache(cache);
        let hidden = self.model.hidden(tensor(ids, rows.len(), &self.model.device()), &self.memory, &mut pass);
        self.cache = pass.into_cache();
        let [_, queries, _] = hidden.dims();
        host(self.model.head(hidden.narrow(1, queries - 1, 1)))
    }
}

/// The numbers of texts by their length, no more than `most` together: what goes through a cache at once.
pub(super) fn batches<'a>(texts: impl IntoIterator<Item = &'a [u32]>, most: usize) -> Vec<Vec<usize>> {
    let mut lengths: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, text) in texts.into_iter().enumerate() {
        lengths.entry(text.len()).or_default().push(number);
    }
    lengths.values().flat_map(|numbers| numbers.chunks(most)).map(<[usize]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_one_length_go_together() {
        let texts: [&[u32]; 5] = [&[1, 2], &[1], &[3, 4], &[5, 6], &[2]];
        assert_eq!(batches(texts, 2), [vec![1, 4], vec![0, 2], vec![3]]);
    }
}
