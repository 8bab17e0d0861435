//! Copies of what a block or a tile reads often: rows side by side, their ends padded with zeros to whole vectors.

use pulp::Simd;

use super::{
    Heads,
    block::{Block, GRAIN, ROWS},
};

/// The length of a packed row.
pub(super) fn width(channels: usize) -> usize {
    channels.next_multiple_of(GRAIN)
}

/// Copies one row, scaled.
#[inline(always)]
pub(super) fn pack_row<S: Simd>(simd: S, source: &[f32], scale: f32, packed: &mut [f32]) {
    let (row, padding) = packed.split_at_mut(source.len());
    let ((from, last_from), (to, last_to)) = (S::as_simd_f32s(source), S::as_mut_simd_f32s(row));
    for (to, &from) in to.iter_mut().zip(from) {
        *to = simd.mul_f32s(from, simd.splat_f32s(scale));
    }
    for (to, from) in last_to.iter_mut().zip(last_from) {
        *to = from * scale;
    }
    padding.fill(0.0);
}

/// Copies the rows of a block, scaled, and adds rows of zeros up to a whole grain.
#[inline(always)]
pub(super) fn pack_block<S: Simd>(
    simd: S,
    source: Heads,
    scale: f32,
    block: &Block,
    channels: usize,
    packed: &mut [f32],
) {
    let width = width(channels);
    for ((head, query), packed) in block.rows().zip(packed.chunks_exact_mut(width)) {
        pack_row(simd, source.row(block.batch, head, query, channels), scale, packed);
    }
    packed[block.count() * width..block.padded() * width].fill(0.0);
}

/// `[row][channel]` to `[channel][row]`, four channels of a vector of rows at a time. The count and the width are whole grains.
#[inline(always)]
pub(super) fn transpose<S: Simd>(simd: S, rows: &[f32], count: usize, width: usize, columns: &mut [f32]) {
    assert!(count.is_multiple_of(GRAIN) && width.is_multiple_of(GRAIN), "grains are whole");
    assert!(rows.len() >= count * width && columns.len() >= width * ROWS && count <= ROWS, "both hold all");
    for row in (0..count).step_by(S::F32_LANES) {
        for channel in (0..width).step_by(SIDE) {
            // SAFETY: a vector of rows and four channels from here on are in both, as asserted, for vectors divide grains.
            unsafe {
                let square = four_channels(simd, rows.as_ptr().add(row * width + channel), width);
                for (line, &values) in square.iter().enumerate() {
                    columns.as_mut_ptr().add((channel + line) * ROWS + row).cast::<S::f32s>().write_unaligned(values);
                }
            }
        }
    }
}

/// Values that change places together.
const SIDE: usize = 4;

/// The first four channels, each of a vector of rows.
///
/// # Safety
/// There are that many rows of this width from here on.
#[inline(always)]
unsafe fn four_channels<S: Simd>(simd: S, rows: *const f32, width: usize) -> [S::f32s; SIDE] {
    let mut lines = [[0.0; GRAIN]; SIDE];
    for part in 0..S::F32_LANES / SIDE {
        for (first, line) in lines.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            let values = unsafe { rows.add((part * SIDE + first) * width).cast::<[f32; SIDE]>().read() };
            line[part * SIDE..][..SIDE].copy_from_slice(&values);
        }
    }
    if S::F32_LANES < SIDE {
        for (channel, line) in lines.iter_mut().enumerate() {
            for (row, value) in line.iter_mut().enumerate().take(S::F32_LANES) {
                // SAFETY: the caller's promise.
                *value = unsafe { *rows.add(row * width + channel) };
            }
        }
        return lines.map(|line| S::as_simd_f32s(&line).0[0]);
    }
    // Among each four lanes, what was a lane becomes a vector: so do all of `pulp`'s, as a test makes sure.
    simd.deinterleave_shfl_f32s(lines.map(|line| S::as_simd_f32s(&line).0[0]))
}

/// The product of two rows.
#[inline(always)]
pub(super) fn dot(left: &[f32], right: &[f32]) -> f32 {
    let ((left, last_left), (right, last_right)) = (left.as_chunks::<GRAIN>(), right.as_chunks::<GRAIN>());
    let mut sums = [0.0; GRAIN];
    for (left, right) in left.iter().zip(right) {
        for (sum, (left, right)) in sums.iter_mut().zip(left.iter().zip(right)) {
            *sum += left * right;
        }
    }
    for (sum, (left, right)) in sums.iter_mut().zip(last_left.iter().zip(last_right)) {
        *sum += left * right;
    }
    sums.iter().sum()
}

/// Cuts memory that is kept between calls into parts that begin at whole cache lines.
pub(super) struct Scratch<'a>(&'a mut [f32]);

/// Values in a cache line.
const LINE: usize = 16;

impl<'a> Scratch<'a> {
    /// `memory`, grown to hold so many values.
    pub(super) fn new(memory: &'a mut Vec<f32>, values: usize) -> Self {
        if memory.len() < values + LINE {
            memory.resize(values + LINE, 0.0);
        }
        let offset = memory.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
        Self(&mut memory[offset..])
    }

    /// The same memory for another time.
    pub(super) fn again(&mut self) -> Scratch<'_> {
        Scratch(self.0)
    }

    pub(super) fn take(&mut self, values: usize) -> &'a mut [f32] {
        let (part, rest) = std::mem::take(&mut self.0).split_at_mut(values.next_multiple_of(LINE));
        self.0 = rest;
        part
    }
}
