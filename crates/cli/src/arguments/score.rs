//! What may be written behind `attentive score`.

use std::path::PathBuf;

use attentive_metrics::translation::{Bleu, Case, Chrf, Smoothing, Ter, Tokenize};
use attentive_trainer::{Average, By, Scoring};
use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};

use super::{MOST, whole, within};

const TOKENIZERS: [Tokenize; 5] =
    [Tokenize::Western, Tokenize::International, Tokenize::Chinese, Tokenize::Characters, Tokenize::None];

/// Score a file of predictions against references, a line an item, as the reference programs do.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  attentive score bleu --predictions ours.de --references test.de
  attentive score bleu --predictions ours.de --references test.de --baseline theirs.de   is it luck?
  attentive score f1 --average macro --predictions p.txt --references r.txt --json")]
pub(crate) enum Score {
    /// BLEU of translations, as sacreBLEU computes it.
    Bleu {
        #[command(flatten)]
        files: Files,
        /// How words are told apart.
        #[arg(long, default_value = "13a", value_parser = tokenizers())]
        tokenize: Tokenize,
        /// What stands for a precision of zero.
        #[arg(long, default_value = "exp", value_parser = ["exp", "floor", "add-k", "none"])]
        smoothing: String,
        /// Of `floor` (0.1) or `add-k` (1).
        #[arg(long, value_name = "X", value_parser = super::positive)]
        smoothing_value: Option<f64>,
        /// Compare in lower case.
        #[arg(long)]
        lowercase: bool,
        /// Leave out orders of n-grams that are not there, as for single sentences.
        #[arg(long)]
        effective_order: bool,
    },
    /// chrF of translations, as sacreBLEU computes it; `--word-order 2` is chrF++.
    Chrf {
        #[command(flatten)]
        files: Files,
        /// The longest n-grams of characters.
        #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u8).range(1..=32))]
        character_order: u8,
        /// The longest n-grams of words.
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=32))]
        word_order: u8,
        /// How many times as much recall weighs as precision.
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=32))]
        beta: u8,
        /// Compare in lower case.
        #[arg(long)]
        lowercase: bool,
        /// Count white space among the characters.
        #[arg(long)]
        whitespace: bool,
    },
    /// TER of translations, as sacreBLEU computes it; lower is better.
    Ter {
        #[command(flatten)]
        files: Files,
        /// Part punctuation from words first.
        #[arg(long)]
        normalized: bool,
        /// Leave punctuation out.
        #[arg(long)]
        no_punctuation: bool,
        /// Part Chinese and Japanese characters too.
        #[arg(long)]
        asian: bool,
        /// Tell upper case from lower case.
        #[arg(long)]
        case_sensitive: bool,
    },
    /// Share of lines that equal a reference, apart from white space around them.
    Accuracy {
        #[command(flatten)]
        files: Files,
    },
    /// Share of lines that equal a reference to the letter.
    Exact {
        #[command(flatten)]
        files: Files,
    },
    /// F1 of labels, as scikit-learn computes it.
    F1 {
        #[command(flatten)]
        files: Files,
        /// Over which labels. Default: binary where they are 0 and 1, else macro.
        #[arg(long, value_parser = ["binary", "macro", "micro", "weighted"])]
        average: Option<String>,
        /// The label that binary F1 is taken of.
        #[arg(long, value_name = "LABEL", default_value = "1")]
        positive: String,
    },
    /// Matthews correlation of labels, the score of CoLA.
    Matthews {
        #[command(flatten)]
        files: Files,
    },
    /// Pearson correlation of numbers.
    Pearson {
        #[command(flatten)]
        files: Files,
    },
    /// Spearman correlation of numbers, the score of STS-B.
    Spearman {
        #[command(flatten)]
        files: Files,
    },
    /// Kendall's tau-b of numbers.
    Kendall {
        #[command(flatten)]
        files: Files,
    },
    /// Exact match of answers, by SQuAD's rules; an empty line of references is no answer.
    SquadExact {
        #[command(flatten)]
        files: Files,
    },
    /// F1 of answers' words, by SQuAD's rules; an empty line of references is no answer.
    SquadF1 {
        #[command(flatten)]
        files: Files,
    },
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Files {
    /// A line an item.
    #[arg(long, value_name = "FILE")]
    predictions: PathBuf,
    /// A line an item; several files are several right answers.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    references: Vec<PathBuf>,
    /// Another system's predictions, to tell a difference from luck.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// How often the items are drawn anew for the interval.
    #[arg(long, value_name = "N", default_value_t = 1000, allow_negative_numbers = true, value_parser = within(0..=MOST))]
    resamples: usize,
    /// The same seed draws the same items.
    #[arg(long, value_name = "N", default_value_t = 12345, allow_negative_numbers = true, value_parser = whole::<u64>)]
    seed: u64,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Score {
    pub(crate) fn scoring(&self) -> Scoring {
        let Files { predictions, references, baseline, resamples, seed, .. } = self.files().clone();
        Scoring { by: self.by(), predictions, references, baseline, resamples, seed }
    }

    pub(crate) fn files(&self) -> &Files {
        match self {
            Self::Bleu { files, .. }
            | Self::Chrf { files, .. }
            | Self::Ter { files, .. }
            | Self::Accuracy { files }
            | Self::Exact { files }
            | Self::F1 { files, .. }
            | Self::Matthews { files }
            | Self::Pearson { files }
            | Self::Spearman { files }
            | Self::Kendall { files }
            | Self::SquadExact { files }
            | Self::SquadF1 { files } => files,
        }
    }

    fn by(&self) -> By {
        match self {
            Self::Bleu { tokenize, smoothing, smoothing_value, lowercase, effective_order, .. } => By::Bleu(Bleu {
                tokenize: *tokenize,
                smoothing: smoothed(smoothing, *smoothing_value),
                case: case(*lowercase),
                effective_order: *effective_order,
                ..Bleu::default()
            }),
            Self::Chrf { character_order, word_order, beta, lowercase, whitespace, .. } => By::Chrf(Chrf {
                characters: *character_order,
                words: *word_order,
                beta: *beta,
                case: case(*lowercase),
                whitespace: *whitespace,
                ..Chrf::default()
            }),
            Self::Ter { normalized, no_punctuation, asian, case_sensitive, .. } => By::Ter(Ter {
                normalized: *normalized,
                punctuation: !no_punctuation,
                asian: *asian,
                case: case(!case_sensitive),
            }),
            Self::Accuracy { .. } => By::Accuracy,
            Self::Exact { .. } => By::Exact,
            Self::F1 { average, positive, .. } => By::F1(averaged(average.as_deref(), positive)),
            Self::Matthews { .. } => By::Matthews,
            Self::Pearson { .. } => By::Pearson,
            Self::Spearman { .. } => By::Spearman,
            Self::Kendall { .. } => By::Kendall,
            Self::SquadExact { .. } => By::SquadExact,
            Self::SquadF1 { .. } => By::SquadF1,
        }
    }
}

fn tokenizers() -> impl TypedValueParser<Value = Tokenize> {
    let named = |name: String| TOKENIZERS.into_iter().find(|tokenize| tokenize.name() == name);
    PossibleValuesParser::new(TOKENIZERS.map(Tokenize::name)).map(move |name| named(name).expect("one of these names"))
}

fn smoothed(name: &str, value: Option<f64>) -> Smoothing {
    match name {
        "floor" => Smoothing::Floor(value.unwrap_or(0.1)),
        "add-k" => Smoothing::AddK(value.unwrap_or(1.0)),
        "none" => Smoothing::None,
        _ => Smoothing::Exponential,
    }
}

const fn case(lower: bool) -> Case {
    if lower { Case::Lower } else { Case::Mixed }
}

fn averaged(name: Option<&str>, positive: &str) -> Average {
    match name {
        Some("binary") => Average::Binary(positive.to_owned()),
        Some("micro") => Average::Micro,
        Some("weighted") => Average::Weighted,
        Some(_) => Average::Macro,
        None => Average::Fitting,
    }
}
