//! One file a command.

pub(crate) mod bench;
pub(crate) mod chat;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod data;
pub(crate) mod devices;
pub(crate) mod evaluate;
pub(crate) mod export;
pub(crate) mod generate;
pub(crate) mod preflight;
pub(crate) mod schema;
pub(crate) mod score;
pub(crate) mod train;
pub(crate) mod uses;
