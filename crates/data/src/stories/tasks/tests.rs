use std::collections::{HashMap, HashSet};

use super::super::{Story, Tag};
use super::predicate::predicate;
use super::*;

const COUNT: u64 = 400;

fn story(split: &str, index: u64) -> Story {
    numbered(1, split, index)
}

#[test]
fn the_tasks_are_pure_functions_of_the_story_of_their_number() {
    for split in SPLITS {
        assert_eq!(who::numbered(1, split, 3), who::numbered(1, split, 3));
        assert_eq!(who::numbered(1, split, 3).text, story(split, 3).text);
        assert_eq!(statements::numbered(1, split, 3).text, story(split, 3).text);
    }
    assert_eq!(row(1, "test", 3).text("text").expect("the role is there"), story("test", 3).text);
}

/// What the verb of a question is in the facts, and whether it asks for the agent.
const ASKED: [(&str, &[&str], bool); 20] = [
    ("gave", &["give", "lend", "trade"], true),
    ("was given", &["give", "lend", "trade"], false),
    ("took", &["take"], true),
    ("found", &["find"], true),
    ("ate", &["eat"], true),
    ("broke", &["break"], true),
    ("mended", &["mend"], true),
    ("hid", &["hide"], true),
    ("refused", &["refuse"], true),
    ("was refused", &["refuse"], false),
    ("rescued", &["rescue"], true),
    ("was rescued", &["rescue"], false),
    ("forgave", &["forgive"], true),
    ("was forgiven", &["forgive"], false),
    ("told a lie", &["lie"], true),
    ("was told a lie", &["lie"], false),
    ("told the truth", &["confess"], true),
    ("was told the truth", &["confess"], false),
    ("led", &["lead"], true),
    ("was led", &["lead"], false),
];

#[test]
fn the_answer_to_who_is_the_only_one_it_can_be() {
    let labels = who::labels();
    assert_eq!(labels.iter().collect::<HashSet<_>>().len(), labels.len());
    for index in 0..COUNT {
        let asked = who::numbered(1, "train", index);
        let deed = asked.question.strip_prefix("Who ").expect("a question");
        let (_, actions, by_agent) = ASKED.iter().find(|(verb, ..)| deed.starts_with(verb)).expect("a known verb");
        let facts = story("train", index).facts;
        let meant = facts.iter().filter(|fact| actions.contains(&fact.action.as_str()));
        let meant = meant.filter(|fact| !deed.contains("the ") || named(deed, fact));
        let found: HashSet<Option<&str>> =
            meant.map(|fact| if *by_agent { Some(fact.agent.as_str()) } else { fact.recipient.as_deref() }).collect();
        assert_eq!(found, HashSet::from([Some(asked.answer.as_str())]), "{asked:?}");
        assert!(labels.contains(&asked.answer) && !asked.question.contains(&asked.answer));
    }
}

/// Whether the deed names the object or the place of the fact, or the truth.
fn named(deed: &str, fact: &super::super::Fact) -> bool {
    let parts = [fact.object.as_deref(), fact.place.as_deref(), Some("the truth")];
    parts.into_iter().flatten().any(|part| deed.contains(part))
}

#[test]
fn the_hero_is_not_much_more_often_the_answer() {
    let is_hero = |index: &u64| story("train", *index).facts[0].agent == who::numbered(1, "train", *index).answer;
    let heroes = (0..COUNT).filter(is_hero).count();
    assert!((COUNT as usize / 3..COUNT as usize * 11 / 20).contains(&heroes), "{heroes} of {COUNT}");
}

#[test]
fn true_statements_are_facts_and_false_ones_are_not() {
    let mut right = 0;
    for index in 0..COUNT {
        let stated = statements::numbered(1, "train", index);
        let facts = story("train", index).facts;
        let told: HashSet<String> = facts
            .iter()
            .filter_map(|fact| Some(format!("{} {}.", fact.agent, predicate(fact)?).to_lowercase()))
            .collect();
        assert_eq!(told.contains(&stated.sentence.to_lowercase()), stated.truth, "{stated:?}");
        right += u64::from(stated.truth);
    }
    assert_eq!(2 * right, COUNT);
}

/// Naive Bayes (Maron 1961) over the words of the sentence, trained on one split and asked about another.
#[test]
fn the_statement_alone_says_nothing_about_its_truth() {
    let stated = |split, count| (0..count).map(move |index| statements::numbered(1, split, index));
    let mut counts: HashMap<String, [f64; 2]> = HashMap::new();
    for statement in stated("train", 1200) {
        words(&statement.sentence).for_each(|word| {
            counts.entry(word).or_insert([1.0; 2])[usize::from(statement.truth)] += 1.0;
        });
    }
    let odds = |sentence: &str| -> f64 {
        words(sentence).filter_map(|word| counts.get(&word)).map(|[wrong, right]| (right / wrong).ln()).sum()
    };
    let right = stated("test", 500).filter(|asked| (odds(&asked.sentence) > 0.0) == asked.truth).count();
    assert!((210..=290).contains(&right), "{right} of 500");
}

/// Words and pairs of words.
fn words(sentence: &str) -> impl Iterator<Item = String> {
    let words: Vec<&str> = sentence.trim_end_matches('.').split(' ').collect();
    let pairs: Vec<String> = words.windows(2).map(|pair| pair.join(" ")).collect();
    words.into_iter().map(str::to_owned).chain(pairs).collect::<Vec<_>>().into_iter()
}

#[test]
fn tags_are_those_that_the_sentence_was_told_with() {
    for index in 0..COUNT {
        let tagged = tags::numbered(1, "train", index);
        assert_eq!(tagged.words.len(), tagged.tags.len());
        let story = story("train", index);
        let same = story.sentences.iter().any(|sentence| {
            let told = sentence.words.iter().map(|word| &story.text[word.start..word.end]);
            told.eq(tagged.words.iter().map(String::as_str))
        });
        assert!(same, "{tagged:?}");
    }
}

#[test]
fn every_tag_is_listed_under_the_name_that_is_written() {
    for (tag, name) in tags::TAGS {
        assert_eq!(serde_json::to_value(tag).expect("tags have names"), name);
    }
    let listed: HashSet<Tag> = tags::TAGS.into_iter().map(|(tag, _)| tag).collect();
    assert_eq!(listed.len(), tags::TAGS.len());
    let told: HashSet<&str> = (0..COUNT).flat_map(|index| tags::numbered(1, "train", index).tags).collect();
    assert_eq!(told.len(), tags::TAGS.len());
}

#[test]
fn rows_have_the_roles_of_their_tasks() {
    let (row, asked) = (who::row(1, "test", 5), who::numbered(1, "test", 5));
    assert_eq!(row.text("second").expect("the role is there"), asked.question);
    assert_eq!(who::labels()[row.integer("label").expect("the role is there") as usize], asked.answer);
    let (row, stated) = (statements::row(1, "test", 5), statements::numbered(1, "test", 5));
    assert_eq!(
        (row.text("text").expect("the role is there"), row.text("second").expect("the role is there")),
        (&*stated.text, &*stated.sentence)
    );
    assert_eq!(row.integer("label").expect("the role is there") == 1, stated.truth);
    let (row, tagged) = (tags::row(1, "test", 5), tags::numbered(1, "test", 5));
    assert_eq!(row.texts("words").expect("the role is there"), tagged.words);
    assert_eq!(row.texts("tags").expect("the role is there"), tagged.tags);
}
