//! One token from a row of logits, and whole sequences of them.

use attentive_random::Key;

use crate::decoding::{Found, Hypothesis, Row, decode};

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
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|&left, &right| logits[right].total_cmp(&logits[left]).then(left.cmp(&right)));
        if self.temperature == 0.0 {
            return order[0] as u32;
        }
        order.truncate(self.top_k.unwrap_or(usize::MAX).max(1));
        let weights = self.weights(logits, &order);
        let drawn = Key::new(self.seed).at("sampling").nth(place).stream().uniform();
        order[chosen(&weights, f64::from(drawn))] as u32
    }

    /// A sequence for each start, drawn side by side, until `end` or for `most` ids (zero is taken for one); its score is the
    /// sum of the log-probabilities that the logits give its ids. Starts may be equal: sequence number `n` is a pure function
    /// of the seed, of `n` and of what `next` gives, as in [`Search::run`](crate::Search::run).
    ///
    /// # Panics
    /// When `next` gives no rows of one length, one for each hypothesis.
    pub fn draw(
        &self,
        starts: &[Vec<u32>],
        most: usize,
        end: Option<u32>,
        next: impl FnMut(&[Hypothesis]) -> Vec<f32>,
    ) -> Vec<Found> {
        let mut found = vec![Found { ids: Vec::new(), score: 0.0 }; starts.len()];
        decode(starts, next, |rows| {
            let drawn = self.continued(&rows[0]);
            if drawn.made().len() < most && drawn.ids.last().copied() != end {
                return vec![drawn];
            }
            found[drawn.start] = Found { ids: drawn.made().to_vec(), score: drawn.total() };
            Vec::new()
        });
        found
    }

    /// The first sequence has the draws of `pick` at the same places.
    fn continued(&self, row: &Row<'_>) -> Hypothesis {
        let place = (row.hypothesis.start as u64) << 32 | row.hypothesis.made().len() as u64;
        row.followed(self.pick(row.logits, place))
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
    fn draws_follow_the_probabilities() {
        let likeliest = (0..4000).filter(|&place| PLAIN.pick(&LOGITS, place) == 1).count();
        assert!((2450..2700).contains(&likeliest), "{likeliest} of 4000, where 2576 are expected");
    }
}
