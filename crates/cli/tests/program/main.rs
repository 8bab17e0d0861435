//! The program as its users meet it: the real binary, run in folders of its own.

mod bad_input;
mod bench;
mod chat;
mod commands;
mod configs;
mod data;
mod families;
mod finetuning;
mod folders;
mod harness;
mod help;
mod hub;
mod resume;
mod scores;
mod signals;
mod snapshot;
mod teachers;
mod timing;
mod training;
mod tuning;
