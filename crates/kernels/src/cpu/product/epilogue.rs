//! What is done to blocks of C while they are still in the cache.

use crate::cpu::threads::Shared;
use pulp::{Arch, Simd, WithSimd};
use std::ops::Range;

/// Called once for each block of C when its sums are complete, on whichever thread computed it.
pub(crate) type Finish<'a> = dyn Fn(Block) + Sync + 'a;

/// A block of C that is this thread's alone.
pub(crate) struct Block {
    pub(super) c: Shared,
    pub(super) stride: usize,
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
}

impl Block {
    pub(crate) fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    pub(crate) fn columns(&self) -> Range<usize> {
        self.columns.clone()
    }

    /// The part of a row of C that lies in this block; `row` counts from the top of C.
    pub(crate) fn row(&mut self, row: usize) -> &mut [f32] {
        assert!(self.rows.contains(&row), "the row lies outside of the block");
        // SAFETY: the row lies in the block, which is in C and this thread's alone.
        unsafe { self.c.slice(row * self.stride + self.columns.start, self.columns.len()) }
    }
}

/// Leaves the product as it is.
pub(crate) fn nothing(_: Block) {}

/// `C + bias + residual`: a bias for each column, a residual laid out in rows `stride` apart.
pub(crate) fn add<'a>(bias: Option<&'a [f32]>, residual: Option<(&'a [f32], usize)>) -> impl Fn(Block) + Sync + 'a {
    move |block| Arch::new().dispatch(Add { block, bias, residual })
}

struct Add<'a> {
    block: Block,
    bias: Option<&'a [f32]>,
    residual: Option<(&'a [f32], usize)>,
}

impl WithSimd for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        let columns = self.block.columns();
        for row in self.block.rows() {
            let values = self.block.row(row);
            if let Some(bias) = self.bias {
                add_row(values, &bias[columns.clone()]);
            }
            if let Some((residual, stride)) = self.residual {
                add_row(values, &residual[row * stride..][columns.clone()]);
            }
        }
    }
}

#[inline(always)]
pub(super) fn add_row(values: &mut [f32], terms: &[f32]) {
    for (value, term) in values.iter_mut().zip(terms) {
        *value += term;
    }
}
