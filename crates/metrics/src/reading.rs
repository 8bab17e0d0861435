//! Answers to questions about a text: exact match and F1 of words, after the official scripts of SQuAD 1.1 and 2.0
//! (Rajpurkar et al. 2016, 2018) and of MLQA (Lewis et al. 2020).
//!
//! XQuAD is scored as SQuAD 1.1 in every language, as XTREME does; the scripts print percentages. What a
//! letter and what punctuation is follows the Unicode version of the `regex` crate.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::{Deserialize, Serialize};

/// What counts of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalization {
    /// Lower case, without ASCII punctuation and English articles.
    Squad,
    /// Lower case, without any language's punctuation and without this language's articles.
    Mlqa(AnswerLanguage),
}

/// The languages of MLQA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerLanguage {
    Arabic,
    Chinese,
    English,
    German,
    Hindi,
    Spanish,
    Vietnamese,
}

/// How good one answer is: 1 or 0, and between them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub exact: f64,
    pub f1: f64,
}

/// The scores against whichever right answer gives the most, each. `None` without a right answer.
///
/// An answer of which no word remains has an F1 of 0, even where the right one has none either.
pub fn answered(prediction: &str, answers: &[&str], normalization: Normalization) -> Option<Reading> {
    let prediction = normalization.apply(prediction);
    let readings = answers.iter().map(|answer| compare(&prediction, &normalization.apply(answer)));
    readings.reduce(Reading::best)
}

/// The scores of SQuAD 2.0, where a question without right answers wants an empty prediction.
///
/// Right answers of which no word remains are none. To abstain above some probability of having no answer, predict the
/// empty text there.
pub fn answered_or_abstained(prediction: &str, answers: &[&str]) -> Reading {
    let prediction = Normalization::Squad.apply(prediction);
    let answers = answers.iter().map(|answer| Normalization::Squad.apply(answer)).filter(|answer| !answer.is_empty());
    let readings = answers.map(|answer| compare(&prediction, &answer));
    let right = f64::from(u8::from(prediction.is_empty()));
    readings.reduce(Reading::best).unwrap_or(Reading { exact: right, f1: right })
}

impl Reading {
    const fn best(self, other: Self) -> Self {
        Self { exact: self.exact.max(other.exact), f1: self.f1.max(other.f1) }
    }
}

/// Of two normalized texts.
fn compare(prediction: &str, answer: &str) -> Reading {
    Reading { exact: f64::from(u8::from(prediction == answer)), f1: f1(prediction, answer) }
}

fn f1(prediction: &str, answer: &str) -> f64 {
    let mut left: HashMap<&str, usize> = HashMap::new();
    let [mut predicted, mut right, mut same] = [0.0, 0.0, 0.0];
    for word in answer.split(' ').filter(|word| !word.is_empty()) {
        *left.entry(word).or_default() += 1;
        right += 1.0;
    }
    for word in prediction.split(' ').filter(|word| !word.is_empty()) {
        predicted += 1.0;
        if let Some(count) = left.get_mut(word).filter(|count| **count > 0) {
            *count -= 1;
            same += 1.0;
        }
    }
    if same == 0.0 { 0.0 } else { 2.0 * same / (predicted + right) }
}

impl Normalization {
    pub fn signature(self) -> String {
        match self {
            Self::Squad => "normalize:squad".to_owned(),
            Self::Mlqa(language) => format!("normalize:mlqa-{}", language.code()),
        }
    }

