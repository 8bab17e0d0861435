//! Multiple choice and last words by likelihood, as lm-evaluation-harness 0.4.13 scores HellaSwag, PIQA, ARC and
//! LAMBADA.
//!
//! Its `acc_norm` divides a log-likelihood by the ending's length in characters and its `acc_bytes` by that in bytes;
//! they differ for endings that are not ASCII alone. The length is the ending's own, without the space that joins it to
//! the question.

use crate::{perplexity, share};

/// One way to go on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ending {
    /// In nats, summed over the ending's tokens.
    pub log_likelihood: f64,
    pub characters: usize,
    pub bytes: usize,
}

impl Ending {
    pub fn new(text: &str, log_likelihood: f64) -> Self {
        Self { log_likelihood, characters: text.chars().count(), bytes: text.len() }
    }

    fn score(&self, by: By) -> f64 {
        match by {
            By::Whole => self.log_likelihood,
            By::Character => self.log_likelihood / self.characters as f64,
            By::Byte => self.log_likelihood / self.bytes as f64,
        }
    }
}

/// What likelihoods are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// `acc`
    Whole,
    /// `acc_norm`
    Character,
    /// `acc_bytes`
    Byte,
}

impl By {
    pub const fn signature(self) -> &'static str {
        match self {
            Self::Whole => "likelihood:whole",
            Self::Character => "likelihood:per-character",
            Self::Byte => "likelihood:per-byte",
        }
    }
}

/// A question's endings, and which is right.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub endings: &'a [Ending],
    pub right: usize,
}

impl Question<'_> {
    /// The likeliest ending, the first among equals. `None` without endings, and where a NaN leaves it open.
    pub fn chosen(&self, by: By) -> Option<usize> {
        let scores = self.endings.iter().map(|ending| ending.score(by));
        let mut best = None;
        for (index, score) in scores.enumerate() {
            match best {
                _ if score.is_nan() => return None,
                Some((_, highest)) if score <= highest => {}
                _ => best = Some((index, score)),
            }
        }
        best.map(|(index, _)| index)
    }

    pub fn is_right(&self, by: By) -> bool {
        self.chosen(by) == Some(self.right)
    }
}

/// The share of questions whose right ending was chosen; one that leaves the choice open counts as wrong.
pub fn accuracy(questions: &[Question], by: By) -> Option<f64> {
    share(questions.iter().map(|question| question.is_right(by)))
}

/// A passage's last word, as LAMBADA asks for it (Paperno et al. 2016).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LastWord {
    /// In nats, summed over the word's tokens.
    pub log_likelihood: f64,
    /// Whether each of its tokens was the likeliest one.
    pub greedy: bool,
}

/// The share of words that greedy decoding would have written.
pub fn word_accuracy(words: &[LastWord]) -> Option<f64> {
    share(words.iter().map(|word| word.greedy))
}

/// The perplexity per word, however many tokens it has. `None` where [`perplexity`] is.
pub fn word_perplexity(words: &[LastWord]) -> Option<f64> {
    let nats: f64 = words.iter().map(|word| -word.log_likelihood).sum();
    perplexity(nats, words.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_decides_what_is_likeliest() {
        let endings = [Ending::new("ja", -3.0), Ending::new("うんと", -4.0), Ending::new("perhaps", -5.0)];
        let chosen = |by| Question { endings: &endings, right: 0 }.chosen(by);
        assert_eq!([chosen(By::Whole), chosen(By::Character), chosen(By::Byte)], [Some(0), Some(2), Some(1)]);
    }

    #[test]
    fn the_first_of_equals_is_chosen() {
        let endings = [-2.0, -1.0, -1.0].map(|nats| Ending::new("a", nats));
        assert!(Question { endings: &endings, right: 1 }.is_right(By::Whole));
    }

    #[test]
    fn an_open_choice_is_wrong() {
        let endings = [-2.0, f64::NAN].map(|nats| Ending::new("a", nats));
        let questions = [0, 1, 2].map(|right| Question { endings: &endings, right });
        assert_eq!(accuracy(&questions, By::Whole), Some(0.0));
        assert_eq!(accuracy(&[Question { endings: &[], right: 0 }], By::Byte), Some(0.0));
        assert_eq!(accuracy(&[], By::Whole), None);
    }

    #[test]
    fn an_empty_ending_is_never_the_likeliest_by_length() {
        let endings = [Ending::new("", -1.0), Ending::new("long", -50.0)];
        assert_eq!(Question { endings: &endings, right: 1 }.chosen(By::Byte), Some(1));
    }

    #[test]
    fn an_impossible_word_has_no_perplexity() {
        let word = |log_likelihood| LastWord { log_likelihood, greedy: log_likelihood > -1.0 };
        assert_eq!(word_perplexity(&[word(f64::NEG_INFINITY), word(-1.0)]), None);
        assert_eq!(word_accuracy(&[word(-2.0), word(-0.5)]), Some(0.5));
        assert_eq!((word_perplexity(&[]), word_accuracy(&[])), (None, None));
    }
}
