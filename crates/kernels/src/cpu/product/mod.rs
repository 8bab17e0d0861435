//! The product of two matrices in f32 and bf16, after Goto and van de Geijn (2008), "Anatomy of High-Performance Matrix
//! Multiplication": each thread takes a piece of C, packs its share of B into panels as wide as a register tile, and multiplies.
//!
//! The depth is cut by a rule that knows only the shape, and every entry of C takes the same steps in the same order
//! whichever tile and piece it falls into. So results do not depend on the number of threads, although pieces do.

mod arithmetic;
#[cfg(target_arch = "x86_64")]
mod bf16;
mod epilogue;
mod few;
mod matrix;
mod piece;
mod plain;
mod plan;
mod rows;
mod sums;
mod tile;
#[cfg(target_arch = "x86_64")]
mod transpose;
mod units;

#[cfg(test)]
mod tests;

pub(crate) use arithmetic::{Arithmetic, Job, Lanes, Precision, bf16_available, enter};
pub(crate) use epilogue::{Finish, add, nothing};
pub(crate) use matrix::{Matrix, MatrixMut};
#[cfg(test)]
pub(crate) use plain::Plain;
pub(crate) use sums::column_sums;
pub(crate) use tile::Start;
pub(crate) use units::{across_rows, along_rows};

use super::buffer::unwritten;
use super::threads::{self, Shared};
use few::{FEW, SUMS, Stripe};
use piece::{Call, Piece};
use plan::Planning;
use std::cell::Cell;
use std::thread::LocalKey;

/// Units of packed operands begin where a line of the cache does.
const LINE: usize = 64;

thread_local! {
    static PANELS: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
    static ROWS: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// `C = A B`, added to what C holds or not. `finish` is called once for each block of C when its sums are complete.
pub(crate) fn product(a: Matrix, b: Matrix, c: MatrixMut, start: Start, precision: Precision, finish: &Finish) {
    assert_eq!([a.rows(), a.columns(), b.columns()], [c.rows, b.rows(), c.columns], "shapes of a product do not match");
    if c.rows == 0 || c.columns == 0 {
        return;
    }
    let plan = enter(precision, Planning([c.rows, a.columns(), c.columns]));
    let plan = if c.rows <= FEW { plan.panel_by_panel() } else { plan };
    let streams = c.rows <= FEW && b.has_contiguous_rows() && !(precision == Precision::Bf16 && bf16_available());
    let (stride, c) = (c.row_stride, Shared::new(c.values));
    let call = Call { a: a.of_rows(), b: b.of_columns(), c, stride, start, finish, precision, plan };
    threads::each(call.plan.pieces(), |index| if streams { stripe(&call, index) } else { piece(&call, index) });
}

fn piece(call: &Call, index: usize) {
    with_buffer(&PANELS, call.plan.panels_length(), |panels| {
        with_buffer(&ROWS, call.plan.rows_length(), |rows| {
            enter(call.precision, Piece { call, index, panels, rows });
        });
    });
}

fn stripe(call: &Call, index: usize) {
    let [_, columns] = call.plan.piece(index);
    with_buffer(&PANELS, SUMS, |sums| enter(Precision::F32, Stripe { call, columns, sums }));
}

/// A buffer of this thread, whose contents mean nothing. It is taken out while in use: a thread that waits for others may
/// be handed another product meanwhile.
fn with_buffer(key: &'static LocalKey<Cell<Vec<f32>>>, length: usize, work: impl FnOnce(&mut [f32])) {
    let mut buffer = key.take();
    if buffer.len() < length + LINE {
        buffer = unwritten(length + LINE);
    }
    let start = buffer.as_ptr().align_offset(LINE);
    work(&mut buffer[start..start + length]);
    key.set(buffer);
}
