//! The number of edits of TER (Snover et al. 2006): insertions, deletions, replacements, and shifts of a run of words.
//!
//! The shift that helps most is made, again and again until none helps. Which shifts are tried, and which of equals wins, are
//! rules of Tercom that the paper does not give; sacreBLEU follows them, and this file follows sacreBLEU.

use std::cmp::Reverse;

use super::distance::{Alignment, Distance, Row};

/// Tercom's limits: of the words that one shift moves, and of how far apart equal words are looked for.
const LONGEST: usize = 10;
const FARTHEST: usize = 50;
/// sacreBLEU's limit of the shifts tried on one segment, after which no more is made.
const MOST_TRIED: usize = 1000;

/// The edits that turn the hypothesis into the reference. Words are told apart by number.
pub(super) fn edits(hypothesis: &[usize], reference: &[usize]) -> usize {
    if reference.is_empty() {
        return hypothesis.len();
    }
    let distance = Distance::new(reference, hypothesis.len());
    let (mut words, mut shifts, mut tried) = (hypothesis.to_vec(), 0, 0);
    loop {
        let mut search = Search::new(&distance, &words, reference, tried);
        let best = search.best();
        tried = search.tried;
        match best {
            Some(shift) if shift.cost.0 < search.cost && tried < MOST_TRIED => {
                shift.apply(&mut words);
                shifts += 1;
            }
            _ => return shifts + search.cost,
        }
    }
}

/// Moves `length` words from `start` to before `target`. The greatest is the best one: the order of the fields matters.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Shift {
    /// The distance that remains after it.
    cost: Reverse<usize>,
    length: usize,
    start: Reverse<usize>,
    target: Reverse<usize>,
}

impl Shift {
    fn apply(&self, words: &mut [usize]) {
        let (length, Reverse(start), Reverse(target)) = (self.length, self.start, self.target);
        if target < start {
            words[target..start + length].rotate_right(length);
        } else {
            // A target within the moved words means so many words further on.
            let end = if target > start + length { target } else { words.len().min(target + length) };
            words[start..end].rotate_left(length);
        }
    }

    /// How many words at the beginning stay where they are.
    fn unchanged(&self) -> usize {
        self.start.0.min(self.target.0)
    }
}

/// The search for the next shift.
struct Search<'a> {
    distance: &'a Distance<'a>,
    words: &'a [usize],
    reference: &'a [usize],
    rows: Vec<Row>,
    alignment: Alignment,
    /// The distance without a shift.
    cost: usize,
    /// Shifts tried so far on this segment.
    tried: usize,
    shifted: Vec<usize>,
}

impl<'a> Search<'a> {
    fn new(distance: &'a Distance<'a>, words: &'a [usize], reference: &'a [usize], tried: usize) -> Self {
        let rows = distance.rows(words);
        let alignment = Alignment::new(words, reference, &rows);
        let cost = rows[words.len()].cost(reference.len());
        Self { distance, words, reference, rows, alignment, cost, tried, shifted: Vec::new() }
    }

    fn best(&mut self) -> Option<Shift> {
        let mut best = None;
        for start in 0..self.words.len() {
            for place in start.saturating_sub(FARTHEST)..self.reference.len().min(start + FARTHEST + 1) {
                for length in 1..=self.equal(start, place) {
                    if !self.may_help(start, place, length) {
                        continue;
                    }
                    best = best.max(self.nearby(start, place, length));
                    if self.tried >= MOST_TRIED {
                        return best;
                    }
                }
            }
        }
        best
    }

    /// How many words from `start` on equal those of the reference from `place` on.
    fn equal(&self, start: usize, place: usize) -> usize {
        let pairs = self.words[start..].iter().zip(&self.reference[place..]).take(LONGEST);
        pairs.take_while(|(word, other)| word == other).count()
    }

    /// Whether words stand wrong on both sides, and the run is not aligned with itself.
    fn may_help(&self, start: usize, place: usize, length: usize) -> bool {
        let wrong = |errors: &[bool], from: usize| errors[from..from + length].contains(&true);
        let end = self.alignment.ends[place];
        wrong(&self.alignment.hypothesis_errors, start)
            && wrong(&self.alignment.reference_errors, place)
            && !(start < end && end <= start + length)
    }

    /// The best shift of the run to where the words around its place in the reference are aligned.
    fn nearby(&mut self, start: usize, place: usize, length: usize) -> Option<Shift> {
        let target = |index: usize| index.checked_sub(1).map_or(0, |before| self.alignment.ends[before]);
        let mut targets: Vec<usize> = (place..=place + length).map(target).collect();
        targets.dedup();
        targets.into_iter().map(|target| self.tried(start, length, target)).max()
    }

    fn tried(&mut self, start: usize, length: usize, target: usize) -> Shift {
        let mut shift = Shift { cost: Reverse(0), length, start: Reverse(start), target: Reverse(target) };
        self.shifted.clear();
        self.shifted.extend_from_slice(self.words);
        shift.apply(&mut self.shifted);
        shift.cost = Reverse(self.distance.cost(&self.shifted, &self.rows, shift.unchanged()));
        self.tried += 1;
        shift
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_run_is_one_edit() {
        assert_eq!(edits(&[4, 5, 1, 2, 3], &[1, 2, 3, 4, 5]), 1);
        assert_eq!(edits(&[1, 2, 3, 4, 5], &[4, 5, 1, 2, 3]), 1);
    }

    #[test]
    fn the_example_of_the_paper_has_four_edits() {
        // "this week the Saudis denied information published in the New York Times" for
        // "Saudi Arabia denied this week information published in the American New York Times": a shift, two
        // replacements and an insertion.
        let hypothesis = [0, 1, 2, 3, 4, 5, 6, 7, 2, 8, 9, 10];
        let reference = [11, 12, 4, 0, 1, 5, 6, 7, 2, 13, 8, 9, 10];
        assert_eq!(edits(&hypothesis, &reference), 4);
    }

    #[test]
    fn nothing_costs_all_of_the_other_side() {
        assert_eq!([edits(&[], &[1, 2]), edits(&[1, 2, 3], &[]), edits(&[], &[])], [2, 3, 0]);
    }

    #[test]
    fn words_move_forward_backward_and_within_themselves() {
        let moved = |length, start, target| {
            let mut words = [0, 1, 2, 3, 4, 5];
            let shift = Shift { cost: Reverse(0), length, start: Reverse(start), target: Reverse(target) };
            shift.apply(&mut words);
            words
        };
        assert_eq!(moved(2, 3, 1), [0, 3, 4, 1, 2, 5]);
        assert_eq!(moved(2, 1, 5), [0, 3, 4, 1, 2, 5]);
        assert_eq!(moved(3, 1, 2), [0, 4, 1, 2, 3, 5]);
        assert_eq!(moved(3, 2, 4), [0, 1, 5, 2, 3, 4]);
    }
}
