use super::*;

/// Lengths around the borders of vectors, of chains and of pieces.
pub(crate) const LENGTHS: [usize; 14] = [0, 1, 2, 3, 5, 7, 17, 63, 64, 65, 129, 1000, 16_385, 70_001];

/// Numbers between -1 and 1 that look random.
pub(crate) fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_769).wrapping_add(1);
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(next).collect()
}

/// The same on one thread and on three.
pub(crate) fn on_any_threads<T: PartialEq + std::fmt::Debug + Send>(work: impl Fn() -> T + Send + Sync) -> T {
    let [one, three] = [1, 3].map(|count| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().expect("threads can be started");
        pool.install(&work)
    });
    assert_eq!(one, three);
    one
}

pub(crate) fn assert_near(values: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(values.len(), expected.len());
    for (entry, (&value, &wanted)) in values.iter().zip(expected).enumerate() {
        let error = (f64::from(value) - wanted).abs();
        assert!(error <= tolerance * wanted.abs().max(1.0), "entry {entry}: {value} instead of {wanted}");
    }
}

#[test]
fn sums_and_multiples_are_exact_at_every_length() {
    for length in LENGTHS {
        let (left, right) = (numbers(length, 1), numbers(length, 2));
        let sums: Vec<f32> = left.iter().zip(&right).map(|(left, right)| left + right).collect();
        let mut out = vec![f32::NAN; length];
        add(&left, &right, &mut out);
        assert_eq!(out, sums);
        scale_in_place(&mut out, 0.3);
        assert_eq!(out, sums.iter().map(|sum| sum * 0.3).collect::<Vec<_>>());
    }
}

#[test]
fn a_sweep_returns_the_sums_of_what_it_makes() {
    for length in LENGTHS {
        let (left, right) = (numbers(length, 3), numbers(length, 4));
        let entries = Entries { changed: [], read: [&*left, &*right], written: [] };
        let [sum] = Arch::new().dispatch(Sweep { law: Add, entries });
        let expected: f64 = left.iter().chain(&right).copied().map(f64::from).sum();
        assert_near(&[sum], &[expected], 1e-3);
    }
}

#[test]
#[should_panic(expected = "slices of different lengths")]
fn lengths_have_to_agree() {
    add(&[0.0; 5], &[0.0; 4], &mut [0.0; 4]);
}

#[test]
fn nothing_outside_of_the_slice_is_touched() {
    for length in 0..70 {
        let mut values = vec![1.0; length + 2];
        scale_in_place(&mut values[1..=length], 2.0);
        assert_eq!((values[0], values[length + 1]), (1.0, 1.0));
        assert!(values[1..=length].iter().all(|&value| value == 2.0));
    }
}
