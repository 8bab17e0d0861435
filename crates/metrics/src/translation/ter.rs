//! TER (Snover et al. 2006): edits per word of the reference that make a translation one, where moving words is an edit.

use std::collections::HashMap;
use std::fmt;
use std::iter::Sum;

use serde::{Deserialize, Serialize};

use super::shifts::edits;
use super::tokenize::{apart, is_space, stops_apart, symbols_apart, unescape, words};
use super::{Case, TranslationMetric, yes_or_no};

/// How TER is computed. The default is sacreBLEU's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ter {
    /// Parts punctuation from words and reads escapes, by Tercom's rules.
    pub normalized: bool,
    /// Whether punctuation stays.
    pub punctuation: bool,
    /// Has both of the above know Chinese and Japanese; alone it does nothing.
    pub asian: bool,
    pub case: Case,
}

impl Default for Ter {
    fn default() -> Self {
        Self { normalized: false, punctuation: true, asian: false, case: Case::Lower }
    }
}

/// All that TER asks of a segment, or of many together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TerStatistics {
    /// To the reference that takes fewest.
    pub edits: u64,
    /// Words of a reference on average.
    pub reference_length: f64,
}

impl<'a> Sum<&'a Self> for TerStatistics {
    fn sum<I: Iterator<Item = &'a Self>>(segments: I) -> Self {
        segments.fold(Self::default(), |sum, segment| Self {
            edits: sum.edits + segment.edits,
            reference_length: sum.reference_length + segment.reference_length,
        })
    }
}

/// TER in percent: the lower the better, and above 100 where more is wrong than the references have words.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TerScore {
    pub score: f64,
    pub edits: u64,
    pub reference_length: f64,
}

/// The line that sacreBLEU prints, without the signature.
impl fmt::Display for TerScore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TER = {:.2}", self.score)
    }
}

impl TranslationMetric for Ter {
    type Statistics = TerStatistics;
    type Score = TerScore;

    fn segment(&self, hypothesis: &str, references: &[&str]) -> TerStatistics {
        let hypothesis = self.prepare(hypothesis);
        let compare = |reference: &str| compare(&hypothesis, &self.prepare_reference(reference));
        let counts: Vec<(usize, usize)> = references.iter().map(|reference| compare(reference)).collect();
        let (edits, lengths): (Vec<usize>, Vec<usize>) = counts.into_iter().unzip();
        let edits = edits.into_iter().min().unwrap_or_else(|| words(&hypothesis).count());
        let reference_length = lengths.iter().sum::<usize>() as f64 / lengths.len().max(1) as f64;
        TerStatistics { edits: edits as u64, reference_length }
    }

    fn score(&self, sum: &TerStatistics) -> TerScore {
        let TerStatistics { edits, reference_length } = *sum;
        let rate = match edits {
            _ if reference_length > 0.0 => edits as f64 / reference_length,
            0 => 0.0,
            _ => 1.0,
        };
        TerScore { score: 100.0 * rate, edits, reference_length }
    }

    fn options(&self) -> String {
        let [norm, punct, asian] = [self.normalized, self.punctuation, self.asian].map(yes_or_no);
        format!("case:{}|tok:tercom|norm:{norm}|punct:{punct}|asian:{asian}", self.case.label())
    }
}

impl Ter {
    /// References go through the rules twice in sacreBLEU, and a score must follow: the `it's.` of a translation has two words
    /// when normalized, and that of a reference three.
    fn prepare_reference(&self, line: &str) -> String {
        self.prepare(&self.prepare(line))
    }

    /// The segment with a space between its words.
    fn prepare(&self, line: &str) -> String {
        let mut line = self.case.apply(line.trim_end_matches(is_space)).into_owned();
        if self.normalized {
            line = normalized(&line);
        }
        if self.normalized && self.asian {
            line = apart(&line, |character| is_asian(character) || is_asian_mark(character));
        }
        if !self.punctuation {
            let goes = |character| is_mark(character) || self.asian && is_asian_mark(character);
            line.retain(|character| !goes(character));
        }
        words(&line).collect::<Vec<_>>().join(" ")
    }
}

/// Tercom's rules for western languages, and for possessives.
fn normalized(line: &str) -> String {
    let line = unescape(&line.replace("\n-", "").replace('\n', " "));
    stops_apart(&symbols_apart(&format!(" {line} ")).replace("'s ", " 's "))
}

/// What becomes a word of its own. Tercom also has rules for runs of kana, but the way it anchors them they meet no line.
fn is_asian(character: char) -> bool {
    matches!(character,
        '\u{2e80}'..='\u{2eff}' | '\u{31c0}'..='\u{31ef}' | '\u{3200}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}')
}

fn is_asian_mark(character: char) -> bool {
    matches!(character,
        '\u{3001}' | '\u{3002}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' | '\u{30fb}'
        | '\u{ff01}' | '\u{ff02}' | '\u{ff08}' | '\u{ff09}' | '\u{ff0c}' | '\u{ff0e}' | '\u{ff1a}' | '\u{ff1b}'
        | '\u{ff1f}' | '\u{ff61}'..='\u{ff65}')
}

const fn is_mark(character: char) -> bool {
    matches!(character, '.' | ',' | '?' | ':' | ';' | '!' | '"' | '(' | ')')
}

/// The edits, and the words of the reference.
fn compare(hypothesis: &str, reference: &str) -> (usize, usize) {
    let mut numbers = HashMap::new();
    let [hypothesis, reference] = [hypothesis, reference].map(|line| numbered(line, &mut numbers));
    (edits(&hypothesis, &reference), reference.len())
}

/// Each word by the number under which it was met first.
fn numbered<'a>(line: &'a str, numbers: &mut HashMap<&'a str, usize>) -> Vec<usize> {
    let number = |word| {
        let next = numbers.len();
        *numbers.entry(word).or_insert(next)
    };
    words(line).map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_only_if_asked() {
        let normalized = Ter { normalized: true, ..Ter::default() };
        assert_eq!(Ter::default().prepare("The dog's tail, 1,000.5."), "the dog's tail, 1,000.5.");
        assert_eq!(normalized.prepare("The dog's tail, 1,000.5."), "the dog 's tail , 1,000.5 .");
    }

    #[test]
    fn a_reference_is_cut_twice() {
        let normalized = Ter { normalized: true, ..Ter::default() };
        assert_eq!(normalized.prepare("It's."), "it's .");
        assert_eq!(normalized.prepare_reference("It's."), "it 's .");
    }

    #[test]
    fn punctuation_goes_if_asked() {
        let bare = Ter { punctuation: false, ..Ter::default() };
        assert_eq!(bare.prepare("(So?) Yes; 1,5。"), "so yes 15。");
        assert_eq!(Ter { asian: true, ..bare }.prepare("好。"), "好");
    }

    #[test]
    fn asian_characters_are_words_if_asked() {
        let asian = Ter { normalized: true, asian: true, ..Ter::default() };
        assert_eq!(asian.prepare("中文（日本）かな"), "中 文 （ 日 本 ） かな");
    }

    #[test]
    fn a_rate_of_nothing_is_all_or_nothing() {
        let score = |edits| Ter::default().score(&TerStatistics { edits, reference_length: 0.0 }).score;
        assert_eq!([score(0), score(3)], [0.0, 100.0]);
    }

    #[test]
    fn the_length_is_that_of_the_average_reference() {
        let counts = Ter::default().segment("a b c", &["a b", "a b c d e"]);
        assert_eq!(counts, TerStatistics { edits: 1, reference_length: 3.5 });
    }
}
