//! The two arithmetics a product may be taken in, behind one trait: sums are f32 in both, operands are f32 or bf16.
//!
//! Operands are packed into units of 32 bits: one f32, or two neighbors along the depth as bf16. That is all that the register
//! tile needs to know, and why it is written once.

use super::matrix::Source;
use super::plain::Plain;
use super::rows::Rows;
pub(crate) use crate::Precision;
use pulp::{Arch, Simd, WithSimd};

/// Vectors in a row of a register tile.
pub(super) const VECTORS: usize = 2;
/// Most lanes of a vector on any processor.
pub(super) const MOST_LANES: usize = 16;
/// Most rows of a register tile on any processor: 24 sums, two vectors of B and one of A fill 32 registers best.
pub(super) const MOST_ROWS: usize = 12;

pub(crate) trait Arithmetic: Copy {
    type Simd: Simd;
    /// Entries along the depth that one unit holds.
    const DEPTH: usize;
    /// Columns of a register tile.
    const WIDTH: usize = VECTORS * Self::Simd::F32_LANES;
    /// Rows of a register tile.
    const HEIGHT: usize = if Self::Simd::REGISTER_COUNT >= 32 { MOST_ROWS } else { MOST_ROWS / 2 };

    fn simd(self) -> Self::Simd;

    /// Runs a job as a function of its own, which is compiled for the instructions of this arithmetic.
    fn enter<J: Job>(self, job: J) -> J::Output;

    /// `sum + a b`, where all lanes of `a` hold the same unit.
    fn multiply_add(self, a: Lanes<Self>, b: Lanes<Self>, sum: Lanes<Self>) -> Lanes<Self>;

    /// Packs lanes into panels, `[panel][unit][width]`, with zeros where the source ends.
    ///
    /// # Safety
    /// The source may be read, and `units` be written over its panels.
    unsafe fn pack(self, source: Source, width: usize, units: *mut f32);

    /// The units of the rows of A: packed into `units`, or in place.
    ///
    /// # Safety
    /// The source may be read, and `units` be written over its rows, rounded up to `HEIGHT`, times its depth in units.
    unsafe fn rows(self, source: Source, units: *mut f32) -> Rows;

    /// Packs a row that lies along the depth, with zeros behind its last unit.
    fn pack_row(self, row: &[f32], units: &mut [f32]);
}

pub(crate) type Lanes<A> = <<A as Arithmetic>::Simd as Simd>::f32s;

/// Work that is compiled once for each arithmetic and each kind of processor.
pub(crate) trait Job {
    type Output;
    /// Always inlined, or it loses the instructions that its caller may use.
    fn run<A: Arithmetic>(self, arithmetic: A) -> Self::Output;
}

pub(super) struct Entry<J>(pub(super) J);

impl<J: Job> WithSimd for Entry<J> {
    type Output = J::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> J::Output {
        self.0.run(Plain(simd))
    }
}

/// Runs a job with the best instructions this processor has.
pub(crate) fn enter<J: Job>(precision: Precision, job: J) -> J::Output {
    #[cfg(target_arch = "x86_64")]
    if precision == Precision::Bf16
        && let Some(bf16) = super::bf16::Bf16::detect()
    {
        return bf16.enter(job);
    }
    let _ = precision;
    Arch::new().dispatch(Entry(job))
}

/// Whether this processor has products of bf16. That they exist does not make them fast: an Intel processor of model 207
/// issues one every other cycle, which is half of what its f32 multiplications come to.
pub(crate) fn bf16_available() -> bool {
    #[cfg(target_arch = "x86_64")]
    return super::bf16::Bf16::detect().is_some();
    #[cfg(not(target_arch = "x86_64"))]
    false
}
