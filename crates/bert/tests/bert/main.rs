//! What the BERT models promise: they compute what transformers computes, with each head, they learn, and the properties that every
//! configuration must keep.

mod configs;
mod distilling;
mod foreign;
mod golden;
mod learning;
mod parity;
mod properties;
mod sample;
mod size;
