//! How a product is cut: C into pieces, one for each task of a thread, and the depth into blocks.

use super::arithmetic::{Arithmetic, Job};
use std::ops::Range;

/// Units in a block of the depth. Longer blocks write C less often, shorter ones leave more room in the second cache.
const BLOCK_UNITS: usize = 512;
/// Columns of B that are packed at a time: for a block of the depth, they fill a part of the second cache.
const GROUP_COLUMNS: usize = 512;
/// Rows of A that are packed at a time.
pub(super) const GROUP_ROWS: usize = 96;
/// Pieces for each thread, so that it matters less which thread is the last.
const PIECES_A_THREAD: usize = 2;
/// Below this many multiplications, waking other threads takes longer than it saves.
const LEAST_PARALLEL: usize = 1 << 20;
/// Fewer rows than this take as long, since they wait for B.
const LEAST_ROWS: usize = 4;

/// The shape of a product as the processor at hand sees it.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Columns of B that are packed at a time.
    pub(super) together: usize,
    depth: usize,
    height: usize,
    width: usize,
    unit: usize,
    blocks: usize,
    down: usize,
    across: usize,
}

/// The shape `[rows, depth, columns]`, to be planned for the processor at hand.
pub(super) struct Planning(pub(super) [usize; 3]);

impl Job for Planning {
    type Output = Plan;

    #[inline(always)]
    fn run<A: Arithmetic>(self, _: A) -> Plan {
        let [rows, depth, columns] = self.0;
        let work = rows.max(LEAST_ROWS) * depth * columns;
        let threads = if work < LEAST_PARALLEL { 1 } else { rayon::current_num_threads() };
        let blocks = depth.div_ceil(A::DEPTH * BLOCK_UNITS).max(1);
        let [down, across] = grid([rows.div_ceil(A::HEIGHT), columns.div_ceil(A::WIDTH)], self.0, threads);
        Plan {
            rows,
            columns,
            together: GROUP_COLUMNS,
            depth,
            height: A::HEIGHT,
            width: A::WIDTH,
            unit: A::DEPTH,
            blocks,
            down,
            across,
        }
    }
}

/// Pieces down and across: of those grids that are fine enough, the one that packs least.
fn grid([tiles, panels]: [usize; 2], [rows, _, columns]: [usize; 3], threads: usize) -> [usize; 2] {
    let wanted = if threads == 1 { 1 } else { PIECES_A_THREAD * threads };
    let grids = (1..=wanted).map(|down| [down.min(tiles), wanted.div_ceil(down).min(panels)]);
    let packed = |[down, across]: [usize; 2]| (wanted.saturating_sub(down * across), rows * across + columns * down);
    grids.min_by_key(|&grid| packed(grid)).expect("at least one piece is wanted")
}

impl Plan {
    /// For a few rows, which do not read what is packed often enough for it to leave the first caches.
    pub(super) fn panel_by_panel(self) -> Self {
        Self { together: self.width, ..self }
    }

    pub(super) fn pieces(&self) -> usize {
        self.down * self.across
    }

    /// The rows and columns of a piece.
    pub(super) fn piece(&self, index: usize) -> [Range<usize>; 2] {
        let tiles = share(self.rows.div_ceil(self.height), self.down, index / self.across);
        let panels = share(self.columns.div_ceil(self.width), self.across, index % self.across);
        let cut = |range: Range<usize>, size, end: usize| range.start * size..end.min(range.end * size);
        [cut(tiles, self.height, self.rows), cut(panels, self.width, self.columns)]
    }

    pub(super) fn blocks(&self) -> usize {
        self.blocks
    }

    /// Entries of the depth in a block, all but the last of them whole units.
    pub(super) fn block(&self, block: usize) -> Range<usize> {
        let units = share(self.depth.div_ceil(self.unit), self.blocks, block);
        units.start * self.unit..(units.end * self.unit).min(self.depth)
    }

    fn most_units(&self) -> usize {
        self.depth.div_ceil(self.unit).div_ceil(self.blocks)
    }

    /// Room for a group of columns of B.
    pub(super) fn panels_length(&self) -> usize {
        self.together.min(self.columns).next_multiple_of(self.width) * self.most_units()
    }

    /// Room for a group of rows of A.
    pub(super) fn rows_length(&self) -> usize {
        GROUP_ROWS.min(self.rows).next_multiple_of(self.height) * self.most_units()
    }
}

/// The share number `index` of `total` things, in `parts` that differ by one at most.
fn share(total: usize, parts: usize, index: usize) -> Range<usize> {
    index * total / parts..(index + 1) * total / parts
}

/// Cuts a range into ranges of at most `size`.
pub(super) fn groups(range: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range.step_by(size).map(move |start| start..end.min(start + size))
}
