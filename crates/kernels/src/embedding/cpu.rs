//! Rows of a table by their numbers.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::cpu::elementwise::{Add, Entries, Pieces, sweep};
use crate::cpu::threads::Shared;

/// Columns of the table that one thread adds to: whole lines of the cache.
const STRIPE: usize = 64;

/// table `[vocabulary, width]` and ids `[row]` to output `[row, width]`.
pub(crate) fn gather(table: &[f32], width: usize, ids: &[i32], output: &mut [f32]) {
    assert_eq!(output.len(), ids.len() * width, "rows that don't fit");
    let output = Shared::new(output);
    Pieces::of_rows(ids.len(), width).each(|_, rows| {
        for row in rows {
            // SAFETY: pieces don't overlap and end with the output.
            let output = unsafe { output.slice(row * width, width) };
            output.copy_from_slice(&table[start(ids[row], width)..][..width]);
        }
    });
}

/// Adds each row of `d_output` to that of the table `d_table` with its id; rows of one id in their order.
pub(crate) fn scatter_add(d_output: &[f32], width: usize, ids: &[i32], d_table: &mut [f32]) {
    assert_eq!(d_output.len(), ids.len() * width, "rows that don't fit");
    assert!(ids.iter().all(|&id| start(id, width) + width <= d_table.len()), "an id beyond the table");
    let table = Shared::new(d_table);
    Pieces::of_stripes(width, STRIPE, ids.len()).each(|_, columns| {
        Arch::new().dispatch(Stripe { d_output, width, ids, columns, table });
    });
}

fn start(id: i32, width: usize) -> usize {
    usize::try_from(id).expect("ids are not negative") * width
}

struct Stripe<'a> {
    d_output: &'a [f32],
    width: usize,
    ids: &'a [i32],
    columns: Range<usize>,
    table: Shared,
}

impl WithSimd for Stripe<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (row, &id) in self.ids.iter().enumerate() {
            let read = &self.d_output[row * self.width..][self.columns.clone()];
            // SAFETY: the ids were checked, and only this piece touches these columns.
            let sums = unsafe { self.table.slice(start(id, self.width) + self.columns.start, self.columns.len()) };
            sweep(simd, Add, Entries { changed: [sums], read: [read], written: [] });
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
