//! One law on many entries: the loop over vectors, its masked end and the pieces for threads, written once for all kernels that
//! take corresponding entries of some slices to those of others. Holds the plainest of them, sums and multiples, itself.

use std::ops::Range;

use pulp::{Arch, MemMask, Simd, WithSimd};

use crate::cpu::threads::{self, Shared};

/// Entries in one piece of work: its slices stay in the second level of cache.
const PIECE: usize = 16 * 1024;
/// Below as many entries, waking another thread takes longer than it saves.
const PARALLEL: usize = 48 * 1024;
/// Sums run in as many independent chains, since one addition has to wait for the last of its chain.
const CHAINS: usize = 4;

/// What a kernel makes of corresponding entries.
pub(crate) trait Law<const READ: usize, const MADE: usize>: Copy + Send + Sync {
    fn lanes<S: Simd>(self, simd: S, read: [S::f32s; READ]) -> [S::f32s; MADE];
}

/// Slices of one length. A law reads `changed`, then `read`; what it makes goes to `changed`, then to `written`, and what is
/// left over is only added up.
pub(crate) struct Entries<'a, const CHANGED: usize, const READ: usize, const WRITTEN: usize> {
    pub(crate) changed: [&'a mut [f32]; CHANGED],
    pub(crate) read: [&'a [f32]; READ],
    pub(crate) written: [&'a mut [f32]; WRITTEN],
}

/// `out = left + right`.
pub(crate) fn add(left: &[f32], right: &[f32], out: &mut [f32]) {
    apply(Add, Entries { changed: [], read: [left, right], written: [out] });
}

/// `values *= factor`.
pub(crate) fn scale_in_place(values: &mut [f32], factor: f32) {
    apply(Scale(factor), Entries { changed: [values], read: [], written: [] });
}

#[derive(Clone, Copy)]
pub(crate) struct Add;

impl Law<2, 1> for Add {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [left, right]: [S::f32s; 2]) -> [S::f32s; 1] {
        [simd.add_f32s(left, right)]
    }
}

#[derive(Clone, Copy)]
struct Scale(f32);

impl Law<1, 1> for Scale {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [value]: [S::f32s; 1]) -> [S::f32s; 1] {
        [simd.mul_f32s(value, simd.splat_f32s(self.0))]
    }
}

/// Applies the law to all entries, on all threads.
pub(crate) fn apply<L, const C: usize, const R: usize, const W: usize, const READ: usize, const MADE: usize>(
    law: L,
    entries: Entries<'_, C, R, W>,
) where
    L: Law<READ, MADE>,
{
    let pieces = Pieces::of_rows(entries.length(), 1);
    let Entries { changed, read, written } = entries;
    let (changed, written) = (changed.map(Shared::new), written.map(Shared::new));
    pieces.each(|_, range| {
        // SAFETY: pieces don't overlap and end with the slices, which are borrowed until all pieces are done.
        let part = |slice: Shared| unsafe { slice.slice(range.start, range.len()) };
        let read = read.map(|slice| &slice[range.clone()]);
        let entries = Entries { changed: changed.map(part), read, written: written.map(part) };
        Arch::new().dispatch(Sweep { law, entries });
    });
}

/// Rows cut into pieces at borders that depend on the shape alone.
#[derive(Clone, Copy)]
pub(crate) struct Pieces {
    rows: usize,
    width: usize,
    size: usize,
}

impl Pieces {
    pub(crate) fn of_rows(rows: usize, width: usize) -> Self {
        Self { rows, width, size: (PIECE / width.max(1)).max(1) }
    }

    /// With enough rows in a piece that a row of sums for each adds little traffic.
    pub(crate) fn for_sums(rows: usize, width: usize) -> Self {
        Self { rows, width, size: (PIECE / width.max(1)).max(32) }
    }

    /// `columns` in stripes of `size`, each over all of the `height`.
    pub(crate) fn of_stripes(columns: usize, size: usize, height: usize) -> Self {
        Self { rows: columns, width: height, size }
    }

    pub(crate) fn count(self) -> usize {
        self.rows.div_ceil(self.size)
    }

    /// Runs `work` on the number and the rows of each piece; on the spot when there is little of it.
    pub(crate) fn each(self, work: impl Fn(usize, Range<usize>) + Send + Sync) {
        let work = |piece| work(piece, piece * self.size..self.rows.min((piece + 1) * self.size));
        if self.rows * self.width < PARALLEL {
            (0..self.count()).for_each(work);
        } else {
            threads::each(self.count(), work);
        }
    }
}

/// [`sweep`] as something to dispatch.
pub(crate) struct Sweep<'a, L, const C: usize, const R: usize, const W: usize, const READ: usize, const MADE: usize> {
    pub(crate) law: L,
    pub(crate) entries: Entries<'a, C, R, W>,
}

impl<L, const C: usize, const R: usize, const W: usize, const READ: usize, const MADE: usize> WithSimd
    for Sweep<'_, L, C, R, W, READ, MADE>
where
    L: Law<READ, MADE>,
{
    type Output = [f32; MADE];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> [f32; MADE] {
        sweep(simd, self.law, self.entries)
    }
}

