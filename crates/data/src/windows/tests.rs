use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{Recipe, Text, Tokenizer, tokens};

/// Tokens 0, 1, 2, …: each tells its own place.
fn counting(count: usize) -> Arc<Tokens> {
    let text = Text { documents: vec![('\u{10000}'..).take(count).collect()] };
    let tokenizer = Tokenizer::build(&Recipe::Characters, &text, &mut |_| ()).expect("built");
    let folder = tempfile::tempdir().expect("a temporary folder");
    Arc::new(tokens(&text, &tokenizer, folder.path(), &mut |_| ()).expect("tokens"))
}

fn windows(count: usize, context: usize, order: Order) -> Windows {
    Windows::new(counting(count), context, order, Key::new(7)).expect("long enough")
}

fn joined(batches: &[Batch]) -> (Vec<i32>, Vec<i32>) {
    let inputs = batches.iter().flat_map(|batch| batch.inputs.clone()).collect();
    (inputs, batches.iter().flat_map(|batch| batch.targets.clone()).collect())
}

/// Where each row begins.
fn starts(batch: &Batch) -> Vec<usize> {
    batch.inputs.chunks(batch.length).map(|row| row[0] as usize).collect()
}

#[test]
fn too_short_a_text_is_an_error() {
    let error =
        |context| Windows::new(counting(5), context, Order::Random, Key::new(1)).expect_err("unfit").to_string();
    assert_eq!(
        error(5),
        "the split has 5 tokens, and a window of context 5 needs 6; use a longer text or a context of at most 4"
    );
    assert_eq!(error(0), "a context of 0 tokens holds nothing; ask for at least 1");
    assert!(Windows::new(counting(5), 4, Order::Random, Key::new(1)).is_ok());
}

#[test]
fn evaluation_pads_the_last_window() {
    let windows = windows(6, 3, Order::Random);
    let batch = windows.evaluation(0, 4).expect("the first");
    assert_eq!((batch.rows, batch.length), (2, 3));
    assert_eq!(batch.inputs, [0, 1, 2, 3, 4, 0]);
    assert_eq!(batch.targets, [1, 2, 3, 4, 5, IGNORED]);
    assert_eq!(windows.evaluation(1, 4), None);
    assert_eq!(windows.evaluation_batches(4), 1);
}

#[test]
fn random_windows_reach_both_ends() {
    let windows = windows(8, 5, Order::Random);
    let seen: BTreeSet<usize> = starts(&windows.training(0, 200)).into_iter().collect();
    assert_eq!(seen, BTreeSet::from([0, 1, 2]));
}

#[test]
fn orders_and_keys_give_other_rows() {
    let tokens = counting(100);
    let rows = |order, seed| {
        let windows = Windows::new(tokens.clone(), 5, order, Key::new(seed)).expect("long enough");
        windows.training(0, 20).inputs
    };
    let distinct = BTreeSet::from([rows(Order::Random, 1), rows(Order::Random, 2), rows(Order::Shuffled, 1)]);
    assert_eq!(distinct.len(), 3);
}

#[test]
fn epochs_differ_in_order_and_phase() {
    let windows = windows(100, 7, Order::Shuffled);
    let epoch = |index: usize| starts(&windows.training((index * windows.epoch()) as u64, windows.epoch()));
    assert_ne!(epoch(0), epoch(1));
    let phases: BTreeSet<usize> = (0..100).map(|index| epoch(index)[0] % 7).collect();
    assert_eq!(phases.len(), 7);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_split_into_smaller_batches_gives_the_same_rows(
        (count, context) in (2_usize..60).prop_flat_map(|count| (Just(count), 1..count)),
        first in 0_u64..1000,
        sizes in prop::collection::vec(1_usize..5, 1..5),
        order in prop_oneof![Just(Order::Random), Just(Order::Shuffled)],
    ) {
        let windows = windows(count, context, order);
        let offset = |index: usize| first + sizes[..index].iter().sum::<usize>() as u64;
        let small: Vec<Batch> = sizes.iter().enumerate().map(|(index, rows)| windows.training(offset(index), *rows)).collect();
        let whole = windows.training(first, sizes.iter().sum());
        prop_assert_eq!(joined(&small), (whole.inputs, whole.targets));
    }

    #[test]
    fn targets_follow_their_inputs((count, context) in (2_usize..60).prop_flat_map(|count| (Just(count), 1..count))) {
        for order in [Order::Random, Order::Shuffled] {
            let batch = windows(count, context, order).training(3, 11);
            prop_assert!(batch.inputs.iter().zip(&batch.targets).all(|(input, target)| input + 1 == *target));
            prop_assert!(batch.targets.iter().all(|target| *target < count as i32));
        }
    }

    #[test]
    fn an_epoch_covers_each_window_once((count, context) in (2_usize..200).prop_flat_map(|count| (Just(count), 1..count))) {
        let windows = windows(count, context, Order::Shuffled);
        for epoch in 0..3 {
            let batch = windows.training((epoch * windows.epoch()) as u64, windows.epoch());
            let mut starts = starts(&batch);
            starts.sort_unstable();
            prop_assert!(starts.windows(2).all(|pair| pair[1] - pair[0] == context));
            prop_assert!(starts[0] < context.max(count - context));
        }
    }

    #[test]
    fn evaluation_counts_each_target_once(
        (count, context) in (2_usize..60).prop_flat_map(|count| (Just(count), 1..count)),
        rows in 1_usize..6,
    ) {
        let windows = windows(count, context, Order::Random);
        let batches: Vec<Batch> = (0..).map_while(|index| windows.evaluation(index, rows)).collect();
        prop_assert_eq!(batches.len(), windows.evaluation_batches(rows));
        let targets: Vec<i32> = joined(&batches).1.into_iter().filter(|target| *target != IGNORED).collect();
        prop_assert_eq!(targets, (1..count as i32).collect::<Vec<_>>());
    }
}
