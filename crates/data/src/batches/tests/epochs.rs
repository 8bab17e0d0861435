use attentive_random::Key;
use proptest::prelude::*;

use crate::Epochs;

fn epochs(items: usize, seed: u64) -> Epochs {
    Epochs::new(items, Key::new(seed)).expect("there are items")
}

fn taken(epochs: &Epochs, epoch: u64) -> Vec<usize> {
    let first = epoch * epochs.items() as u64;
    (first..first + epochs.items() as u64).map(|place| epochs.item(place)).collect()
}

#[test]
fn no_items_are_an_error() {
    let error = Epochs::new(0, Key::new(1)).expect_err("nothing to visit").to_string();
    assert_eq!(error, "the split has no rows; give more rows, or name other files for it");
}

#[test]
fn epochs_differ() {
    let epochs = epochs(101, 1);
    assert_ne!(taken(&epochs, 0), taken(&epochs, 1));
    assert_eq!([0, 100, 101, 202].map(|place| epochs.epoch(place)), [0, 0, 1, 2]);
}

#[test]
fn seeds_differ() {
    assert_ne!(taken(&epochs(101, 1), 0), taken(&epochs(101, 2), 0));
}

/// Where an item stands in one epoch says nothing about where it stands in the next.
#[test]
fn every_item_may_follow_every_other() {
    let epochs = epochs(5, 3);
    let mut counts = [[0_usize; 5]; 5];
    let draws = 5000;
    for epoch in 0..draws {
        let order = taken(&epochs, epoch);
        order.windows(2).for_each(|pair| counts[pair[0]][pair[1]] += 1);
    }
    // Each of the 20 ordered pairs is expected 1,000 times of 5,000 epochs; the standard deviation is below 30.
    let apart = |(first, second): (usize, usize)| first == second || counts[first][second].abs_diff(1000) < 150;
    assert!((0..5).flat_map(|first| (0..5).map(move |second| (first, second))).all(apart), "{counts:?}");
}

proptest! {
    #[test]
    fn an_epoch_has_each_item_once(items in 1_usize..200, seed in 0_u64..50, epoch in 0_u64..1 << 40) {
        let mut taken = taken(&epochs(items, seed), epoch);
        taken.sort_unstable();
        prop_assert_eq!(taken, (0..items).collect::<Vec<_>>());
    }
}
