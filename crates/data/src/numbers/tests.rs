use std::collections::{BTreeSet, HashSet};

use super::*;

/// Numbers whose words show a rule each, as a dictionary has them.
const KNOWN: [(u32, &str, &str); 20] = [
    (0, "zero", "null"),
    (1, "one", "eins"),
    (12, "twelve", "zwölf"),
    (16, "sixteen", "sechzehn"),
    (17, "seventeen", "siebzehn"),
    (21, "twenty-one", "einundzwanzig"),
    (30, "thirty", "dreißig"),
    (66, "sixty-six", "sechsundsechzig"),
    (77, "seventy-seven", "siebenundsiebzig"),
    (100, "one hundred", "einhundert"),
    (101, "one hundred and one", "einhunderteins"),
    (205, "two hundred and five", "zweihundertfünf"),
    (999, "nine hundred and ninety-nine", "neunhundertneunundneunzig"),
    (1000, "one thousand", "eintausend"),
    (1001, "one thousand and one", "eintausendeins"),
    (1111, "one thousand one hundred and eleven", "eintausendeinhundertelf"),
    (21_000, "twenty-one thousand", "einundzwanzigtausend"),
    (101_000, "one hundred and one thousand", "einhunderteintausend"),
    (205_040, "two hundred and five thousand and forty", "zweihundertfünftausendvierzig"),
    (300_201, "three hundred thousand two hundred and one", "dreihunderttausendzweihunderteins"),
];

#[test]
fn words_are_those_of_a_dictionary() {
    for (number, in_english, in_german) in KNOWN {
        assert_eq!(english(number), in_english);
        assert_eq!(german(number), in_german);
    }
}

/// What each word is worth, but for those that multiply; those of German the longest first.
static WORTH: LazyLock<[Vec<(String, u32)>; 2]> = LazyLock::new(|| {
    let plain = || (0..20).chain((20..100).step_by(10));
    let in_english = plain().map(|number| (english(number), number)).chain([("and".to_owned(), 0)]);
    let joints = [("ein".to_owned(), 1), ("und".to_owned(), 0)];
    let mut in_german: Vec<_> = plain().map(|number| (german(number), number)).chain(joints).collect();
    in_german.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    [in_english.collect(), in_german]
});

/// Reads English word by word, knowing only what each word is worth.
fn read_english(text: &str) -> u32 {
    let (mut thousands, mut rest) = (0, 0);
    for word in text.split([' ', '-']) {
        match word {
            "hundred" => rest *= 100,
            "thousand" => (thousands, rest) = (rest * 1000, 0),
            _ => rest += WORTH[0].iter().find(|(known, _)| known == word).expect("a known word").1,
        }
    }
    thousands + rest
}

/// Reads German from the left, the longest word first.
fn read_german(mut text: &str) -> u32 {
    let (mut thousands, mut rest) = (0, 0);
    while !text.is_empty() {
        if let Some(after) = text.strip_prefix("hundert") {
            (rest, text) = (rest * 100, after);
        } else if let Some(after) = text.strip_prefix("tausend") {
            (thousands, rest, text) = (rest * 1000, 0, after);
        } else {
            let known = WORTH[1].iter().find(|(word, _)| text.starts_with(word.as_str()));
            let (word, worth) = known.expect("a known word");
            (rest, text) = (rest + worth, &text[word.len()..]);
        }
    }
    thousands + rest
}

/// Every number below ten thousand, and many above.
fn sample() -> impl Iterator<Item = u32> {
    (0..10_000).chain((10_000..END).step_by(137))
}

#[test]
fn every_form_reads_back() {
    for number in sample() {
        assert_eq!(read_english(&english(number)), number);
        assert_eq!(read_german(&german(number)), number);
    }
}

#[test]
fn eins_stands_only_at_the_end() {
    for number in sample() {
        let word = german(number);
        assert_eq!(word.ends_with("eins"), number % 100 == 1, "{word}");
        assert!(!word.trim_end_matches("eins").contains("einst") && word.matches("eins").count() <= 1, "{word}");
    }
}

