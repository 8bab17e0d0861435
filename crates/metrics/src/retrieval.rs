//! How soon the right candidates come when all are sorted by similarity, from queries to candidates and back.

use std::collections::BTreeSet;

use crate::{mean, share};

/// The similarity of every query with every candidate, and which belong together.
#[derive(Clone, Debug)]
pub struct Retrieval<'a> {
    /// `[query, candidate]`
    similarities: &'a [f32],
    candidates: usize,
    /// The right candidates of each query.
    right: &'a [BTreeSet<usize>],
}

impl<'a> Retrieval<'a> {
    /// `similarities` has a row for each query and a column for each candidate; `right` names columns for each row.
    ///
    /// `None` when these disagree.
    pub fn new(similarities: &'a [f32], candidates: usize, right: &'a [BTreeSet<usize>]) -> Option<Self> {
        let is_whole = right.len().checked_mul(candidates) == Some(similarities.len());
        let is_inside = right.iter().flatten().all(|&candidate| candidate < candidates);
        (is_whole && is_inside).then_some(Self { similarities, candidates, right })
    }

    /// For each query that has right candidates, the [`rank`] of the first of them.
    pub fn ranks(&self) -> Vec<usize> {
        self.right.iter().enumerate().filter_map(|(query, right)| rank(self.row(query), right)).collect()
    }

    /// The same from candidates to queries.
    pub fn reverse_ranks(&self) -> Vec<usize> {
        let right = self.reversed();
        right.iter().enumerate().filter_map(|(candidate, right)| rank(&self.column(candidate), right)).collect()
    }

    fn row(&self, query: usize) -> &[f32] {
        &self.similarities[query * self.candidates..][..self.candidates]
    }

    fn column(&self, candidate: usize) -> Vec<f32> {
        self.similarities.iter().skip(candidate).step_by(self.candidates).copied().collect()
    }

    fn reversed(&self) -> Vec<BTreeSet<usize>> {
        let mut queries = vec![BTreeSet::new(); self.candidates];
        for (query, right) in self.right.iter().enumerate() {
            right.iter().for_each(|&candidate| {
                queries[candidate].insert(query);
            });
        }
        queries
    }
}

/// At which place, counted from 1, the first right candidate comes.
///
/// A wrong candidate comes before unless it is less similar: so it does when it ties, and when either one is NaN. Right
/// ones do not stand in each other's way. `None` without a right candidate.
pub fn rank(scores: &[f32], right: &BTreeSet<usize>) -> Option<usize> {
    let best = right.iter().filter_map(|&candidate| scores.get(candidate)).copied().reduce(f32::max)?;
    let is_ahead = |&(candidate, score): &(usize, &f32)| {
        let is_less = *score < best;
        !is_less && !right.contains(&candidate)
    };
    Some(1 + scores.iter().enumerate().filter(is_ahead).count())
}

/// The share of queries that find some right candidate among the first `k`: recall@k of image and text retrieval.
pub fn recall(ranks: &[usize], k: usize) -> Option<f64> {
    share(ranks.iter().map(|&rank| rank <= k))
}

/// The median rank, half way between the middle two when there are two.
pub fn median_rank(ranks: &[usize]) -> Option<f64> {
    let mut sorted = ranks.to_vec();
    sorted.sort_unstable();
    let upper = *sorted.get(ranks.len() / 2)?;
    let lower = sorted[(ranks.len() - 1) / 2];
    Some(f64::midpoint(lower as f64, upper as f64))
}

/// The mean of `1 / rank`.
pub fn mean_reciprocal_rank(ranks: &[usize]) -> Option<f64> {
    let reciprocal: Vec<f64> = ranks.iter().map(|&rank| 1.0 / rank as f64).collect();
    mean(&reciprocal)
}

/// How ties are counted, beside the score.
pub const SIGNATURE: &str = "ties:wrong-first";

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(right: &[&[usize]]) -> Vec<BTreeSet<usize>> {
        right.iter().map(|right| right.iter().copied().collect()).collect()
    }

    #[test]
    fn both_directions_by_hand() {
        let similarities = [
            0.9, 0.1, 0.5, //
            0.8, 0.7, 0.6,
        ];
        let right = sets(&[&[0], &[1, 2]]);
        let retrieval = Retrieval::new(&similarities, 3, &right).expect("the shapes agree");
        assert_eq!(retrieval.ranks(), [1, 2]);
        assert_eq!(retrieval.reverse_ranks(), [1, 1, 1]);
    }

    #[test]
    fn ties_and_unknowns_count_against_the_right_one() {
        let right = BTreeSet::from([1]);
        assert_eq!(rank(&[0.5, 0.5, 0.1], &right), Some(2));
        assert_eq!(rank(&[f32::NAN, 0.5, 0.1], &right), Some(2));
        assert_eq!(rank(&[0.2, f32::NAN, 0.1], &right), Some(3));
        assert_eq!(rank(&[0.0; 5], &right), Some(5));
    }

    #[test]
    fn right_ones_do_not_stand_in_each_others_way() {
        let right = BTreeSet::from([0, 2]);
        assert_eq!(rank(&[0.9, 0.5, 0.9], &right), Some(1));
        assert_eq!(rank(&[f32::NAN, 0.5, 0.9], &right), Some(1));
    }

    #[test]
    fn a_query_without_answers_is_not_counted() {
        let right = sets(&[&[], &[1]]);
        let retrieval = Retrieval::new(&[0.1, 0.2, 0.3, 0.4], 2, &right).expect("the shapes agree");
        assert_eq!(retrieval.ranks(), [1]);
        assert_eq!(retrieval.reverse_ranks(), [1]);
        assert_eq!(recall(&[], 1), None);
        assert_eq!((median_rank(&[]), mean_reciprocal_rank(&[])), (None, None));
    }

    #[test]
    fn shapes_must_agree() {
        let right = sets(&[&[0], &[1]]);
        assert!(Retrieval::new(&[0.0; 4], 2, &right).is_some());
        assert!(Retrieval::new(&[0.0; 5], 2, &right).is_none());
        assert!(Retrieval::new(&[0.0; 2], 1, &right).is_none());
        assert!(Retrieval::new(&[], usize::MAX, &right).is_none());
        let nothing = Retrieval::new(&[], 0, &[]).expect("nothing agrees with nothing");
        assert!(nothing.ranks().is_empty() && nothing.reverse_ranks().is_empty());
    }

    #[test]
    fn scores_of_ranks() {
        let ranks = [1, 4, 2, 10];
        assert_eq!([1, 2, 5, 10].map(|k| recall(&ranks, k)), [0.25, 0.5, 0.75, 1.0].map(Some));
        assert_eq!(median_rank(&ranks), Some(3.0));
        assert_eq!(median_rank(&ranks[..3]), Some(2.0));
        assert_eq!(mean_reciprocal_rank(&ranks[..3]), Some((1.0 + 0.25 + 0.5) / 3.0));
    }
}
