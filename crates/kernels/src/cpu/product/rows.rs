//! The rows of A, as a register tile reads them: one unit of each row for each step along the depth.

use super::arithmetic::Arithmetic;
use super::matrix::Source;

/// Rows whose addresses are a multiple of the stride away from one pointer.
const GROUP: usize = 3;
const GROUPS: usize = 4;

/// Units of rows of A, from the first row of a tile on.
#[derive(Clone, Copy)]
pub(crate) enum Rows {
    /// The units of a row lie together.
    Lines { pointer: *const f32, stride: usize },
    /// The rows of a tile lie together, for each unit of the depth `step` apart. Tiles begin at multiples of `rows`.
    Tiles { pointer: *const f32, step: usize, rows: usize },
}

impl Rows {
    /// Rows that lie in place.
    #[inline(always)]
    pub(super) fn in_place(source: Source) -> Self {
        let pointer = source.pointer;
        if source.along == 1 {
            Self::Lines { pointer, stride: source.across }
        } else {
            Self::Tiles { pointer, step: source.along, rows: source.across }
        }
    }

    /// The rows from one on that begins a tile.
    #[inline(always)]
    pub(super) fn from(self, row: usize) -> Self {
        match self {
            Self::Lines { pointer, stride } => Self::Lines { pointer: pointer.wrapping_add(row * stride), stride },
            Self::Tiles { pointer, step, rows } => {
                Self::Tiles { pointer: pointer.wrapping_add(row * rows), step, rows }
            }
        }
    }

    /// What is left of a tile from a row on.
    #[inline(always)]
    pub(super) fn rest(self, row: usize) -> Self {
        match self {
            Self::Lines { .. } => self.from(row),
            Self::Tiles { pointer, step, rows } => Self::Tiles { pointer: pointer.wrapping_add(row), step, rows },
        }
    }
}

/// Packs rows of A into tiles.
///
/// # Safety
/// That of [`Arithmetic::rows`].
#[inline(always)]
pub(super) unsafe fn pack_tiles<A: Arithmetic>(arithmetic: A, source: Source, units: *mut f32) -> Rows {
    // SAFETY: the caller's promise.
    unsafe { arithmetic.pack(source, A::HEIGHT, units) };
    Rows::Tiles { pointer: units, step: A::HEIGHT, rows: source.depth.div_ceil(A::DEPTH) }
}

/// Reads units of the rows of a tile, and moves along the depth.
pub(super) trait Reader {
    /// # Safety
    /// The row has so many units from here on.
    unsafe fn unit(&self, row: usize, unit: usize) -> f32;
    fn advance(&mut self, units: usize);
}

/// Reads [`Rows::Lines`]. Few pointers and one stride, since there are too few registers for a pointer to each row.
pub(super) struct Lines {
    groups: [*const f32; GROUPS],
    stride: usize,
}

impl Lines {
    #[inline(always)]
    pub(super) fn new(pointer: *const f32, stride: usize) -> Self {
        Self { groups: std::array::from_fn(|group| pointer.wrapping_add(group * GROUP * stride)), stride }
    }
}

impl Reader for Lines {
    #[inline(always)]
    unsafe fn unit(&self, row: usize, unit: usize) -> f32 {
        // SAFETY: the caller's promise.
        unsafe { *self.groups[row / GROUP].add(row % GROUP * self.stride + unit) }
    }

    #[inline(always)]
    fn advance(&mut self, units: usize) {
        self.groups = self.groups.map(|pointer| pointer.wrapping_add(units));
    }
}

/// Reads [`Rows::Tiles`].
pub(super) struct Tiles {
    pub(super) pointer: *const f32,
    pub(super) step: usize,
}

impl Reader for Tiles {
    #[inline(always)]
    unsafe fn unit(&self, row: usize, unit: usize) -> f32 {
        // SAFETY: the caller's promise.
        unsafe { *self.pointer.add(unit * self.step + row) }
    }

    #[inline(always)]
    fn advance(&mut self, units: usize) {
        self.pointer = self.pointer.wrapping_add(units * self.step);
    }
}
