//! The keys and values of a tile, copied once for all blocks of a band: heads' rows lie far apart, copies side by side.

use std::ops::Range;

use pulp::Simd;

use super::{
    Call, Heads,
    block::{GRAIN, KEYS},
    pack::{Scratch, pack_row, width},
    product::Right,
    units::{across, along},
};
use crate::cpu::product::Arithmetic;

pub(super) struct Copies<'a> {
    rows: [&'a mut [f32]; 2],
    units: [&'a mut [f32]; 3],
    /// How many blocks read them.
    readers: usize,
}

impl<'a> Copies<'a> {
    pub(super) fn size(channels: usize) -> usize {
        5 * KEYS * width(channels)
    }

    pub(super) fn new(scratch: &mut Scratch<'a>, channels: usize, readers: usize) -> Self {
        let mut take = |_| scratch.take(KEYS * width(channels));
        Self { rows: [0; 2].map(&mut take), units: [0; 3].map(&mut take), readers }
    }

    /// These keys in units of channels, their values in units of keys.
    #[inline(always)]
    pub(super) fn for_output<'t, A: Arithmetic>(
        &'t mut self,
        arithmetic: A,
        call: &Call<'t>,
        place: [usize; 2],
        keys: &Range<usize>,
    ) -> [Right<'t>; 2] {
        let (dims, [first, second, _]) = ([keys.len(), call.shape.channels], &mut self.units);
        let [key, value] = rows(arithmetic, call, place, keys, &mut self.rows, self.readers);
        [along(arithmetic, key, dims, first), across(arithmetic, value, dims, second)]
    }

    /// These keys in units of channels, their values likewise, and the keys in units of keys.
    #[inline(always)]
    pub(super) fn for_gradients<'t, A: Arithmetic>(
        &'t mut self,
        arithmetic: A,
        call: &Call<'t>,
        place: [usize; 2],
        keys: &Range<usize>,
    ) -> [Right<'t>; 3] {
        let (dims, [first, second, third]) = ([keys.len(), call.shape.channels], &mut self.units);
        let [key, value] = rows(arithmetic, call, place, keys, &mut self.rows, self.readers);
        let by_channels = [along(arithmetic, key, dims, first), along(arithmetic, value, dims, second)];
        [by_channels[0], by_channels[1], across(arithmetic, key, dims, third)]
    }
}

/// The rows of these keys and of their values: where they lie, if units are made of them anyway, or if a single block reads them
/// and vectors divide them.
#[inline(always)]
fn rows<'t, A: Arithmetic>(
    arithmetic: A,
    call: &Call<'t>,
    [batch, group]: [usize; 2],
    keys: &Range<usize>,
    [key_copy, value_copy]: &'t mut [&mut [f32]; 2],
    readers: usize,
) -> [Right<'t>; 2] {
    let source = |heads: &Heads<'t>| Right { values: heads.at(batch, group, keys.start), stride: heads.position };
    let (key, value, channels) = (source(&call.key), source(&call.value), call.shape.channels);
    if A::DEPTH > 1 || readers == 1 && channels.is_multiple_of(GRAIN) {
        return [key, value];
    }
    let simd = arithmetic.simd();
    [copied(simd, key, keys.len(), channels, key_copy), copied(simd, value, keys.len(), channels, value_copy)]
}

#[inline(always)]
fn copied<'a, S: Simd>(simd: S, source: Right, count: usize, channels: usize, copy: &'a mut [f32]) -> Right<'a> {
    for (row, copy) in copy.chunks_exact_mut(width(channels)).take(count).enumerate() {
        pack_row(simd, &source.values[row * source.stride..][..channels], 1.0, copy);
    }
    Right { values: copy, stride: width(channels) }
}
