//! What may be written behind the commands that use a trained model.

use std::path::{Path, PathBuf};

use attentive_trainer::{Asking, Chatting, Classes, Item, Pooling, Sampling, Translating};
use clap::{Args, ValueEnum};

use super::drawing::{share, top};
use super::{Drawing, MOST, Trained, number, positive, whole, within};

/// Endings of the names of picture files.
const PICTURES: [&str; 6] = ["png", "jpg", "jpeg", "gif", "bmp", "webp"];

/// What names a picture file is one; a tab parts the two texts of a pair.
fn item(written: &str) -> Item {
    let path = Path::new(written);
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    if ending.is_some_and(|ending| PICTURES.contains(&&*ending)) && !written.contains(char::is_whitespace) {
        return Item::Picture(path.to_owned());
    }
    match written.split_once('\t') {
        Some((first, second)) => Item::Pair(first.to_owned(), second.to_owned()),
        None => Item::Text(written.to_owned()),
    }
}

/// What to judge: written behind the command, or a line each on standard input.
#[derive(Debug, Args)]
pub(crate) struct Items {
    /// Texts, pairs of texts with a tab between them, or picture files. Default: the lines of standard input.
    #[arg(value_name = "ITEM")]
    items: Vec<String>,
}

impl Items {
    pub(crate) fn read(&self) -> std::io::Result<Vec<Item>> {
        if !self.items.is_empty() {
            return Ok(self.items.iter().map(|written| item(written)).collect());
        }
        std::io::stdin().lines().map(|line| line.map(|line| item(&line))).collect()
    }
}

#[derive(Debug, Args)]
pub(crate) struct Chat {
    #[command(flatten)]
    pub(crate) trained: Trained,
    /// What the model is told before all else.
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,
    /// At most this many tokens an answer; it may end before.
    #[arg(long, default_value_t = 200, allow_negative_numbers = true, value_parser = whole::<usize>)]
    tokens: usize,
    #[command(flatten)]
    drawing: Drawing,
}

impl Chat {
    pub(crate) fn chatting(&self) -> Chatting {
        Chatting { system: self.system.clone(), tokens: self.tokens, sampling: self.drawing.sampling() }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Classify {
    #[command(flatten)]
    pub(crate) trained: Trained,
    #[command(flatten)]
    pub(crate) items: Items,
    /// A class that the model was not trained on, told by its name; may be repeated. For models that know pictures and texts.
    #[arg(long = "class", value_name = "NAME")]
    classes: Vec<String>,
    /// A text about a picture with `{}` in the place of the class; may be repeated. Default: a picture of a {}.
    #[arg(long = "prompt", value_name = "TEXT")]
    prompts: Vec<String>,
    /// How many classes are shown, the likeliest first.
    #[arg(long, value_name = "N", default_value_t = 3, allow_negative_numbers = true, value_parser = within(1..=MOST))]
    pub(crate) top: usize,
    /// Print one JSON object an item.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Classify {
    pub(crate) fn classes(&self) -> Classes {
        let usual = || vec!["a picture of a {}".to_owned()];
        let prompts = if self.prompts.is_empty() { usual() } else { self.prompts.clone() };
        Classes { names: self.classes.clone(), prompts }
    }
}

#[derive(Debug, Args)]
pub(crate) struct FillMask {
    #[command(flatten)]
    pub(crate) trained: Trained,
    /// A text with `[MASK]` in each place that is to be filled.
    pub(crate) text: String,
    /// How many words are shown for each place.
    #[arg(long, value_name = "N", default_value_t = 5, allow_negative_numbers = true, value_parser = within(1..=MOST))]
    pub(crate) top: usize,
    /// Print one JSON array a place.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PoolingName {
    /// The mean over the tokens.
    Mean,
    /// Of the token before the text.
    Class,
}

#[derive(Debug, Args)]
pub(crate) struct Embed {
    #[command(flatten)]
    pub(crate) trained: Trained,
    #[command(flatten)]
    pub(crate) items: Items,
    /// How a vector is made of a text. Default: as the model was made.
    #[arg(long)]
    pooling: Option<PoolingName>,
}

impl Embed {
    pub(crate) fn pooling(&self) -> Option<Pooling> {
        self.pooling.map(|pooling| match pooling {
            PoolingName::Mean => Pooling::Mean,
            PoolingName::Class => Pooling::Class,
        })
    }
}

#[derive(Debug, Args)]
pub(crate) struct Translate {
    #[command(flatten)]
    pub(crate) trained: Trained,
    /// Lines to be translated. Default: those of standard input, each answered as it comes.
    pub(crate) lines: Vec<String>,
    /// Hypotheses that the search keeps. Default: as the model's `[generation]` says, or 5.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = within(1..=1000_usize))]
    beams: Option<usize>,
    /// The power of the length that a translation's score is divided by: more makes longer ones. Default: as `[generation]` says, or 1.
    #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = finite)]
    length_penalty: Option<f64>,
    /// So many translations of each line with their scores, the best first.
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true, value_parser = within(1..=1000_usize))]
    pub(crate) best: usize,
    /// At most so many tokens each. Default: as `[generation]` says, or what the model can write.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = within(1..=MOST))]
    tokens: Option<usize>,
    /// Draw translations at this temperature in place of searching for the likeliest.
    #[arg(long, value_name = "TEMPERATURE", allow_negative_numbers = true, value_parser = positive)]
    sample: Option<f64>,
    /// With `--sample`: only the likeliest this many tokens.
    #[arg(long, requires = "sample", allow_negative_numbers = true, value_parser = top)]
    top_k: Option<u64>,
    /// With `--sample`: only the likeliest tokens that together have this probability.
    #[arg(long, requires = "sample", allow_negative_numbers = true, value_parser = share)]
    top_p: Option<f64>,
    /// With `--sample`: the same seed draws the same translations.
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = whole::<u64>)]
    seed: u64,
    /// Lines that are translated at a time.
    #[arg(long, value_name = "N", default_value_t = 16, allow_negative_numbers = true, value_parser = within(1..=MOST))]
    batch: usize,
}

