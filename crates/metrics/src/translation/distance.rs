//! The edit distance of two sequences of words along a beam, as Tercom computes it: what lies far from the diagonal is not
//! looked at, so that time and memory grow with the lengths and not with their product.

/// Tercom's, on each side of the diagonal.
const BEAM: usize = 25;
/// A cell outside of the beam. Half of what fits, so that a step more is no overflow.
const UNREACHABLE: usize = usize::MAX / 2;

/// Distances of one beginning of the hypothesis to the beginnings of the reference inside the beam.
#[derive(Clone, Default)]
pub(super) struct Row {
    first: usize,
    costs: Vec<usize>,
}

impl Row {
    pub(super) fn cost(&self, words: usize) -> usize {
        self.costs.get(words.wrapping_sub(self.first)).copied().unwrap_or(UNREACHABLE)
    }

    /// The distance to the whole reference.
    fn last(&self) -> usize {
        self.costs.last().copied().unwrap_or(UNREACHABLE)
    }
}

/// Distances to one reference of hypotheses of one length.
pub(super) struct Distance<'a> {
    reference: &'a [usize],
    length: usize,
    /// Words of the reference per word of the hypothesis: the slope of the diagonal.
    slope: f64,
    beam: usize,
}

impl<'a> Distance<'a> {
    pub(super) fn new(reference: &'a [usize], length: usize) -> Self {
        let slope = if length == 0 { 1.0 } else { reference.len() as f64 / length as f64 };
        let half = slope / 2.0; // a steeper diagonal than the beam is wide would leave gaps between rows
        let beam = if half > BEAM as f64 { (half + BEAM as f64).ceil() as usize } else { BEAM };
        Self { reference, length, slope, beam }
    }

    /// The rows of every beginning of the hypothesis; the first is that of none of its words.
    pub(super) fn rows(&self, hypothesis: &[usize]) -> Vec<Row> {
        let mut rows = Vec::with_capacity(hypothesis.len() + 1);
        let mut above = Row { first: 0, costs: (0..=self.reference.len()).collect() };
        for (index, &word) in hypothesis.iter().enumerate() {
            let mut row = Row::default();
            self.fill(&mut row, index + 1, word, &above);
            rows.push(std::mem::replace(&mut above, row));
        }
        rows.push(above);
        rows
    }

    /// The distance of a hypothesis whose first words are those for which `rows` were made.
    pub(super) fn cost(&self, hypothesis: &[usize], rows: &[Row], unchanged: usize) -> usize {
        let (mut above, mut row) = (rows[unchanged].clone(), Row::default());
        for (index, &word) in hypothesis.iter().enumerate().skip(unchanged) {
            self.fill(&mut row, index + 1, word, &above);
            std::mem::swap(&mut above, &mut row);
        }
        above.last()
    }

    /// The row after `words` words, of which `word` is the last.
    fn fill(&self, row: &mut Row, words: usize, word: usize, above: &Row) {
        let diagonal = (words as f64 * self.slope).floor() as usize;
        let whole = self.reference.len() + 1;
        row.first = diagonal.saturating_sub(self.beam);
        let end = if words == self.length { whole } else { whole.min(diagonal + self.beam) };
        row.costs.clear();
        let mut left = UNREACHABLE;
        for place in row.first..end {
            left = self.cheapest(place, word, above, left);
            row.costs.push(left);
        }
    }

    fn cheapest(&self, place: usize, word: usize, above: &Row, left: usize) -> usize {
        let deleted = above.cost(place) + 1;
        if place == 0 {
            return deleted.min(UNREACHABLE);
        }
        let replaced = above.cost(place - 1) + usize::from(self.reference[place - 1] != word);
        replaced.min(deleted).min(left + 1).min(UNREACHABLE)
    }
}

/// Which word of the reference belongs to which of the hypothesis.
pub(super) struct Alignment {
    /// By word of the reference: how many words of the hypothesis end where it does.
    pub(super) ends: Vec<usize>,
    pub(super) hypothesis_errors: Vec<bool>,
    pub(super) reference_errors: Vec<bool>,
}

impl Alignment {
    /// Walks the cheapest edits back, preferring a word for a word over a deletion, and this over an insertion.
    pub(super) fn new(hypothesis: &[usize], reference: &[usize], rows: &[Row]) -> Self {
        let (mut words, mut place) = (hypothesis.len(), reference.len());
        let mut alignment =
            Self { ends: vec![0; place], hypothesis_errors: vec![true; words], reference_errors: vec![true; place] };
        while place > 0 {
            let cost = rows[words].cost(place);
            let differ = words == 0 || hypothesis[words - 1] != reference[place - 1];
            if words > 0 && rows[words - 1].cost(place - 1) + usize::from(differ) == cost {
                alignment.ends[place - 1] = words;
                alignment.hypothesis_errors[words - 1] = differ;
                alignment.reference_errors[place - 1] = differ;
                (words, place) = (words - 1, place - 1);
            } else if words > 0 && rows[words - 1].cost(place) + 1 == cost {
                words -= 1;
            } else {
                alignment.ends[place - 1] = words;
                place -= 1;
            }
        }
        alignment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(hypothesis: &[usize], reference: &[usize]) -> usize {
        let distance = Distance::new(reference, hypothesis.len());
        distance.rows(hypothesis)[hypothesis.len()].cost(reference.len())
    }

    #[test]
    fn edits_are_counted() {
        assert_eq!(cost(&[1, 2, 3], &[1, 2, 3]), 0);
        assert_eq!(cost(&[1, 5, 3], &[1, 2, 3, 4]), 2);
        assert_eq!(cost(&[], &[1, 2]), 2);
    }

    #[test]
    fn lengths_far_apart_stay_in_reach() {
        let long: Vec<usize> = (0..1000).collect();
        assert_eq!(cost(&[300, 760], &long), 998);
        assert_eq!(cost(&[7, 900], &long), 1000, "neither word lies inside the beam");
        assert_eq!(cost(&long, &[500]), 999);
    }

    #[test]
    fn a_changed_end_costs_what_the_whole_costs() {
        let (before, after, reference) = ([1, 2, 3, 4, 5], [1, 2, 5, 3, 4], [1, 3, 4, 5, 6, 7]);
        let distance = Distance::new(&reference, before.len());
        assert_eq!(distance.cost(&after, &distance.rows(&before), 2), cost(&after, &reference));
    }

    #[test]
    fn the_alignment_tells_right_words_from_wrong_ones() {
        let (hypothesis, reference) = ([1, 9, 3], [1, 2, 3, 4]);
        let alignment = Alignment::new(&hypothesis, &reference, &Distance::new(&reference, 3).rows(&hypothesis));
        assert_eq!(alignment.ends, [1, 2, 3, 3]);
        assert_eq!(alignment.hypothesis_errors, [false, true, false]);
        assert_eq!(alignment.reference_errors, [false, true, false, true]);
    }
}
