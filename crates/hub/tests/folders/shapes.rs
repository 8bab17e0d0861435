//! Tensors of any shape, asked for in any way.

use attentive_hub::{Foreign, Gap, Lies, Place, gathered};
use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed},
};

fn ways() -> impl Strategy<Value = Lies> {
    let (small, few) = (0_usize..4, 0_usize..5);
    prop_oneof![
        Just(Lies::Straight),
        Just(Lies::Turned),
        (small.clone(), few.clone()).prop_map(|(index, of)| Lies::Part { index, of }),
        (small.clone(), few.clone()).prop_map(|(index, of)| Lies::TurnedPart { index, of }),
        few.prop_map(|channels| Lies::Neighbors { channels }),
        small.clone().prop_map(|rows| Lies::Below { rows }),
        small.clone().prop_map(|index| Lies::Row { index }),
        small.prop_map(|index| Lies::Without { index }),
    ]
}

proptest! {
    #![proptest_config(Config { cases: 4096, rng_seed: RngSeed::Fixed(1), ..Config::default() })]

    /// Our own shape is the one that the tensor has room for, so that the entries are looked up.
    #[test]
    fn a_tensor_fits_or_is_refused(lies in ways(), shape in prop::collection::vec(0_usize..7, 0..5)) {
        let values: Vec<f32> = (0..shape.iter().product()).map(|entry: usize| entry as f32).collect();
        let wanted = lies.ours(&shape).unwrap_or_else(|| shape.clone());
        let read = |_: &str| Ok::<_, Gap>(Some(Foreign { shape: shape.clone(), values: values.clone() }));
        match gathered(&[Place::new("x", lies)], &wanted, read) {
            Ok(found) => {
                prop_assert_eq!(found.len(), wanted.iter().product::<usize>());
                prop_assert!(found.iter().all(|value| values.contains(value)));
                let mut once = found.clone();
                once.sort_by(f32::total_cmp);
                once.dedup();
                prop_assert_eq!(once.len(), found.len(), "no entry is taken twice");
            }
            Err(gap) => prop_assert_eq!(lies.ours(&shape), None, "{}", gap),
        }
    }
}
