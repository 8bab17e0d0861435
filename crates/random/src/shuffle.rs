//! A shuffle without a table: the place of any single item can be asked for alone.

use crate::Key;

const ROUNDS: u64 = 6;

/// Where `index` goes in a pseudorandom order of `0..length`.
///
/// A balanced Feistel network over the smallest even number of bits that holds `length`; results outside are walked on
/// until one falls inside (Black and Rogaway 2002), fewer than four steps on average.
///
/// # Panics
/// When `index` is not below `length`.
pub fn permuted(key: Key, index: usize, length: usize) -> usize {
    assert!(index < length, "index {index} is outside a shuffle of {length}");
    let half_bits = (usize::BITS - (length - 1).leading_zeros()).div_ceil(2).max(1);
    let mut place = index as u64;
    loop {
        place = network(key, place, half_bits);
        if place < length as u64 {
            return place as usize;
        }
    }
}

fn network(key: Key, value: u64, half_bits: u32) -> u64 {
    let mask = (1_u64 << half_bits) - 1;
    let (mut left, mut right) = (value >> half_bits, value & mask);
    for round in 0..ROUNDS {
        let [draw, ..] = key.nth(round).block(right);
        (left, right) = (right, left ^ (u64::from(draw) & mask));
    }
    (left << half_bits) | right
}
