//! German number words: one compound, units before tens, "ein" within and "eins" at the end.

const SMALL: [&str; 20] = [
    "null",
    "ein",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
];
const TENS: [&str; 10] =
    ["", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"];

/// The word of a number below a million.
///
/// # Panics
/// When the number is not below [`super::END`].
pub fn german(number: u32) -> String {
    assert!(number < super::END, "{number} is a million or more");
    let ending = if number % 100 == 1 { "s" } else { "" };
    match (number / 1000, number % 1000) {
        (0, rest) => below_thousand(rest) + ending,
        (thousands, 0) => below_thousand(thousands) + "tausend",
        (thousands, rest) => below_thousand(thousands) + "tausend" + &below_thousand(rest) + ending,
    }
}

fn below_thousand(number: u32) -> String {
    match (number / 100, number % 100) {
        (0, rest) => below_hundred(rest),
        (hundreds, 0) => format!("{}hundert", SMALL[hundreds as usize]),
        (hundreds, rest) => format!("{}hundert{}", SMALL[hundreds as usize], below_hundred(rest)),
    }
}

fn below_hundred(number: u32) -> String {
    match (number / 10, number % 10) {
        (0 | 1, _) => SMALL[number as usize].to_owned(),
        (tens, 0) => TENS[tens as usize].to_owned(),
        (tens, units) => format!("{}und{}", SMALL[units as usize], TENS[tens as usize]),
    }
}