    /// The words that count, each followed by one space but the last.
    pub fn apply(self, text: &str) -> String {
        let text = text.to_lowercase();
        let words = match self {
            Self::Squad => without_articles(&text.replace(|letter: char| letter.is_ascii_punctuation(), ""), ENGLISH),
            Self::Mlqa(language) => language.words(&PUNCTUATION.replace_all(&text, "")),
        };
        words.split(is_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

impl AnswerLanguage {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Arabic => "ar",
            Self::Chinese => "zh",
            Self::English => "en",
            Self::German => "de",
            Self::Hindi => "hi",
            Self::Spanish => "es",
            Self::Vietnamese => "vi",
        }
    }

    /// Without articles, and with spaces between words where the language writes none.
    fn words(self, text: &str) -> String {
        match self {
            // Of the script's pattern `\sال^|ال` the first half can never match; the second does within words too.
            Self::Arabic => text.replace("ال", " "),
            Self::Chinese => IDEOGRAPH.replace_all(text, " $0 ").into_owned(),
            Self::English => without_articles(text, ENGLISH),
            Self::German => without_articles(text, GERMAN),
            Self::Hindi => text.to_owned(),
            Self::Spanish => without_articles(text, SPANISH),
            Self::Vietnamese => without_articles(text, VIETNAMESE),
        }
    }
}

const ENGLISH: &[&str] = &["a", "an", "the"];
const GERMAN: &[&str] = &["ein", "eine", "einen", "einem", "eines", "einer", "der", "die", "das", "den", "dem", "des"];
const SPANISH: &[&str] = &["un", "una", "unos", "unas", "el", "la", "los", "las"];
const VIETNAMESE: &[&str] = &["của", "là", "cái", "chiếc", "những"];

/// A run of what Python's `\w` matches: unlike the `regex` crate's, it ends before a combining mark.
static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\p{L}\p{N}_]+"));
static PUNCTUATION: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\p{P}!-/:-@\[-`{-~]"));
static IDEOGRAPH: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\u{4e00}-\u{9fa5}]"));

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is well formed")
}

/// An article is a whole word; a space takes its place.
fn without_articles(text: &str, articles: &[&str]) -> String {
    let replace = |word: &Captures| if articles.contains(&&word[0]) { " ".to_owned() } else { word[0].to_owned() };
    WORD.replace_all(text, replace).into_owned()
}

/// What Python splits at.
fn is_space(letter: char) -> bool {
    letter.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GERMAN_MLQA: Normalization = Normalization::Mlqa(AnswerLanguage::German);

    #[test]
    fn case_punctuation_and_articles_do_not_count() {
        assert_eq!(Normalization::Squad.apply(" The  U.S., a\tcountry!"), "us country");
        assert_eq!(Normalization::Squad.apply("theatre an-apple"), "theatre anapple");
        assert_eq!(Normalization::Squad.apply("«Der» Hund"), "«der» hund");
        assert_eq!(GERMAN_MLQA.apply("«Der» Hund, eine Katze"), "hund katze");
    }

    #[test]
    fn chinese_is_compared_by_character() {
        let chinese = Normalization::Mlqa(AnswerLanguage::Chinese);
        assert_eq!(chinese.apply("北京，2008年 Olympics"), "北 京 2008 年 olympics");
    }

    #[test]
    fn words_are_counted_as_often_as_they_occur() {
        let reading = answered("cat cat dog", &["cat dog dog bird"], Normalization::Squad).expect("an answer");
        assert_eq!(reading, Reading { exact: 0.0, f1: 4.0 / 7.0 });
    }

    #[test]
    fn the_best_answer_counts_for_each_score() {
        let reading = answered("1 2 3", &["1 2 3 4", "5", "1, 2, 3"], Normalization::Squad);
        assert_eq!(reading, Some(Reading { exact: 1.0, f1: 1.0 }));
        assert_eq!(answered("1", &[], Normalization::Squad), None);
    }

    #[test]
    fn no_answer_is_an_answer_in_the_second_version_alone() {
        let [right, wrong] = [1.0, 0.0].map(|score| Reading { exact: score, f1: score });
        assert_eq!(answered_or_abstained("", &[]), right);
        assert_eq!(answered_or_abstained("The!", &["a"]), right);
        assert_eq!(answered_or_abstained("", &["a", "dog"]), wrong);
        assert_eq!(answered_or_abstained("dog", &[]), wrong);
        assert_eq!(answered("The!", &["a"], Normalization::Squad), Some(Reading { exact: 1.0, f1: 0.0 }));
    }

    #[test]
    fn signatures_name_the_script() {
        assert_eq!(Normalization::Squad.signature(), "normalize:squad");
        assert_eq!(GERMAN_MLQA.signature(), "normalize:mlqa-de");
    }
}