#[test]
fn splits_share_no_number_and_cover_all() {
    let lists: Vec<&Vec<u32>> = NUMBERS.iter().flatten().collect();
    assert_eq!(lists.iter().map(|list| list.len()).sum::<usize>(), END as usize);
    let all: HashSet<u32> = lists.into_iter().flatten().copied().collect();
    assert_eq!(all.len(), END as usize);
    for (split, [first, second]) in SPLITS.iter().zip(NUMBERS.iter()) {
        let is_listed = |number| first.binary_search(&number).is_ok() || second.binary_search(&number).is_ok();
        assert!((0..200).all(|index| is_listed(numbered(9, split, index).number)), "{split}");
    }
}

#[test]
fn the_splits_have_the_sizes_on_the_card() {
    let sizes: Vec<[usize; 2]> = NUMBERS.iter().map(|lists| lists.each_ref().map(Vec::len)).collect();
    assert_eq!(sizes, [[801, 87_117], [95, 11_026], [104, 10_938], [4184, 885_735]]);
}

#[test]
fn no_number_comes_twice_before_its_list_is_through() {
    let [short, _] = &NUMBERS[2];
    let count = 8 * short.len() as u64;
    let drawn: HashSet<u32> = (0..count).map(|index| numbered(1, "test", index).number).collect();
    assert_eq!(drawn.len(), count as usize);
    assert_ne!(numbered(1, "test", 1), numbered(2, "test", 1));
}

#[test]
fn systematic_numbers_are_longer_or_combine_what_training_never_combines() {
    let digits = |number: u32| number.to_string().bytes().filter(|digit| *digit != b'0').count();
    let trained = || NUMBERS[..3].iter().flatten().flatten();
    assert!(trained().all(|&number| digits(number) <= MOST_DIGITS));
    let pairs: BTreeSet<u32> = trained().map(|number| number / 1000 % 100).collect();
    assert_eq!(pairs.len(), 100 - HELD_OUT.len());
    assert!(HELD_OUT.iter().all(|pair| !pairs.contains(pair)));
    let below: BTreeSet<u32> = NUMBERS[0].iter().flatten().map(|number| number % 100).collect();
    assert!(HELD_OUT.iter().all(|pair| below.contains(pair)), "each pair is trained on below the thousands");
    let [combinations, lengths] = &NUMBERS[3];
    assert!(combinations.iter().all(|&number| digits(number) <= MOST_DIGITS));
    assert!(lengths.iter().all(|&number| digits(number) > MOST_DIGITS));
}

#[test]
fn training_has_every_word() {
    let words = |numbers: &[u32]| -> BTreeSet<String> {
        numbers
            .iter()
            .flat_map(|&number| english(number).split([' ', '-']).map(str::to_owned).collect::<Vec<_>>())
            .collect()
    };
    let all: Vec<u32> = (0..2000).chain((2000..END).step_by(997)).collect();
    let trained: Vec<u32> = NUMBERS[0].concat().into_iter().step_by(7).chain(0..ALWAYS_TRAINED).collect();
    assert_eq!(words(&trained), words(&all));
}

#[test]
fn rows_translate_in_both_directions() {
    let (there, back) = (english_to_german(1, "systematic", 4), german_to_english(1, "systematic", 4));
    assert_eq!(there.text("source").expect("the role is there"), back.text("target").expect("the role is there"));
    assert_eq!(there.text("target").expect("the role is there"), back.text("source").expect("the role is there"));
    assert_eq!(
        read_german(there.text("target").expect("the role is there")),
        there.integer("number").expect("the role is there") as u32
    );
    assert_eq!(there.text("form").expect("the role is there"), "combination");
    assert_eq!(german_to_english(1, "systematic", 5).text("form").expect("the role is there"), "length");
}
