//! What the vision transformers promise: they compute what other implementations compute, and the properties that every configuration
//! must keep.

mod blend;
mod distilling;
mod foreign;
mod parity;
mod properties;
mod published;
mod sample;
mod shown;
mod size;
mod targets;
