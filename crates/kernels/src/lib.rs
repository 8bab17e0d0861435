//! Tensor operations, each behind one public function: the chooser.
//!
//! A function here takes and returns plain tensors and may be called on any device, with or without autodiff. Today every
//! device runs the reference in tensor operations; where a device gets fused code of its own, the function of that
//! operation chooses it, and nothing above this crate notices. Knows no layer and no model.

mod activation;
mod adamw;
mod attention;
mod cross_entropy;
mod dropout;
mod embedding;
mod linear;
mod norm;
mod rotary;

pub use activation::{gelu, gelu_tanh, silu};
pub use adamw::{AdamW, Moments, adamw};
pub use attention::{Attend, Mask, attend, attention_weights};
pub use cross_entropy::{IGNORED, cross_entropy_rows};
pub use dropout::{Dropout, dropout};
pub use embedding::embedding;
pub use linear::linear;
pub use norm::{layer_norm, rms_norm};
pub use rotary::rotary;

#[cfg(test)]
mod tests;
