//! Who was it: a story, a question about one of its deeds, and the character, one of a closed list.
//!
//! Questions name nobody, so that no one can be ruled out; and those who were helped are asked for like those who
//! helped.

use attentive_random::Key;

use super::super::lexicon::list;
use super::super::{Fact, numbered as story};
use crate::{Cell, Row, generated};

/// A question about a story whose answer is a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    pub text: String,
    pub question: String,
    /// One of [`labels`].
    pub answer: String,
}

/// Everyone that a story can be about, each a class.
pub fn labels() -> Vec<String> {
    let named = ["name.boy", "name.girl", "name.he", "name.she"].into_iter().flat_map(list);
    let unnamed = ["kind.he", "kind.she"].into_iter().flat_map(list).map(|kind| format!("the {kind}"));
    named.map(|name| (*name).to_owned()).chain(unnamed).collect()
}

/// The question about story number `index` of a split. Everyone who can be asked for is as likely the answer.
pub fn numbered(seed: u64, split: &str, index: u64) -> Who {
    let story = story(seed, split, index);
    let draws = &mut Key::new(seed).at("stories-who").at(split).nth(index).stream();
    let clear = clear(&story.facts);
    let mut answers: Vec<&String> = clear.iter().map(|(_, answer)| answer).collect();
    answers.sort_unstable();
    answers.dedup();
    // Every plot has a deed that only one did.
    let answer = *draws.choose(&answers);
    let questions: Vec<&String> =
        clear.iter().filter(|(_, other)| other == answer).map(|(question, _)| question).collect();
    let question = (*draws.choose(&questions)).clone();
    Who { question, answer: answer.clone(), text: story.text }
}

/// The same as a row with the roles `text`, `second` and `label`.
pub fn row(seed: u64, split: &str, index: u64) -> Row {
    let Who { text, question, answer } = numbered(seed, split, index);
    let label = labels().iter().position(|label| *label == answer).expect("a story's characters are of the lexicon");
    let cells = [("text", Cell::Text(text)), ("second", Cell::Text(question)), ("label", Cell::Integer(label as i64))];
    generated::row("stories-who", index, cells)
}

/// The questions that have one answer, with it.
fn clear(facts: &[Fact]) -> Vec<(String, String)> {
    let all: Vec<(String, String)> = facts.iter().flat_map(asked).collect();
    let is_clear = |(question, answer): &&(String, String)| {
        all.iter().all(|(other, of_other)| other != question || of_other == answer)
    };
    all.iter().filter(is_clear).cloned().collect()
}

/// What can be asked about a fact: who did it, and to whom it was done.
fn asked(fact: &Fact) -> Vec<(String, String)> {
    let [done, undergone] = deed(fact);
    let by_agent = done.map(|done| (format!("Who {done}?"), fact.agent.clone()));
    let by_recipient = undergone.zip(fact.recipient.clone());
    by_agent.into_iter().chain(by_recipient.map(|(deed, recipient)| (format!("Who {deed}?"), recipient))).collect()
}

/// What the agent did and what was done to the recipient.
fn deed(fact: &Fact) -> [Option<String>; 2] {
    let object = fact.object.as_deref().unwrap_or_default();
    let place = fact.place.as_deref().unwrap_or_default();
    let both = |done: String, undergone: String| [Some(done), Some(undergone)];
    match fact.action.as_str() {
        "give" | "lend" | "trade" => both(format!("gave {object} to someone"), format!("was given {object}")),
        "take" => [Some(format!("took {object} from someone")), None],
        "find" => [Some(format!("found {object}")), None],
        "eat" => [Some(format!("ate {object}")), None],
        "break" => [Some(format!("broke {object}")), None],
        "mend" => [Some(format!("mended {object}")), None],
        "hide" => [Some(format!("hid {object}")), None],
        "refuse" if object.is_empty() => both("refused to help".to_owned(), "was refused help".to_owned()),
        "refuse" => both(format!("refused to share {object}"), format!("was refused {object}")),
        "rescue" => both("rescued someone".to_owned(), "was rescued".to_owned()),
        "forgive" => both("forgave someone".to_owned(), "was forgiven".to_owned()),
        "lie" => both("told a lie".to_owned(), "was told a lie".to_owned()),
        "confess" => both("told the truth".to_owned(), "was told the truth".to_owned()),
        "lead" => both(format!("led someone to {place}"), format!("was led to {place}")),
        _ => [None, None],
    }
}
