//! The n-grams of a sequence, of every order from one sort.

/// The places of a sequence, sorted by what begins there: equal n-grams of any order lie side by side.
pub(super) struct Grams<'a, T> {
    starts: Vec<&'a [T]>,
}

/// The distinct n-grams of one order, in ascending order, and how often each occurs.
pub(super) type Counts<'a, T> = Vec<(&'a [T], u64)>;

impl<'a, T: Ord> Grams<'a, T> {
    /// Holds the n-grams up to `order`; longer beginnings are not compared, so that a monotonous text costs no more.
    pub(super) fn new(sequence: &'a [T], order: u8) -> Self {
        let end = |start: usize| sequence.len().min(start + usize::from(order));
        let mut starts: Vec<&[T]> = (0..sequence.len()).map(|start| &sequence[start..end(start)]).collect();
        starts.sort_unstable();
        Self { starts }
    }

    pub(super) fn counts(&self, order: u8) -> Counts<'a, T> {
        let mut counts: Counts<'a, T> = Vec::with_capacity(self.starts.len());
        for gram in self.starts.iter().filter_map(|start| start.get(..usize::from(order))) {
            match counts.last_mut() {
                Some((last, count)) if *last == gram => *count += 1,
                _ => counts.push((gram, 1)),
            }
        }
        counts
    }
}

pub(super) fn total<T>(counts: &Counts<'_, T>) -> u64 {
    counts.iter().map(|(_, count)| count).sum()
}

/// How many of the n-grams in `counts` are matched, each at most as often as the reference that has most of it.
pub(super) fn matches<T: Ord>(counts: &Counts<'_, T>, references: &[Counts<'_, T>]) -> u64 {
    let mut rests: Vec<&[(&[T], u64)]> = references.iter().map(Vec::as_slice).collect();
    let mut most = |gram: &[T]| rests.iter_mut().map(|rest| occurrences(rest, gram)).max().unwrap_or(0);
    counts.iter().map(|(gram, count)| most(gram).min(*count)).sum()
}

/// How often the n-gram is in `rest`, of which all before it is dropped: who asks goes upward.
fn occurrences<T: Ord>(rest: &mut &[(&[T], u64)], gram: &[T]) -> u64 {
    let passed = rest.iter().take_while(|(other, _)| *other < gram).count();
    *rest = &rest[passed..];
    rest.first().filter(|(other, _)| *other == gram).map_or(0, |(_, count)| *count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_grams_are_counted_together() {
        let grams = Grams::new(b"abracadabra", 3);
        assert_eq!(grams.counts(1), [(&b"a"[..], 5), (b"b", 2), (b"c", 1), (b"d", 1), (b"r", 2)]);
        assert_eq!(grams.counts(3)[..2], [(&b"abr"[..], 2), (b"aca", 1)]);
        assert_eq!(total(&grams.counts(3)), 9);
    }

    #[test]
    fn a_short_sequence_has_no_long_grams() {
        assert!(Grams::new(b"ab", 3).counts(3).is_empty());
    }

    #[test]
    fn a_match_counts_as_often_as_one_reference_has_it() {
        let counts = |text: &'static [u8]| Grams::new(text, 1).counts(1);
        assert_eq!(matches(&counts(b"aaab"), &[counts(b"aac"), counts(b"ac")]), 2);
        assert_eq!(matches(&counts(b"aaab"), &[]), 0);
    }
}
