//! What may be written behind `attentive`.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use attentive_trainer::{Which, Wishes};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

/// Train, evaluate and use transformers from a config file, on CPU or GPU.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 110,
    after_help = "\
Examples:
  attentive train configs/gpt/stories.toml            train on stories that the program makes itself
  attentive generate runs/stories --prompt \"Once\"     let the result write
  attentive train configs/gpt/stories.toml --dry-run  show the whole plan, and what it will cost
  attentive train CONFIG --resume                     go on where a run stopped, to the same bits"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train a model as a config describes it.
    Train(Train),
    /// Let a trained language model write.
    Generate(Generate),
    /// Score a trained model on a data set.
    Evaluate(Evaluate),
    /// Prove on a small batch that gradients flow and nothing leaks, before anything long starts.
    Preflight(Preflight),
    /// List what this program can compute on here, and which device `auto` picks.
    Devices,
    /// Print a completion script for a shell, to be saved where that shell looks for it.
    Completions { shell: Shell },
    /// Print the JSON Schema of config files, so that an editor completes and checks them.
    Schema,
}

/// A config file and what is to be changed about it.
#[derive(Debug, Args)]
pub(crate) struct Config {
    /// The config file, such as configs/gpt/stories.toml.
    pub(crate) config: PathBuf,
    /// Change one value of the config; may be repeated: `--set training.steps=500 --set model.heads=8`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// What to compute on: auto, flex, ndarray, wgpu, wgpu:1, cuda (see `attentive devices`).
    #[arg(long)]
    device: Option<String>,
}

impl Config {
    pub(crate) fn wishes(&self) -> Wishes {
        Wishes { sets: self.sets.clone(), device: self.device.clone() }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Train {
    #[command(flatten)]
    pub(crate) config: Config,
    /// The run folder. Default: runs/ and the name of the config.
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// Go on from the newest checkpoint of the run folder; without one, start at step 0.
    #[arg(long)]
    pub(crate) resume: bool,
    /// Only show the plan: every value and where it comes from, and what the run will cost.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl Train {
    pub(crate) fn folder(&self) -> PathBuf {
        let name = self.config.config.file_stem().unwrap_or_default();
        self.run.clone().unwrap_or_else(|| PathBuf::from("runs").join(name))
    }

    /// The command that goes on with the run, to be pasted into a shell.
    pub(crate) fn again(&self) -> String {
        let Config { config, sets, device } = &self.config;
        let path = |path: &Path| quoted(&path.to_string_lossy());
        let mut words = vec!["attentive train".to_owned(), path(config)];
        words.extend(sets.iter().map(|set| format!("--set {}", quoted(set))));
        words.extend(device.iter().map(|device| format!("--device {}", quoted(device))));
        words.push(format!("--run {} --resume", path(&self.folder())));
        words.join(" ")
    }
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "_-./:=,+@%".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A run folder and which of its checkpoints.
#[derive(Debug, Args)]
pub(crate) struct Trained {
    /// The run folder, such as runs/stories.
    pub(crate) run: PathBuf,
    /// Which checkpoint: best, last, or a step.
    #[arg(long, default_value = "best", allow_negative_numbers = true, value_parser = which)]
    pub(crate) checkpoint: Which,
    /// What to compute on (see `attentive devices`).
    #[arg(long, default_value = "auto")]
    pub(crate) device: String,
}

fn which(text: &str) -> Result<Which, String> {
    match text {
        "best" => Ok(Which::Best),
        "last" => Ok(Which::Last),
        step => step.parse().map(Which::Step).map_err(|_| "expected `best`, `last` or the number of a step".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    #[command(flatten)]
    pub(crate) trained: Trained,
    /// What the text begins with.
    #[arg(long)]
    pub(crate) prompt: Option<String>,
    /// At most this many tokens; the text may end before.
    #[arg(long, default_value_t = 200, allow_negative_numbers = true, value_parser = whole::<usize>)]
    pub(crate) tokens: usize,
    /// Above 1 bolder, below 1 safer, 0 always the likeliest token.
    #[arg(long, default_value_t = 0.8, allow_negative_numbers = true, value_parser = temperature)]
    pub(crate) temperature: f64,
    /// Only the likeliest this many tokens.
    #[arg(long, allow_negative_numbers = true, value_parser = top)]
    pub(crate) top_k: Option<u64>,
    /// Only the likeliest tokens that together have this probability.
    #[arg(long, allow_negative_numbers = true, value_parser = share)]
    pub(crate) top_p: Option<f64>,
    /// The same seed writes the same text.
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = whole::<u64>)]
    pub(crate) seed: u64,
}

fn temperature(text: &str) -> Result<f64, String> {
    number(text).filter(|value| *value >= 0.0).ok_or_else(|| "expected a number of at least 0".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    number(text)
        .filter(|value| *value > 0.0 && *value <= 1.0)
        .ok_or_else(|| "expected a number above 0, at most 1".to_owned())
}

fn top(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|top| *top > 0).ok_or_else(|| "expected a whole number of at least 1".to_owned())
}

fn whole<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "expected a whole number of at least 0".to_owned())
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    #[command(flatten)]
    pub(crate) trained: Trained,
    /// The data set, and its split unless it is `validation`: tinyshakespeare, stories:train.
    #[arg(long, value_name = "DATASET[:SPLIT]")]
    pub(crate) on: String,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Preflight {
    #[command(flatten)]
    pub(crate) config: Config,
}
