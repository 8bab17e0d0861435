//! How two judgments of the same items go together. Every item is a pair of numbers.
//!
//! A correlation is `None` when either side is constant (so also below two items) or holds a NaN.

use std::cmp::Ordering;

/// Pearson's r. `None` also for infinite numbers.
pub fn pearson(pairs: &[[f64; 2]]) -> Option<f64> {
    let [left, right] = columns(pairs);
    let cosine: f64 = direction(&left)?.iter().zip(direction(&right)?).map(|(left, right)| left * right).sum();
    Some(cosine.clamp(-1.0, 1.0))
}

/// Spearman's rho: Pearson's r of ranks, equals sharing the mean of theirs.
pub fn spearman(pairs: &[[f64; 2]]) -> Option<f64> {
    let [left, right] = columns(pairs);
    let ranks: Vec<_> = ranks(&left)?.into_iter().zip(ranks(&right)?).map(<[f64; 2]>::from).collect();
    pearson(&ranks)
}

/// Kendall's tau-b, in the time of a sort (Knight 1966).
pub fn kendall(pairs: &[[f64; 2]]) -> Option<f64> {
    if pairs.as_flattened().iter().any(|number| number.is_nan()) {
        return None;
    }
    let mut pairs = pairs.to_vec();
    pairs.sort_unstable_by(|first, second| order(&first[0], &second[0]).then(order(&first[1], &second[1])));
    let [left, mut right] = columns(&pairs);
    let discordant = sort_counting(&mut right);
    let all = of_two(pairs.len());
    let [tied_left, tied_right, tied_both] = [tied(&left), tied(&right), tied(&pairs)];
    let difference = (all + tied_both) as f64 - (tied_left + tied_right + 2 * discordant) as f64;
    let [left, right] = [all - tied_left, all - tied_right].map(|untied| (untied as f64).sqrt());
    Some((difference / left / right).clamp(-1.0, 1.0)).filter(|tau| tau.is_finite())
}

/// Ranks from 1, equals sharing the mean of theirs. `None` when a NaN has no rank.
pub fn ranks(values: &[f64]) -> Option<Vec<f64>> {
    if values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let mut places: Vec<usize> = (0..values.len()).collect();
    places.sort_unstable_by(|&first, &second| order(&values[first], &values[second]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equals in places.chunk_by(|&first, &second| values[first] == values[second]) {
        let rank = before as f64 + (equals.len() + 1) as f64 / 2.0;
        equals.iter().for_each(|&place| ranks[place] = rank);
        before += equals.len();
    }
    Some(ranks)
}

fn columns(pairs: &[[f64; 2]]) -> [Vec<f64>; 2] {
    [0, 1].map(|side| pairs.iter().map(|pair| pair[side]).collect())
}

/// The deviations from the mean as a vector of length 1. `None` when there are none.
fn direction(values: &[f64]) -> Option<Vec<f64>> {
    // Asked of the values, because the mean of equals may be rounded away from them.
    if values.iter().all(|value| *value == values[0]) {
        return None;
    }
    let items = values.len() as f64;
    let mean: f64 = values.iter().map(|value| value / items).sum(); // the sum may exceed every f64
    let deviations = values.iter().map(|value| value - mean);
    // Without this scale the squares of huge deviations would exceed every f64, and those of tiny ones vanish.
    let largest = deviations.clone().map(f64::abs).fold(0.0, f64::max);
    let length = deviations.clone().map(|deviation| (deviation / largest).powi(2)).sum::<f64>().sqrt();
    let direction: Vec<_> = deviations.map(|deviation| deviation / largest / length).collect();
    direction.iter().all(|part| part.is_finite()).then_some(direction)
}

fn order(first: &f64, second: &f64) -> Ordering {
    first.partial_cmp(second).expect("every NaN was turned away")
}

/// How many pairs can be made of so many.
const fn of_two(items: usize) -> u64 {
    let items = items as u64;
    items * items.saturating_sub(1) / 2
}

/// How many pairs of equals there are among sorted items.
fn tied<T: PartialEq>(sorted: &[T]) -> u64 {
    sorted.chunk_by(T::eq).map(|equals| of_two(equals.len())).sum()
}

/// Sorts by merging halves, and says how many pairs stood in the wrong order.
fn sort_counting(values: &mut [f64]) -> u64 {
    if values.len() < 2 {
        return 0;
    }
    let middle = values.len() / 2;
    let mut swaps = sort_counting(&mut values[..middle]) + sort_counting(&mut values[middle..]);
    let halves = values.to_vec();
    let (left, right) = halves.split_at(middle);
    let (mut left, mut right) = (left.iter().copied().peekable(), right.iter().copied().peekable());
    for place in values {
        let next = match (left.peek(), right.peek()) {
            (Some(first), Some(second)) if second < first => {
                swaps += left.len() as u64;
                right.next()
            }
            (Some(_), _) => left.next(),
            (None, _) => right.next(),
        };
        *place = next.expect("the halves hold as many values as the whole");
    }
    swaps
}

#[cfg(test)]
mod tests {
    use super::*;

    type Correlation = fn(&[[f64; 2]]) -> Option<f64>;
    const ALL: [Correlation; 3] = [pearson, spearman, kendall];

    #[test]
    fn a_line_correlates_fully() {
        let line = [[1.0, 3.0], [2.0, 5.0], [4.0, 9.0]];
        let falling = line.map(|[left, right]| [left, -right]);
        for correlation in ALL {
            assert!((correlation(&line).expect("it varies") - 1.0).abs() < 1e-15);
            assert!((correlation(&falling).expect("it varies") + 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn what_does_not_vary_correlates_with_nothing() {
        for pairs in [vec![], vec![[1.0, 2.0]], vec![[0.1, 1.0]; 10], vec![[0.1, 1.0], [0.1, 2.0], [0.1, 7.0]]] {
            assert!(ALL.iter().all(|correlation| correlation(&pairs).is_none()), "{pairs:?}");
        }
    }

    #[test]
    fn not_a_number_correlates_with_nothing() {
        let pairs = [[1.0, 2.0], [f64::NAN, 3.0], [2.0, 5.0]];
        assert!(ALL.iter().all(|correlation| correlation(&pairs).is_none()));
    }

    #[test]
    fn infinity_has_a_rank_but_no_distance() {
        let pairs = [[1.0, 2.0], [f64::INFINITY, 3.0], [f64::NEG_INFINITY, -5.0]];
        assert_eq!(pearson(&pairs), None);
        assert!((spearman(&pairs).expect("all have ranks") - 1.0).abs() < 1e-15);
    }

    #[test]
    fn huge_and_tiny_numbers_correlate_like_others() {
        let pairs = [[1e300, 2e-300], [2e300, 1e-300], [5e300, 7e-300], [-3e300, 4e-300]];
        let scaled = pairs.map(|[left, right]| [left / 1e300, right * 1e300]);
        let [found, expected] = [&pairs, &scaled].map(|pairs| pearson(pairs).expect("it varies"));
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    #[test]
    fn equals_share_their_ranks() {
        assert_eq!(ranks(&[3.0, -1.0, 3.0, 0.0, 3.0]), Some(vec![4.0, 1.0, 4.0, 2.0, 4.0]));
        assert_eq!(ranks(&[0.0, -0.0]), Some(vec![1.5, 1.5]));
        assert_eq!(ranks(&[f64::NAN]), None);
    }
}
