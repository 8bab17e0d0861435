//! `attentive`: arguments in, text out. Decides nothing: what to do is the arguments' and the config's matter, how it is done the
//! trainer's.

#![expect(clippy::print_stderr, reason = "the one crate that prints")]
#![recursion_limit = "256"]

mod arguments;
mod commands;
mod failure;
mod numbers;
mod output;
mod screen;
mod signals;

use std::process::ExitCode;

use attentive_trainer::use_threads;
use clap::Parser;

use arguments::{Arguments, Bench, Command};

fn main() -> ExitCode {
    failure::guarded(run)
}

fn run() -> ExitCode {
    attentive_trainer::keep_memory();
    obeyed(&Arguments::parse().command).unwrap_or_else(|error| failure::told(&error))
}

fn obeyed(command: &Command) -> anyhow::Result<ExitCode> {
    command.threads().map_or(Ok(()), use_threads)?;
    match command {
        Command::Train(train) => commands::train::run(train),
        Command::Generate(generate) => commands::generate::run(generate),
        Command::Chat(chat) => commands::chat::run(chat),
        Command::Classify(classify) => commands::uses::classify(classify),
        Command::FillMask(fill) => commands::uses::fill_mask(fill),
        Command::Embed(embed) => commands::uses::embed(embed),
        Command::Translate(translate) => commands::uses::translate(translate),
        Command::Retrieve(retrieve) => commands::uses::retrieve(retrieve),
        Command::Caption(caption) => commands::uses::caption(caption),
        Command::Ask(ask) => commands::uses::ask(ask),
        Command::Evaluate(evaluate) => commands::evaluate::run(evaluate),
        Command::Export(export) => commands::export::run(export),
        Command::Compare(compare) => commands::compare::run(compare),
        Command::Score(score) => commands::score::run(score),
        Command::Data(data) => commands::data::run(data),
        Command::Preflight(preflight) => commands::preflight::run(preflight),
        Command::Bench(Bench::Step(step)) => commands::bench::step(step),
        Command::Bench(Bench::Kernels(kernels)) => commands::bench::kernels(kernels),
        Command::Devices => commands::devices::run(),
        Command::Completions { shell } => commands::completions::run(*shell),
        Command::Schema => commands::schema::run(),
    }
}
