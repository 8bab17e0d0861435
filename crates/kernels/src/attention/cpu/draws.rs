//! Dropout of attention weights: Philox4x32-10 (see `attentive_random`) for a vector of rows at once, with equal bits.
//!
//! The weights of all batches, heads, queries and keys are numbered one after the other, and each number has its draw. So
//! which entries drop depends on nothing but their place, and the backward pass draws them again.

use std::ops::Range;

use pulp::Simd;

use super::{
    Shape,
    block::{Block, GRAIN, ROWS},
};
use crate::dropout::Dropout;

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;
/// Words in a block of draws.
const WORDS: usize = 4;
/// A draw counts in steps of one over this.
const STEPS: f32 = (1 << 24) as f32;

pub(super) struct Draws {
    key: [u32; 2],
    /// A draw below it drops its entry.
    threshold: u32,
    /// What entries that stay are multiplied with.
    kept: f32,
    /// The number of the draw of each row's first key.
    firsts: [u64; ROWS],
}

impl Draws {
    pub(super) fn new(dropout: &Dropout, block: &Block, shape: &Shape) -> Self {
        let mut firsts = [0; ROWS];
        for (row, (head, query)) in block.rows().enumerate() {
            let weights_before = ((dropout.row + block.batch) * shape.heads + head) * shape.queries + query;
            firsts[row] = (weights_before * shape.keys) as u64;
        }
        Self {
            key: dropout.key.words(),
            // Whole numbers lie below a number when they lie below the next whole one.
            threshold: (dropout.probability as f32 * STEPS).ceil() as u32,
            kept: (1.0 / (1.0 - dropout.probability)) as f32,
            firsts,
        }
    }

    /// Writes to `factors[key][row]` what the weights are multiplied with.
    #[inline(always)]
    pub(super) fn fill<S: Simd>(&self, simd: S, keys: &Range<usize>, padded: usize, factors: &mut [f32]) {
        let (factors, _) = S::as_mut_simd_f32s(factors);
        for first in (0..padded).step_by(S::F32_LANES) {
            self.fill_column(simd, keys, first, &mut factors[first / S::F32_LANES..]);
        }
    }

    /// Rows are out of step with the blocks of draws by zero to three words, each by its own: four keys take words from two
    /// blocks.
    #[inline(always)]
    fn fill_column<S: Simd>(&self, simd: S, keys: &Range<usize>, first: usize, factors: &mut [S::f32s]) {
        let mut counters = Counters::<S>::new(simd, &self.firsts[first..first + S::F32_LANES], keys.start);
        let mut blocks = [counters.next_block(simd, self.key), [simd.splat_u32s(0); WORDS]];
        for key in (0..keys.len()).step_by(WORDS) {
            blocks[1] = counters.next_block(simd, self.key);
            let words = counters.in_step(simd, &blocks);
            for (word, &bits) in words.iter().enumerate().take(keys.len() - key) {
                factors[(key + word) * (ROWS / S::F32_LANES)] = self.factor(simd, bits);
            }
            blocks[0] = blocks[1];
        }
    }

    #[inline(always)]
    fn factor<S: Simd>(&self, simd: S, bits: S::u32s) -> S::f32s {
        let draw = simd.wrapping_dyn_shr_u32s(bits, simd.splat_u32s(8));
        let dropped = simd.less_than_u32s(draw, simd.splat_u32s(self.threshold));
        simd.select_f32s(dropped, simd.splat_f32s(0.0), simd.splat_f32s(self.kept))
    }
}

/// Where a vector of rows stands in the draws.
struct Counters<S: Simd> {
    low: S::u32s,
    high: S::u32s,
    /// By how many words a row is ahead of its block.
    ahead: S::u32s,
}

impl<S: Simd> Counters<S> {
    #[inline(always)]
    fn new(simd: S, firsts: &[u64], key: usize) -> Self {
        let mut words = [[0; GRAIN]; 3];
        for (lane, first) in firsts.iter().enumerate() {
            let draw = first + key as u64;
            let block = draw / WORDS as u64;
            words[0][lane] = block as u32;
            words[1][lane] = (block >> 32) as u32;
            words[2][lane] = (draw % WORDS as u64) as u32;
        }
        let vector = |words: &[u32; GRAIN]| simd.partial_load_u32s(&words[..S::U32_LANES]);
        Self { low: vector(&words[0]), high: vector(&words[1]), ahead: vector(&words[2]) }
    }

    #[inline(always)]
    fn next_block(&mut self, simd: S, key: [u32; 2]) -> [S::u32s; WORDS] {
        let zero = simd.splat_u32s(0);
        let block = philox(simd, [self.low, self.high, zero, zero], key);
        let one = simd.splat_u32s(1);
        self.low = simd.add_u32s(self.low, one);
        let carried = simd.add_u32s(self.high, one);
        self.high = simd.select_u32s(simd.equal_u32s(self.low, zero), carried, self.high);
        block
    }

    /// The next four words of each row.
    #[inline(always)]
    fn in_step(&self, simd: S, [first, second]: &[[S::u32s; WORDS]; 2]) -> [S::u32s; WORDS] {
        let both = [first[0], first[1], first[2], first[3], second[0], second[1], second[2]];
        let mut words = *first;
        for ahead in 1..WORDS {
            let here = simd.equal_u32s(self.ahead, simd.splat_u32s(ahead as u32));
            for word in 0..WORDS {
                words[word] = simd.select_u32s(here, both[word + ahead], words[word]);
            }
        }
        words
    }
}

#[inline(always)]
fn philox<S: Simd>(simd: S, mut counter: [S::u32s; WORDS], mut key: [u32; 2]) -> [S::u32s; WORDS] {
    for _ in 0..ROUNDS {
        let (low_0, high_0) = simd.widening_mul_u32s(simd.splat_u32s(MULTIPLIERS[0]), counter[0]);
        let (low_1, high_1) = simd.widening_mul_u32s(simd.splat_u32s(MULTIPLIERS[1]), counter[2]);
        let mixed = |high, word, key| simd.xor_u32s(simd.xor_u32s(high, word), simd.splat_u32s(key));
        counter = [mixed(high_1, counter[1], key[0]), low_1, mixed(high_0, counter[3], key[1]), low_0];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}
