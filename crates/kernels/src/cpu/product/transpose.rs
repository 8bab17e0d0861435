//! Transposition of units in squares of 16 x 16, in AVX-512.

use super::matrix::Source;
use std::arch::x86_64::*;

const SIDE: usize = 16;

/// # Safety
/// That of `Arithmetic::pack`; the processor has AVX-512, and `along` is one.
#[inline(always)]
pub(super) unsafe fn transpose(source: Source, width: usize, units: *mut f32) {
    // SAFETY: the caller's promise; masked-out entries are not read.
    unsafe {
        squares([source.lanes, source.depth], width, units, |lane, depth| {
            if lane >= source.lanes {
                return _mm512_setzero_ps();
            }
            _mm512_maskz_loadu_ps(first(source.depth - depth), source.at(lane, depth))
        });
    }
}

/// Writes `[panel][unit][width]` from vectors along the depth that `load(lane, unit)` gives.
///
/// # Safety
/// The processor has AVX-512, and `units` may be written over the panels.
#[inline(always)]
pub(super) unsafe fn squares(
    [lanes, depth]: [usize; 2],
    width: usize,
    units: *mut f32,
    load: impl Fn(usize, usize) -> __m512,
) {
    for panel in (0..lanes).step_by(width) {
        for lane in (0..width).step_by(SIDE) {
            for unit in (0..depth).step_by(SIDE) {
                // SAFETY: the caller's promise; no more units and lanes are written than the panel has.
                unsafe {
                    let rows = turn(std::array::from_fn(|index| load(panel + lane + index, unit)));
                    let to = units.add(panel * depth + unit * width + lane);
                    for (index, row) in rows.into_iter().enumerate().take(depth - unit) {
                        _mm512_mask_storeu_ps(to.add(index * width), first(width - lane), row);
                    }
                }
            }
        }
    }
}

/// The mask of the first `count` lanes.
#[inline(always)]
pub(super) fn first(count: usize) -> __mmask16 {
    ((1u32 << count.min(SIDE)) - 1) as __mmask16
}

/// # Safety
/// The processor has AVX-512.
#[inline(always)]
unsafe fn turn(mut rows: [__m512; SIDE]) -> [__m512; SIDE] {
    // SAFETY: the caller's promise.
    unsafe {
        for group in rows.as_chunks_mut::<4>().0 {
            *group = turn_within_lanes(*group);
        }
        let mut turned = rows;
        for column in 0..4 {
            let lanes = [rows[column], rows[column + 4], rows[column + 8], rows[column + 12]];
            for (index, row) in turn_lanes(lanes).into_iter().enumerate() {
                turned[4 * index + column] = row;
            }
        }
        turned
    }
}

/// Transposes the square of 4 x 4 in each of the four lanes of 128 bits.
///
/// # Safety
/// The processor has AVX-512.
#[inline(always)]
unsafe fn turn_within_lanes([a, b, c, d]: [__m512; 4]) -> [__m512; 4] {
    // SAFETY: the caller's promise.
    unsafe {
        let low = _mm512_castps_pd(_mm512_unpacklo_ps(a, b));
        let high = _mm512_castps_pd(_mm512_unpackhi_ps(a, b));
        let next_low = _mm512_castps_pd(_mm512_unpacklo_ps(c, d));
        let next_high = _mm512_castps_pd(_mm512_unpackhi_ps(c, d));
        [
            _mm512_castpd_ps(_mm512_unpacklo_pd(low, next_low)),
            _mm512_castpd_ps(_mm512_unpackhi_pd(low, next_low)),
            _mm512_castpd_ps(_mm512_unpacklo_pd(high, next_high)),
            _mm512_castpd_ps(_mm512_unpackhi_pd(high, next_high)),
        ]
    }
}

/// Transposes four vectors of four lanes of 128 bits.
///
/// # Safety
/// The processor has AVX-512.
#[inline(always)]
unsafe fn turn_lanes([a, b, c, d]: [__m512; 4]) -> [__m512; 4] {
    const EVEN: i32 = 0x88;
    const ODD: i32 = 0xdd;
    // SAFETY: the caller's promise.
    unsafe {
        let (even, odd) = (_mm512_shuffle_f32x4::<EVEN>(a, b), _mm512_shuffle_f32x4::<ODD>(a, b));
        let (next_even, next_odd) = (_mm512_shuffle_f32x4::<EVEN>(c, d), _mm512_shuffle_f32x4::<ODD>(c, d));
        [
            _mm512_shuffle_f32x4::<EVEN>(even, next_even),
            _mm512_shuffle_f32x4::<EVEN>(odd, next_odd),
            _mm512_shuffle_f32x4::<ODD>(even, next_even),
            _mm512_shuffle_f32x4::<ODD>(odd, next_odd),
        ]
    }
}
