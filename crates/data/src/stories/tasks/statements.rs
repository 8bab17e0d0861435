//! True or false: a story and a sentence about it.
//!
//! A false sentence differs from a true one in who did it, in the thing or in the place. Whether the sentence is true is
//! drawn after both it and its false neighbor are, and what stands in the false one is what stands in the true ones of
//! other stories, so that the sentence alone tells nothing.

use attentive_random::Key;

use super::super::{Fact, Story, numbered as story};
use super::predicate::{bare, characters, done_by, is_about_home, is_mentioned, is_same_deed, predicate};
use crate::{Cell, Row, generated};

/// A story and a sentence that is true of it or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub text: String,
    pub sentence: String,
    pub truth: bool,
}

/// The statement about story number `index` of a split. Of two that follow each other one is true.
pub fn numbered(seed: u64, split: &str, index: u64) -> Statement {
    let story = story(seed, split, index);
    let key = Key::new(seed).at("stories-statements").at(split);
    let truth = generated::balanced(key.at("truth"), index, 2) == 1;
    let mut drafts = (0..).map(|attempt| pairs(&story, &donor(key.at("donors").nth(index).nth(attempt))));
    let pairs = drafts.find(|pairs| !pairs.is_empty()).expect("donors never end, and some live elsewhere");
    let draws = &mut key.nth(index).stream();
    let (fact, others) = draws.choose(&pairs);
    let told = if truth { fact } else { draws.choose(others) };
    Statement { sentence: sentence(told), text: story.text, truth }
}

/// The same as a row with the roles `text`, `second` and `label`, 1 when the sentence is true.
pub fn row(seed: u64, split: &str, index: u64) -> Row {
    let Statement { text, sentence, truth } = numbered(seed, split, index);
    let cells =
        [("text", Cell::Text(text)), ("second", Cell::Text(sentence)), ("label", Cell::Integer(i64::from(truth)))];
    generated::row("stories-statements", index, cells)
}

/// A story of no split, whose things and places stand in for those of others.
fn donor(key: Key) -> Story {
    super::super::story(key)
}

/// The facts that can be told, each with false ones beside it.
fn pairs(story: &Story, donor: &Story) -> Vec<(Fact, Vec<Fact>)> {
    let told = story.facts.iter().filter(|fact| predicate(fact).is_some());
    let paired = told.map(|fact| (fact.clone(), beside(fact, story, donor)));
    paired.filter(|(_, others)| !others.is_empty()).collect()
}

/// What is false of the story and differs from the fact in one thing.
fn beside(fact: &Fact, story: &Story, donor: &Story) -> Vec<Fact> {
    let likes = donor.facts.iter().filter(|other| other.action == fact.action);
    if is_about_home(fact) {
        let places = likes.filter_map(|other| other.place.clone()).filter(|place| !is_mentioned(story, bare(place)));
        return places.map(|place| Fact { place: Some(place), ..fact.clone() }).collect();
    }
    let agents = characters(story).into_iter().filter(|other| *other != fact.agent);
    let by_others = agents.map(|other| done_by(fact, other)).filter(|other| is_false(other, story));
    let things = likes.filter_map(|other| other.object.clone()).filter(|thing| !is_mentioned(story, thing));
    let of_others = things.map(|thing| Fact { object: Some(thing), ..fact.clone() });
    by_others.chain(of_others.filter(|other| predicate(other) != predicate(fact))).collect()
}

/// Whether the story tells of no such deed of this agent.
fn is_false(fact: &Fact, story: &Story) -> bool {
    let same =
        |other: &Fact| is_same_deed(other, fact) && (other.object == fact.object || other.recipient == fact.recipient);
    !story.facts.iter().any(|other| other.agent == fact.agent && same(other))
}

/// "The farmer gave the sweet pie to Rusty."
fn sentence(fact: &Fact) -> String {
    let told = predicate(fact).expect("a fact that is told has a predicate");
    let agent = fact.agent.strip_prefix("the ").map_or_else(|| fact.agent.clone(), |kind| format!("The {kind}"));
    format!("{agent} {told}.")
}
