//! Work in pieces whose number and borders don't depend on how many threads there are, so that results don't either.

use rayon::prelude::*;

use super::team;

/// Runs `work` on each index below `count`, on as many threads as rayon has; on the spot when there is one.
pub(crate) fn each(count: usize, work: impl Fn(usize) + Send + Sync) {
    if count <= 1 || rayon::current_num_threads() == 1 {
        (0..count).for_each(work);
    } else if rayon::current_thread_index().is_some() || !team::run(count, &work) {
        // Inside of one of rayon's pools, its threads are the ones to use.
        (0..count).into_par_iter().with_max_len(1).for_each(work);
    }
}

/// A pointer into a buffer of which several threads write parts that do not overlap.
#[derive(Clone, Copy)]
pub(crate) struct Shared(*mut f32);

// SAFETY: whoever makes a slice of it promises that no two threads hold overlapping ones.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    pub(crate) fn new(buffer: &mut [f32]) -> Self {
        Self(buffer.as_mut_ptr())
    }

    pub(crate) fn pointer(self) -> *mut f32 {
        self.0
    }

    /// # Safety
    /// The range lies in the buffer, the buffer outlives the slice, and nobody else holds a part of it.
    pub(crate) unsafe fn slice<'a>(&self, start: usize, length: usize) -> &'a mut [f32] {
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(start), length) }
    }
}
