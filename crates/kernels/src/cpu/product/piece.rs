//! The job of a thread: a piece of C from start to finish, in the order of Goto and van de Geijn.

use super::arithmetic::{Arithmetic, Job, Precision};
use super::epilogue::{Block, Finish};
use super::matrix::Source;
use super::plan::{GROUP_ROWS, Plan, groups};
use super::rows::Rows;
use super::tile::{Start, Target, multiply};
use crate::cpu::threads::Shared;
use std::ops::Range;

/// What all pieces of a product share.
pub(super) struct Call<'a> {
    pub(super) a: Source,
    pub(super) b: Source,
    pub(super) c: Shared,
    pub(super) stride: usize,
    pub(super) start: Start,
    pub(super) finish: &'a Finish<'a>,
    pub(super) precision: Precision,
    pub(super) plan: Plan,
}

/// One piece of C, and room for units of both operands.
pub(super) struct Piece<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) index: usize,
    pub(super) panels: &'a mut [f32],
    pub(super) rows: &'a mut [f32],
}

impl Job for Piece<'_> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arithmetic>(self, arithmetic: A) {
        let [rows, columns] = self.call.plan.piece(self.index);
        for columns in groups(columns, self.call.plan.together) {
            for block in 0..self.call.plan.blocks() {
                let depth = self.call.plan.block(block);
                let b = self.call.b.part([columns.start, columns.len()], [depth.start, depth.len()]);
                // SAFETY: there is room for a group of columns and a block of the depth.
                unsafe { arithmetic.pack(b, A::WIDTH, self.panels.as_mut_ptr()) };
                for rows in groups(rows.clone(), GROUP_ROWS) {
                    group(arithmetic, self.call, block, [rows, columns.clone()], self.panels, self.rows);
                }
            }
        }
    }
}

/// Adds a block of the depth to a group of rows and of columns, whose panels are packed.
#[inline(always)]
fn group<A: Arithmetic>(
    arithmetic: A,
    call: &Call,
    block: usize,
    [rows, columns]: [Range<usize>; 2],
    panels: &[f32],
    room: &mut [f32],
) {
    let depth = call.plan.block(block);
    let a = call.a.part([rows.start, rows.len()], [depth.start, depth.len()]);
    // SAFETY: there is room for a group of rows, and the block of C is this job's alone.
    unsafe {
        let a = arithmetic.rows(a, room.as_mut_ptr());
        tiles(arithmetic, a, panels, depth.len(), call.target(rows.clone(), columns.clone(), block));
    }
    if block + 1 == call.plan.blocks() {
        (call.finish)(Block { c: call.c, stride: call.stride, rows, columns });
    }
}

impl Call<'_> {
    fn target(&self, rows: Range<usize>, columns: Range<usize>, block: usize) -> Target {
        Target {
            pointer: self.c.pointer().wrapping_add(rows.start * self.stride + columns.start),
            stride: self.stride,
            rows: rows.len(),
            columns: columns.len(),
            start: if block == 0 { self.start } else { Start::Existing },
        }
    }
}

/// Multiplies a group of rows and a group of columns, tile by tile.
///
/// # Safety
/// The rows and the panels hold `depth` entries, and the target is this thread's alone to write.
#[inline(always)]
unsafe fn tiles<A: Arithmetic>(arithmetic: A, a: Rows, panels: &[f32], depth: usize, target: Target) {
    let units = depth.div_ceil(A::DEPTH);
    for row in (0..target.rows).step_by(A::HEIGHT) {
        for column in (0..target.columns).step_by(A::WIDTH) {
            let panel = panels[column * units..].as_ptr();
            let tile = target.part([row, A::HEIGHT], [column, A::WIDTH]);
            // SAFETY: the caller's promise.
            unsafe { multiply(arithmetic, a.from(row), panel, units, tile) };
        }
    }
}
