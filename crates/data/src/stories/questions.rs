//! Questions about a finished story, from its facts and from the last state of the world.

use super::teller::Teller;
use super::world::{Character, Thing, Whereabouts};
use super::{Fact, Question, Story};

/// All questions that the text answers.
pub(super) fn about(teller: &Teller) -> Vec<Question> {
    let things = teller.world.things.iter().filter_map(|thing| whereabouts(teller, thing));
    let broken = teller.world.things.iter().filter_map(|thing| brokenness(&teller.story, thing));
    let characters = teller.world.characters.iter().flat_map(nature);
    let events = teller.story.facts.iter().flat_map(|fact| event(&teller.story, fact));
    let all = things.chain(broken).chain(characters).chain(events).chain([company(teller)]);
    let lower = teller.story.text.to_lowercase();
    let mut questions: Vec<Question> = Vec::new();
    for question in all.filter(|question| is_answered(&lower, &question.answer)) {
        if !questions.iter().any(|other| other.question == question.question) {
            questions.push(question);
        }
    }
    questions
}

/// Whether the text, in lower case, has the answer, or the answer is yes, no or a number.
pub(super) fn is_answered(lower: &str, answer: &str) -> bool {
    ["yes", "no"].contains(&answer) || answer.parse::<u32>().is_ok() || lower.contains(&answer.to_lowercase())
}

fn asked(question: String, answer: impl Into<String>) -> Question {
    Question { question, answer: answer.into() }
}

fn whereabouts(teller: &Teller, thing: &Thing) -> Option<Question> {
    let (label, verb) = (thing.label(), if thing.plural { "are" } else { "is" });
    match thing.at {
        Whereabouts::Held(who) => Some(asked(format!("Who has {label}?"), teller.world.characters[who.0].label())),
        Whereabouts::At(place) => Some(asked(format!("Where {verb} {label}?"), place.label())),
        Whereabouts::Gone => None,
    }
}

fn brokenness(story: &Story, thing: &Thing) -> Option<Question> {
    let label = thing.label();
    let broke = story.facts.iter().any(|fact| fact.action == "break" && fact.object.as_ref() == Some(&label));
    broke.then(|| asked(format!("Is {label} still broken?"), if thing.broken { "yes" } else { "no" }))
}

fn nature(character: &Character) -> Vec<Question> {
    let label = character.label();
    let kind = character.name.map(|name| asked(format!("What is {name}?"), character.kind));
    let mood = character.mood.map(|mood| asked(format!("How did {label} feel at the end?"), mood));
    kind.into_iter().chain(mood).collect()
}

fn company(teller: &Teller) -> Question {
    let count = (0..teller.world.characters.len()).filter(|&index| teller.has_met(super::world::Who(index))).count();
    asked("How many characters are in the story?".to_owned(), count.to_string())
}

/// Questions about one fact, if no other fact could be meant.
fn event(story: &Story, fact: &Fact) -> Vec<Question> {
    let Fact { agent, action, object, recipient, place, .. } = fact;
    let alike = |other: &&Fact| other.action == *action && (other.agent == *agent || other.object == *object);
    if story.facts.iter().filter(alike).count() > 1 {
        return Vec::new();
    }
    let object = object.as_deref().unwrap_or_default();
    let place = place.as_deref().unwrap_or_default();
    match (action.as_str(), recipient) {
        ("live", _) => vec![asked(format!("Where did {agent} live?"), place)],
        ("give", Some(recipient)) => vec![
            asked(format!("Who gave {object} to {recipient}?"), agent),
            asked(format!("What did {agent} give to {recipient}?"), object),
        ],
        ("find", _) => {
            vec![
                asked(format!("Who found {object}?"), agent),
                asked(format!("Where did {agent} find {object}?"), place),
            ]
        }
        ("eat", _) => vec![asked(format!("What did {agent} eat?"), object)],
        ("break", _) => vec![asked(format!("Who broke {object}?"), agent)],
        ("hide", _) => vec![asked(format!("Where did {agent} hide {object}?"), place)],
        ("rescue", Some(recipient)) => vec![asked(format!("Did {agent} help {recipient}?"), "yes")],
        ("refuse", Some(recipient)) if !helped(story, agent, recipient) => {
            vec![asked(format!("Did {agent} help {recipient}?"), "no")]
        }
        _ => Vec::new(),
    }
}

fn helped(story: &Story, agent: &str, recipient: &str) -> bool {
    let help = ["help", "rescue", "give", "see"];
    let to = |fact: &&Fact| fact.agent == agent && fact.recipient.as_deref() == Some(recipient);
    story.facts.iter().filter(to).any(|fact| help.contains(&fact.action.as_str()))
}
