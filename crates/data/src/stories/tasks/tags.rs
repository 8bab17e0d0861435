//! Parts of speech: the words of one sentence of a story, each with the tag that it was told with.

use attentive_random::Key;

use super::super::{Tag, numbered as story};
use crate::{Cell, Row, generated};

/// The name of each tag.
pub const TAGS: [(Tag, &str); 15] = [
    (Tag::Noun, "noun"),
    (Tag::ProperNoun, "proper_noun"),
    (Tag::Pronoun, "pronoun"),
    (Tag::Verb, "verb"),
    (Tag::Auxiliary, "auxiliary"),
    (Tag::Adjective, "adjective"),
    (Tag::Adverb, "adverb"),
    (Tag::Determiner, "determiner"),
    (Tag::Preposition, "preposition"),
    (Tag::Conjunction, "conjunction"),
    (Tag::Subordinator, "subordinator"),
    (Tag::Particle, "particle"),
    (Tag::Number, "number"),
    (Tag::Interjection, "interjection"),
    (Tag::Punctuation, "punctuation"),
];

/// Words and marks of a sentence in order, and the tag of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    pub words: Vec<String>,
    pub tags: Vec<&'static str>,
}

/// Any one sentence of story number `index` of a split.
pub fn numbered(seed: u64, split: &str, index: u64) -> Tagged {
    let story = story(seed, split, index);
    let draws = &mut Key::new(seed).at("stories-tags").at(split).nth(index).stream();
    let words = &draws.choose(&story.sentences).words;
    Tagged {
        words: words.iter().map(|word| story.text[word.start..word.end].to_owned()).collect(),
        tags: words.iter().map(|word| name(word.tag)).collect(),
    }
}

/// The same as a row with the roles `words` and `tags`, two lists of one length.
pub fn row(seed: u64, split: &str, index: u64) -> Row {
    let Tagged { words, tags } = numbered(seed, split, index);
    let words = Cell::List(words.into_iter().map(Cell::Text).collect());
    let tags = Cell::List(tags.into_iter().map(|tag| Cell::Text(tag.to_owned())).collect());
    generated::row("stories-tags", index, [("words", words), ("tags", tags)])
}

fn name(tag: Tag) -> &'static str {
    TAGS.iter().find(|(known, _)| *known == tag).expect("every tag is listed").1
}
