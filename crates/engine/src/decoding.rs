//! From starts to whole sequences, step by step, over a function that gives logits. No model is known here, and no way to
//! choose: [`Search`](crate::Search) keeps the likeliest, [`Sampling`](crate::Sampling) draws.

use rayon::prelude::*;

/// A sequence under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypothesis {
    /// Which of the starts it goes on from.
    pub start: usize,
    /// Its place among the hypotheses of the step before, where a cache holds what is known of all its ids but the last.
    /// At the first step there is one hypothesis a start, and each is its own parent.
    pub parent: usize,
    /// The ids of its start, and those made so far.
    pub ids: Vec<u32>,
    made: usize,
    total: f64,
}

impl Hypothesis {
    fn new(start: usize, ids: &[u32]) -> Self {
        Self { start, parent: start, ids: ids.to_vec(), made: 0, total: 0.0 }
    }

    /// The ids made so far, without those of the start.
    pub fn made(&self) -> &[u32] {
        &self.ids[self.ids.len() - self.made..]
    }

    /// The sum of the log-probabilities of the ids made so far; those of forced ones are zero.
    pub fn total(&self) -> f64 {
        self.total
    }
}

/// A sequence that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The ids that were made: none of the start, and the end where the sequence came to one.
    pub ids: Vec<u32>,
    pub score: f64,
}

/// A hypothesis with what may follow it.
pub(crate) struct Row<'a> {
    pub(crate) hypothesis: &'a Hypothesis,
    pub(crate) logits: &'a [f32],
    place: usize,
    /// What each logit lies above its log-probability.
    excess: f64,
}

impl<'a> Row<'a> {
    fn new(place: usize, hypothesis: &'a Hypothesis, logits: &'a [f32]) -> Self {
        Self { hypothesis, logits, place, excess: log_sum(logits) }
    }

    /// The total of the hypothesis with this id more: no number when any of the logits is none.
    pub(crate) fn total(&self, id: u32) -> f64 {
        self.hypothesis.total + f64::from(self.logits[id as usize]) - self.excess
    }

    pub(crate) fn followed(&self, id: u32) -> Hypothesis {
        self.led_to(id, self.total(id))
    }

    /// The hypothesis with this id more, and with this total.
    pub(crate) fn led_to(&self, id: u32, total: f64) -> Hypothesis {
        let Hypothesis { start, ref ids, made, .. } = *self.hypothesis;
        let ids = ids.iter().copied().chain([id]).collect();
        Hypothesis { start, parent: self.place, ids, made: made + 1, total }
    }
}

/// Goes on from all starts at once. At each step `next` gives the logits of all hypotheses, `[hypothesis, vocabulary]`, and
/// `advance` makes of the rows of one start the hypotheses that go on from it. A start is done when none does.
pub(crate) fn decode(
    starts: &[Vec<u32>],
    mut next: impl FnMut(&[Hypothesis]) -> Vec<f32>,
    mut advance: impl FnMut(&[Row<'_>]) -> Vec<Hypothesis>,
) {
    let mut live: Vec<Hypothesis> = starts.iter().enumerate().map(|(start, ids)| Hypothesis::new(start, ids)).collect();
    while !live.is_empty() {
        let logits = next(&live);
        let vocabulary = logits.len() / live.len();
        let exact = vocabulary > 0 && vocabulary * live.len() == logits.len();
        assert!(exact, "{} logits are no rows of one length for {} hypotheses", logits.len(), live.len());
        let rows = live.par_iter().zip(logits.par_chunks_exact(vocabulary)).enumerate();
        let rows: Vec<Row<'_>> =
            rows.map(|(place, (hypothesis, logits))| Row::new(place, hypothesis, logits)).collect();
        live = rows
            .chunk_by(|left, right| left.hypothesis.start == right.hypothesis.start)
            .flat_map(&mut advance)
            .collect();
    }
}

/// The logarithm of the sum of the exponentials.
fn log_sum(logits: &[f32]) -> f64 {
    let greatest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|&logit| f64::from((logit - greatest).exp())).sum();
    f64::from(greatest) + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one_whatever_the_logits() {
        let half = std::f64::consts::LN_2;
        for (logits, expected) in [
            (vec![0.0, 0.0], half),
            (vec![1000.0, 1000.0], 1000.0 + half),
            (vec![-1000.0, f32::NEG_INFINITY, -1000.0], half - 1000.0),
        ] {
            assert!((log_sum(&logits) - expected).abs() < 1e-12, "{logits:?}: {}", log_sum(&logits));
        }
        for logits in [[f32::NAN, 3.0], [f32::INFINITY, 3.0], [f32::NEG_INFINITY; 2]] {
            assert!(log_sum(&logits).is_nan(), "{logits:?}: {}", log_sum(&logits));
        }
    }
}
