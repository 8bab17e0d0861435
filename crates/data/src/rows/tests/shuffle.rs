use std::num::NonZeroUsize;

use attentive_random::Key;

use super::*;

fn numbered(count: i64) -> Rows {
    Box::new((0..count).map(|index| Ok(row(&[("n", Cell::Integer(index))]))))
}

fn order(seed: u64, count: i64, buffer: usize) -> Vec<i64> {
    let buffer = NonZeroUsize::new(buffer).expect("not zero");
    let rows = shuffled(numbered(count), Key::new(seed).at("shuffle"), buffer);
    rows.map(|row| row.expect("sound").integer("n").expect("a number")).collect()
}

#[test]
fn every_row_comes_once_and_the_key_decides_when() {
    let shuffled = order(1, 1000, 50);
    assert_eq!(shuffled, order(1, 1000, 50));
    assert_ne!(shuffled, order(2, 1000, 50));
    let mut sorted = shuffled.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..1000).collect::<Vec<_>>());
    let kept = shuffled.iter().zip(0..).filter(|(row, place)| **row == *place).count();
    assert!(kept < 50, "{kept} rows kept their place");
}

#[test]
fn no_row_comes_too_early_by_more_than_the_buffer() {
    assert!(order(3, 1000, 7).iter().zip(0..).all(|(row, place)| *row < place + 7));
    assert_eq!(order(3, 100, 1), (0..100).collect::<Vec<_>>());
}

#[test]
fn a_position_is_the_count_of_rows_taken() {
    let whole = order(4, 300, 32);
    for taken in [0, 1, 31, 32, 33, 299] {
        let rows = shuffled(numbered(300), Key::new(4).at("shuffle"), NonZeroUsize::new(32).expect("not zero"));
        let rest: Vec<i64> = rows.skip(taken).map(|row| row.expect("sound").integer("n").expect("a number")).collect();
        assert_eq!(rest, whole[taken..]);
    }
}

#[test]
fn with_room_for_all_every_order_is_as_likely() {
    let mut counts = std::collections::BTreeMap::new();
    (0..6000).for_each(|seed| *counts.entry(order(seed, 3, 3)).or_insert(0) += 1);
    // 1000 each are expected, with a standard deviation of 29.
    assert!(counts.len() == 6 && counts.values().all(|count| (850..1150).contains(count)), "{counts:?}");
}

#[test]
fn an_error_ends_the_rows() {
    let broken = || Err(DataError::EmptyFile { path: "a".into() });
    let rows: Rows = Box::new(numbered(10).chain([broken()]).chain(numbered(10)));
    let found: Vec<_> = shuffled(rows, Key::new(5), NonZeroUsize::new(3).expect("not zero")).collect();
    assert_eq!(found.iter().filter(|row| row.is_err()).count(), 1);
    assert!(found.last().expect("the error").is_err());
}
