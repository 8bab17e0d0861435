//! Beam search: of each start, the likeliest sequences that a few hypotheses side by side come to.
//!
//! The rules are those of `generate` with `num_beams` in transformers 5.23; `tests/engine/searching.rs` holds what it finds.
//!
//! - of all hypotheses with one id more, the likeliest are candidates, twice as many as there are beams;
//! - a candidate that ends is found when it is in their likelier half, else lost; of the others, one a beam goes on;
//! - a score is the sum of the log-probabilities over the power `length_penalty` of their number, the end's among them (the
//!   ids of the start count for neither);
//! - at the greatest length each candidate of the likelier half is found, as if it ended.
//!
//! Of equals, the one from the likelier hypothesis comes first, then the one with the lower id.

use crate::decoding::{Found, Hypothesis, Row, decode};

/// How to search. A count of zero is taken for one.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Hypotheses side by side. One alone takes the likeliest id always, and is done when that is the end.
    pub beams: usize,
    /// Zero scores by probability, which favors short sequences; one by its mean over the ids; more favors long ones.
    pub length_penalty: f64,
    pub stopping: Stopping,
    /// Ids to make at most, the end among them.
    pub most: usize,
    /// Sequences to find for each start: no more than there are beams.
    pub best: usize,
    /// The id that ends a sequence.
    pub end: Option<u32>,
    /// No run of this many ids comes twice, the start's ids counted.
    pub no_repeat: Option<usize>,
    /// Ids that are not made (`bad_words_ids`).
    pub ruled_out: Vec<u32>,
    /// Ids to make before the end may come.
    pub least: usize,
    /// What each sequence begins with (`forced_bos_token_id`). A forced id is certain, whatever else rules it out.
    pub forced_first: Option<u32>,
    /// What is made at the greatest length (`forced_eos_token_id`).
    pub forced_last: Option<u32>,
}

/// When a start is done, before its sequences reach the greatest length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopping {
    /// When as many sequences as there are beams have ended (`early_stopping=True`).
    Full,
    /// When moreover no hypothesis, at the length that it has, scores above the worst of them (`early_stopping=False`).
    Hopeless,
}

/// A hypothesis with one id more.
struct Candidate<'a> {
    row: &'a Row<'a>,
    id: u32,
    total: f64,
}

impl Search {
    /// Takes the likeliest id always, and rules nothing out.
    pub fn greedy(most: usize, end: Option<u32>) -> Self {
        Self {
            beams: 1,
            length_penalty: 1.0,
            stopping: Stopping::Hopeless,
            most,
            best: 1,
            end,
            no_repeat: None,
            ruled_out: Vec::new(),
            least: 0,
            forced_first: None,
            forced_last: None,
        }
    }

    /// The best sequences of each start, best first: at least one, and `best` of them where as many can be.
    ///
    /// At each step `next` is given the hypotheses that go on, grouped by start, and gives the logits (or log-probabilities)
    /// of what follows each, `[hypothesis, vocabulary]`. Whoever keeps a cache takes its rows in the order of the hypotheses'
    /// parents. Starts that are done are no longer among them.
    ///
    /// A logit of minus infinity rules an id out. Where a row has nothing else, or has what is no finite number, nothing
    /// follows; when that is so of all rows of a start, it is done, and has its hypotheses as they are.
    ///
    /// # Panics
    /// When `next` gives no rows of one length, one for each hypothesis.
    pub fn run(&self, starts: &[Vec<u32>], next: impl FnMut(&[Hypothesis]) -> Vec<f32>) -> Vec<Vec<Found>> {
        let mut found = vec![Vec::new(); starts.len()];
        decode(starts, next, |rows| self.advance(rows, &mut found[rows[0].hypothesis.start]));
        found.iter_mut().for_each(|found| found.truncate(self.best.max(1)));
        found
    }

