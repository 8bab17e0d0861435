//! What the GPT models promise: they compute what other implementations compute, real checkpoints speak as they do
//! elsewhere, and the properties that every configuration must keep.

mod checkpoints;
mod distilling;
mod folders;
mod foreign;
mod parity;
mod properties;
mod refusals;
mod sample;
mod searching;
mod size;
