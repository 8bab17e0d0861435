//! Sums over the rows of a matrix: the gradient of a bias.

use super::epilogue::add_row;
use super::matrix::Matrix;
use crate::cpu::buffer::unwritten;
use crate::cpu::threads::{self, Shared};
use pulp::{Arch, Simd, WithSimd};

/// Rows that are summed one after the other. The sums of such blocks are then added in the order of the blocks.
const BLOCK_ROWS: usize = 64;
/// Below this many entries, waking other threads takes longer than it saves.
const LEAST_PARALLEL: usize = 1 << 16;

/// `out[column]` = the sum of that column of a matrix whose rows are contiguous.
pub(crate) fn column_sums(matrix: Matrix, out: &mut [f32]) {
    let columns = matrix.columns();
    assert_eq!(columns, out.len(), "a sum for each column");
    let blocks = matrix.rows().div_ceil(BLOCK_ROWS);
    let mut partial = unwritten(blocks * columns);
    let sums = Shared::new(&mut partial);
    let work = |block: usize| {
        // SAFETY: each block has sums of its own.
        let sums = unsafe { sums.slice(block * columns, columns) };
        Arch::new().dispatch(BlockSums { matrix, first: block * BLOCK_ROWS, sums });
    };
    if matrix.rows() * columns < LEAST_PARALLEL {
        (0..blocks).for_each(work)
    } else {
        threads::each(blocks, work)
    }
    out.fill(0.0);
    if columns > 0 {
        partial.chunks_exact(columns).for_each(|sums| add_row(out, sums));
    }
}

struct BlockSums<'a> {
    matrix: Matrix<'a>,
    first: usize,
    sums: &'a mut [f32],
}

impl WithSimd for BlockSums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.sums.fill(0.0);
        for row in self.first..self.matrix.rows().min(self.first + BLOCK_ROWS) {
            add_row(self.sums, self.matrix.row(row));
        }
    }
}
