use std::collections::{BTreeSet, HashMap, HashSet};

use super::*;

fn stories(count: u64) -> impl Iterator<Item = Story> {
    (0..count).map(|index| numbered(7, "train", index))
}

fn word<'a>(story: &'a Story, word: &Word) -> &'a str {
    &story.text[word.start..word.end]
}

#[test]
fn a_key_always_tells_the_same_story() {
    let told = numbered(1, "train", 0);
    assert_eq!(told, numbered(1, "train", 0));
    assert_ne!(told, numbered(1, "train", 1));
    assert_ne!(told, numbered(1, "validation", 0));
    assert_ne!(told, numbered(2, "train", 0));
    assert_eq!(told.text, GOLDEN);
}

/// The whole text, so that any change to what a seed tells is seen.
const GOLDEN: &str = "\
    Once upon a time, there lived a young duck named Barley at the farm. One cold morning, Barley had a sweet \
    pie. Barley followed the path to the village. Soon he saw a young badger named Rusty in the village. \"I am \
    so hungry,\" said the badger sadly. Barley did not want to share the sweet pie, so he turned away. Barley \
    sat down and ate the sweet pie alone. Later, he ran to the market. On the way, Barley fell into the mud at \
    the market and could not get out. Rusty came because he heard a cry. But Rusty was kind, so he helped \
    anyway. With an old ladder, Rusty helped Barley kindly. Barley promised to share everything from then on.";

#[test]
fn words_cover_the_text_in_order() {
    for story in stories(500) {
        let mut end = 0;
        for word in story.sentences.iter().flat_map(|sentence| &sentence.words) {
            assert!(story.text[end..word.start].chars().all(|between| between == ' '), "{}", story.text);
            assert!(word.start < word.end);
            end = word.end;
        }
        assert_eq!(end, story.text.len());
    }
}

#[test]
fn the_heads_of_a_sentence_form_one_tree() {
    for story in stories(500) {
        for Sentence { words } in &story.sentences {
            assert_eq!(words.iter().filter(|word| word.head.is_none()).count(), 1);
            assert!(words.iter().all(|word| word.head.is_none() == (word.link == Link::Root)));
            for start in 0..words.len() {
                let path = std::iter::successors(Some(start), |&place| words[place].head);
                assert!(path.take(words.len() + 1).count() <= words.len(), "a cycle in: {}", story.text);
            }
        }
    }
}

#[test]
fn tags_and_links_fit_together() {
    for story in stories(500) {
        for Sentence { words } in &story.sentences {
            for dependent in words {
                let Some(head) = dependent.head.map(|head| &words[head]) else { continue };
                let shown = format!("`{}` on `{}` in: {}", word(&story, dependent), word(&story, head), story.text);
                if dependent.tag == Tag::Determiner {
                    assert!(matches!(head.tag, Tag::Noun | Tag::ProperNoun), "{shown}");
                }
                if matches!(dependent.link, Link::Subject | Link::Object | Link::Oblique) {
                    assert!(matches!(head.tag, Tag::Verb), "{shown}");
                    assert!(matches!(dependent.tag, Tag::Noun | Tag::ProperNoun | Tag::Pronoun), "{shown}");
                }
                if dependent.tag == Tag::Preposition {
                    assert_eq!(dependent.link, Link::Case, "{shown}");
                }
                assert_eq!(dependent.tag == Tag::Punctuation, dependent.link == Link::Punctuation, "{shown}");
            }
            assert_eq!(words.iter().filter(|word| word.link == Link::Root && word.tag == Tag::Verb).count(), 1);
        }
    }
}

#[test]
fn a_clause_has_at_most_one_subject() {
    for story in stories(500) {
        for Sentence { words } in &story.sentences {
            for head in 0..words.len() {
                let has = |link| words.iter().filter(|word| word.link == link && word.head == Some(head)).count();
                assert!(has(Link::Subject) <= 1 && has(Link::Object) <= 1, "{}", story.text);
            }
        }
    }
}

