//! The teller: changes the world, puts the event into words and notes the fact. No event happens that the world forbids.

use attentive_random::Stream;

use super::lexicon::wordings;
use super::syntax::{Node, parsed};
use super::wording::{Discourse, Filler};
use super::world::{Spot, What, Who, World};
use super::{Fact, Sentence, Story, Tag, Word};

/// Who and what takes part in an event.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Roles {
    pub(super) agent: Option<Who>,
    pub(super) other: Option<Who>,
    pub(super) third: Option<Who>,
    pub(super) thing: Option<What>,
    pub(super) second: Option<What>,
    pub(super) place: Option<Spot>,
    pub(super) through: Option<Spot>,
    pub(super) spot: Option<Spot>,
    pub(super) mood: Option<&'static str>,
}

pub(super) fn by(agent: Who) -> Roles {
    Roles { agent: Some(agent), ..Roles::default() }
}

impl Roles {
    pub(super) fn to(self, other: Who) -> Self {
        Self { other: Some(other), ..self }
    }

    pub(super) fn of(self, thing: What) -> Self {
        Self { thing: Some(thing), ..self }
    }

    pub(super) fn at(self, place: Spot) -> Self {
        Self { place: Some(place), ..self }
    }

    pub(super) fn hid(self, spot: Spot) -> Self {
        Self { spot: Some(spot), ..self }
    }

    pub(super) fn who(&self, role: &str) -> Who {
        let who = match role {
            "A" => self.agent,
            "B" => self.other,
            _ => self.third,
        };
        who.unwrap_or_else(|| panic!("the event has nobody in the role `{role}`"))
    }

    pub(super) fn what(&self, role: &str) -> What {
        let what = if role == "O" { self.thing } else { self.second };
        what.unwrap_or_else(|| panic!("the event has nothing in the role `{role}`"))
    }

    pub(super) fn place(&self, role: &str) -> Spot {
        let place = if role == "P" { self.place } else { self.through };
        place.unwrap_or_else(|| panic!("the event has no place in the role `{role}`"))
    }
}

pub(super) struct Teller {
    pub(super) draws: Stream,
    pub(super) world: World,
    pub(super) story: Story,
    discourse: Discourse,
    /// The wordings told so far: none is told twice while another is left.
    told: Vec<&'static str>,
}

impl Teller {
    pub(super) fn new(draws: Stream) -> Self {
        let story = Story { text: String::new(), sentences: Vec::new(), facts: Vec::new(), questions: Vec::new() };
        Self { draws, world: World::default(), story, discourse: Discourse::default(), told: Vec::new() }
    }

    /// Puts an event into words. The name up to a dot is the action of its fact.
    pub(super) fn tell(&mut self, event: &str, roles: Roles) {
        // Most events happen where their agent is.
        let here = roles.agent.map(|agent| self.world.characters[agent.0].place);
        let placed = Roles { place: roles.place.or(here), ..roles };
        let wording = self.wording(event);
        let pieces = Filler::new(&self.world, &placed, &mut self.discourse, &mut self.draws).filled(wording);
        self.write(&parsed(&pieces));
        self.note(event, &placed);
    }

    /// Tells what the story does not need, now and then.
    pub(super) fn maybe_tell(&mut self, event: &str, roles: Roles) {
        if self.draws.chance(0.3) {
            self.tell(event, roles);
        }
    }

    pub(super) fn has_met(&self, who: Who) -> bool {
        self.discourse.met.contains(&who)
    }

    /// A wording not told before, if there is one, that opens unlike the last two.
    fn wording(&mut self, event: &str) -> &'static str {
        let all = wordings(event);
        let recent = self.told.iter().rev().take(2);
        let stale = |wording: &str| recent.clone().any(|told| open_alike(told, wording));
        let fresh = |wording: &&&'static str| !self.told.contains(*wording);
        let mut choices: Vec<_> = all.iter().filter(fresh).filter(|wording| !stale(wording)).collect();
        if choices.is_empty() {
            choices = all.iter().collect();
        }
        let wording = **self.draws.choose(&choices);
        self.told.push(wording);
        wording
    }

    /// The fact of the sentence that comes last.
    pub(super) fn note(&mut self, event: &str, roles: &Roles) {
        let mut names = event.split('.');
        let action = names.next().expect("a split has a first part");
        if ["moral", "end", "temper"].contains(&action) {
            return;
        }
        let label = |who: Option<Who>| who.map(|who| self.world.characters[who.0].label());
        let thing = || roles.thing.map(|what| self.world.things[what.0].label());
        // What one is stands in the name: "be.cold".
        let state = names.next().filter(|_| action == "be").or(roles.mood);
        self.story.facts.push(Fact {
            sentence: self.story.sentences.len() - 1,
            agent: label(roles.agent).expect("a fact has an agent"),
            action: action.to_owned(),
            object: state.map(str::to_owned).or_else(thing),
            recipient: label(roles.other),
            place: roles.place.map(Spot::label),
        });
    }

    fn write(&mut self, nodes: &[Node]) {
        let text = &mut self.story.text;
        let (mut capital, mut quoted, mut tight) = (true, false, text.is_empty());
        let mut words = Vec::with_capacity(nodes.len());
        for node in nodes {
            let closing = node.text == "\"" && quoted;
            quoted ^= node.text == "\"";
            let mark = node.tag == Tag::Punctuation && !quoted || [",", ".", "!", "?", ":"].contains(&node.text);
            if !(tight || mark && node.text != "\"" || closing || node.text == "'s") {
                text.push(' ');
            }
            let start = text.len();
            push_word(text, node.text, capital && node.tag != Tag::Punctuation);
            words.push(Word { start, end: text.len(), tag: node.tag, head: node.head, link: node.link });
            tight = node.text == "\"" && quoted;
            capital = tight || quoted && [".", "!", "?"].contains(&node.text);
        }
        self.story.sentences.push(Sentence { words });
    }
}

/// Whether two wordings may begin with the same word, other than the name of someone.
fn open_alike(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|wording| wording.split(' ').next().unwrap_or_default());
    !one.starts_with('{') && one.split('|').any(|word| other.split('|').any(|next| next == word))
}

fn push_word(text: &mut String, word: &str, capital: bool) {
    match word.chars().next() {
        Some(first) if capital => {
            text.push(first.to_ascii_uppercase());
            text.push_str(&word[first.len_utf8()..]);
        }
        _ => text.push_str(word),
    }
}
