//! The keys and values of a tile, copied once for all blocks of a band: heads' rows lie far apart, copies side by side.

use std::ops::Range;

use pulp::Simd;

use super::{
    Call, Heads,
    block::{GRAIN, KEYS},
    pack::{Scratch, pack_row, width},
    product::Right,
};

pub(super) struct Copies<'a> {
    key: &'a mut [f32],
    value: &'a mut [f32],
    /// How many blocks read them.
    readers: usize,
}

impl<'a> Copies<'a> {
    pub(super) fn size(channels: usize) -> usize {
        2 * KEYS * width(channels)
    }

    pub(super) fn new(scratch: &mut Scratch<'a>, channels: usize, readers: usize) -> Self {
        let [key, value] = [0, 1].map(|_| scratch.take(KEYS * width(channels)));
        Self { key, value, readers }
    }

    /// The rows of these keys and of their values; for a single block, where they lie, if vectors divide them.
    #[inline(always)]
    pub(super) fn of<'t, S: Simd>(
        &'t mut self,
        simd: S,
        call: &Call<'t>,
        [batch, group]: [usize; 2],
        keys: &Range<usize>,
    ) -> [Right<'t>; 2] {
        let source = |heads: &Heads<'t>| Right { values: heads.at(batch, group, keys.start), stride: heads.position };
        let (key, value) = (source(&call.key), source(&call.value));
        if self.readers == 1 && call.shape.channels.is_multiple_of(GRAIN) {
            return [key, value];
        }
        let (count, channels) = (keys.len(), call.shape.channels);
        [copied(simd, key, count, channels, self.key), copied(simd, value, count, channels, self.value)]
    }
}

#[inline(always)]
fn copied<'a, S: Simd>(simd: S, source: Right, count: usize, channels: usize, copy: &'a mut [f32]) -> Right<'a> {
    for (row, copy) in copy.chunks_exact_mut(width(channels)).take(count).enumerate() {
        pack_row(simd, &source.values[row * source.stride..][..channels], 1.0, copy);
    }
    Right { values: copy, stride: width(channels) }
}