    /// Adds to what is found for a start, and says which of its hypotheses go on.
    fn advance(&self, rows: &[Row<'_>], found: &mut Vec<Found>) -> Vec<Hypothesis> {
        let candidates = self.candidates(rows);
        let followed = |candidate: &Candidate<'_>| candidate.row.led_to(candidate.id, candidate.total);
        let ended = candidates.iter().take(self.beams()).filter(|candidate| self.ends(candidate));
        found.extend(ended.map(|candidate| self.found(&followed(candidate))));
        if candidates.is_empty() {
            found.extend(rows.iter().map(|row| self.found(row.hypothesis)));
        }
        found.sort_by(|left, right| right.score.total_cmp(&left.score));
        found.truncate(self.beams());
        let live = candidates.iter().filter(|candidate| !self.ends(candidate)).take(self.beams());
        let live: Vec<Hypothesis> = live.map(followed).collect();
        if self.done(found, live.first()) { Vec::new() } else { live }
    }

    /// The likeliest first. A single beam needs no second candidate: it is done when the first one ends.
    fn candidates<'a>(&self, rows: &'a [Row<'a>]) -> Vec<Candidate<'a>> {
        let count = if self.beams() == 1 { 1 } else { self.beams().saturating_mul(2) };
        let mut candidates: Vec<Candidate<'_>> = rows.iter().flat_map(|row| self.followers(row, count)).collect();
        candidates.retain(|candidate| candidate.total.is_finite());
        candidates.sort_by(|left, right| right.total.total_cmp(&left.total));
        candidates.truncate(count);
        candidates
    }

    /// A hypothesis with each of the likeliest ids that may follow it. One that is forced is certain, if the vocabulary has it.
    fn followers<'a>(&self, row: &'a Row<'a>, count: usize) -> Vec<Candidate<'a>> {
        if let Some(id) = self.forced(row.hypothesis) {
            let total = row.hypothesis.total();
            return row.logits.get(id as usize).map(|_| Candidate { row, id, total }).into_iter().collect();
        }
        let likeliest = likeliest(row.logits, count, &self.excluded(row.hypothesis)).into_iter();
        likeliest.map(|id| Candidate { row, id, total: row.total(id) }).collect()
    }

    pub(crate) fn forced(&self, hypothesis: &Hypothesis) -> Option<u32> {
        let made = hypothesis.made().len();
        let last = self.forced_last.filter(|_| made + 1 >= self.most);
        last.or(self.forced_first.filter(|_| made == 0))
    }

    /// Ids that may not follow. What is left keeps its probability, as if they could.
    pub(crate) fn excluded(&self, hypothesis: &Hypothesis) -> Vec<u32> {
        let repeated = self.no_repeat.map(|size| repeated(&hypothesis.ids, size.max(1))).unwrap_or_default();
        let early = self.end.filter(|_| hypothesis.made().len() < self.least);
        repeated.into_iter().chain(early).chain(self.ruled_out.iter().copied()).collect()
    }

    fn ends(&self, candidate: &Candidate<'_>) -> bool {
        Some(candidate.id) == self.end || candidate.row.hypothesis.made().len() + 1 >= self.most
    }

    fn done(&self, found: &[Found], likeliest: Option<&Hypothesis>) -> bool {
        let worst = found.get(self.beams() - 1).map(|found| found.score);
        worst.is_some_and(|worst| match self.stopping {
            Stopping::Full => true,
            Stopping::Hopeless => likeliest.is_none_or(|likeliest| self.score(likeliest) <= worst),
        })
    }

    fn found(&self, hypothesis: &Hypothesis) -> Found {
        Found { ids: hypothesis.made().to_vec(), score: self.score(hypothesis) }
    }

    fn score(&self, hypothesis: &Hypothesis) -> f64 {
        hypothesis.total() / (hypothesis.made().len().max(1) as f64).powf(self.length_penalty)
    }

    fn beams(&self) -> usize {
        self.beams.max(1)
    }
}

/// The ids of the greatest `count` logits, the greatest first; of equals the lower id first.
fn likeliest(logits: &[f32], count: usize, excluded: &[u32]) -> Vec<u32> {
    let mut likeliest: Vec<(u32, f32)> = Vec::new();
    let mut least = f32::NEG_INFINITY;
    for (id, &logit) in (0..).zip(logits) {
        if logit > least && !excluded.contains(&id) {
            let place = likeliest.partition_point(|&(_, other)| other >= logit);
            likeliest.insert(place, (id, logit));
            likeliest.truncate(count);
            least = likeliest.get(count - 1).map_or(least, |&(_, least)| least);
        }
    }
    likeliest.into_iter().map(|(id, _)| id).collect()
}

/// Ids that would make the last `size` ids a run that was there before.
fn repeated(ids: &[u32], size: usize) -> Vec<u32> {
    let begun = ids.len().saturating_sub(size - 1);
    let runs = ids.windows(size).filter(|run| run[..size - 1] == ids[begun..]);
    runs.map(|run| run[size - 1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_come_in_order_and_equals_by_id() {
        let logits = [1.0, 3.0, f32::NAN, 3.0, 2.0, f32::NEG_INFINITY];
        assert_eq!(likeliest(&logits, 1, &[]), [1]);
        assert_eq!(likeliest(&logits, 3, &[]), [1, 3, 4]);
        assert_eq!(likeliest(&logits, 9, &[1]), [3, 4, 0]);
        assert_eq!(likeliest(&[f32::NAN], 2, &[]), [0; 0]);
    }

    #[test]
    fn an_id_repeats_a_run_when_it_followed_its_beginning_before() {
        let ids = [1, 2, 3, 1, 2, 5, 1, 2];
        assert_eq!(repeated(&ids, 3), [3, 5]);
        assert_eq!(repeated(&ids, 4), [5; 0]);
        assert_eq!(repeated(&ids[..5], 1), [1, 2, 3, 1, 2]);
        assert_eq!(repeated(&[7], 2), [0; 0]);
        assert_eq!(repeated(&[], 1), [0; 0]);
        assert_eq!(repeated(&[7], 5), [0; 0]);
    }
}
