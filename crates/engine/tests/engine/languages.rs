//! Made-up languages, in which what follows is a pure function of all that came before.

use std::iter::zip;

use attentive_engine::{Hypothesis, Search};
use attentive_random::Key;

/// A language of a few words, the first of which ends a sentence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Language {
    pub(crate) seed: u64,
    pub(crate) words: usize,
}

pub(crate) const END: u32 = 0;

impl Language {
    pub(crate) fn logits(self, ids: &[u32]) -> Vec<f32> {
        let key = ids.iter().fold(Key::new(self.seed).at("language"), |key, &id| key.nth(u64::from(id)));
        key.normals(self.words, 2.0)
    }

    /// What follows all hypotheses, computed anew.
    pub(crate) fn next(self, live: &[Hypothesis]) -> Vec<f32> {
        live.iter().flat_map(|one| self.logits(&one.ids)).collect()
    }

    /// What follows all hypotheses, for a caller that keeps of each what it has seen, as a cache does.
    pub(crate) fn cached(self) -> impl FnMut(&[Hypothesis]) -> Vec<f32> {
        let mut seen: Vec<Vec<u32>> = Vec::new();
        move |live| {
            let of = |one: &Hypothesis| {
                let mut past = seen.get(one.parent).cloned().unwrap_or_default();
                let new = if past.is_empty() { one.ids.clone() } else { one.ids[one.ids.len() - 1..].to_vec() };
                past.extend(new);
                past
            };
            seen = live.iter().map(of).collect();
            seen.iter().flat_map(|ids| self.logits(ids)).collect()
        }
    }

    pub(crate) fn log_probabilities(self, ids: &[u32]) -> Vec<f64> {
        let logits: Vec<f64> = self.logits(ids).into_iter().map(f64::from).collect();
        let total = logits.iter().map(|logit| logit.exp()).sum::<f64>().ln();
        logits.into_iter().map(|logit| logit - total).collect()
    }

    /// The log-probability of `ids` after `start`.
    pub(crate) fn total(self, start: &[u32], ids: &[u32]) -> f64 {
        let before = |made: usize| [start, &ids[..made]].concat();
        zip(0.., ids).map(|(made, &id)| self.log_probabilities(&before(made))[id as usize]).sum()
    }

    /// Each sentence of up to `most` words, whole or cut at that length.
    pub(crate) fn sentences(self, most: usize) -> Vec<Vec<u32>> {
        let mut whole = Vec::new();
        let mut open = vec![Vec::new()];
        for _ in 0..most {
            let longer = |ids: Vec<u32>| (0..self.words as u32).map(move |id| [&ids[..], &[id]].concat());
            let (ended, going): (Vec<_>, Vec<_>) =
                open.into_iter().flat_map(longer).partition(|ids| ids.last() == Some(&END));
            whole.extend(ended);
            open = going;
        }
        whole.into_iter().chain(open).collect()
    }
}

pub(crate) fn search(beams: usize) -> Search {
    Search { beams, best: beams, ..Search::greedy(8, Some(END)) }
}
