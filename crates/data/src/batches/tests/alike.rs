use attentive_random::Key;
use proptest::prelude::*;

use crate::Alike;

fn alike(lengths: &[usize], rows: usize) -> Alike {
    Alike::new(lengths.to_vec(), rows, Key::new(1)).expect("there are items")
}

fn drawn(count: usize) -> Vec<usize> {
    let mut draws = Key::new(9).stream();
    (0..count).map(|_| 4 + draws.below(12) * draws.below(12)).collect()
}

#[test]
fn no_items_are_an_error() {
    assert!(Alike::new(Vec::new(), 4, Key::new(1)).is_err());
}

#[test]
fn little_is_filled_up() {
    let lengths = drawn(20_000);
    let alike = alike(&lengths, 32);
    let (mut own, mut table) = (0, 0);
    for batch in (0..600).map(|place| alike.batch(place)) {
        own += batch.iter().map(|item| lengths[*item]).sum::<usize>();
        table += 32 * batch.iter().map(|item| lengths[*item]).max().unwrap_or(0);
    }
    let rows = (0..20_000).step_by(32).map(|first| &lengths[first..(first + 32).min(20_000)]);
    let mixed: usize = rows.map(|row| 32 * row.iter().max().unwrap_or(&0)).sum();
    assert!(table * 100 < own * 103, "{table} places for {own} of their own");
    assert!(mixed > own * 2, "{mixed} places for {own} of their own, unsorted");
}

#[test]
fn batches_of_unlike_lengths_follow_one_another() {
    let lengths = drawn(20_000);
    let alike = alike(&lengths, 32);
    let longest: Vec<usize> = (0..100).map(|place| lengths[alike.batch(place)[0]]).collect();
    let rising = longest.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!((25..75).contains(&rising), "{longest:?}");
}

#[test]
fn batches_can_be_asked_for_in_any_order() {
    let lengths = drawn(500);
    let (forward, backward) = (alike(&lengths, 8), alike(&lengths, 8));
    let forward: Vec<_> = (0..200).map(|place| forward.batch(place)).collect();
    let mut backward: Vec<_> = (0..200).rev().map(|place| backward.batch(place)).collect();
    backward.reverse();
    assert_eq!(forward, backward);
}

proptest! {
    /// So many batches as an even number of epochs has, all pools whole, hold each item as often as there are epochs.
    #[test]
    fn every_item_has_its_turn(items in 1_usize..150, rows in 1_usize..9, seed in 0_u64..50) {
        let lengths: Vec<usize> = drawn(items);
        let alike = Alike::new(lengths, rows, Key::new(seed)).expect("there are items");
        let pool = (items / rows / 4).clamp(1, 100);
        let mut counts = vec![0; items];
        for place in 0..(items * pool) as u64 {
            let batch = alike.batch(place);
            prop_assert_eq!(batch.len(), rows);
            batch.iter().for_each(|item| counts[*item] += 1);
        }
        prop_assert!(counts.iter().all(|count| *count == rows * pool), "{:?}", counts);
    }
}
