//! The word lists and wordings, read once from the two text files beside this one.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Tag;

type Table = HashMap<&'static str, Vec<&'static str>>;

static LISTS: LazyLock<Table> = LazyLock::new(|| lists(include_str!("lexicon.txt")));
static EVENTS: LazyLock<Table> = LazyLock::new(|| events(include_str!("events.txt")));
static TAGS: LazyLock<HashMap<&'static str, Tag>> = LazyLock::new(tags);

/// The list with this name in `lexicon.txt`.
pub(super) fn list(name: &str) -> &'static [&'static str] {
    LISTS.get(name).unwrap_or_else(|| panic!("lexicon.txt has no list `{name}`"))
}

/// The wordings of an event in `events.txt`.
pub(super) fn wordings(event: &str) -> &'static [&'static str] {
    EVENTS.get(event).unwrap_or_else(|| panic!("events.txt has no event `{event}`"))
}

/// The part of speech of a word of a wording: its suffix (`help_noun`) or else its entry in the lexicon.
pub(super) fn tagged(word: &'static str) -> (&'static str, Tag) {
    if let Some((word, suffix)) = word.split_once('_') {
        return (word, tag_named(suffix));
    }
    let known = TAGS.get(word).or_else(|| TAGS.get(word.to_lowercase().as_str()));
    (word, *known.unwrap_or_else(|| panic!("lexicon.txt has no part of speech for `{word}`")))
}

/// A place or a hiding place is listed as `noun/preposition`.
pub(super) fn halves(entry: &'static str) -> (&'static str, &'static str) {
    entry.split_once('/').expect("the entries of this list have two halves")
}

fn lists(text: &'static str) -> Table {
    let mut table = Table::new();
    for (name, words) in text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(':')) {
        table.entry(name).or_default().extend(words.split_whitespace());
    }
    table
}

fn events(text: &'static str) -> Table {
    let mut table = Table::new();
    let mut event = "";
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        match line.strip_prefix("    ") {
            Some(wording) => table.entry(event).or_default().push(wording),
            None => event = line,
        }
    }
    table
}

fn tags() -> HashMap<&'static str, Tag> {
    let named = LISTS.iter().filter_map(|(name, words)| Some((name.strip_prefix("tag.")?, words)));
    named.flat_map(|(name, words)| words.iter().map(move |word| (*word, tag_named(name)))).collect()
}

fn tag_named(name: &str) -> Tag {
    match name {
        "noun" => Tag::Noun,
        "pronoun" => Tag::Pronoun,
        "verb" => Tag::Verb,
        "auxiliary" => Tag::Auxiliary,
        "adjective" | "adj" => Tag::Adjective,
        "adverb" | "adv" => Tag::Adverb,
        "determiner" => Tag::Determiner,
        "preposition" | "prep" => Tag::Preposition,
        "conjunction" => Tag::Conjunction,
        "subordinator" => Tag::Subordinator,
        "particle" => Tag::Particle,
        "number" => Tag::Number,
        "interjection" => Tag::Interjection,
        _ => panic!("no part of speech is called `{name}`"),
    }
}