#[test]
fn a_sentence_is_linked_as_a_reader_would() {
    let links = |wording: &[(&'static str, Tag)]| {
        let pieces: Vec<_> = wording.iter().map(|&(text, tag)| syntax::Piece::Word(text, tag)).collect();
        syntax::parsed(&pieces).into_iter().map(|node| (node.text, node.head, node.link)).collect::<Vec<_>>()
    };
    let found = links(&[
        ("Mia", Tag::ProperNoun),
        ("gave", Tag::Verb),
        ("Tom", Tag::ProperNoun),
        ("the", Tag::Determiner),
        ("red", Tag::Adjective),
        ("ball", Tag::Noun),
        ("by", Tag::Preposition),
        ("the", Tag::Determiner),
        ("lake", Tag::Noun),
    ]);
    let expected = [
        ("Mia", Some(1), Link::Subject),
        ("gave", None, Link::Root),
        ("Tom", Some(1), Link::IndirectObject),
        ("the", Some(5), Link::Determiner),
        ("red", Some(5), Link::Modifier),
        ("ball", Some(1), Link::Object),
        ("by", Some(8), Link::Case),
        ("the", Some(8), Link::Determiner),
        ("lake", Some(1), Link::Oblique),
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_text_has_no_artefacts() {
    let odd = ["  ", " a a ", " the the ", " ,", " .", ",,", "..", ",.", "\"\"", "{", "}", "_", "|", "(", "[", " i "];
    for story in stories(2000) {
        let text = &story.text;
        assert!(text.is_ascii() && odd.iter().all(|odd| !text.contains(odd)), "{text}");
        assert_eq!(text.matches('"').count() % 2, 0, "{text}");
        let lower = text.to_lowercase();
        let mut pairs = lower.split(' ').zip(lower.split(' ').skip(1));
        let vowel = |word: &str| word.starts_with(['a', 'e', 'i', 'o', 'u']);
        assert!(
            pairs.all(|(article, next)| !(article == "a" && vowel(next) || article == "an" && !vowel(next))),
            "{text}"
        );
        for sentence in &story.sentences {
            let letter = text[sentence.words[0].start..].trim_start_matches('"').chars().next();
            assert!(letter.is_some_and(|letter| letter.is_ascii_uppercase()), "{text}");
            let last = sentence.words.last().expect("a sentence has words");
            assert!([".", "!", "?"].contains(&word(&story, last)), "{text}");
        }
    }
}

#[test]
fn ten_thousand_stories_differ_in_a_small_vocabulary() {
    let (mut texts, mut vocabulary, mut kinds) = (HashSet::new(), BTreeSet::new(), BTreeSet::new());
    for story in stories(10_000) {
        let words = story.sentences.iter().flat_map(|sentence| &sentence.words);
        vocabulary
            .extend(words.filter(|word| word.tag != Tag::Punctuation).map(|each| word(&story, each).to_lowercase()));
        kinds.extend(story.questions.iter().filter_map(|asked| asked.question.split(' ').next().map(str::to_owned)));
        assert!(story.questions.len() >= FEWEST_QUESTIONS);
        assert!(texts.insert(story.text));
    }
    assert!((400..=900).contains(&vocabulary.len()), "{} words", vocabulary.len());
    assert!(kinds.len() >= 5, "{kinds:?}");
}

#[test]
fn facts_and_answers_are_in_the_text() {
    for story in stories(500) {
        let lower = story.text.to_lowercase();
        for fact in &story.facts {
            let named = |label: &str| lower.contains(label.trim_start_matches("the ").to_lowercase().as_str());
            assert!(named(&fact.agent), "{fact:?} in: {}", story.text);
            assert!(fact.recipient.as_deref().is_none_or(named), "{fact:?} in: {}", story.text);
            assert!(fact.sentence < story.sentences.len());
        }
        assert!(story.questions.iter().all(|asked| questions::is_answered(&lower, &asked.answer)));
    }
}

/// Replays who holds what from the facts alone.
#[test]
fn nobody_parts_with_what_they_do_not_have() {
    for story in stories(2000) {
        let mut holders: HashMap<&str, Option<&str>> = HashMap::new();
        for Fact { agent, action, object, recipient, .. } in &story.facts {
            let Some(object) = object.as_deref() else { continue };
            let owner = match action.as_str() {
                "have" | "find" | "take" | "offer" => Some(agent.as_str()),
                "give" | "lend" | "trade" => recipient.as_deref(),
                "leave" | "hide" | "eat" => None,
                _ => continue,
            };
            if !["have", "find", "take", "offer"].contains(&action.as_str()) {
                assert_eq!(
                    holders.get(object).copied().flatten(),
                    Some(agent.as_str()),
                    "{action} {object} in: {}",
                    story.text
                );
            }
            holders.insert(object, owner);
        }
    }
}

#[test]
fn no_word_has_two_parts_of_speech() {
    let mut tags: HashMap<&str, &str> = HashMap::new();
    for (name, words) in include_str!("lexicon.txt").lines().filter_map(|line| line.split_once(": ")) {
        for word in words.split(' ').filter(|_| name.starts_with("tag.")) {
            assert!(tags.insert(word, name).is_none(), "`{word}` is listed twice");
        }
    }
}

#[test]
fn roads_join_places_that_are_listed() {
    for road in lexicon::list("road") {
        let (one, other) = lexicon::halves(road);
        assert!(world::Spot::named(one).neighbors().contains(&world::Spot::named(other)), "{road}");
    }
    for home in lexicon::list("place") {
        let (place, _) = lexicon::halves(home);
        assert!(world::Spot::named(place).neighbors().len() > 1, "a story cannot pass through {place}");
    }
}
