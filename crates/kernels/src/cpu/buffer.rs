//! Buffers that a kernel fills from end to end: zeroing them first would be a pass over memory for nothing.

/// A vector whose contents mean nothing until written.
#[expect(clippy::uninit_vec, reason = "every kernel that asks for one writes all of it before anything reads it")]
pub(crate) fn unwritten(length: usize) -> Vec<f32> {
    let mut buffer = Vec::with_capacity(length);
    // SAFETY: any bits are a valid f32, and the capacity is there.
    unsafe {
        buffer.set_len(length);
    }
    buffer
}
