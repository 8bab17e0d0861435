//! What the models of pictures and text promise: CLIP computes what it computes elsewhere, answers with a closed gate are a GPT's, and
//! the properties that every configuration must keep.

mod answers;
mod contrastive;
mod foreign;
mod learning;
mod parity;
mod published;
mod sample;
mod size;
mod statements;
