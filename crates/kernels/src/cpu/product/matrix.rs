//! Views of matrices in memory: what a product reads and writes.

/// A matrix read by strides, at least one of which is one for speed; any strides give right results.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Rows one after the other.
    pub(crate) fn row_major(values: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::strided(values, [rows, columns], [columns, 1])
    }

    pub(crate) fn strided(values: &'a [f32], [rows, columns]: [usize; 2], strides: [usize; 2]) -> Self {
        assert!(extent([rows, columns], strides) <= values.len(), "a matrix reaches past the end of its values");
        let [row_stride, column_stride] = strides;
        Self { values, rows, columns, row_stride, column_stride }
    }

    pub(crate) fn transposed(self) -> Self {
        Self::strided(self.values, [self.columns, self.rows], [self.column_stride, self.row_stride])
    }

    /// The part from a row and a column on.
    pub(crate) fn from(self, row: usize, column: usize) -> Self {
        let (rows, columns) = (self.rows - row, self.columns - column);
        let start = (row * self.row_stride + column * self.column_stride).min(self.values.len());
        Self::strided(&self.values[start..], [rows, columns], [self.row_stride, self.column_stride])
    }

    /// At most so many of the first rows.
    pub(crate) fn first_rows(self, rows: usize) -> Self {
        Self { rows: rows.min(self.rows), ..self }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(super) fn has_contiguous_rows(&self) -> bool {
        self.column_stride == 1
    }

    /// A row of a matrix whose rows are contiguous.
    #[inline(always)]
    pub(super) fn row(&self, row: usize) -> &'a [f32] {
        assert_eq!(self.column_stride, 1, "rows of this matrix are not contiguous");
        &self.values[row * self.row_stride..][..self.columns]
    }

    #[cfg(test)]
    pub(super) fn at(&self, row: usize, column: usize) -> f32 {
        self.values[row * self.row_stride + column * self.column_stride]
    }

    /// As seen by the left operand: rows lie across a register tile.
    pub(super) fn of_rows(&self) -> Source {
        let (lanes, depth) = (self.rows, self.columns);
        Source { pointer: self.values.as_ptr(), lanes, depth, across: self.row_stride, along: self.column_stride }
    }

    /// As seen by the right operand: columns lie across a register tile.
    pub(super) fn of_columns(&self) -> Source {
        self.transposed().of_rows()
    }
}

/// A matrix to be written, its rows contiguous. For one whose columns are, take `Cᵀ = Bᵀ Aᵀ`.
pub(crate) struct MatrixMut<'a> {
    pub(super) values: &'a mut [f32],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_stride: usize,
}

impl<'a> MatrixMut<'a> {
    pub(crate) fn row_major(values: &'a mut [f32], rows: usize, columns: usize) -> Self {
        Self::strided(values, [rows, columns], columns)
    }

    pub(crate) fn strided(values: &'a mut [f32], [rows, columns]: [usize; 2], row_stride: usize) -> Self {
        assert!(
            extent([rows, columns], [row_stride, 1]) <= values.len(),
            "a matrix reaches past the end of its values"
        );
        assert!(rows <= 1 || columns <= row_stride, "rows to be written overlap");
        Self { values, rows, columns, row_stride }
    }
}

fn extent([rows, columns]: [usize; 2], [row_stride, column_stride]: [usize; 2]) -> usize {
    if rows == 0 || columns == 0 { 0 } else { (rows - 1) * row_stride + (columns - 1) * column_stride + 1 }
}

/// An operand as packing sees it: `lanes` lie across a register tile, `depth` is what the product sums over.
#[derive(Clone, Copy)]
pub(crate) struct Source {
    pub(super) pointer: *const f32,
    pub(super) lanes: usize,
    pub(super) depth: usize,
    pub(super) across: usize,
    pub(super) along: usize,
}

// SAFETY: a source is only ever read, and made from a slice that outlives the product.
unsafe impl Send for Source {}
// SAFETY: as above.
unsafe impl Sync for Source {}

impl Source {
    /// The part of at most `lanes` from `lane` on and at most `depth` from `start` on.
    #[inline(always)]
    pub(super) fn part(self, [lane, lanes]: [usize; 2], [start, depth]: [usize; 2]) -> Self {
        let (lane, start) = (lane.min(self.lanes), start.min(self.depth));
        Self {
            pointer: self.pointer.wrapping_add(lane * self.across + start * self.along),
            lanes: lanes.min(self.lanes - lane),
            depth: depth.min(self.depth - start),
            ..self
        }
    }

    /// # Safety
    /// The lane and the depth are below those of this source.
    #[inline(always)]
    pub(super) unsafe fn at(self, lane: usize, depth: usize) -> *const f32 {
        // SAFETY: the caller's promise, and the matrix was checked to lie within its values.
        unsafe { self.pointer.add(lane * self.across + depth * self.along) }
    }
}
