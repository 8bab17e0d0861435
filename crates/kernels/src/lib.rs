//! Tensor operations, each behind one public function: the chooser.
//!
//! A function here takes and returns plain tensors and may be called on any device, with or without autodiff. On flex, the processor,
//! it runs fused code with a backward pass of its own; anywhere else the same function in plain tensor operations, the reference. One
//! folder an operation: the chooser with its reference, `fused.rs` which joins the CPU code to autodiff, and `cpu.rs` or `cpu/`, which
//! knows slices alone. Knows no layer and no model.

#![allow(unsafe_code, reason = "fused code reads and writes memory by pointer where it pays")]

mod activation;
mod attention;
#[cfg(feature = "flex")]
mod cpu;
mod cross_entropy;
mod dropout;
mod embedding;
#[cfg(feature = "flex")]
mod flex;
mod linear;
mod memory;
mod norm;
mod optimizers;
mod precision;
mod rotary;
mod subject;

pub use activation::{Activation, activate, gated};
pub use attention::{Attend, Mask, Segments, attend, attention_weights};
pub use cross_entropy::{
    CrossEntropy, IGNORED, Scored, Softening, cross_entropy_rows, linear_cross_entropy, linear_cross_entropy_rows,
    linear_divergence,
};
pub use dropout::{Dropout, add_dropped, dropout};
pub use embedding::embedding;
pub use linear::{Affine, Operand, add_linear, linear};
pub use memory::keep_memory;
pub use norm::{layer_norm, rms_norm};
pub use optimizers::{AdamW, Lion, Moments, Momentum, Muon, Sgd, adamw, lion, muon, sgd, sum_of_squares};
pub use precision::{Precision, bf16_available};
pub use rotary::{Rotary, RotaryScaling, rotary};
pub use subject::{Cost, Subject, Way, subjects};

#[cfg(test)]
mod tests;
