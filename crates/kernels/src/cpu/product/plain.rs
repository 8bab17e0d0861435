//! Operands in f32, on every processor.

use super::arithmetic::{Arithmetic, Entry, Job};
use super::matrix::Source;
use super::rows::{Rows, pack_tiles};
use pulp::Simd;

/// Units of A that are so far apart along the depth lie in a page each, and are packed rather than read in place.
const FAR: usize = 1 << 13;

#[derive(Clone, Copy)]
pub(crate) struct Plain<S>(pub(crate) S);

impl<S: Simd> Arithmetic for Plain<S> {
    type Simd = S;
    const DEPTH: usize = 1;

    #[inline(always)]
    fn simd(self) -> S {
        self.0
    }

    #[inline(always)]
    fn enter<J: Job>(self, job: J) -> J::Output {
        self.0.vectorize(Entry(job))
    }

    #[inline(always)]
    fn multiply_add(self, a: S::f32s, b: S::f32s, sum: S::f32s) -> S::f32s {
        self.0.mul_add_e_f32s(a, b, sum)
    }

    #[inline(always)]
    unsafe fn pack(self, source: Source, width: usize, units: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe {
            if source.across == 1 {
                copy(source, width, units);
            } else if !transpose(self.0, source, width, units) {
                gather(source, width, units);
            }
        }
    }

    #[inline(always)]
    unsafe fn rows(self, source: Source, units: *mut f32) -> Rows {
        if source.along == 1 || source.across == 1 && source.along < FAR {
            return Rows::in_place(source);
        }
        // SAFETY: the caller's promise.
        unsafe { pack_tiles(self, source, units) }
    }

    #[inline(always)]
    fn pack_row(self, row: &[f32], units: &mut [f32]) {
        let (whole, padding) = units.split_at_mut(row.len());
        whole.copy_from_slice(row);
        padding.fill(0.0);
    }
}

/// # Safety
/// That of [`Arithmetic::pack`], and neighboring lanes lie together.
#[inline(always)]
unsafe fn copy(source: Source, width: usize, units: *mut f32) {
    let (whole, rest) = (source.lanes / width, source.lanes % width);
    let panel_length = source.depth * width;
    for depth in 0..source.depth {
        let from = source.pointer.wrapping_add(depth * source.along);
        let to = units.wrapping_add(depth * width);
        // SAFETY: the caller's promise; a source is never written.
        unsafe {
            for panel in 0..whole {
                from.add(panel * width).copy_to_nonoverlapping(to.add(panel * panel_length), width);
            }
            if rest > 0 {
                let to = to.add(whole * panel_length);
                from.add(whole * width).copy_to_nonoverlapping(to, rest);
                to.add(rest).write_bytes(0, width - rest);
            }
        }
    }
}

/// # Safety
/// That of [`Arithmetic::pack`].
#[inline(always)]
unsafe fn gather(source: Source, width: usize, units: *mut f32) {
    for lane in 0..source.lanes.next_multiple_of(width) {
        let units = units.wrapping_add(lane / width * width * source.depth + lane % width);
        for depth in 0..source.depth {
            // SAFETY: the caller's promise; what lies outside of the source is not read.
            unsafe {
                let value = if lane < source.lanes { *source.at(lane, depth) } else { 0.0 };
                units.add(depth * width).write(value);
            }
        }
    }
}

/// Packs a source whose lanes lie along the depth, where this is faster than [`gather`]; or does nothing.
///
/// # Safety
/// That of [`Arithmetic::pack`].
#[inline(always)]
unsafe fn transpose<S: Simd>(simd: S, source: Source, width: usize, units: *mut f32) -> bool {
    #[cfg(target_arch = "x86_64")]
    if source.along == 1 && std::any::TypeId::of::<S>() == std::any::TypeId::of::<pulp::x86::V4>() {
        // SAFETY: the caller's promise, and V4 is only made where there is AVX-512.
        unsafe { super::transpose::transpose(source, width, units) };
        return true;
    }
    let _ = (simd, source, width, units);
    false
}
