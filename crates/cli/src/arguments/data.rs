//! What may be written behind `attentive data`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{MOST, within};

/// Look at data sets: which there are, what they hold, where they come from.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  attentive data list --task translation
  attentive data sample multi30k:validation -n 3
  attentive data sample fashion-mnist -n 40 --png sheet.png

Files come from the folder ATTENTIVE_MIRROR if they lie there, else from the cache (ATTENTIVE_CACHE), else from where they are
published; ATTENTIVE_OFFLINE=1 forbids the network.")]
pub(crate) enum Data {
    /// The data sets that this program knows, a line each.
    List {
        /// Only those of a task, such as translation or classification.
        #[arg(long)]
        task: Option<String>,
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// The card of a data set: license, source, splits, published scores.
    Show {
        /// A data set, such as multi30k.
        name: String,
    },
    /// Fetch all files of a data set, and check them.
    Fetch {
        /// A data set, such as multi30k.
        name: String,
    },
    /// Fetch if need be, read every row, and hold the counts against the card.
    Verify {
        /// A data set, such as multi30k.
        name: String,
    },
    /// Show the first rows of a split; pictures are drawn in the terminal or on a sheet.
    Sample(Sample),
}

#[derive(Debug, Args)]
pub(crate) struct Sample {
    /// A data set, and its split unless it is the first: multi30k:validation.
    #[arg(value_name = "DATASET[:SPLIT]")]
    pub(crate) name: String,
    /// How many rows.
    #[arg(short = 'n', long = "rows", value_name = "N", default_value_t = 5, allow_negative_numbers = true, value_parser = within(1..=MOST))]
    pub(crate) rows: usize,
    /// Put the pictures on a sheet in this file instead of drawing them.
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
    /// Print one JSON object a row, pictures left out.
    #[arg(long)]
    pub(crate) json: bool,
}
