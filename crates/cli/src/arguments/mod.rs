//! What may be written behind `attentive`.

mod data;
mod drawing;
mod score;
mod uses;

use std::{
    fmt::Display,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    str::FromStr,
};

use attentive_trainer::{KernelTrial, On, Precision, Size, Trial, Which, Wishes};
use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use clap_complete::Shell;

pub(crate) use data::{Data, Sample};
pub(crate) use drawing::Drawing;
pub(crate) use score::Score;
pub(crate) use uses::{Ask, Caption, Chat, Classify, Embed, FillMask, Retrieve, Translate};

/// Beyond these, a number is a slip of the finger.
const THREADS: RangeInclusive<usize> = 1..=1024;
const MOST: usize = 1_000_000;
const WHICH: &str = "expected `best`, `last`, the number of a step, or a mean of the last ones such as `mean-5`";

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
    /// Talk with a language model that was trained on conversations, a line a turn.
    Chat(Chat),
    /// Tell which class texts or pictures belong to, or what number, or which tag each word has.
    Classify(Classify),
    /// Let a trained encoder guess the words that `[MASK]` stands for.
    FillMask(FillMask),
    /// Turn texts or pictures into vectors of length one, so that alike ones lie close to each other.
    Embed(Embed),
    /// Translate lines, one out for each one in.
    Translate(Translate),
    /// Find the pictures that a text fits best, or the texts that fit a picture.
    Retrieve(Retrieve),
    /// Say what is on pictures.
    Caption(Caption),
    /// Answer questions about a picture.
    Ask(Ask),
    /// Score a trained model on a data set.
    Evaluate(Evaluate),
    /// Write a run as a model folder that transformers opens: config, tokenizer, weights, card.
    Export(Export),
    /// Set runs beside each other: what differs in their plans, and whether their scores differ by more than luck.
    Compare(Compare),
    #[command(subcommand)]
    Score(Score),
    #[command(subcommand)]
    Data(Data),
    /// Prove on a small batch that gradients flow and nothing leaks, before anything long starts.
    Preflight(Preflight),
    /// Measure how fast this machine trains.
    #[command(subcommand)]
    Bench(Bench),
    /// List what this program can compute on here, and which device `auto` picks.
    Devices,
    /// Print a completion script for a shell, to be saved where that shell looks for it.
    Completions { shell: Shell },
    /// Print the JSON Schema of config files, so that an editor completes and checks them.
    Schema,
}

impl Command {
    /// How many threads are asked for.
    pub(crate) fn threads(&self) -> Option<usize> {
        match self {
            Self::Train(Train { config, .. }) | Self::Preflight(Preflight { config }) => config.threads,
            Self::Generate(Generate { trained, .. }) | Self::Evaluate(Evaluate { trained, .. }) => trained.threads,
            Self::Classify(Classify { trained, .. })
            | Self::Chat(Chat { trained, .. })
            | Self::FillMask(FillMask { trained, .. })
            | Self::Embed(Embed { trained, .. })
            | Self::Translate(Translate { trained, .. })
            | Self::Retrieve(Retrieve { trained, .. })
            | Self::Caption(Caption { trained, .. })
            | Self::Ask(Ask { trained, .. })
            | Self::Export(Export { trained, .. }) => trained.threads,
            Self::Bench(Bench::Step(step)) => step.threads,
            Self::Bench(Bench::Kernels(kernels)) => kernels.threads,
            Self::Compare(_) | Self::Score(_) | Self::Data(_) => None,
            Self::Devices | Self::Completions { .. } | Self::Schema => None,
        }
    }
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
    /// Threads that compute on the CPU. Default: one a core.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = within(THREADS))]
    threads: Option<usize>,
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
        let Config { config, sets, device, threads } = &self.config;
        let path = |path: &Path| quoted(&path.to_string_lossy());
        let mut words = vec!["attentive train".to_owned(), path(config)];
        words.extend(sets.iter().map(|set| format!("--set {}", quoted(set))));
        words.extend(device.iter().map(|device| format!("--device {}", quoted(device))));
        words.extend(threads.iter().map(|threads| format!("--threads {threads}")));
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
    /// The run folder, such as runs/stories, or a model folder as transformers writes it.
    pub(crate) run: PathBuf,
    /// Which checkpoint: best, last, a step, or mean-5 for the mean of the last five.
    #[arg(long, default_value = "best", allow_negative_numbers = true, value_parser = which)]
    pub(crate) checkpoint: Which,
    /// What to compute on (see `attentive devices`).
    #[arg(long, default_value = "auto")]
    pub(crate) device: String,
    /// Threads that compute on the CPU. Default: one a core.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = within(THREADS))]
    threads: Option<usize>,
}

fn which(text: &str) -> Result<Which, String> {
    match text {
        "best" => Ok(Which::Best),
        "last" => Ok(Which::Last),
        other => mean(other).or_else(|| other.parse().ok().map(Which::Step)).ok_or_else(|| WHICH.to_owned()),
    }
}

