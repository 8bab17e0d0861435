//! Sums over whole slices and over rows. Pieces are summed alone and then in order, so that the result is the same on any
//! number of threads.

use pulp::{Arch, Simd, WithSimd};

use crate::cpu::elementwise::{Add, Entries, Law, Pieces, Sweep, sweep};
use crate::cpu::threads::Shared;

/// The sum of the squares of all values, for a norm; not finite when one of them isn't.
pub(crate) fn sum_of_squares(values: &[f32]) -> f64 {
    let pieces = Pieces::of_rows(values.len(), 1);
    let mut sums = vec![0.0; pieces.count()];
    let shared = Shared::new(&mut sums);
    pieces.each(|piece, range| {
        let entries = Entries { changed: [], read: [&values[range]], written: [] };
        let [sum] = Arch::new().dispatch(Sweep { law: Square, entries });
        // SAFETY: there is a sum for each piece, and only this piece writes its own.
        unsafe { shared.slice(piece, 1)[0] = sum };
    });
    sums.into_iter().map(f64::from).sum()
}

/// Adds rows to their sums one after the other.
pub(crate) struct RowSum<'a> {
    pub(crate) rows: &'a [f32],
    pub(crate) sums: &'a mut [f32],
}

impl WithSimd for RowSum<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.sums.len().max(1);
        let mut groups = self.rows.chunks_exact(4 * width);
        for group in &mut groups {
            let [first, second, third, fourth] = [0, 1, 2, 3].map(|row| &group[row * width..(row + 1) * width]);
            let read = [first, second, third, fourth];
            sweep(simd, AddFour, Entries { changed: [&mut *self.sums], read, written: [] });
        }
        for row in groups.remainder().chunks_exact(width) {
            sweep(simd, Add, Entries { changed: [&mut *self.sums], read: [row], written: [] });
        }
    }
}

#[derive(Clone, Copy)]
struct Square;

impl Law<1, 1> for Square {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [value]: [S::f32s; 1]) -> [S::f32s; 1] {
        [simd.mul_f32s(value, value)]
    }
}

#[derive(Clone, Copy)]
struct AddFour;

impl Law<5, 1> for AddFour {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [sum, first, second, third, fourth]: [S::f32s; 5]) -> [S::f32s; 1] {
        let pairs = [simd.add_f32s(first, second), simd.add_f32s(third, fourth)];
        [simd.add_f32s(sum, simd.add_f32s(pairs[0], pairs[1]))]
    }
}

#[cfg(test)]
#[path = "reductions_tests.rs"]
mod tests;