/// Applies the law to all entries on this thread; returns the sum of each thing made. A sum that nobody asks for costs nothing.
#[inline(always)]
pub(crate) fn sweep<S, L, const C: usize, const R: usize, const W: usize, const READ: usize, const MADE: usize>(
    simd: S,
    law: L,
    entries: Entries<'_, C, R, W>,
) -> [f32; MADE]
where
    S: Simd,
    L: Law<READ, MADE>,
{
    let length = entries.length();
    let walk = Walk::new(simd, law, entries);
    let mut totals = [[simd.splat_f32s(0.0); MADE]; CHAINS];
    let mut start = 0;
    while length - start >= CHAINS * S::F32_LANES {
        for total in &mut totals {
            // SAFETY: a whole vector is left in each of the slices.
            unsafe { walk.step(start, None, total) };
            start += S::F32_LANES;
        }
    }
    while length - start >= S::F32_LANES {
        // SAFETY: as above.
        unsafe { walk.step(start, None, &mut totals[0]) };
        start += S::F32_LANES;
    }
    if start < length {
        let mask = simd.mask_between_m32s(0, (length - start) as u32).mask();
        // SAFETY: the mask ends with the slices.
        unsafe { walk.step(start, Some(mask), &mut totals[0]) };
    }
    reduced(simd, &totals)
}

/// The slices of a sweep as pointers, each kind in one array, which compilers see through.
struct Walk<S, L, const READ: usize, const MADE: usize> {
    simd: S,
    law: L,
    read: [*const f32; READ],
    /// Null for what is not stored.
    stored: [*mut f32; MADE],
}

impl<S: Simd, L: Law<READ, MADE>, const READ: usize, const MADE: usize> Walk<S, L, READ, MADE> {
    #[inline(always)]
    fn new<const C: usize, const R: usize, const W: usize>(simd: S, law: L, entries: Entries<'_, C, R, W>) -> Self {
        const { assert!(C + R == READ && C + W <= MADE, "the slices don't fit the law") };
        let (mut read, mut stored) = ([std::ptr::null(); READ], [std::ptr::null_mut(); MADE]);
        for (index, slice) in entries.changed.into_iter().enumerate() {
            stored[index] = slice.as_mut_ptr();
            read[index] = stored[index].cast_const();
        }
        for (index, slice) in entries.read.into_iter().enumerate() {
            read[C + index] = slice.as_ptr();
        }
        for (index, slice) in entries.written.into_iter().enumerate() {
            stored[C + index] = slice.as_mut_ptr();
        }
        Self { simd, law, read, stored }
    }

    /// # Safety
    /// From `start` on, each slice has as many entries as a vector, or else as the mask.
    #[inline(always)]
    unsafe fn step(&self, start: usize, mask: Option<S::m32s>, totals: &mut [S::f32s; MADE]) {
        let zero = self.simd.splat_f32s(0.0);
        let mut read = [zero; READ];
        for (value, from) in read.iter_mut().zip(self.read) {
            // SAFETY: the caller's promise.
            *value = unsafe { load(self.simd, from.add(start), mask) };
        }
        let made = self.law.lanes(self.simd, read);
        for ((value, to), total) in made.into_iter().zip(self.stored).zip(totals) {
            if !to.is_null() {
                // SAFETY: the caller's promise.
                unsafe { store(self.simd, to.add(start), mask, value) };
            }
            let value = match mask {
                Some(mask) => self.simd.select_f32s(mask, value, zero),
                None => value,
            };
            *total = self.simd.add_f32s(*total, value);
        }
    }
}

/// # Safety
/// What the mask lets through may be read; without one, a whole vector.
#[inline(always)]
pub(crate) unsafe fn load<S: Simd>(simd: S, from: *const f32, mask: Option<S::m32s>) -> S::f32s {
    // SAFETY: the caller's promise.
    unsafe {
        match mask {
            None => from.cast::<S::f32s>().read_unaligned(),
            Some(mask) => simd.mask_load_ptr_f32s(MemMask::new(mask), from),
        }
    }
}

/// # Safety
/// What the mask lets through may be written; without one, a whole vector.
#[inline(always)]
pub(crate) unsafe fn store<S: Simd>(simd: S, to: *mut f32, mask: Option<S::m32s>, value: S::f32s) {
    // SAFETY: the caller's promise.
    unsafe {
        match mask {
            None => to.cast::<S::f32s>().write_unaligned(value),
            Some(mask) => simd.mask_store_ptr_f32s(MemMask::new(mask), to, value),
        }
    }
}

#[inline(always)]
fn reduced<S: Simd, const MADE: usize>(simd: S, totals: &[[S::f32s; MADE]; CHAINS]) -> [f32; MADE] {
    let mut sums = [0.0; MADE];
    for (made, sum) in sums.iter_mut().enumerate() {
        let left = simd.add_f32s(totals[0][made], totals[1][made]);
        let right = simd.add_f32s(totals[2][made], totals[3][made]);
        *sum = simd.reduce_sum_f32s(simd.add_f32s(left, right));
    }
    sums
}

impl<const C: usize, const R: usize, const W: usize> Entries<'_, C, R, W> {
    #[inline(always)]
    fn length(&self) -> usize {
        let written = self.changed.iter().chain(&self.written).map(|slice| slice.len());
        let mut lengths = self.read.iter().map(|slice| slice.len()).chain(written);
        let length = lengths.next().expect("a law has something to work on");
        assert!(lengths.all(|other| other == length), "slices of different lengths");
        length
    }
}

#[cfg(test)]
#[path = "elementwise_tests.rs"]
pub(crate) mod tests;
