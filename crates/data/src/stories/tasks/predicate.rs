//! Facts of a story as short sentences, and what is safe to call false.

use super::super::world::Spot;
use super::super::{Fact, Story};

/// What a fact says of its agent: "gave the sweet pie to Rusty". None of facts that a reader might dispute: who wanted,
/// asked or thanked, or was where.
pub(super) fn predicate(fact: &Fact) -> Option<String> {
    let object = fact.object.as_deref().unwrap_or_default();
    let recipient = fact.recipient.as_deref().unwrap_or_default();
    let place = fact.place.as_deref().unwrap_or_default();
    Some(match fact.action.as_str() {
        "give" | "trade" => format!("gave {object} to {recipient}"),
        "lend" => format!("lent {object} to {recipient}"),
        "take" => format!("took {object} from {recipient}"),
        "find" => format!("found {object}"),
        "eat" => format!("ate {object}"),
        "break" => format!("broke {object}"),
        "mend" => format!("mended {object}"),
        "hide" => format!("hid {object}"),
        "refuse" if object.is_empty() => format!("refused to help {recipient}"),
        "refuse" => format!("refused to share {object} with {recipient}"),
        "rescue" => format!("rescued {recipient}"),
        "forgive" => format!("forgave {recipient}"),
        "lie" => format!("lied to {recipient}"),
        "confess" => format!("told {recipient} the truth"),
        "lead" => format!("led {recipient} to {place}"),
        "live" => format!("lived {} {place}", Spot::named(bare(place)).preposition),
        _ => return None,
    })
}

/// Whether a fact is about a place alone. A story tells of one home, so no one else can be said not to live there.
pub(super) fn is_about_home(fact: &Fact) -> bool {
    fact.action == "live"
}

/// Whether the story tells of both as one: whoever lends or trades also gives.
pub(super) fn is_same_deed(one: &Fact, other: &Fact) -> bool {
    let deed = |fact: &Fact| match fact.action.as_str() {
        "lend" | "trade" => "give".to_owned(),
        action => action.to_owned(),
    };
    deed(one) == deed(other)
}

/// The same fact of someone else. Whoever was its recipient and acts now, acts on the one who acted before.
pub(super) fn done_by(fact: &Fact, agent: &str) -> Fact {
    let swapped = fact.recipient.as_deref() == Some(agent);
    let recipient = if swapped { Some(fact.agent.clone()) } else { fact.recipient.clone() };
    Fact { agent: agent.to_owned(), recipient, ..fact.clone() }
}

/// Everyone who acts or is acted on, each once.
pub(super) fn characters(story: &Story) -> Vec<&str> {
    let mut all: Vec<&str> = Vec::new();
    for name in story.facts.iter().flat_map(|fact| [Some(&fact.agent), fact.recipient.as_ref()]).flatten() {
        if !all.contains(&name.as_str()) {
            all.push(name);
        }
    }
    all
}

/// Whether the last word of a name ("pie" of "the sweet pie") occurs in the story.
pub(super) fn is_mentioned(story: &Story, name: &str) -> bool {
    let noun = name.rsplit(' ').next().unwrap_or_default();
    story.text.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == noun)
}

/// A name without its article.
pub(super) fn bare(name: &str) -> &str {
    name.strip_prefix("the ").unwrap_or(name)
}
