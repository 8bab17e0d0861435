//! What the CPU code of all operations stands on: vectors, threads, buffers. Knows no tensor.

pub(crate) mod buffer;
pub(crate) mod elementwise;
pub(crate) mod product;
pub(crate) mod reductions;
pub(crate) mod simd;
mod team;
pub(crate) mod threads;
