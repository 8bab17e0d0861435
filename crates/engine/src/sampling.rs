//! One token from a row of logits, and whole sequences of them.

use std::collections::BTreeSet;

use attentive_random::Key;

use crate::{
    decoding::{Found, Hypothesis, Row, decode},
    search::Search,
};

/// How to choose. Each draw is a pure function of the seed and the place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Zero takes the likeliest token always.
    pub temperature: f64,
    /// Only the likeliest this many.
    pub top_k: Option<usize>,
    /// Only the likeliest that together have this probability (Holtzman et al. 2020).
    pub top_p: Option<f64>,
    pub seed: u64,
}

impl Sampling {
    /// The token of place number `place`.
    ///
    /// # Panics
    /// When there are no logits.
    pub fn pick(&self, logits: &[f32], place: u64) -> u32 {
        self.picked(logits, &BTreeSet::new(), place).expect("there are logits")
    }

    /// The same of what is not excluded, if that leaves any. What is left is cut off and drawn as if there were nothing else.
    fn picked(&self, logits: &[f32], excluded: &BTreeSet<u32>, place: u64) -> Option<u32> {
        let mut order: Vec<usize> = (0..logits.len()).filter(|&id| !excluded.contains(&(id as u32))).collect();
        order.sort_by(|&left, &right| logits[right].total_cmp(&logits[left]).then(left.cmp(&right)));
        let &likeliest = order.first()?;
        if self.temperature == 0.0 {
            return Some(likeliest as u32);
        }
        order.truncate(self.top_k.unwrap_or(usize::MAX).max(1));
        let weights = self.weights(logits, &order);
        let drawn = Key::new(self.seed).at("sampling").nth(place).stream().uniform();
        Some(order[chosen(&weights, f64::from(drawn))] as u32)
    }

    /// A sequence for each start, drawn side by side by the rules of a search: how many ids are made (zero is taken for one), what
    /// ends them, what is ruled out and what is forced, before anything is drawn, as transformers has it. Its beams, and what it scores by,
    /// are left aside: the score here is the sum of the log-probabilities that the logits give the ids, of forced ones zero. Starts may be equal:
    /// sequence number `n` is a pure function of the seed, of `n` and of what `next` gives, as in [`Search::run`]. Where all is ruled
    /// out, a sequence is done as it is.
    ///
    /// # Panics
    /// When `next` gives no rows of one length, one for each hypothesis.
    pub fn draw(&self, rules: &Search, starts: &[Vec<u32>], next: impl FnMut(&[Hypothesis]) -> Vec<f32>) -> Vec<Found> {
        let found = |done: &Hypothesis| Found { ids: done.made().to_vec(), score: done.total() };
        let mut all = vec![Found { ids: Vec::new(), score: 0.0 }; starts.len()];
        decode(starts, next, |rows| {
            let Some(drawn) = self.continued(rules, &rows[0]) else {
                all[rows[0].hypothesis.start] = found(rows[0].hypothesis);
                return Vec::new();
            };
            if drawn.made().len() < rules.most && drawn.ids.last().copied() != rules.end {
                return vec![drawn];
            }
            all[drawn.start] = found(&drawn);
            Vec::new()
        });
        all
    }

    /// The first sequence has the draws of `pick` at the same places.
    fn continued(&self, rules: &Search, row: &Row<'_>) -> Option<Hypothesis> {
        if let Some(id) = rules.forced(row.hypothesis) {
            let known = (id as usize) < row.logits.len();
            return known.then(|| row.led_to(id, row.hypothesis.total()));
        }
        let place = (row.hypothesis.start as u64) << 32 | row.hypothesis.made().len() as u64;
        let excluded = rules.excluded(row.hypothesis).into_iter().collect();
        Some(row.followed(self.picked(row.logits, &excluded, place)?))
    }

    /// Unnormalized probabilities in falling order, cut off by `top_p`.
    fn weights(&self, logits: &[f32], order: &[usize]) -> Vec<f64> {
        let greatest = f64::from(logits[order[0]]);
        let raised = |&index: &usize| ((f64::from(logits[index]) - greatest) / self.temperature).exp();
        let mut weights: Vec<f64> = order.iter().map(raised).collect();
        if let Some(share) = self.top_p {
            let total: f64 = weights.iter().sum();
            let mut reached = 0.0;
            let enough = weights.iter().position(|weight| {
                reached += weight / total;
                reached >= share
            });
            weights.truncate(enough.map_or(weights.len(), |last| last + 1));
        }
        weights
    }
}

fn chosen(weights: &[f64], drawn: f64) -> usize {
    let mut left = drawn * weights.iter().sum::<f64>();
    let found = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    found.unwrap_or(weights.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGITS: [f32; 4] = [0.0, 2.0, 1.0, -1.0];

    fn seen(sampling: &Sampling) -> Vec<u32> {
        let mut seen: Vec<u32> = (0..500).map(|place| sampling.pick(&LOGITS, place)).collect();
        seen.sort_unstable();
        seen.dedup();
        seen
    }

    const PLAIN: Sampling = Sampling { temperature: 1.0, top_k: None, top_p: None, seed: 1 };

    #[test]
    fn each_limit_cuts_the_tail() {
        assert_eq!(seen(&PLAIN), [0, 1, 2, 3]);
        assert_eq!(seen(&Sampling { temperature: 0.0, ..PLAIN }), [1]);
        assert_eq!(seen(&Sampling { top_k: Some(2), ..PLAIN }), [1, 2]);
        // The likeliest two have 0.64 and 0.24 of the probability.
        assert_eq!(seen(&Sampling { top_p: Some(0.8), ..PLAIN }), [1, 2]);
        assert_eq!(seen(&Sampling { top_p: Some(0.6), ..PLAIN }), [1]);
    }

    #[test]
    fn what_is_excluded_leaves_its_probability_to_the_rest() {
        let without = |excluded: &[u32], sampling: &Sampling| -> BTreeSet<Option<u32>> {
            let excluded = excluded.iter().copied().collect();
            (0..500).map(|place| sampling.picked(&LOGITS, &excluded, place)).collect()
        };
        assert_eq!(without(&[1], &PLAIN), [Some(0), Some(2), Some(3)].into());
        // The best two of what is left, and the share of what is left: 0.67 and 0.24 of it.
        assert_eq!(without(&[1], &Sampling { top_k: Some(2), ..PLAIN }), [Some(0), Some(2)].into());
        assert_eq!(without(&[1], &Sampling { top_p: Some(0.6), ..PLAIN }), [Some(2)].into());
        assert_eq!(without(&[1], &Sampling { temperature: 0.0, ..PLAIN }), [Some(2)].into());
        assert_eq!(without(&[0, 1, 2, 3], &PLAIN), [None].into());
    }

    #[test]
    fn draws_follow_the_probabilities() {
        let likeliest = (0..4000).filter(|&place| PLAIN.pick(&LOGITS, place) == 1).count();
        assert!((2450..2700).contains(&likeliest), "{likeliest} of 4000, where 2576 are expected");
    }
}
