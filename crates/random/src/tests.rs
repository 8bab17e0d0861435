use super::*;

/// Known answers of Random123 1.14 (`kat_vectors`, philox4x32 with 10 rounds).
#[test]
fn philox_gives_the_published_answers() {
    assert_eq!(philox::block([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
    assert_eq!(philox::block([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    let pi_counter = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
    let pi_key = [0xa409_3822, 0x299f_31d0];
    assert_eq!(philox::block(pi_counter, pi_key), [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
}

#[test]
fn names_and_indices_lead_to_different_keys() {
    let root = Key::new(7);
    let keys = [
        root,
        root.at("a"),
        root.at("b"),
        root.nth(0),
        root.nth(1),
        root.at("a").at("b"),
        root.at("b").at("a"),
        Key::new(8),
    ];
    for (index, key) in keys.iter().enumerate() {
        assert!(!keys[..index].contains(key), "key {index} repeats an earlier one");
    }
}

#[test]
fn uniforms_fill_the_interval() {
    let draws = Key::new(1).uniforms(100_000);
    assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)));
    let mean = draws.iter().map(|&draw| f64::from(draw)).sum::<f64>() / draws.len() as f64;
    assert!((mean - 0.5).abs() < 0.005, "mean {mean}");
}

#[test]
fn normals_have_their_moments() {
    let draws = Key::new(2).normals(100_001, 3.0);
    let count = draws.len() as f64;
    let mean = draws.iter().map(|&draw| f64::from(draw)).sum::<f64>() / count;
    let square = draws.iter().map(|&draw| f64::from(draw).powi(2)).sum::<f64>() / count;
    assert_eq!(draws.len(), 100_001);
    assert!(mean.abs() < 0.05, "mean {mean}");
    assert!((square - 9.0).abs() < 0.15, "mean square {square}");
}

#[test]
fn below_reaches_every_choice_alike() {
    let mut stream = Key::new(3).stream();
    let mut counts = [0; 7];
    (0..70_000).for_each(|_| counts[stream.below(7)] += 1);
    assert!(counts.iter().all(|&count| (9_500..10_500).contains(&count)), "{counts:?}");
}

#[test]
fn a_shuffle_is_a_permutation() {
    for length in [1, 2, 3, 5, 64, 1000] {
        let mut places: Vec<_> = (0..length).map(|index| permuted(Key::new(4), index, length)).collect();
        places.sort_unstable();
        assert_eq!(places, (0..length).collect::<Vec<_>>());
    }
}

#[test]
fn a_shuffle_leaves_little_in_place() {
    let length = 1000;
    let fixed = (0..length).filter(|&index| permuted(Key::new(5), index, length) == index).count();
    assert!(fixed < 10, "{fixed} items kept their place");
}

#[test]
fn a_stream_can_be_entered_anywhere() {
    let mut whole = Key::new(6).stream();
    let draws: Vec<u32> = (0..20).map(|_| whole.bits()).collect();
    for (first, &draw) in draws.iter().enumerate() {
        assert_eq!(Key::new(6).stream_from(first as u64).bits(), draw);
    }
}
