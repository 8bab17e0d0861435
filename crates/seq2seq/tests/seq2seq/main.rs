//! What the encoder-decoders promise: they compute and answer what other implementations do, they learn, and the properties that every
//! configuration must keep.

mod folder;
mod foreign;
mod learning;
mod parity;
mod properties;
mod refusals;
mod sample;
mod searching;
mod size;