fn finite(text: &str) -> Result<f64, String> {
    number(text).ok_or_else(|| "expected a number".to_owned())
}

impl Translate {
    pub(crate) fn translating(&self) -> Translating {
        let (seed, top_p) = (self.seed, self.top_p);
        let top_k = self.top_k.map(|top| top as usize);
        let sampling = self.sample.map(|temperature| Sampling { temperature, top_k, top_p, seed });
        let Self { beams, length_penalty, best, tokens, batch, .. } = *self;
        Translating { beams, length_penalty, best, tokens, sampling, batch }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Retrieve {
    #[command(flatten)]
    pub(crate) trained: Trained,
    /// What to look for: a text, or a picture file.
    pub(crate) query: String,
    /// Where to look: picture files for a text, texts for a picture.
    #[arg(long, value_name = "ITEM", required = true, num_args = 1..)]
    among: Vec<String>,
    /// How many are shown, the most alike first.
    #[arg(long, value_name = "N", default_value_t = 5, allow_negative_numbers = true, value_parser = within(1..=MOST))]
    pub(crate) top: usize,
    /// Print one JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Retrieve {
    pub(crate) fn query(&self) -> Item {
        item(&self.query)
    }

    pub(crate) fn among(&self) -> Vec<Item> {
        self.among.iter().map(|written| item(written)).collect()
    }

    pub(crate) fn name(&self, index: usize) -> &str {
        &self.among[index]
    }
}

#[derive(Debug, Args)]
pub(crate) struct Caption {
    #[command(flatten)]
    pub(crate) trained: Trained,
    /// Picture files.
    #[arg(required = true)]
    pictures: Vec<PathBuf>,
}

impl Caption {
    pub(crate) fn asking(&self) -> Vec<Asking> {
        self.pictures.iter().map(|picture| Asking { picture: picture.clone(), question: None }).collect()
    }
}

#[derive(Debug, Args)]
pub(crate) struct Ask {
    #[command(flatten)]
    pub(crate) trained: Trained,
    /// A picture file.
    picture: PathBuf,
    /// Questions about it.
    #[arg(required = true)]
    questions: Vec<String>,
}

impl Ask {
    pub(crate) fn asking(&self) -> Vec<Asking> {
        let asking = |question: &String| Asking { picture: self.picture.clone(), question: Some(question.clone()) };
        self.questions.iter().map(asking).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_told_apart() {
        assert_eq!(item("a/b.PNG"), Item::Picture("a/b.PNG".into()));
        assert_eq!(item("see a.png"), Item::Text("see a.png".into()));
        assert_eq!(item("one\ttwo"), Item::Pair("one".into(), "two".into()));
    }
}
