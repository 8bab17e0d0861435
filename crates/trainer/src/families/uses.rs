//! What is asked of trained models, and what they answer.

use std::path::PathBuf;

use attentive_engine::Sampling;

use super::{Run, Trained};
use crate::TrainerError;

/// A text to be made.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Absent: whatever a text begins with.
    pub prompt: Option<String>,
    pub tokens: usize,
    pub sampling: Sampling,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Generated {
    pub step: u64,
    pub tokens: usize,
    pub seconds: f64,
}

/// How a conversation is held.
#[derive(Clone, Debug)]
pub struct Chatting {
    /// What the model is told before all else.
    pub system: Option<String>,
    /// Of an answer at most.
    pub tokens: usize,
    pub sampling: Sampling,
}

/// A conversation with a trained model.
pub trait Chat {
    /// Streams the answer, piece by piece, and remembers it. When the model's context is full, the oldest turns are forgotten.
    fn answer(&mut self, said: &str, out: &mut dyn FnMut(&str)) -> Result<(), TrainerError>;

    /// Forgets all that was said.
    fn reset(&mut self);
}

/// Something to be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Text(String),
    Pair(String, String),
    Picture(PathBuf),
}

/// Which classes there are, where a model can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    /// None: those that the model was trained on.
    pub names: Vec<String>,
    /// Texts with `{}` in the place of a name, whose vectors are averaged.
    pub prompts: Vec<String>,
}

/// A name with its probability, or with its score.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    pub name: String,
    pub score: f64,
}

/// What a model says about an item.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// All classes, the likeliest first.
    Classes(Vec<Ranked>),
    Number(f64),
    /// A tag for each word.
    Tags(Vec<(String, String)>),
}

/// How a vector is made of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// The mean over its tokens.
    Mean,
    /// Of the token before it.
    Class,
}

/// How lines are translated.
#[derive(Clone, Debug, PartialEq)]
pub struct Translating {
    /// As the plan says when absent.
    pub beams: Option<usize>,
    /// The power of the length that the score of a translation is divided by; as the plan says when absent.
    pub length_penalty: Option<f64>,
    /// How many translations of a line are wanted.
    pub best: usize,
    /// At most so many tokens each; when absent as the plan says, or else the model's own limit.
    pub tokens: Option<usize>,
    /// Draw in place of searching.
    pub sampling: Option<Sampling>,
    /// Lines translated at a time.
    pub batch: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Translation {
    pub text: String,
    /// Log-probability over the penalty of its length.
    pub score: f64,
}

/// A picture, and what is asked about it: nothing for a caption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    pub picture: PathBuf,
    pub question: Option<String>,
}

/// Which of the items are most like the query: their numbers and cosines, the most alike first.
pub fn ranked(
    run: &dyn Run,
    trained: &Trained<'_>,
    query: &Item,
    among: &[Item],
) -> Result<Vec<(usize, f64)>, TrainerError> {
    let queries = run.embed(trained, std::slice::from_ref(query), None)?;
    let vectors = run.embed(trained, among, None)?;
    let cosine = |vector: &Vec<f32>| -> f64 {
        queries.iter().flatten().zip(vector).map(|(&left, &right)| f64::from(left) * f64::from(right)).sum()
    };
    let mut found: Vec<(usize, f64)> = vectors.iter().map(cosine).enumerate().collect();
    found.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    Ok(found)
}