/// `mean-5` for the last five.
fn mean(text: &str) -> Option<Which> {
    text.strip_prefix("mean-")?.parse().ok().map(Which::Mean)
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
    #[command(flatten)]
    pub(crate) drawing: Drawing,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) trained: Trained,
    /// The folder to write, which must not be there yet.
    #[arg(long)]
    pub(crate) to: PathBuf,
    /// How numbers are written.
    #[arg(long, value_enum, default_value_t = Type::F32)]
    pub(crate) dtype: Type,
    /// Write what learned alone, in PEFT's layout: of a run with `[adapter]`.
    #[arg(long)]
    pub(crate) adapter: bool,
}

/// How numbers are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Type {
    F32,
    F16,
    Bf16,
}

fn within<T: FromStr + PartialOrd + Display + Clone>(
    range: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("expected a whole number from {} to {}", range.start(), range.end()))
    }
}

fn positive(text: &str) -> Result<f64, String> {
    number(text).filter(|value| *value > 0.0).ok_or_else(|| "expected a number above 0".to_owned())
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
    /// The data set, and its split unless it is `validation`, or `test` where there is no other: tinyshakespeare, lambada,
    /// stories:train.
    #[arg(long, value_name = "DATASET[:SPLIT]")]
    on: String,
    /// Only the first items; texts are always read whole.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = within(1..=MOST))]
    limit: Option<usize>,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Evaluate {
    pub(crate) fn on(&self) -> On {
        let (name, split) =
            self.on.split_once(':').map_or((self.on.as_str(), None), |(name, split)| (name, Some(split)));
        On { name: name.to_owned(), split: split.map(ToOwned::to_owned), limit: self.limit }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// Run folders; the others are held against the first.
    #[arg(required = true, num_args = 2..)]
    pub(crate) runs: Vec<PathBuf>,
    /// Print one JSON object instead of tables.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Preflight {
    #[command(flatten)]
    pub(crate) config: Config,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Time training steps on random ids: forward, backward, norm, clip and update.
    Step(BenchStep),
    /// Time each operation beside its reference and against what the machine could do at best.
    Kernels(BenchKernels),
}

#[derive(Debug, Args)]
pub(crate) struct BenchKernels {
    /// Only operations with this in their name, such as `linear` or `norm`.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Threads that compute on the CPU. Default: one a core.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = within(THREADS))]
    threads: Option<usize>,
    /// What to compute on (see `attentive devices`).
    #[arg(long, default_value = "auto")]
    device: String,
    /// Print one JSON object a line instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

impl BenchKernels {
    pub(crate) fn trial(&self) -> KernelTrial {
        KernelTrial { device: self.device.clone(), only: self.only.clone() }
    }
}

#[derive(Debug, Args)]
pub(crate) struct BenchStep {
    /// A GPT-2 style model of this size, tiny by nanoGPT's recipe for CPUs and small with 124 M parameters.
    #[arg(long, default_value = "tiny", value_parser = sizes())]
    model: Size,
    /// Numbers that products are taken of.
    #[arg(long, default_value = "f32", value_parser = precisions())]
    precision: Precision,
    /// Threads that compute on the CPU. Default: one a core.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = within(THREADS))]
    threads: Option<usize>,
    /// Steps that are timed, after a few that are not.
    #[arg(long, value_name = "N", default_value_t = 20, allow_negative_numbers = true, value_parser = within(1..=MOST as u64))]
    steps: u64,
    /// Tokens a sequence. Default: as the model has it.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = within(1..=MOST))]
    context: Option<usize>,
    /// Sequences a step. Default: as the model has it.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = within(1..=MOST))]
    batch: Option<usize>,
    /// What to compute on (see `attentive devices`).
    #[arg(long, default_value = "auto")]
    device: String,
    /// Keep only the inputs of blocks and run them again in the backward pass.
    #[arg(long)]
    recompute: bool,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

impl BenchStep {
    pub(crate) fn trial(&self) -> Trial {
        Trial {
            size: self.model,
            precision: self.precision,
            batch: self.batch,
            context: self.context,
            steps: self.steps,
            recompute: self.recompute,
            device: self.device.clone(),
        }
    }
}

fn sizes() -> impl TypedValueParser<Value = Size> {
    let named = |name: String| Size::ALL.into_iter().find(|size| size.name() == name);
    PossibleValuesParser::new(Size::ALL.map(Size::name)).map(move |name| named(name).expect("one of these names"))
}

fn precisions() -> impl TypedValueParser<Value = Precision> {
    let named = |name: String| Precision::ALL.into_iter().find(|precision| precision.name() == name);
    PossibleValuesParser::new(Precision::ALL.map(Precision::name))
        .map(move |name| named(name).expect("one of these names"))
}
