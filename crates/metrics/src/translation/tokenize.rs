//! Words of a segment as the scripts of the machine translation campaigns cut them.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

/// How BLEU cuts a segment into words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tokenize {
    /// The rules of `mteval-v13a.pl`, made for western languages.
    #[default]
    #[serde(rename = "13a")]
    Western,
    /// The rules of `mteval-v14.pl`: every punctuation and symbol of Unicode, save between numbers.
    #[serde(rename = "intl")]
    International,
    /// Each Chinese character is a word; the rest is cut by the western rules.
    #[serde(rename = "zh")]
    Chinese,
    /// Each character is a word.
    #[serde(rename = "char")]
    Characters,
    /// Words are what white space parts already.
    #[serde(rename = "none")]
    None,
}

impl Tokenize {
    /// The name in sacreBLEU's signature.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Western => "13a",
            Self::International => "intl",
            Self::Chinese => "zh",
            Self::Characters => "char",
            Self::None => "none",
        }
    }

    /// The segment with white space between its words.
    pub(super) fn apply(self, line: &str) -> String {
        let line = line.trim_end_matches(is_space);
        match self {
            Self::Western => western(line),
            Self::International => international(line),
            Self::Chinese => stops_apart(&symbols_apart(&apart(line.trim_matches(is_space), is_chinese))),
            Self::Characters => apart(line, |_| true),
            Self::None => line.to_owned(),
        }
    }
}

/// What Python's `str.split` takes for white space: Unicode's, and the separators of ASCII.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

pub(super) fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(is_space).filter(|word| !word.is_empty())
}

fn western(line: &str) -> String {
    let line = line.replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    stops_apart(&symbols_apart(&format!(" {} ", unescape(&line))))
}

/// Reads the escapes of SGML, in which test sets were published.
pub(super) fn unescape(line: &str) -> String {
    line.replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
}

/// Puts spaces around each character of a kind.
pub(super) fn apart(line: &str, is: impl Fn(char) -> bool) -> String {
    let mut parted = String::with_capacity(2 * line.len());
    for character in line.chars() {
        if is(character) {
            parted.extend([' ', character, ' ']);
        } else {
            parted.push(character);
        }
    }
    parted
}

/// Parts the punctuation of ASCII from words, save `'` and what may stand in a number: `,`, `-` and `.`.
pub(super) fn symbols_apart(line: &str) -> String {
    apart(line, |character| character.is_ascii_punctuation() && !matches!(character, '\'' | ',' | '-' | '.'))
}

/// Parts points, commas and dashes from words, but not within numbers.
pub(super) fn stops_apart(line: &str) -> String {
    static RULES: LazyLock<Vec<Rule>> =
        LazyLock::new(|| rules([("([^0-9])([.,])", "$1 $2 "), ("([.,])([^0-9])", " $1 $2"), ("([0-9])(-)", "$1 $2 ")]));
    rewrite(line, &RULES)
}

fn international(line: &str) -> String {
    static RULES: LazyLock<Vec<Rule>> =
        LazyLock::new(|| rules([(r"(\P{N})(\p{P})", "$1 $2 "), (r"(\p{P})(\P{N})", " $1 $2"), (r"(\p{S})", " $1 ")]));
    rewrite(line, &RULES)
}

/// What is looked for, and what stands in its place.
type Rule = (Regex, &'static str);

fn rules<const N: usize>(rules: [(&str, &'static str); N]) -> Vec<Rule> {
    rules.map(|(pattern, form)| (Regex::new(pattern).expect("the pattern is well formed"), form)).into()
}

fn rewrite(line: &str, rules: &[Rule]) -> String {
    rules.iter().fold(line.to_owned(), |line, (pattern, form)| pattern.replace_all(&line, *form).into_owned())
}

/// The characters that sacreBLEU takes for Chinese: ideographs, their parts and marks, and full-width forms.
///
/// Its ranges of the supplementary planes are written with four digits too few for Python, which reads the ranges below
/// that hold typographic punctuation, arrows and mathematics, and leaves the rare ideographs whole. A score must follow.
fn is_chinese(character: char) -> bool {
    matches!(character,
        '\u{3400}'..='\u{4db5}' | '\u{4e00}'..='\u{9fbb}' | '\u{f900}'..='\u{fa2d}' | '\u{fa30}'..='\u{fa6a}'
        | '\u{fa70}'..='\u{fad9}' | '\u{ff00}'..='\u{ffef}' | '\u{2e80}'..='\u{2eff}' | '\u{3000}'..='\u{303f}'
        | '\u{31c0}'..='\u{31ef}' | '\u{2f00}'..='\u{2fdf}' | '\u{2ff0}'..='\u{2fff}' | '\u{3100}'..='\u{312f}'
        | '\u{31a0}'..='\u{31bf}' | '\u{fe10}'..='\u{fe1f}' | '\u{fe30}'..='\u{fe4f}' | '\u{2600}'..='\u{27bf}'
        | '\u{3200}'..='\u{33ff}'
        | '\u{2001}'..='\u{2a6d}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn cut(tokenize: Tokenize, line: &str, expected: &str) {
        let found = tokenize.apply(line);
        assert_eq!(words(&found).collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn western_rules_keep_numbers_whole() {
        cut(Tokenize::Western, "He paid 1,000.5 euros, in 1999-2000.", "He paid 1,000.5 euros , in 1999 - 2000 .");
        cut(Tokenize::Western, "&quot;A &amp; B&quot; (it's)", "\" A & B \" ( it's )");
        cut(Tokenize::Western, "over-\nnight", "overnight");
    }

    #[test]
    fn international_rules_leave_the_point_after_a_last_number() {
        cut(Tokenize::International, "«Ja» kostet 5€, 1.000 in 2020.", "« Ja » kostet 5 € , 1.000 in 2020.");
    }

    #[test]
    fn chinese_characters_are_words() {
        cut(Tokenize::Chinese, "我有2只cats。", "我 有 2 只 cats 。");
        cut(Tokenize::Chinese, "a\u{2014}b \u{20000}\u{20001}", "a \u{2014} b \u{20000}\u{20001}");
    }

    #[test]
    fn characters_are_words_and_spaces_are_not() {
        cut(Tokenize::Characters, "to be\u{a0}\u{1c}", "t o b e");
        cut(Tokenize::None, " to  be. ", "to be.");
    }
}
