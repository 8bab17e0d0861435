//! Operands in bf16, two to a unit, on processors with AVX512-BF16.

use super::arithmetic::{Arithmetic, Job};
use super::matrix::Source;
use super::rows::{Rows, pack_tiles};
use super::transpose::{first, squares};
use pulp::x86::V4;
use std::arch::x86_64::*;

#[derive(Clone, Copy)]
pub(super) struct Bf16(V4);

impl Bf16 {
    pub(super) fn detect() -> Option<Self> {
        if is_x86_feature_detected!("avx512bf16") { V4::try_new().map(Self) } else { None }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512bf16,avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
fn run<J: Job>(bf16: Bf16, job: J) -> J::Output {
    job.run(bf16)
}

impl Arithmetic for Bf16 {
    type Simd = V4;
    const DEPTH: usize = 2;

    #[inline(always)]
    fn simd(self) -> V4 {
        self.0
    }

    #[inline(always)]
    fn enter<J: Job>(self, job: J) -> J::Output {
        // SAFETY: a `Bf16` is only made where the processor has these.
        unsafe { run(self, job) }
    }

    #[inline(always)]
    fn multiply_add(self, a: pulp::f32x16, b: pulp::f32x16, sum: pulp::f32x16) -> pulp::f32x16 {
        // SAFETY: a `Bf16` is only made where the processor has this; all of these types are 64 bytes of anything.
        unsafe {
            let [a, b] = [a, b].map(|units| std::mem::transmute::<pulp::f32x16, __m512bh>(units));
            let sum = std::mem::transmute::<pulp::f32x16, __m512>(sum);
            std::mem::transmute::<__m512, pulp::f32x16>(_mm512_dpbf16_ps(sum, a, b))
        }
    }

    #[inline(always)]
    unsafe fn pack(self, source: Source, width: usize, units: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe {
            if source.along == 1 {
                squares([source.lanes, source.depth.div_ceil(2)], width, units, |lane, unit| {
                    if lane < source.lanes { pair_along(source, lane, unit) } else { _mm512_setzero_ps() }
                });
            } else if source.across == 1 {
                pack_across(source, width, units);
            } else {
                gather(source, width, units);
            }
        }
    }

    #[inline(always)]
    unsafe fn rows(self, source: Source, units: *mut f32) -> Rows {
        // SAFETY: the caller's promise.
        unsafe { if source.along == 1 { round_rows(source, units) } else { pack_tiles(self, source, units) } }
    }

    #[inline(always)]
    fn pack_row(self, row: &[f32], units: &mut [f32]) {
        for (vector, units) in units.chunks_mut(16).enumerate() {
            let rest = row.get(32 * vector..).unwrap_or_default();
            // SAFETY: a `Bf16` is only made where the processor has this; masked-out units are not written.
            unsafe { _mm512_mask_storeu_ps(units.as_mut_ptr(), first(units.len()), pair(rest.as_ptr(), rest.len())) };
        }
    }
}

/// Rounds rows where they lie along the depth: `[row][unit]`.
///
/// # Safety
/// That of [`Arithmetic::rows`].
#[inline(always)]
unsafe fn round_rows(source: Source, units: *mut f32) -> Rows {
    let stride = source.depth.div_ceil(2);
    for lane in 0..source.lanes {
        for unit in (0..stride).step_by(16) {
            // SAFETY: the caller's promise.
            unsafe {
                let pairs = pair_along(source, lane, unit);
                _mm512_mask_storeu_ps(units.add(lane * stride + unit), first(stride - unit), pairs);
            }
        }
    }
    Rows::Lines { pointer: units, stride }
}

/// Sixteen units of a lane that lies along the depth.
///
/// # Safety
/// That of [`Arithmetic::pack`], and the lane and the unit lie in the source.
#[inline(always)]
unsafe fn pair_along(source: Source, lane: usize, unit: usize) -> __m512 {
    // SAFETY: the caller's promise.
    unsafe { pair(source.at(lane, 2 * unit), source.depth - 2 * unit) }
}

/// Sixteen units of what lies side by side from here on, of which there are so many entries left.
///
/// # Safety
/// The entries may be read, and the processor has AVX512-BF16.
#[inline(always)]
unsafe fn pair(start: *const f32, left: usize) -> __m512 {
    // SAFETY: the caller's promise; masked-out entries are not read.
    unsafe {
        let low = _mm512_maskz_loadu_ps(first(left), start);
        let high = _mm512_maskz_loadu_ps(first(left.saturating_sub(16)), start.wrapping_add(16));
        std::mem::transmute(_mm512_cvtne2ps_pbh(high, low))
    }
}

/// Packs lanes that lie side by side, two entries of the depth at a time.
///
/// # Safety
/// That of [`Arithmetic::pack`].
#[inline(always)]
unsafe fn pack_across(source: Source, width: usize, units: *mut f32) {
    let panel_length = source.depth.div_ceil(2) * width;
    for depth in (0..source.depth).step_by(2) {
        for panel in 0..source.lanes.div_ceil(width) {
            let to = units.wrapping_add(panel * panel_length + depth / 2 * width);
            // SAFETY: the caller's promise.
            unsafe { pair_across(source.part([panel * width, width], [depth, 2]), width, to) };
        }
    }
}

/// One unit of a panel.
///
/// # Safety
/// That of [`Arithmetic::pack`], for a source of one unit.
#[inline(always)]
unsafe fn pair_across(source: Source, width: usize, units: *mut f32) {
    for lane in (0..width).step_by(16) {
        let inside = first(source.lanes.saturating_sub(lane));
        let next = if source.depth == 2 { inside } else { 0 };
        let from = source.pointer.wrapping_add(lane);
        // SAFETY: the caller's promise; masked-out entries are neither read nor written.
        unsafe {
            let low = _mm512_maskz_loadu_ps(inside, from);
            let high = _mm512_maskz_loadu_ps(next, from.wrapping_add(source.along));
            _mm512_mask_storeu_ps(units.add(lane), first(width - lane), interleave(low, high));
        }
    }
}

/// Rounds two vectors and lays their lanes side by side.
///
/// # Safety
/// The processor has AVX512-BF16.
#[inline(always)]
unsafe fn interleave(low: __m512, high: __m512) -> __m512 {
    const ORDER: [u16; 32] = {
        let mut order = [0; 32];
        let mut index = 0;
        while index < 32 {
            order[index] = (index / 2 + 16 * (index % 2)) as u16;
            index += 1;
        }
        order
    };
    // SAFETY: the caller's promise; these types are 64 bytes of anything.
    unsafe {
        let rounded: __m512i = std::mem::transmute(_mm512_cvtne2ps_pbh(high, low));
        _mm512_castsi512_ps(_mm512_permutexvar_epi16(std::mem::transmute::<[u16; 32], __m512i>(ORDER), rounded))
    }
}

/// Packs lanes with strides in both directions, slowly.
///
/// # Safety
/// That of [`Arithmetic::pack`].
#[inline(always)]
unsafe fn gather(source: Source, width: usize, units: *mut f32) {
    let length = source.depth.div_ceil(2);
    for lane in 0..source.lanes.next_multiple_of(width) {
        let value = |depth| {
            let inside = lane < source.lanes && depth < source.depth;
            // SAFETY: the caller's promise; what lies outside of the source is not read.
            if inside { unsafe { *source.at(lane, depth) } } else { 0.0 }
        };
        let units = units.wrapping_add(lane / width * width * length + lane % width);
        for unit in 0..length {
            // SAFETY: the caller's promise; these types are 16 bytes of anything.
            unsafe {
                let pair = _mm_setr_ps(value(2 * unit), value(2 * unit + 1), 0.0, 0.0);
                let pair: [f32; 4] = std::mem::transmute(_mm_cvtneps_pbh(pair));
                units.add(unit * width).write(pair[0]);
            }
        }
    }
}
