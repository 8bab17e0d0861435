//! Dropout from the counter-based draws of the host. Draws are made for a few lines of cache at a time, used and forgotten.

use std::ops::Range;

use pulp::bytemuck::{cast, cast_slice};
use pulp::{Arch, Simd, WithSimd};

use crate::cpu::elementwise::{Entries, Law, Pieces, sweep};
use crate::cpu::threads::Shared;

/// The draws of one call: entry `i` gets number `first + i` of the key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    /// The low and the high word.
    pub(crate) key: [u32; 2],
    pub(crate) first: u64,
    pub(crate) probability: f64,
}

/// Zeroes entries with the given probability and scales up the others. The backward pass is the same call on the gradient.
pub(crate) fn dropout(draws: Draws, input: &[f32], output: &mut [f32]) {
    assert_eq!(input.len(), output.len(), "slices of different lengths");
    run(draws, input.len(), Copied { input, output: Shared::new(output) });
}

/// `output = residual + dropout(input)`.
pub(crate) fn dropout_add(draws: Draws, input: &[f32], residual: &[f32], output: &mut [f32]) {
    assert_eq!([input.len(), residual.len()], [output.len(); 2], "slices of different lengths");
    run(draws, input.len(), Added { input, residual, output: Shared::new(output) });
}

/// The slices whose entries are dropped.
trait Place: Copy + Send + Sync {
    /// # Safety
    /// The range lies in the slices, and nobody else works on it.
    unsafe fn apply<S: Simd>(self, simd: S, range: Range<usize>, chance: Chance, draws: &[f32]);
}

#[derive(Clone, Copy)]
struct Copied<'a> {
    input: &'a [f32],
    output: Shared,
}

impl Place for Copied<'_> {
    #[inline(always)]
    unsafe fn apply<S: Simd>(self, simd: S, range: Range<usize>, chance: Chance, draws: &[f32]) {
        // SAFETY: the caller's promise.
        let output = unsafe { self.output.slice(range.start, range.len()) };
        sweep(simd, Multiply(chance), Entries { changed: [], read: [&self.input[range], draws], written: [output] });
    }
}

#[derive(Clone, Copy)]
struct Added<'a> {
    input: &'a [f32],
    residual: &'a [f32],
    output: Shared,
}

impl Place for Added<'_> {
    #[inline(always)]
    unsafe fn apply<S: Simd>(self, simd: S, range: Range<usize>, chance: Chance, draws: &[f32]) {
        // SAFETY: the caller's promise.
        let output = unsafe { self.output.slice(range.start, range.len()) };
        let read = [&self.input[range.clone()], draws, &self.residual[range]];
        sweep(simd, MultiplyAdd(chance), Entries { changed: [], read, written: [output] });
    }
}

#[derive(Clone, Copy)]
struct Multiply(Chance);

impl Law<2, 1> for Multiply {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [x, draw]: [S::f32s; 2]) -> [S::f32s; 1] {
        [simd.mul_f32s(x, self.0.factor(simd, draw))]
    }
}

/// Rounds twice, like the two operations it stands for.
#[derive(Clone, Copy)]
struct MultiplyAdd(Chance);

impl Law<3, 1> for MultiplyAdd {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [x, draw, residual]: [S::f32s; 3]) -> [S::f32s; 1] {
        [simd.add_f32s(residual, simd.mul_f32s(x, self.0.factor(simd, draw)))]
    }
}

/// What becomes of an entry by its draw.
#[derive(Clone, Copy)]
struct Chance {
    /// Lower draws drop their entry.
    threshold: u32,
    kept: f32,
}

impl Chance {
    fn new(probability: f64) -> Self {
        let chance = probability as f32;
        assert!((0.0..1.0).contains(&chance), "dropout needs a probability below one");
        // A draw's upper 24 bits, as a fraction of one, are compared with the chance; neither side is rounded.
        let threshold = (f64::from(chance) * f64::from(1 << 24)).ceil() as u32;
        Self { threshold: threshold << 8, kept: (1.0 / (1.0 - probability)) as f32 }
    }

    #[inline(always)]
    fn factor<S: Simd>(self, simd: S, draw: S::f32s) -> S::f32s {
        let draw = simd.transmute_u32s_f32s(draw);
        let dropped = simd.less_than_u32s(draw, simd.splat_u32s(self.threshold));
        simd.select_f32s(dropped, simd.splat_f32s(0.0), simd.splat_f32s(self.kept))
    }
}

fn run(draws: Draws, length: usize, place: impl Place) {
    Pieces::of_rows(length, 1).each(|_, range| Arch::new().dispatch(Piece { draws, range, place }));
}

