//! Number words between English and German: a translation by exact rules, from 0 to 999,999.
//!
//! Every number belongs to one split, by its hash or by its form, whatever the seed:
//!
//! - `systematic` holds what no other split has. Of *length*: numbers with more than [`MOST_DIGITS`] digits other than
//!   zero. Of *combination*: numbers with no more, whose thousands end in one of [`HELD_OUT`], pairs of digits that the
//!   other splits have below the thousands only.
//! - Of the rest a tenth is `test`, a tenth `validation` and eight tenths `train`, which also has all below a hundred,
//!   so that it has every word.

mod english;
mod german;

use std::sync::LazyLock;

use attentive_random::{Key, permuted};

pub use english::english;
pub use german::german;

use crate::{Cell, Row, generated};

pub const SPLITS: [&str; 4] = ["train", "validation", "test", "systematic"];
/// The first number that is not in the data set.
pub const END: u32 = 1_000_000;
/// Digits other than zero of the longest numbers outside of `systematic`.
pub const MOST_DIGITS: usize = 4;
/// Each tens digit once, and no units digit twice.
pub const HELD_OUT: [u32; 8] = [27, 34, 48, 56, 63, 79, 85, 92];

/// How often the first of the two lists of a split is drawn from: short numbers are few, and forms are told apart.
const FIRST_OF: [u64; SPLITS.len()] = [8, 8, 8, 2];
/// Numbers below are short.
const SHORT: u32 = 1000;
/// Numbers below are trained on.
const ALWAYS_TRAINED: u32 = 100;

/// A number in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    pub number: u32,
    pub english: String,
    pub german: String,
    /// What is new about it, of a number in `systematic`.
    pub form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    Regular,
    Combination,
    Length,
}

/// Short and long numbers of each split; of `systematic`, combinations and lengths.
static NUMBERS: LazyLock<[[Vec<u32>; 2]; SPLITS.len()]> = LazyLock::new(|| {
    let mut lists = <[[Vec<u32>; 2]; SPLITS.len()]>::default();
    for number in 0..END {
        let (split, list) = place(number);
        lists[split][list].push(number);
    }
    lists
});

/// Number `index` of a split: every eighth is below a thousand, every second of `systematic` a combination. None comes
/// twice before all of its list came.
///
/// # Panics
/// When the split is none of [`SPLITS`].
pub fn numbered(seed: u64, split: &str, index: u64) -> Number {
    let place = SPLITS.iter().position(|known| *known == split).expect("the split is one of `SPLITS`");
    let [first, second] = &NUMBERS[place];
    let turn = index / FIRST_OF[place];
    let (list, nth) = match index % FIRST_OF[place] {
        0 => (first, turn),
        _ => (second, index - turn - 1),
    };
    let (round, nth) = (nth / list.len() as u64, nth % list.len() as u64);
    let key = Key::new(seed).at("numbers").at(split).nth(round);
    Number::of(list[permuted(key, nth as usize, list.len())])
}

/// The roles `source` and `target`, with `number` and `form`.
pub fn english_to_german(seed: u64, split: &str, index: u64) -> Row {
    let number = numbered(seed, split, index);
    number.row("numbers-en-de", index, &number.english, &number.german)
}

/// The roles `source` and `target`, with `number` and `form`.
pub fn german_to_english(seed: u64, split: &str, index: u64) -> Row {
    let number = numbered(seed, split, index);
    number.row("numbers-de-en", index, &number.german, &number.english)
}

impl Number {
    fn of(number: u32) -> Self {
        Self { number, english: english(number), german: german(number), form: Form::of(number) }
    }

    fn row(&self, name: &str, index: u64, source: &str, target: &str) -> Row {
        let text = |text: &str| Cell::Text(text.to_owned());
        let number = Cell::Integer(i64::from(self.number));
        let cells =
            [("source", text(source)), ("target", text(target)), ("number", number), ("form", text(self.form.name()))];
        generated::row(name, index, cells)
    }
}

impl Form {
    pub fn of(number: u32) -> Self {
        let digits = std::iter::successors(Some(number), |rest| Some(rest / 10)).take_while(|rest| *rest > 0);
        match () {
            () if digits.filter(|rest| rest % 10 != 0).count() > MOST_DIGITS => Self::Length,
            () if HELD_OUT.contains(&(number / 1000 % 100)) => Self::Combination,
            () => Self::Regular,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Combination => "combination",
            Self::Length => "length",
        }
    }
}

/// The split of a number and the list within: indices into [`NUMBERS`].
fn place(number: u32) -> (usize, usize) {
    match Form::of(number) {
        Form::Combination => return (3, 0),
        Form::Length => return (3, 1),
        Form::Regular => {}
    }
    let list = usize::from(number >= SHORT);
    let [hash, ..] = Key::new(0).at("numbers").block(u64::from(number));
    match hash % 10 {
        0 if number >= ALWAYS_TRAINED => (1, list),
        1 if number >= ALWAYS_TRAINED => (2, list),
        _ => (0, list),
    }
}

#[cfg(test)]
mod tests;
