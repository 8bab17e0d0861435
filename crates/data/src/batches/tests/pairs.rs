use attentive_random::Key;
use proptest::prelude::*;

use crate::{Limit, Pairs};

fn pairs(lengths: &[(usize, usize)], limit: Limit, seed: u64) -> Pairs {
    Pairs::new(lengths, limit, Key::new(seed)).expect("there are pairs")
}

/// As many lengths as sentences have, more or less.
fn drawn(count: usize) -> Vec<(usize, usize)> {
    let mut draws = Key::new(9).stream();
    (0..count)
        .map(|_| {
            let source = 4 + draws.below(12) + draws.below(12);
            (source, source + draws.below(5))
        })
        .collect()
}

/// The batches of one epoch in their order.
fn epoch(pairs: &Pairs, epoch: u64) -> Vec<Vec<usize>> {
    (0..)
        .skip_while(|place| pairs.epoch(*place) < epoch)
        .take_while(|place| pairs.epoch(*place) == epoch)
        .map(|place| pairs.batch(place))
        .collect()
}

fn sorted(batches: &[Vec<usize>]) -> Vec<usize> {
    let mut items = batches.concat();
    items.sort_unstable();
    items
}

fn longest(lengths: &[(usize, usize)], batch: &[usize]) -> usize {
    batch.iter().map(|item| lengths[*item].0.max(lengths[*item].1)).max().unwrap_or(0)
}

#[test]
fn no_pairs_are_an_error() {
    assert!(Pairs::new(&[], Limit::Rows(2), Key::new(1)).is_err());
}

#[test]
fn evaluation_goes_by_length() {
    let pairs = pairs(&[(3, 2), (9, 1), (2, 2), (3, 3), (1, 2)], Limit::Tokens(6), 1);
    let batches: Vec<Vec<usize>> = (0..).map_while(|index| pairs.evaluation(index)).collect();
    assert_eq!(batches, [vec![2, 4], vec![0, 3], vec![1]]);
    assert_eq!(pairs.evaluation_batches(), 3);
}

#[test]
fn rows_limit_batches() {
    let pairs = pairs(&drawn(10), Limit::Rows(4), 1);
    let sizes = |batches: Vec<Vec<usize>>| batches.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(sizes((0..).map_while(|index| pairs.evaluation(index)).collect()), [4, 4, 2]);
    let mut training = sizes(epoch(&pairs, 2));
    training.sort_unstable();
    assert_eq!(training, [2, 4, 4]);
}

#[test]
fn a_limit_of_nothing_leaves_pairs_alone() {
    for limit in [Limit::Rows(0), Limit::Tokens(0)] {
        assert!(epoch(&pairs(&drawn(5), limit, 1), 0).iter().all(|batch| batch.len() == 1));
    }
}

#[test]
fn empty_pairs_share_a_batch() {
    assert_eq!(pairs(&[(0, 0); 5], Limit::Tokens(8), 1).evaluation(0).map(|batch| batch.len()), Some(5));
}

#[test]
fn little_is_padding() {
    let lengths = drawn(20_000);
    let pairs = pairs(&lengths, Limit::Tokens(1024), 3);
    let epoch = epoch(&pairs, 0);
    let padded: usize = epoch.iter().map(|batch| batch.len() * longest(&lengths, batch)).sum();
    let own: usize = lengths.iter().map(|(source, target)| source.max(target)).sum();
    assert!(own as f64 / padded as f64 > 0.97, "{own} of {padded}");
    assert!(padded as f64 / (1024 * epoch.len()) as f64 > 0.94, "{padded} in {} batches", epoch.len());
}

/// Neither do lengths ascend in an epoch, nor do the same pairs always meet.
#[test]
fn batches_are_shuffled() {
    let lengths = drawn(5000);
    let pairs = pairs(&lengths, Limit::Tokens(512), 3);
    let [first, second] = [0, 1].map(|number| epoch(&pairs, number));
    let ascents = first.windows(2).filter(|two| longest(&lengths, &two[0]) < longest(&lengths, &two[1])).count();
    assert!((0.4..0.56).contains(&(ascents as f64 / first.len() as f64)), "{ascents} of {}", first.len());
    assert!(first.iter().all(|batch| !second.contains(batch)));
}

/// Two that share nothing but their key: one goes through, the other jumps and goes back.
#[test]
fn any_batch_can_be_asked_for_alone() {
    let (through, jumping) = (pairs(&drawn(300), Limit::Tokens(96), 5), pairs(&drawn(300), Limit::Tokens(96), 5));
    let batches: Vec<Vec<usize>> = (0..400).map(|place| through.batch(place)).collect();
    for place in [399, 0, 211, 212, 1, 398, 57] {
        assert_eq!(jumping.batch(place), batches[place as usize]);
        assert_eq!(jumping.epoch(place), through.epoch(place));
    }
}

proptest! {
    #[test]
    fn an_epoch_has_each_pair_once(
        lengths in prop::collection::vec((0_usize..20, 0_usize..20), 1..80),
        limit in prop_oneof![(0_usize..70).prop_map(Limit::Tokens), (0_usize..9).prop_map(Limit::Rows)],
        seed in 0_u64..100,
    ) {
        let pairs = pairs(&lengths, limit, seed);
        let all: Vec<usize> = (0..lengths.len()).collect();
        let evaluation: Vec<Vec<usize>> = (0..).map_while(|index| pairs.evaluation(index)).collect();
        for batches in [epoch(&pairs, 0), epoch(&pairs, 2), evaluation] {
            prop_assert_eq!(sorted(&batches), all.clone());
            let fits = |batch: &Vec<usize>| batch.len() == 1 || match limit {
                Limit::Tokens(tokens) => batch.len() * longest(&lengths, batch) <= tokens,
                Limit::Rows(rows) => batch.len() <= rows,
            };
            prop_assert!(batches.iter().all(fits));
        }
    }
}
