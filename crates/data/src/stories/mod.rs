//! Small English stories made by rule: a data set that needs no download.
//!
//! A plot moves characters and things through a little world (`world.rs`); each event is told in one of several wordings
//! (`events.txt`), and the same pieces that give the text give its tags and links. A story is a pure function of its key.
//! This is no general text generator: the grammar (`syntax.rs`) knows only what the wordings need.

mod clause;
mod lexicon;
mod meetings;
mod plots;
mod questions;
mod syntax;
pub mod tasks;
mod teller;
mod troubles;
mod wording;
mod world;

use std::ops::RangeInclusive;

use attentive_random::Key;
use serde::Serialize;

use teller::Teller;

/// A story with everything that is known about it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Story {
    pub text: String,
    pub sentences: Vec<Sentence>,
    pub facts: Vec<Fact>,
    pub questions: Vec<Question>,
}

/// Words and punctuation marks in order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sentence {
    pub words: Vec<Word>,
}

/// The bytes `start..end` of [`Story::text`] and their place in the sentence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Word {
    pub start: usize,
    pub end: usize,
    pub tag: Tag,
    /// The index, in the sentence, of the word that this one depends on; `None` for the root.
    pub head: Option<usize>,
    pub link: Link,
}

/// Parts of speech, close to the universal ones of Universal Dependencies (de Marneffe et al. 2021).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    Noun,
    ProperNoun,
    Pronoun,
    Verb,
    Auxiliary,
    Adjective,
    Adverb,
    Determiner,
    Preposition,
    Conjunction,
    Subordinator,
    Particle,
    Number,
    Interjection,
    Punctuation,
}

/// Syntactic links. Unlike in Universal Dependencies, a lone copula heads its clause and what follows is its complement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    Root,
    Subject,
    Expletive,
    Object,
    IndirectObject,
    Complement,
    Oblique,
    Case,
    Determiner,
    Modifier,
    Number,
    Auxiliary,
    Conjunct,
    Coordinator,
    Marker,
    Clause,
    Speech,
    Parataxis,
    Vocative,
    Discourse,
    Punctuation,
}

/// Who did what to whom. Characters are called by name or, when they have none, by their kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    pub sentence: usize,
    pub agent: String,
    pub action: String,
    pub object: Option<String>,
    pub recipient: Option<String>,
    pub place: Option<String>,
}

/// A question that the text answers. The answer is a phrase of the text, `yes`, `no` or a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    pub question: String,
    pub answer: String,
}

const WORDS: RangeInclusive<usize> = 60..=160;
const SENTENCES: RangeInclusive<usize> = 6..=14;
const FEWEST_QUESTIONS: usize = 3;

/// The story of a key. Drafts that are too short or too long are thrown away; the plot is drawn before, so that each is
/// told as often.
pub fn story(key: Key) -> Story {
    let plot = *key.at("plot").stream().choose(&plots::PLOTS);
    let mut drafts = (0..).map(|attempt| draft(key.nth(attempt), plot));
    drafts.find(is_fit).expect("drafts never end, and most are fit")
}

/// Story number `index` of a split: train and validation never share a key.
pub fn numbered(seed: u64, split: &str, index: u64) -> Story {
    story(Key::new(seed).at("stories").at(split).nth(index))
}

fn draft(key: Key, plot: plots::Plot) -> Story {
    let mut teller = Teller::new(key.stream());
    plot(&mut teller);
    let questions = questions::about(&teller);
    Story { questions, ..teller.story }
}

fn is_fit(story: &Story) -> bool {
    let words = story.text.split(' ').count();
    WORDS.contains(&words) && SENTENCES.contains(&story.sentences.len()) && story.questions.len() >= FEWEST_QUESTIONS
}

#[cfg(test)]
mod tests;