struct Piece<P> {
    draws: Draws,
    range: Range<usize>,
    place: P,
}

impl<P: Place> WithSimd for Piece<P> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (key, chance) = (self.draws.key, Chance::new(self.draws.probability));
        let mut pairs = [0; PAIRS];
        for start in self.range.clone().step_by(ENTRIES) {
            let range = start..self.range.end.min(start + ENTRIES);
            let first = self.draws.first + start as u64;
            let skipped = (first % 4) as usize;
            let drawn = (skipped + range.len()).next_multiple_of(GROUP);
            draw(simd, key, first / 4, &mut pairs[..drawn / 2]);
            let draws: &[f32] = cast_slice(&pairs);
            // SAFETY: pieces don't overlap, nor do ranges in a piece; all end with the slices.
            unsafe { self.place.apply(simd, range.clone(), chance, &draws[skipped..skipped + range.len()]) };
        }
    }
}

/// Draws that are made together: four for each 64-bit lane of the longest vector there is.
const GROUP: usize = 4 * 8;
/// Entries whose draws are held at a time: few enough for the first level of cache.
const ENTRIES: usize = 32 * GROUP;
/// A block of draws may have begun before the first entry.
const PAIRS: usize = (ENTRIES + GROUP) / 2;

const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;
const LOW_HALF: u64 = 0xFFFF_FFFF;

/// Fills `pairs` with the draws of the key from the block with number `first` on, as `attentive_random` has them.
#[inline(always)]
fn draw<S: Simd>(simd: S, key: [u32; 2], first: u64, pairs: &mut [u64]) {
    let order = order(simd);
    let (vectors, _) = S::as_mut_simd_u64s(pairs);
    for (group, vectors) in vectors.chunks_exact_mut(2).enumerate() {
        let start = first + (group * S::U64_LANES) as u64;
        let counter = simd.add_u64s(simd.splat_u64s(start), order);
        let [first, second, third, fourth] = philox(simd, counter, key);
        let made = [joined(simd, first, second), joined(simd, third, fourth)];
        vectors.copy_from_slice(&simd.interleave_shfl_f64s(made));
    }
}

/// Philox4x32-10 (Salmon et al. 2011). Words stand in the low halves of lanes, whose high halves may hold anything: that is how
/// products come out.
#[inline(always)]
fn philox<S: Simd>(simd: S, counter: S::u64s, mut key: [u32; 2]) -> [S::u64s; 4] {
    let zero = simd.splat_u64s(0);
    let mut words = [counter, swapped(simd, counter), zero, zero];
    for _ in 0..ROUNDS {
        let left = product(simd, words[0], MULTIPLIERS[0]);
        let right = product(simd, words[2], MULTIPLIERS[1]);
        words = [mixed(simd, right, words[1], key[0]), right, mixed(simd, left, words[3], key[1]), left];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    words
}

#[inline(always)]
fn product<S: Simd>(simd: S, word: S::u64s, multiplier: u64) -> S::u64s {
    simd.mul_u64s(simd.and_u64s(word, simd.splat_u64s(LOW_HALF)), simd.splat_u64s(multiplier))
}

/// The high half of a product with a word and a key.
#[inline(always)]
fn mixed<S: Simd>(simd: S, product: S::u64s, word: S::u64s, key: u32) -> S::u64s {
    simd.xor_u64s(simd.xor_u64s(swapped(simd, product), word), simd.splat_u64s(u64::from(key)))
}

/// Exchanges the halves of each lane.
#[inline(always)]
fn swapped<S: Simd>(simd: S, lanes: S::u64s) -> S::u64s {
    cast(simd.swap_re_im_c32s(cast(lanes)))
}

/// Two words in each lane.
#[inline(always)]
fn joined<S: Simd>(simd: S, low: S::u64s, high: S::u64s) -> S::u64s {
    let half = simd.splat_u64s(LOW_HALF);
    simd.or_u64s(simd.and_u64s(low, half), simd.and_u64s(swapped(simd, high), simd.not_u64s(half)))
}

/// Which block of a group each lane has to compute, so that interleaving puts all draws in order.
#[inline(always)]
fn order<S: Simd>(simd: S) -> S::u64s {
    const { assert!(4 * S::U64_LANES <= GROUP, "the vectors are longer than expected") };
    let mut blocks = [0; GROUP / 2];
    for (pair, block) in blocks.iter_mut().enumerate() {
        *block = pair as u64 / 2;
    }
    let (vectors, _) = S::as_simd_u64s(&blocks);
    let vectors: [S::u64s; 2] = *vectors.first_chunk().expect("a group is two vectors or more");
    simd.deinterleave_shfl_f64s(vectors)[0]
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
